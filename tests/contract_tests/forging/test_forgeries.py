"""Each forgery differs from the good credential, is named once, and convinces a reader who is careless in just that way."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from random import Random
from typing import Any

import jwt
import pytest

from contract_tests import contracts, statements
from contract_tests.aim import accepted
from contract_tests.contracts import operations
from contract_tests.forging import signatures, signed, tokens
from contract_tests.forging.apis import BENCHES
from contract_tests.forging.forgery import Good, Shown
from contract_tests.forging.jws import Token, decoded, encoded
from contract_tests.refusals import Refusals
from mockserver.data import MOUNTS

SECRET = "a5" * 32
BENCHES_BY_NAME = {f"{api} {bench.title}": (api, bench) for api, benches in BENCHES.items() for bench in benches}


def token(partner: str) -> str:
    now = int(time.time())
    return jwt.encode({"partner_id": partner, "nbf": now - 60, "exp": now + 60}, SECRET, algorithm="HS256")


def good(secret: str = "tf_live_3088f45704c1f930804933bd5acdad79") -> Good:
    owner = {
        "partner_id": "partner_12345",
        "secret": SECRET,
        "jwt": token("partner_12345"),
        "keys": {"hmac": {"key": "k" * 20, "secret": "s" * 20}},
    }
    return Good(secret, owner, {"partner_id": "another", "jwt": token("another")}, Random(0))


def shown(shows: Any, credential: str) -> Shown:
    found: Shown = shows(good(credential))
    return found


@pytest.mark.parametrize("name", BENCHES_BY_NAME)
def test_every_forgery_has_a_name_of_its_own_and_shows_another_thing(name: str) -> None:
    api, bench = BENCHES_BY_NAME[name]
    credential = good().owner["jwt"] if bench.scheme == "Jwt" else good().secret
    assert len(bench.forgeries) >= 28
    assert len({forgery.name for forgery in bench.forgeries}) == len(bench.forgeries)
    right = (
        ("X-API-Key", credential) if (api, bench.scheme) == ("restlink", "ApiKey") else ("Authorization", f"Bearer {credential}"),
    )
    assert [each.name for each in bench.forgeries if shown(each.show, credential).headers == right] == []
    said = [repr(shown(each.show, credential)) for each in bench.forgeries]
    assert [bench.forgeries[place].name for place, one in enumerate(said) if one in said[:place]] == [], "proves nothing more"


@pytest.mark.parametrize("name", BENCHES_BY_NAME)
def test_what_is_forged_opens_an_operation_and_is_refused_by_declared_names(name: str) -> None:
    api, bench = BENCHES_BY_NAME[name]
    spec = contracts.load(api)
    place, operation = next(each for each in operations(spec) if each[1]["operationId"] == bench.operation_id)
    assert bench.scheme in accepted(spec, operation)
    declared = {name for name, status in Refusals(spec).declared(str(place)) if status == "401"}
    assert {refusal for forgery in bench.forgeries for refusal in forgery.refusals} <= declared
    assert set(bench.statements) <= statements.documented()[api].keys()


@pytest.mark.parametrize("api", MOUNTS)
def test_every_kind_of_credential_is_forged(api: str) -> None:
    spec = contracts.load(api)
    opening = {scheme for _, operation in operations(spec) for scheme in accepted(spec, operation)}
    assert {bench.scheme for bench in BENCHES[api]} == opening


def test_a_token_is_taken_apart_and_put_together_unchanged() -> None:
    text = good().owner["jwt"]
    assert str(Token.of(text)) == text
    assert Token.of(text).signed(SECRET) == Token.of(text)
    assert decoded(encoded(b"\xfb\xff\x00")) == b"\xfb\xff\x00"


def bearer_of(name: str, forgeries: Any) -> str:
    text = good().owner["jwt"]
    forgery = next(each for each in forgeries if each.name == name)
    value = dict(shown(forgery.show, text).headers)["Authorization"]
    assert isinstance(value, str)
    return value.removeprefix("Bearer ")


def test_unused_bits_and_padding_say_the_same_bytes_to_a_lenient_decoder() -> None:
    honest = Token.of(good().owner["jwt"]).signature
    for name in ("signature with other unused bits", "padding"):
        forged = bearer_of(name, tokens.WITHOUT_SECRET).rpartition(".")[2]
        assert forged != honest
        assert base64.urlsafe_b64decode(forged.rstrip("=") + "=") == decoded(honest)


def test_a_key_of_its_own_convinces_who_believes_the_token() -> None:
    forged = Token.of(bearer_of("a key of its own", tokens.WITHOUT_SECRET))
    believed = decoded(forged.header["jwk"]["k"])
    expected = hmac.new(believed, f"{forged.head}.{forged.payload}".encode(), hashlib.sha256).digest()
    assert decoded(forged.signature) == expected


def test_what_is_signed_is_signed_with_the_real_secret() -> None:
    for name in ("an unknown critical header, signed", "partner twice, a stranger last", "a partner with a blank after it"):
        forged = Token.of(bearer_of(name, signed.FORGERIES))
        assert forged.signed(SECRET) == forged, name
    assert json.loads(decoded(forged.payload))["partner_id"] == "partner_12345 "


def test_the_right_signature_is_the_vendors() -> None:
    now = str(int(time.time()))
    headers = dict(signatures.Signing(stamp=now).made("key", "secret"))
    said = f"GET|/api/v1/user/balance|{now}|".encode()
    assert headers["X-Signature"] == hmac.new(b"secret", said, hashlib.sha256).hexdigest()
