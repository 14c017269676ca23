"""The crowd: any number of people with names, addresses and valid telephone numbers, the same for the same seed."""

from __future__ import annotations

import hashlib
import re
from typing import NamedTuple

from mockserver.engine.chance import as_uuid

# Mobile ranges that their national plans assign (checked with phonenumbers in the tests), each with seven digits to come.
_RANGES = (
    ("NL", "+3161"),
    ("NL", "+3164"),
    ("GB", "+447400"),
    ("DE", "+491512"),
    ("ES", "+3461"),
    ("FR", "+3361"),
    ("IT", "+39347"),
    ("PL", "+4850"),
)
_DIGITS = {"+447400": 6}
_POOL = 300


class Person(NamedTuple):
    """Somebody: ``phone`` in E.164, ``country`` its ISO code, ``email`` under a reserved domain (RFC 2606)."""

    name: str
    email: str
    phone: str
    country: str


class Crowd:
    """People and sentences by number. A pool of Faker's is combined anew for each number: Faker itself is too slow for crowds."""

    def __init__(self, seed: int) -> None:
        from faker import Faker  # noqa: PLC0415  (a tenth of a second that only a populated world pays)

        faker = Faker("en_GB", use_weighting=False)
        faker.seed_instance(seed)
        self._first: list[str] = [faker.unique.first_name() for _ in range(_POOL)]
        self._last: list[str] = [faker.unique.last_name() for _ in range(_POOL)]
        self._companies: list[str] = [faker.unique.company() for _ in range(_POOL)]
        self._texts: list[str] = [faker.sentence(nb_words=9) for _ in range(_POOL)]
        self._key = f"crowd {seed}".encode()
        self._offset = seed % 9_999_991

    def person(self, number: int) -> Person:
        """The ``number``-th person; up to 8 million have telephones of their own, all have e-mail addresses of their own."""
        first = self._first[(number * 7 + self._offset) % _POOL]
        last = self._last[(number // _POOL + number * 11 + self._offset) % _POOL]
        country, prefix = _RANGES[number % len(_RANGES)]
        digits = _DIGITS.get(prefix, 7)
        # A step that shares no factor with the range visits every number of it once.
        line = (number // len(_RANGES) * 7_368_787 + self._offset) % 10**digits
        local = re.sub(r"[^a-z]+", "", f"{first}{last}".lower())
        return Person(f"{first} {last}", f"{local}.{number}@example.com", f"{prefix}{line:0{digits}d}", country)

    def company(self, number: int) -> str:
        """A firm's name."""
        return self._companies[(number + self._offset) % _POOL]

    def text(self, number: int) -> str:
        """A sentence for a message."""
        return self._texts[(number * 13 + self._offset) % _POOL]

    def uuid(self, kind: str, number: int) -> str:
        """The id of the ``number``-th thing of a kind, none of them drawn before."""
        return as_uuid(hashlib.blake2b(f"{kind} {number}".encode(), digest_size=16, key=self._key).digest())
