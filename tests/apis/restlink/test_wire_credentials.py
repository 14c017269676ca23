"""Credentials on the wire: keys, tokens, permissions and signatures, each refusal in its own words."""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Callable
from typing import Any

import httpx
import jwt
import pytest

from mockserver.data import fixtures_path, load_yaml


def refusal(code: str, description: str) -> dict[str, Any]:
    return {"status": False, "error_code": code, "description": description}


TOKEN_INVALID = refusal("INVALID_TOKEN", "This token is not valid")
TOKEN_EXPIRED = refusal("TOKEN_EXPIRED", "This token has expired")
MALFORMED = refusal("UNAUTHORIZED", "The Authorization header must read Bearer and a token")
MISSING = refusal("UNAUTHORIZED", "Send an API key or a bearer token")
UNKNOWN_KEY = refusal("INVALID_API_KEY", "This API key is not known")
SIGNATURE_INVALID = refusal("INVALID_SIGNATURE", "The signature does not fit this request")
FORBIDDEN = refusal("FORBIDDEN", "This API key lacks the permission for this operation")


def told(response: httpx.Response) -> tuple[int, Any]:
    return response.status_code, response.json()


@pytest.mark.parametrize(
    ("headers", "words"),
    [
        ({}, MISSING),
        ({"Authorization": "Basic b3duZXI6cGFzcw=="}, MALFORMED),
        ({"Authorization": "Bearer"}, MALFORMED),
        ({"Authorization": "Bearer x"}, TOKEN_INVALID),
        ({"Authorization": "Bearer a.b.c"}, TOKEN_INVALID),
        ({"X-API-Key": "sk_prod_0000000000000000"}, UNKNOWN_KEY),
        ({"X-API-Key": "ключ".encode()}, UNKNOWN_KEY),
    ],
)
def test_a_caller_nobody_knows_is_told_so(wire: Any, headers: dict[str, Any], words: dict[str, Any]) -> None:
    assert told(wire.client.get("/user/balance", headers=headers)) == (401, words)


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("inactive", refusal("API_KEY_INACTIVE", "This API key is switched off")),
        ("expired", refusal("API_KEY_EXPIRED", "This API key has expired")),
    ],
)
def test_a_key_out_of_use_is_told_why(wire: Any, key: str, words: dict[str, Any]) -> None:
    assert told(wire.client.get("/user/profile", headers=wire.key(key))) == (401, words)


def test_an_expired_token_is_told_why(wire: Any) -> None:
    headers = {"Authorization": f"Bearer {wire.cast['owner']['expired_jwt']}"}
    assert told(wire.client.get("/user/profile", headers=headers)) == (401, TOKEN_EXPIRED)


def test_of_key_and_token_the_key_decides(wire: Any) -> None:
    token = wire.jwt()
    assert told(wire.client.get("/user/balance", headers={**token, "X-API-Key": "sk_prod_x"})) == (401, UNKNOWN_KEY)
    broken = {**wire.key(16), "Authorization": "Bearer x"}
    assert wire.client.get("/user/balance", headers=broken).status_code == 200


WORLD = load_yaml((fixtures_path() / "default" / "restlink.yaml").read_text("utf-8"))
SECRET = WORLD["jwt"]["secret"]
GOOD = {"sub": "1041", "account_id": 279, "iat": 1, "exp": 4102444800}


def minted(algorithm: str = "HS256", secret: str = SECRET, **changes: Any) -> str:
    claims = {name: value for name, value in {**GOOD, **changes}.items() if value is not None}
    return jwt.encode(claims, secret, algorithm=algorithm)


def test_a_token_needs_no_more_than_its_four_claims(wire: Any) -> None:
    headers = {"Authorization": f"Bearer {minted(aud='any', iss='any', nbf=4102444800)}"}
    assert wire.client.get("/user/profile", headers=headers).json()["id"] == 1041


@pytest.mark.parametrize(
    "token",
    [
        minted(secret="another secret of sufficient length, at least 32"),
        minted(algorithm="HS512"),
        jwt.encode(GOOD, None, algorithm="none"),
        minted(sub=None),
        minted(account_id=None),
        minted(iat=None),
        minted(exp=None),
        minted(sub="2207"),
        minted(account_id="279"),
        minted(account_id=1),
        minted(account_id=True),
        minted(exp=[]),
        "[" * 20_000 + ".e30.x",
    ],
)
def test_a_token_of_any_other_making_is_refused(wire: Any, token: str) -> None:
    assert told(wire.client.get("/user/balance", headers={"Authorization": f"Bearer {token}"})) == (401, TOKEN_INVALID)


def test_whoever_was_switched_off_gets_in_neither_way(wire: Any) -> None:
    words = refusal("USER_NOT_ACTIVE", "This user is not active")
    by_token = {"Authorization": f"Bearer {minted(sub='3502', account_id=648)}"}
    by_key = {"X-API-Key": next(key["key"] for key in WORLD["api_keys"] if key["workspace_id"] == 57)}
    for headers in (by_token, by_key):
        assert told(wire.client.get("/user/balance", headers=headers)) == (401, words)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/sms/send"),
        ("GET", "/user/balance"),
        ("GET", "/user/webhooks"),
        ("PUT", "/user/webhooks"),
        ("POST", "/user/webhooks/test"),
        ("GET", "/user/webhooks/logs"),
    ],
)
def test_a_key_may_do_only_what_it_was_given(wire: Any, method: str, path: str) -> None:
    body = None if method == "GET" else {"to": ["+14155551234"], "message": "hi", "sender_id": "MyApp"}
    assert told(wire.client.request(method, path, json=body, headers=wire.key("limited"))) == (403, FORBIDDEN)


@pytest.mark.parametrize("path", ["/sms/messages", "/sms/stats", "/user/profile"])
def test_what_a_key_was_given_it_may_do(wire: Any, path: str) -> None:
    assert wire.client.get(path, headers=wire.key("limited")).status_code == 200


def signed(
    wire: Any, method: str, path: str, body: bytes = b"", *, age: int = 0, root: str = "/api/v1", secret: str | None = None
) -> dict[str, str]:
    keys = wire.cast["owner"]["keys"]["hmac"]
    timestamp = str(int(time.time()) - age)
    text = f"{method}|{root}{path}|{timestamp}|".encode() + body
    signature = hmac.new((secret or keys["secret"]).encode(), text, hashlib.sha256).hexdigest()
    return {"X-API-Key": keys["key"], "X-Timestamp": timestamp, "X-Signature": signature}


@pytest.mark.parametrize("root", ["/api/v1", "/restlink/api/v1"])
@pytest.mark.parametrize("age", [0, 295, -295])
def test_a_signed_request_is_let_in_once(wire: Any, root: str, age: int) -> None:
    headers = signed(wire, "GET", "/sms/messages", root=root, age=age)
    assert wire.client.get("/sms/messages?limit=1", headers=headers).status_code == 200
    words = refusal("INVALID_SIGNATURE", "This signature was used before")
    assert told(wire.client.get("/sms/messages?limit=1", headers=headers)) == (401, words)


def test_the_body_is_signed_as_it_is_sent(wire: Any) -> None:
    body = b'{"to": ["+14155551234"], "message": "hi",  "sender_id": "MyApp"}'
    headers = {**signed(wire, "POST", "/sms/send", body), "Content-Type": "application/json"}
    tampered = wire.client.post("/sms/send", content=body.replace(b"hi", b"ho"), headers=headers)
    assert told(tampered) == (401, SIGNATURE_INVALID)
    assert wire.client.post("/sms/send", content=body, headers=headers).status_code == 200


def without(name: str) -> Callable[[dict[str, str]], dict[str, str]]:
    return lambda headers: {key: value for key, value in headers.items() if key != name}


REQUIRED = refusal("SIGNATURE_REQUIRED", "This API key must sign each request with X-Timestamp and X-Signature")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (without("X-Signature"), REQUIRED),
        (without("X-Timestamp"), REQUIRED),
        (lambda headers: {**headers, "X-Timestamp": "now"}, SIGNATURE_INVALID),
        (lambda headers: {**headers, "X-Timestamp": str(int(headers["X-Timestamp"]) + 1)}, SIGNATURE_INVALID),
        (lambda headers: {**headers, "X-Signature": "0" * 64}, SIGNATURE_INVALID),
        (lambda headers: {**headers, "X-Signature": "é"}, SIGNATURE_INVALID),
    ],
)
def test_a_signature_that_is_not_right_is_refused(wire: Any, change: Callable[..., Any], words: dict[str, Any]) -> None:
    headers = {name: value.encode("latin-1") for name, value in change(signed(wire, "GET", "/user/profile")).items()}
    assert told(wire.client.get("/user/profile", headers=headers)) == (401, words)


@pytest.mark.parametrize("age", [310, -310])
def test_a_stale_signature_is_refused(wire: Any, age: int) -> None:
    words = refusal("INVALID_SIGNATURE", "The timestamp is more than five minutes off")
    headers = signed(wire, "GET", "/user/profile", age=age)
    assert told(wire.client.get("/user/profile", headers=headers)) == (401, words)


@pytest.mark.parametrize("wrong", [{"secret": "not the secret"}, {"root": ""}, {"root": "/v1"}])
def test_a_signature_over_something_else_is_refused(wire: Any, wrong: dict[str, str]) -> None:
    headers = signed(wire, "GET", "/user/profile", **wrong)
    assert told(wire.client.get("/user/profile", headers=headers)) == (401, SIGNATURE_INVALID)
