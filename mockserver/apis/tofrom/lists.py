"""Lists: numbered pages of what somebody owns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from mockserver.engine.paging import pages
from mockserver.engine.sandbox import Transaction
from mockserver.engine.store import Where

Entity = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Slice:
    """What a client wants of a list: the ``number``-th page, counted from 1, of ``limit`` entries."""

    number: int
    limit: int

    @property
    def start(self) -> int:
        """How many entries come before it."""
        return (self.number - 1) * self.limit


@dataclass(frozen=True, slots=True)
class Page:
    """The entries of a slice, and how many the whole list has."""

    entries: Sequence[Entity]
    wanted: Slice
    total: int

    @property
    def count(self) -> int:
        """How many pages the list has; 0 for an empty list."""
        return pages(self.total, self.wanted.limit)

    def shown(self, show: Callable[[Entity], Entity]) -> Page:
        """The same page with each entry as ``show`` makes it."""
        return replace(self, entries=[show(entry) for entry in self.entries])


def page(
    tx: Transaction, kind: str, owner: str, wanted: Slice, where: Where | None = None, *, newest_first: bool = False
) -> Page:
    """A page of an owner's records, oldest first if not told otherwise."""
    records = tx.find(kind, owner, where, newest_first=newest_first, limit=wanted.limit, offset=wanted.start)
    return Page([record.body for record in records], wanted, tx.count(kind, owner, where))


def cut(entries: Sequence[Entity], wanted: Slice) -> Page:
    """A page of a list whose order the store does not know."""
    return Page(entries[wanted.start : wanted.start + wanted.limit], wanted, len(entries))
