"""Secrecy: no known secret is left in a text, in whatever spelling, and the same secret gets the same hash everywhere."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import pytest

from mockserver.journal.secrecy import Secrets, credential_hashed, hashed, parts_of

SECRET = 'p4ss/w+rd "ü" of=dana'


def secrets(*told: str) -> Secrets:
    made = Secrets()
    made.tell(told)
    return made


@pytest.mark.parametrize(
    "spelled",
    [
        SECRET,
        quote(SECRET),
        quote(SECRET, safe=""),
        quote_plus(SECRET),
        quote(quote(SECRET, safe=""), safe=""),
        "".join(f"%{byte:02x}" for byte in SECRET.encode()),
        json.dumps(SECRET)[1:-1],
        json.dumps(SECRET, ensure_ascii=False)[1:-1],
        "".join(f"\\u{ord(character):04x}" for character in SECRET),
        SECRET.encode().hex(),
        *(base64.b64encode(b"x" * before + SECRET.encode() + b"yz").decode() for before in range(4)),
        base64.urlsafe_b64encode(f"user:{SECRET}".encode()).decode(),
    ],
)
def test_a_secret_is_masked_in_every_spelling(spelled: str) -> None:
    text = f"before {spelled} after"
    masked = secrets(SECRET).without(text)
    assert "sha256:" in masked
    # What is left cannot be put together again: no eight characters of the spelling are.
    middle = spelled[4:-4]
    assert not any(middle[place : place + 8] in masked for place in range(len(middle) - 7))
    assert secrets("another secret").without(text) == text


def test_what_surrounds_a_secret_stays() -> None:
    assert secrets("tf_live_0123").without("key=tf_live_0123;") == f"key={hashed('tf_live_0123')};"
    assert secrets("tf_live_0123").without("tf_live_0124") == "tf_live_0124"


@pytest.mark.parametrize("spell", [quote, quote_plus, lambda text: quote(text, safe=""), lambda text: json.dumps(text)[1:-1]])
def test_what_surrounds_a_usual_spelling_stays(spell: Callable[[str], str]) -> None:
    assert secrets(SECRET).without(f"before {spell(SECRET)} after") == f"before {hashed(SECRET)} after"


def test_the_longer_of_two_secrets_wins() -> None:
    known = secrets("tf_live_0123", "tf_live_0123456")
    assert known.without("tf_live_0123456") == hashed("tf_live_0123456")


def test_names_are_masked_like_values() -> None:
    assert secrets("s3cr3t-1").from_all({"s3cr3t-1": ["s3cr3t-1", 1, None]}) == {
        hashed("s3cr3t-1"): [hashed("s3cr3t-1"), 1, None]
    }


def test_a_token_of_three_parts_is_a_secret_even_if_nobody_knows_it() -> None:
    token = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    assert Secrets().without(f"see {token}!") == f"see {hashed(token)}!"


def test_the_beginning_of_a_secret_at_a_cut_is_left_out() -> None:
    known = secrets("0123456789abcdef")
    assert known.without("x" * 50 + "0123456789", cut=True) == "x" * 50
    assert known.without("x" * 50 + "0123456789") == "x" * 50 + "0123456789"


def test_seen_secrets_are_forgotten_in_their_order_but_told_ones_never() -> None:
    known = secrets("the told one")
    for number in range(2_001):
        known.see(f"seen-{number:06}")
    assert known.without("the told one") == hashed("the told one")
    assert known.without("seen-000000") == "seen-000000"
    assert known.without("seen-000001") == hashed("seen-000001")
    assert known.without("seen-002000") == hashed("seen-002000")


def test_short_texts_are_not_looked_for_everywhere() -> None:
    known = secrets("a", "no")
    known.see("yes")
    assert known.without("a, no, yes") == "a, no, yes"


def test_the_kind_of_a_credential_stays_readable() -> None:
    assert credential_hashed("AccessKey abc") == f"AccessKey {hashed('abc')}"
    assert credential_hashed("my own words") == hashed("my own words")
    assert credential_hashed("bearer   abc") == f"bearer {hashed('abc')}"


def test_basic_hides_a_password() -> None:
    assert "hunter2" in set(parts_of("Basic " + base64.b64encode(b"dana:hunter2").decode()))


def test_the_hash_is_short_and_no_way_back() -> None:
    assert hashed("abc") == "sha256:ba7816bf"
