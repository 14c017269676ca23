"""Spellings: the texts that betray a secret once escapes are taken off: itself, base64, hexadecimal, backwards, cut short."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from typing import NamedTuple

from contract_tests.secrets.layers import layers

#: Below this a secret is a word like any other.
SHORT = 6
#: From here on a piece of a secret is still known as its own.
LONG = 18
_JWT = re.compile(r"eyJ[\w-]+\.[\w-]+\.([\w-]+)")


class Spelling(NamedTuple):
    """``text``: as ``folded`` gives it; ``frayed``: its first and last characters stand for neighbours too (base64)."""

    text: str
    frayed: bool = False


def folded(text: str) -> str:
    """The text as spellings are compared, of the same length: whatever its case, and base64 whatever its alphabet."""
    return text.replace("İ", "i").lower().replace("-", "+").replace("_", "/")


def spellings(secret: str) -> Iterator[Spelling]:
    """Every spelling of one secret that is not short."""
    # One that looks escaped itself changes when what lies over it is taken off.
    seen = [layer.text for layer in layers(secret) if len(layer.text) >= SHORT]
    for plain in dict.fromkeys([*seen, re.sub(r"\s*\n\s*", "", secret), *_pieces(secret)]):
        yield Spelling(folded(plain))
    yield Spelling(_raw(secret).hex())
    if len(secret) >= LONG:
        yield Spelling(folded(secret[::-1]))
    for written in dict.fromkeys([secret, *(json.dumps(secret, ensure_ascii=each)[1:-1] for each in (True, False))]):
        for offset in range(3):
            yield Spelling(folded(_base64(_raw(written), offset)), frayed=True)


def _raw(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _pieces(secret: str) -> list[str]:
    """What a message that was cut still shows; the signature of a token, which is what the rest is worth nothing without."""
    token = _JWT.fullmatch(secret)
    if token is not None:
        return [token[1]] if len(token[1]) >= LONG else []
    return [secret[: len(secret) * 2 // 3], secret[-(len(secret) * 2 // 3) :]] if len(secret) >= LONG else []


def _base64(raw: bytes, offset: int) -> str:
    """The characters that depend on the secret alone when so many bytes of a group of three stand before it."""
    encoded = base64.b64encode(b"\0" * offset + raw).decode()
    return encoded[(offset * 8 + 5) // 6 : (offset + len(raw)) * 8 // 6]


def short(secret: str) -> str:
    """A pattern for a secret too short to be sought everywhere: as a whole value, or where a credential is named."""
    value = rf"""(?P<value>{re.escape(secret)})(?=["'&\s,;\\<]|$)"""
    if len(secret) >= SHORT - 2:
        return rf"""(?<=["'=:\s]){value}"""
    return rf"""(?i:key|token|secret|password|authorization)\\?["']?\s*[:=]\s*\\?["']?(?i:bearer\s+|accesskey\s+)?{value}"""
