"""Backfill: records in bulk, laid between a world's own in the order of time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from mockserver.engine.clock import parse_rfc3339, rfc3339


class Backfill:
    """``count`` records at even distances between two instants, inserted as a world's own records are reached.

    Lists go by the order of insertion: whoever furnishes a world calls ``until`` before each of its own records and ``rest``
    at the end.
    """

    def __init__(self, count: int, start: datetime, end: datetime, insert: Callable[[Sequence[int]], None]) -> None:
        """``insert`` stores the records of these numbers, which run from 0 to ``count`` - 1 and grow with time."""
        self._count = count
        self._start = start
        self._step = (end - start) / max(count, 1)
        self._insert = insert
        self._done = 0

    def moment(self, number: int) -> str:
        """When the record of this number came to be (RFC 3339)."""
        return rfc3339(self._start + self._step * number)

    def until(self, moment: str) -> None:
        """Insert all that came before ``moment``."""
        if self._count and self._step > timedelta(0):
            self._advance(int((parse_rfc3339(moment) - self._start) / self._step) + 1)

    def rest(self) -> None:
        """Insert what is left."""
        self._advance(self._count)

    def _advance(self, number: int) -> None:
        number = min(number, self._count)
        if number > self._done:
            self._insert(range(self._done, number))
            self._done = number


def _never(numbers: Sequence[int]) -> None:
    """Insert none."""


#: The backfill of a world as it is written.
NOTHING = Backfill(0, datetime.min, datetime.min, _never)
