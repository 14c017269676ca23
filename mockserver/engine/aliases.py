"""Aliases: a sandbox's own spelling of each credential of its world, in the same shape."""

from __future__ import annotations

import hashlib
import string
from collections.abc import Mapping
from typing import Any

import orjson

#: So many letters and digits are drawn anew, counted from the end: the front often says what kind of credential it is.
_DRAWN = 12
#: With fewer, two sandboxes would draw the same: such a credential gets so many more.
_FEWEST = 8
_HEXADECIMAL = "0123456789abcdef"
_KINDS = (string.digits, string.ascii_lowercase, string.ascii_uppercase)
_ANY = "".join(_KINDS)


def alias(credential: str, sandbox: str) -> str:
    """The same for one credential and one sandbox on every machine; different for any two sandboxes."""
    own = credential if sum(character in _ANY for character in credential) >= _FEWEST else credential + "0" * _DRAWN
    places = [place for place, character in enumerate(own) if character in _ANY][-_DRAWN:]
    is_hexadecimal = all(own[place] in _HEXADECIMAL for place in places)
    drawn = hashlib.blake2b(credential.encode(), digest_size=_DRAWN, key=sandbox.encode()).digest()
    characters = list(own)
    for place, byte in zip(places, drawn, strict=False):
        kind = _HEXADECIMAL if is_hexadecimal else next(kind for kind in _KINDS if characters[place] in kind)
        characters[place] = kind[byte % len(kind)]
    return "".join(characters)


def respelled(document: Any, aliases: Mapping[str, str]) -> Any:
    """A document as JSON knows them, with every text that is a credential replaced by its alias."""
    written = orjson.dumps(document)
    for credential, own in aliases.items():
        # With its quotes: what stands inside another text is another text.
        written = written.replace(orjson.dumps(credential), orjson.dumps(own))
    return orjson.loads(written)
