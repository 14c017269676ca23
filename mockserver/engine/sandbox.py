"""A sandbox: one isolated copy of a world, with its own state, clock and seed."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mockserver.engine.chance import Chance
from mockserver.engine.clock import Clock, parse_rfc3339, rfc3339
from mockserver.engine.store.port import Facet, Job, Mould, Record, Row, Store, StoreTransaction, Where

#: The sandbox that always exists, and the pseudo-sandbox (its name is none) that holds what is said of the others.
DEFAULT, REGISTRY = "default", "~"
_CLAIMS, _LIST = f"{REGISTRY}/claims/claim", f"{REGISTRY}/sandboxes/sandbox"


@dataclass(frozen=True, slots=True)
class Claim:
    """Whom a credential leads to, and which of the world's credentials it stands for there."""

    sandbox: str
    stands_for: str


@dataclass(slots=True)
class _Moment:
    """What the transactions of one request or job share."""

    now: datetime
    chance: Chance
    stirred: bool = False
    #: When the first of the jobs falls due that were planned.
    planned: str | None = None


class Transaction:
    """One request's work on one API's state: all of it is kept, or none.

    ``now`` is one instant for the whole request; ``chance`` draws its ids. Every record is addressed by kind, owner and
    id: there is no look-up by id alone, so a forgotten ownership check finds nothing.
    """

    def __init__(self, sandbox: Sandbox, api: str, store: StoreTransaction, moment: _Moment) -> None:
        self._sandbox = sandbox
        self._store = store
        self._moment = moment
        self._scope = f"{sandbox.name}/{api}/"
        self.api = api
        self.chance = moment.chance

    @property
    def now(self) -> datetime:
        """The instant of everything in the transaction, in UTC."""
        return self._moment.now

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

    def place(self, kind: str, owner: str | int, id: str | int) -> int | None:
        """The ``seq`` of a record, for ``find`` to go on from; None if there is none."""
        record = self._store.get(self._scope + kind, str(owner), str(id))
        return record.seq if record else None

    def schedule(self, due: datetime, kind: str, body: Mapping[str, Any], chance: str | None = None) -> int:
        """Let the API's agenda do ``kind`` with ``body`` when the sandbox's clock reaches ``due``; gives the job's number.

        ``chance``: the key of the job's own chance (``Chance.fork``), where it is known already.
        """
        when = rfc3339(due)
        self._moment.planned = min(when, self._moment.planned or when)
        return self._store.schedule(self._sandbox.name, when, self.api, kind, chance or self.chance.fork(), body)

    def planned(self, *kinds: str) -> list[Job]:
        """The API's jobs of these kinds that are still to be done, in the order in which they will be."""
        return [job for job in self._store.jobs(self._sandbox.name, self.api) if job.kind in kinds]

    def is_planned(self, number: int) -> bool:
        """Whether a job is still to be done."""
        return self._store.has_job(number)

    def cancel(self, number: int) -> bool:
        """Take a job back; False if there is none (any more)."""
        return self._store.drop_job(number)

    def stir(self) -> None:
        """Once this is committed, let those look who wait for something to happen."""
        self._moment.stirred = True

    def mint(self, prefix: str, length: int) -> str:
        """A credential, ``prefix`` and up to 128 hexadecimal digits, that exists in no other sandbox and leads to this one."""
        drawn = self.chance.bytes((length + 1) // 2)
        if self._sandbox.name == DEFAULT:
            return prefix + drawn.hex()[:length]
        # Sandboxes of one seed draw alike; a credential must tell them apart.
        own = hashlib.blake2b(drawn, digest_size=len(drawn), key=self._sandbox.name.encode()).hexdigest()
        minted = prefix + own[:length]
        self.claim(minted, minted)
        return minted

    def claim(self, credential: str, stands_for: str) -> None:
        """Let a credential of the transaction's API lead to this sandbox, where it is taken for the one that it stands for.

        What leads nowhere leads to the default sandbox, which needs no claims.
        """
        if self._sandbox.name != DEFAULT:
            body = {"sandbox": self._sandbox.name, "stands_for": stands_for}
            self._store.put(_CLAIMS, "", f"{self.api} {credential}", body, {"sandbox": self._sandbox.name})

    def mould(self) -> Mould:
        """All that the sandbox holds, to fill others with."""
        return self._store.mould(self._sandbox.name)

    def cast(self, mould: Mould) -> Mapping[int, int]:
        """Fill the sandbox, which holds nothing yet. Gives the numbers of its jobs by those in the mould."""
        return self._store.cast(self._sandbox.name, mould)

    def enlist(self, body: Mapping[str, Any]) -> None:
        """Remember that the sandbox exists, and what a later process has to know to go on with it."""
        self._store.put(_LIST, "", self._sandbox.name, body, {})

    def tell_time(self) -> None:
        """Go by what the clock shows now: it was set."""
        self._moment.now = self._sandbox.clock.now()

    @property
    def sandbox(self) -> str:
        """The name of the sandbox."""
        return self._sandbox.name

    @property
    def drawn(self) -> int:
        """How many draws of chance came before: what the next ones give hangs on nothing else but the seed."""
        return self._store.increment(self._sandbox.draws, 0)

    @property
    def openings(self) -> int:
        """How often the state was put back to its beginning: what was at hand of an earlier time is not of this one."""
        return self._store.increment(self._sandbox.openings, 0)

    def draw_on(self, drawn: int) -> None:
        """Go on as after so many draws."""
        self._store.increment(self._sandbox.draws, drawn - self.drawn)

    def within(self, api: str) -> Transaction:
        """The same transaction at another API's state: for the control plane, which acts on all of them."""
        return Transaction(self._sandbox, api, self._store, self._moment)

    def clear(self, at: datetime | None = None) -> None:
        """Forget every record, counter and job of the sandbox; its clock shows real time again, or stands still at ``at``."""
        self._sandbox.forget(self._store)
        self._store.increment(self._sandbox.openings, 1)
        if at is None:
            self._sandbox.clock.run()
        else:
            self._sandbox.clock.freeze(at)
        self.tell_time()
        self.stir()


class Sandbox:
    """A name, a seed, a clock and a share of the store."""

    def __init__(self, store: Store, name: str = "default", seed: int = 0, clock: Clock | None = None) -> None:
        self.store = store
        self.name = name
        self.seed = seed
        self.clock = clock or Clock()
        self.draws = f"{name}/chance"
        # Outlives what it counts.
        self.openings = f"{REGISTRY}{name}/openings"
        self._watchers: list[Callable[[], None]] = []
        #: Called after each commit that planned jobs, with the instant (RFC 3339) when the first of them falls due.
        self.on_plan: Callable[[str], None] = lambda _due: None

    def watch(self, watcher: Callable[[], None]) -> Callable[[], None]:
        """Have ``watcher`` called after each commit that stirred something; calling the result ends it."""
        self._watchers.append(watcher)
        return lambda: self._watchers.remove(watcher)

    def stir(self) -> None:
        """Let those look who wait for something to happen."""
        for watcher in tuple(self._watchers):
            watcher()

    @contextmanager
    def transaction(self, api: str) -> Iterator[Transaction]:
        """Commits when left well; a refusal or a bug on the way undoes all of it."""
        with self.store.transaction() as store:
            chance = Chance(self.seed, lambda: store.increment(self.draws, 1))
            moment = _Moment(self.clock.now(), chance)
            yield Transaction(self, api, store, moment)
        self._told(moment)

    def forget(self, store: StoreTransaction) -> None:
        """Remove all that the store has of it, within a transaction of the store."""
        for record in store.find(_CLAIMS, "", {"sandbox": self.name}, after=None, newest_first=False, limit=-1, offset=0):
            store.delete(_CLAIMS, "", record.id)
        store.clear(self.name)

    def delist(self, store: StoreTransaction) -> None:
        """Forget that it exists, within a transaction of the store."""
        store.delete(_LIST, "", self.name)
        store.clear(f"{REGISTRY}{self.name}")

    def first_job(self) -> Job | None:
        """What falls due first, of what nobody has taken."""
        with self.store.transaction() as store:
            return store.first_job(self.name)

    @contextmanager
    def job(self, job: Job, at: datetime | None = None) -> Iterator[Transaction]:
        """A transaction at the job's own instant, or another one, with the job's own chance."""
        with self.store.transaction() as store:
            counter = itertools.count(1)
            moment = _Moment(at or parse_rfc3339(job.due), Chance(f"{self.seed}/{job.chance}", lambda: next(counter)))
            yield Transaction(self, job.api, store, moment)
        self._told(moment)

    def take(self, job: Job) -> None:
        """Nobody else is to begin with it, unless this process ends before the job is dropped."""
        with self.store.transaction() as store:
            store.take_job(job.number)

    def drop(self, job: Job) -> None:
        """It is done, or cannot be done."""
        with self.store.transaction() as store:
            store.drop_job(job.number)

    def _told(self, moment: _Moment) -> None:
        if moment.planned is not None:
            self.on_plan(moment.planned)
        if moment.stirred:
            self.stir()


def read_claim(store: Store, api: str, credential: str) -> Claim | None:
    """The claim on a credential of an API; None if it leads nowhere in particular."""
    with store.transaction() as tx:
        found = tx.get(_CLAIMS, "", f"{api} {credential}")
    return Claim(**found.body) if found else None


def enlisted(store: Store) -> dict[str, dict[str, Any]]:
    """Every sandbox but the default one, by its name, in the order of their making."""
    with store.transaction() as tx:
        found = tx.find(_LIST, "", {}, after=None, newest_first=False, limit=-1, offset=0)
    return {record.id: record.body for record in found}
