"""Moves: how a property may change by itself, so that a change back can be told from a change on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from contract_tests.shadow.values import instant, same


class Move:
    """Whatever happens to the property is right."""

    def back(self, before: Any, after: Any) -> bool:
        """Whether the property cannot have come from ``before`` to ``after``."""
        return False


class Ladder(Move):
    """A status. ``steps``: groups of values in the order in which they are gone through; what stands in the last group stays."""

    def __init__(self, *steps: Sequence[str]) -> None:
        self._rank = {value: place for place, group in enumerate(steps) for value in group}
        self._end = len(steps) - 1

    def back(self, before: Any, after: Any) -> bool:
        if before == after or before not in self._rank or after not in self._rank:
            return False
        return self._rank[before] == self._end or self._rank[after] < self._rank[before]


class Later(Move):
    """A moment that only gets later, and that stays once it is there."""

    def back(self, before: Any, after: Any) -> bool:
        was, now = instant(before), instant(after)
        return was is not None and (after is None or (now is not None and now < was - 1))


class Once(Move):
    """What is not there at first and never changes once it is."""

    def back(self, before: Any, after: Any) -> bool:
        return before is not None and not same(before, after)


class Falls(Move):
    """A number that may only become less."""

    def back(self, before: Any, after: Any) -> bool:
        return isinstance(before, int | float) and isinstance(after, int | float) and after > before + 1e-9


class Used(Move):
    """A quota: within a period its ``used`` only becomes more."""

    def back(self, before: Any, after: Any) -> bool:
        if not isinstance(before, dict) or not isinstance(after, dict) or before.get("period_start") != after.get("period_start"):
            return False
        was, now = before.get("used"), after.get("used")
        return isinstance(was, int) and isinstance(now, int) and now < was


class StaysSet(Move):
    """A flag that is set once and for all."""

    def back(self, before: Any, after: Any) -> bool:
        return before is True and after is False


ANY, LATER, ONCE, FALLS, USED, STAYS_SET = Move(), Later(), Once(), Falls(), Used(), StaysSet()
