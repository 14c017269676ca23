"""Chance: the same seed gives the same ids, another seed others."""

from __future__ import annotations

import uuid
from itertools import count

from mockserver.engine.chance import Chance


def chance(seed: int) -> Chance:
    counter = count(1)
    return Chance(seed, lambda: next(counter))


def test_the_same_seed_draws_the_same() -> None:
    one, two, other = chance(1), chance(1), chance(2)
    drawn = [one.uuid(), one.hex(16), one.token(24), one.below(1000)]
    assert drawn == [two.uuid(), two.hex(16), two.token(24), two.below(1000)]
    assert drawn != [other.uuid(), other.hex(16), other.token(24), other.below(1000)]


def test_a_thousand_uuids_are_valid_and_different() -> None:
    source = chance(0)
    drawn = {source.uuid() for _ in range(1000)}
    assert len(drawn) == 1000
    assert all(str(uuid.UUID(text)) == text and uuid.UUID(text).version == 4 for text in drawn)


def test_the_drawn_ids_are_the_same_on_every_machine() -> None:
    assert chance(0).uuid() == "63fb323d-7ecb-4991-baed-941efa6a5556"


def test_a_long_seed_is_one_like_any_other() -> None:
    assert chance(10**80).uuid() == chance(10**80).uuid() != chance(10**80 + 1).uuid()


def test_lengths_are_exact() -> None:
    source = chance(0)
    assert [len(source.hex(n)) for n in (1, 15, 16)] == [1, 15, 16]
    assert len(source.token(30)) == 30
    assert all(0 <= source.below(3) < 3 for _ in range(50))
