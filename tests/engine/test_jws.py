"""Tokens have one right spelling, and a changed one is another token."""

from __future__ import annotations

import string

import jwt
import pytest

from mockserver.engine.jws import is_compact

TOKEN = jwt.encode({"sub": "1"}, "s" * 32, algorithm="HS256")


def test_a_token_as_it_was_made_is_compact() -> None:
    assert is_compact(TOKEN)


@pytest.mark.parametrize(
    "wrong",
    ["", "a", "a.b", "a.b.c", f"{TOKEN}.x", f"{TOKEN}=", f"{TOKEN} ", f"{TOKEN}\n", TOKEN.replace(".", "=.", 1), f"{TOKEN}ä"],
)
def test_other_spellings_are_not(wrong: str) -> None:
    assert not is_compact(wrong)


def test_no_other_last_character_of_the_signature_passes_as_the_same() -> None:
    signature = jwt.utils.base64url_decode(TOKEN.rpartition(".")[2])
    alike = [
        other
        for last in string.ascii_letters + string.digits + "-_"
        if jwt.utils.base64url_decode((other := TOKEN[:-1] + last).rpartition(".")[2]) == signature and is_compact(other)
    ]
    assert alike == [TOKEN]
