"""Chance: every id and every random choice, drawn from a seed and a counter so that a run can be repeated."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

ALPHANUMERIC = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"


class Chance:
    """Draws from BLAKE2b(key=seed, counter): the n-th draw of a seed is the same on every machine."""

    def __init__(self, seed: int | str, draw: Callable[[], int]) -> None:
        """``draw`` gives the next value of a counter."""
        key = str(seed).encode()
        self._key = key if len(key) <= hashlib.blake2b.MAX_KEY_SIZE else hashlib.blake2b(key).digest()
        self._draw = draw

    def bytes(self, length: int = 16) -> bytes:
        """``length`` bytes, at most 64."""
        counter = self._draw().to_bytes(8, "big")
        return hashlib.blake2b(counter, digest_size=length, key=self._key).digest()

    def hex(self, length: int) -> str:
        """``length`` lower-case hexadecimal digits, at most 128."""
        return self.bytes((length + 1) // 2).hex()[:length]

    def uuid(self) -> str:
        """A version 4 UUID (RFC 9562) in its canonical text form."""
        return as_uuid(self.bytes())

    def fork(self) -> str:
        """The key of a chance of its own, for what happens later: the time at which it happens then changes no other draw."""
        return self.hex(16)

    def below(self, limit: int) -> int:
        """An integer from 0 to ``limit`` - 1."""
        return int.from_bytes(self.bytes(), "big") % limit

    def token(self, length: int, alphabet: str = ALPHANUMERIC) -> str:
        """``length`` characters of ``alphabet``, at most 64."""
        return "".join(alphabet[byte % len(alphabet)] for byte in self.bytes(length))


def as_uuid(raw: bytes) -> str:
    """16 bytes as a version 4 UUID."""
    digits = bytearray(raw)
    digits[6] = digits[6] & 0x0F | 0x40
    digits[8] = digits[8] & 0x3F | 0x80
    text = digits.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
