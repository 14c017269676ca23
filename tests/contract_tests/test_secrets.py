"""Secrets are found in whatever spelling they come, and nothing else is."""

from __future__ import annotations

import base64
import html
import io
import json
import os
import shlex
import textwrap
from collections.abc import Callable
from urllib.parse import quote

import hypothesis
import jwt
import pytest
from hypothesis import strategies

from contract_tests.secrets import Pipe, Scrubber, configured, copy
from contract_tests.secrets.search import Search

SECRET = "q7Hn/T2v+Xc9\"L&w'Zr4<Kf>Yb D1é%41\\s"
PLAIN = "xb_live_9tYq4LmZc2RkVw7PbHs1NdXe"
BOTH = Scrubber({"ODD": SECRET, "PLAIN": PLAIN})


def in_full(text: str) -> str:
    return "".join(f"%{byte:02x}" for byte in text.encode())


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def in_a_token(text: str) -> str:
    return jwt.encode({"sub": "1", "note": text}, "k" * 32)


SPELLINGS: dict[str, Callable[[str], str]] = {
    "plain": str,
    "in capitals": str.upper,
    "in small letters": str.lower,
    "in JSON": json.dumps,
    "in JSON with its own letters": lambda text: json.dumps(text, ensure_ascii=False),
    "in JSON in JSON": lambda text: json.dumps(json.dumps({"key": text})),
    "escaped by code point": lambda text: "".join(f"\\u{ord(letter):04X}" for letter in text),
    "percent-encoded": lambda text: quote(text, safe=""),
    "percent-encoded but for slashes": quote,
    "percent-encoded in small letters": lambda text: quote(text, safe="").lower(),
    "percent-encoded in full": in_full,
    "percent-encoded twice": lambda text: quote(quote(text, safe=""), safe=""),
    "percent-encoded in JSON": lambda text: json.dumps({"url": "/x?key=" + quote(text)}),
    "in hexadecimal": lambda text: text.encode().hex(),
    "in capital hexadecimal": lambda text: text.encode().hex().upper(),
    "in bytes of a shell": lambda text: "".join(f"\\x{byte:02x}" for byte in text.encode("latin-1")),
    "in HTML": html.escape,
    "in numbered references": lambda text: "".join(f"&#{ord(letter)};" for letter in text),
    "in numbered hexadecimal references": lambda text: "".join(f"&#x{ord(letter):X};" for letter in text),
    "in HTML in JSON": lambda text: json.dumps(html.escape(text)),
    "quoted for a shell": shlex.quote,
    "quoted for a shell in the other way": lambda text: "'" + text.replace("'", "'\\''") + "'",
    "in base64": encoded,
    "in base64, one on": lambda text: encoded("x" + text + "tail"),
    "in base64, two on": lambda text: encoded("xy" + text + "t"),
    "in base64 without padding": lambda text: encoded("xyz" + text).rstrip("="),
    "in base64 for URLs": lambda text: base64.urlsafe_b64encode(b"ab?" + text.encode() + b">>>").decode(),
    "in base64 in an URL": lambda text: quote(encoded(text), safe=""),
    "as a password": lambda text: "Basic " + encoded("somebody:" + text),
    "in a token": in_a_token,
    "backwards": lambda text: text[::-1],
    "folded": lambda text: text[:9] + "\n    " + text[9:],
    "folded by a terminal's table": lambda text: "│ " + text[:9] + "   │\r\n│ " + text[9:] + " │",
    "folded by pytest": lambda text: "E   " + text[:20] + "\nE     " + text[20:],
    "folded in base64": lambda text: "\r\n".join(textwrap.wrap(encoded("some:" + text), 20)),
    "coloured": lambda text: text[:5] + "\x1b[31m" + text[5:] + "\x1b[0m",
    "cut short": lambda text: text[: len(text) * 3 // 4] + "...",
    "without its beginning": lambda text: "..." + text[len(text) // 4 :],
}


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize(("name", "secret"), [("ODD", SECRET), ("PLAIN", PLAIN)])
def test_it_is_found_in_every_spelling_and_a_name_is_put_in_its_place(spelling: str, name: str, secret: str) -> None:
    said = f"GET /x said {SPELLINGS[spelling](secret)} to 12 of them"
    assert BOTH.leaks(said) == [name]
    assert BOTH.leaks(said.encode()) == [name]
    cleaned = BOTH.clean(said)
    assert f"${name}" in cleaned
    assert cleaned.startswith("GET /x said ")
    assert cleaned.endswith(" to 12 of them")
    assert BOTH.leaks(cleaned) == []
    # Nothing but the secret goes, and a token has more in it.
    assert len(cleaned) < 100 or spelling == "in a token"


@hypothesis.given(
    strategies.text(strategies.characters(codec="utf-8", exclude_characters="İ"), min_size=6, max_size=40),
    strategies.lists(strategies.sampled_from(["in JSON", "percent-encoded", "in HTML", "in base64, two on"]), max_size=2),
)
@hypothesis.settings(deadline=None, max_examples=150)
def test_any_text_can_be_a_secret_and_spelt_twice(secret: str, ways: list[str]) -> None:
    hypothesis.assume(ways.count("in base64, two on") < 2 and len(set(secret)) > 3 and secret.strip() == secret)
    said = secret
    for way in sorted(ways):
        said = SPELLINGS[way](said) if way != "in base64, two on" or said == secret else said
    scrubber = Scrubber({"IT": secret})
    assert scrubber.leaks(said) == ["IT"]
    assert scrubber.leaks(scrubber.clean(said)) == []


def test_what_is_no_secret_stays() -> None:
    text = json.dumps(
        {"id": "q7HnT2v", "name": "Zoë \\ \n", "pages": [1, 2], "live": "xb_live_", "url": "/a%20b?c=%C3%A9&amp;"}, indent=2
    )
    assert BOTH.clean(text) == text
    assert Scrubber({}).clean(text) == text


def test_short_secrets_are_found_where_they_are_values_and_leave_the_report_alone() -> None:
    scrubber = Scrubber({"PIN": "1234", "NO": "7"})
    report = 'page 7 of 12345, {"pin": "1234", "n": 7, "apiKey": "7"} ?pin=1234&n=7&api_key=7 X-API-Key: 7'
    assert scrubber.clean(report) == (
        'page 7 of 12345, {"pin": "$PIN", "n": 7, "apiKey": "$NO"} ?pin=$PIN&n=7&api_key=$NO X-API-Key: $NO'
    )
    assert scrubber.leaks(report) == ["NO", "PIN"]


def test_what_the_run_came_upon_gets_a_number_and_what_is_known_keeps_its_name() -> None:
    scrubber = Scrubber({"PLAIN": PLAIN}, ["token-of-the-day-1", PLAIN])
    scrubber.learn(["token-of-the-day-1", "token-of-the-day-2"])
    said = f"{PLAIN}, token-of-the-day-1, token-of-the-day-2"
    assert scrubber.clean(said) == "$PLAIN, $secret-1, $secret-2"


def test_credentials_that_a_run_makes_up_do_not_blacken_the_report() -> None:
    made_up = ["", "0", "null", "Bearer", "000000000000000", "authorization", "no such key at all 1", f"Bearer {PLAIN}"]
    scrubber = Scrubber({"PLAIN": PLAIN}, made_up)
    said = ", ".join(made_up)
    assert scrubber.clean(said) == said.replace(PLAIN, "$PLAIN")


def test_pieces_tell_where_a_secret_plainly_stands() -> None:
    assert list(BOTH.split(f"AccessKey {PLAIN}!")) == [("AccessKey ", None), (PLAIN, "PLAIN"), ("!", None)]


def test_the_signature_alone_betrays_a_token_and_what_all_tokens_begin_with_does_not() -> None:
    mine, other = in_a_token("a"), in_a_token("b")
    scrubber = Scrubber({"JWT": mine})
    assert scrubber.leaks(f"signature {mine.rpartition('.')[2]}") == ["JWT"]
    assert scrubber.leaks(other) == []


def test_of_a_cast_only_what_lets_somebody_in_is_a_secret() -> None:
    cast = {
        "owner": {
            "jwt": "a.b.c",
            "api_keys": {"16": "k16"},
            "keys": {"hmac_secret": "h"},
            "password": "p",
            "session_token": "s",
            "access_key": "a",
            "workspace_id": "w",
            "channels": {"sms": "c"},
            "workspaces": [16, 18],
            "email": "e",
            "partner_id": "partner",
            "main": 16,
        }
    }
    names = configured({"restlink": cast})
    assert names == {
        "RESTLINK_OWNER_JWT": "a.b.c",
        "RESTLINK_OWNER_API_KEYS_16": "k16",
        "RESTLINK_OWNER_KEYS_HMAC_SECRET": "h",
        "RESTLINK_OWNER_PASSWORD": "p",
        "RESTLINK_OWNER_SESSION_TOKEN": "s",
        "RESTLINK_OWNER_ACCESS_KEY": "a",
    }


def through(pieces: list[bytes]) -> list[str]:
    written: list[str] = []
    pipe = Pipe(BOTH, written.append)
    for piece in pieces:
        pipe.feed(piece)
    pipe.close()
    return written


def test_a_pipe_lets_progress_through_at_once() -> None:
    assert through([b".", b"s", b"F", b"E", b" [ 50%]\n", b"x"]) == [".", "s", "F", "E", " [ 50%]\n", "x"]


@pytest.mark.parametrize("size", [1, 2, 3, 5, 7, 100])
@pytest.mark.parametrize("spelling", ["plain", "percent-encoded", "in JSON", "folded", "in numbered references"])
def test_a_pipe_holds_back_what_may_become_a_secret(size: int, spelling: str) -> None:
    spell = SPELLINGS[spelling]
    said = f"..{spell(SECRET)}..é\n".encode()
    written = "".join(through([said[at : at + size] for at in range(0, len(said), size)]))
    assert "$ODD" in written
    assert BOTH.leaks(written) == []
    # At most three characters left before it was known for what it is.
    assert not any(spell(SECRET[at : at + 4]).strip('"') in written for at in range(1, len(SECRET) - 4))
    assert written.startswith("..")
    assert written.endswith("..é\n")


def test_a_process_is_heard_to_its_end() -> None:
    there, here = os.pipe()
    with os.fdopen(here, "wb") as sink:
        sink.write(f"one {PLAIN}\ntwo".encode())
    heard = io.StringIO()
    with os.fdopen(there, "rb") as source:
        copy(source, heard, BOTH)
    assert heard.getvalue() == "one $PLAIN\ntwo"


@hypothesis.given(
    strategies.sets(strategies.text("ab", min_size=6, max_size=16), min_size=1, max_size=4), strategies.text("ab", max_size=60)
)
@hypothesis.settings(deadline=None)
def test_the_search_skips_nothing(known: set[str], text: str) -> None:
    found = {start for start, _ in Search(known).found(text)}
    first = min((place for place in range(len(text)) for each in known if text.startswith(each, place)), default=None)
    assert (min(found) if found else None) == first
    assert all(any(text.startswith(each, place) for each in known) for place in found)
