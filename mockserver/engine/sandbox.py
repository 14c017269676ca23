"""A sandbox: one isolated copy of a world, with its own state, clock and seed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from mockserver.engine.chance import Chance
from mockserver.engine.clock import Clock
from mockserver.engine.store.port import Facet, Record, Row, Store, StoreTransaction, Where


class Transaction:
    """One request's work on one API's state: all of it is kept, or none.

    ``now`` is one instant for the whole request; ``chance`` draws its ids. Every record is addressed by kind, owner and
    id: there is no look-up by id alone, so a forgotten ownership check finds nothing.
    """

    def __init__(self, sandbox: Sandbox, api: str, store: StoreTransaction) -> None:
        self._sandbox = sandbox
        self._store = store
        self._scope = f"{sandbox.name}/{api}/"
        self._counters = f"{sandbox.name}/"
        self.now = sandbox.clock.now()
        self.chance = Chance(sandbox.seed, lambda: store.increment(f"{self._counters}chance", 1))

    def get(self, kind: str, owner: str | int, id: str | int) -> dict[str, Any] | None:
        """The record's body, or None if this owner has no such record."""
        record = self._store.get(self._scope + kind, str(owner), str(id))
        return record.body if record else None

    def put(
        self, kind: str, owner: str | int, id: str | int, body: Mapping[str, Any], facets: Mapping[str, Facet] | None = None
    ) -> None:
        """Insert, or replace (the record keeps its place in the order). Lists filter by ``facets`` only."""
        self._store.put(self._scope + kind, str(owner), str(id), body, facets or {})

    def insert_many(self, kind: str, owner: str | int, rows: Iterable[Row]) -> None:
        """Insert new records (id, body, facets) in their order, in bulk."""
        self._store.insert_many(self._scope + kind, str(owner), rows)

    def delete(self, kind: str, owner: str | int, id: str | int) -> bool:
        """Remove; False if there was nothing."""
        return self._store.delete(self._scope + kind, str(owner), str(id))

    def find(
        self,
        kind: str,
        owner: str | int,
        where: Where | None = None,
        *,
        after: int | None = None,
        newest_first: bool = False,
        limit: int = -1,
        offset: int = 0,
    ) -> list[Record]:
        """Records in the order of insertion (or its reverse) that fit ``where``, beyond the ``seq`` of ``after``."""
        return self._store.find(
            self._scope + kind, str(owner), where or {}, after=after, newest_first=newest_first, limit=limit, offset=offset
        )

    def count(self, kind: str, owner: str | int, where: Where | None = None) -> int:
        """How many records fit."""
        return self._store.count(self._scope + kind, str(owner), where or {})

    def increment(self, name: str, by: int = 1) -> int:
        """Add to one of the API's own counters and give the new value; a new counter starts at 0."""
        return self._store.increment(f"{self._scope}{name}", by)

    @property
    def drawn(self) -> int:
        """How many draws of chance came before: what the next ones give hangs on nothing else but the seed."""
        return self._store.increment(f"{self._counters}chance", 0)

    def within(self, api: str) -> Transaction:
        """The same transaction at another API's state: for the control plane, which acts on all of them."""
        other = Transaction(self._sandbox, api, self._store)
        other.now = self.now
        return other

    def clear(self) -> None:
        """Forget every record and counter of the sandbox."""
        self._store.clear(f"{self._sandbox.name}/")


class Sandbox:
    """A name, a seed, a clock and a share of the store."""

    def __init__(self, store: Store, name: str = "default", seed: int = 0, clock: Clock | None = None) -> None:
        self.store = store
        self.name = name
        self.seed = seed
        self.clock = clock or Clock()

    @contextmanager
    def transaction(self, api: str) -> Iterator[Transaction]:
        """Commits when left well; a refusal or a bug on the way undoes all of it."""
        with self.store.transaction() as store:
            yield Transaction(self, api, store)
