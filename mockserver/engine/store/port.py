"""The store's port: the few verbs that a state room may use, and how it says which records it wants."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Span:
    """Facet values from ``start`` to ``end``, both inclusive, compared as text (or numbers)."""

    start: str | int | None = None
    end: str | int | None = None


@dataclass(frozen=True, slots=True)
class OneOf:
    """Any of these facet values."""

    values: Sequence[str | int]


@dataclass(frozen=True, slots=True)
class Contains:
    """Facet values that hold this text somewhere, whatever its case."""

    text: str


Facet = str | int | Sequence[str | int]
Where = Mapping[str, str | int | Span | OneOf | Contains]


#: What ``insert_many`` takes: id, body, facets.
Row = tuple[str, Mapping[str, Any], Mapping[str, Facet]]


@dataclass(frozen=True, slots=True)
class Record:
    """One stored entity: its id, its place in the order of insertion, and its body."""

    id: str
    seq: int
    body: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Job:
    """Something that falls due: when (RFC 3339, fixed width), in which API, what, and the key of its own chance."""

    number: int
    due: str
    api: str
    kind: str
    chance: str
    body: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Mould:
    """All that a store holds of one sandbox, without its name: rows as they are written, scopes and counters below it."""

    records: Sequence[tuple[str, str, str, int, bytes]]
    facets: Sequence[tuple[str, str, str, str | int, int]]
    counters: Sequence[tuple[str, int]]
    jobs: Sequence[tuple[int, str, str, str, str, bytes]]


class StoreTransaction(Protocol):
    """Reads and writes that happen together or not at all. ``scope`` is ``<sandbox>/<api>/<kind>``."""

    def get(self, scope: str, owner: str, id: str) -> Record | None:
        """The record, or None."""

    def put(self, scope: str, owner: str, id: str, body: Mapping[str, Any], facets: Mapping[str, Facet]) -> None:
        """Insert, or replace in its place in the order; ``facets`` are what lists filter by."""

    def insert_many(self, scope: str, owner: str, rows: Iterable[Row]) -> None:
        """Insert new records in their order, in bulk."""

    def delete(self, scope: str, owner: str, id: str) -> bool:
        """Remove; False if there was nothing."""

    def find(
        self, scope: str, owner: str, where: Where, *, after: int | None, newest_first: bool, limit: int, offset: int
    ) -> list[Record]:
        """Records in the order of insertion (or its reverse), beyond ``after``."""

    def count(self, scope: str, owner: str, where: Where) -> int:
        """How many records ``find`` would give without bounds."""

    def increment(self, name: str, by: int) -> int:
        """Add to a named counter and give its new value."""

    def clear(self, sandbox: str) -> None:
        """Remove every record, counter and job of a sandbox."""

    def mould(self, sandbox: str) -> Mould:
        """All of a sandbox."""

    def cast(self, sandbox: str, mould: Mould) -> Mapping[int, int]:
        """Fill an empty sandbox. Jobs get numbers of their own: gives them by the numbers in the mould."""

    def schedule(self, sandbox: str, due: str, api: str, kind: str, chance: str, body: Mapping[str, Any]) -> int:
        """Keep a job until it is dropped; gives its number. Jobs go by ``due``, those of one instant by their numbers."""

    def first_job(self, sandbox: str) -> Job | None:
        """The job that falls due first, of those that nobody has taken."""

    def jobs(self, sandbox: str, api: str) -> list[Job]:
        """All of an API, in the order in which they fall due."""

    def take_job(self, number: int) -> None:
        """Keep it out of ``first_job`` until it is dropped or the store is opened anew."""

    def has_job(self, number: int) -> bool:
        """Whether it was not dropped yet. No number is ever used again."""

    def drop_job(self, number: int) -> bool:
        """Remove it; False if there was none."""


class Store(Protocol):
    """Where the state of all sandboxes lives."""

    def transaction(self) -> AbstractContextManager[StoreTransaction]:
        """Commits when left well, rolls back when left by an exception."""

    def close(self) -> None:
        """Give the file or connection back."""
