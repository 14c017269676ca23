"""Moulds: what one sandbox holds put into others."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from mockserver.engine.clock import Clock
from mockserver.engine.ladder import STEP, Ladder, renumber
from mockserver.engine.sandbox import Sandbox
from mockserver.engine.store import SqliteStore

NOON = datetime(2026, 2, 13, 12, 0, tzinfo=UTC)


@pytest.fixture
def store() -> SqliteStore:
    return SqliteStore()


def sandbox(store: SqliteStore, name: str) -> Sandbox:
    return Sandbox(store, name, seed=3, clock=Clock(frozen_at=NOON))


def furnish(one: Sandbox) -> None:
    """Records of every make, counters, draws and jobs."""
    with one.transaction("toy") as tx:
        for number in range(3):
            tx.put("thing", "owner", number, {"number": number}, {"colour": ["red", "blue"], "size": number})
        tx.put("thing", "owner", 0, {"number": 7}, {"colour": "red"})
        tx.delete("thing", "owner", 1)
        tx.increment("counted", 5)
        tx.chance.hex(8)
        tx.schedule(NOON + timedelta(minutes=1), "ring", {"for": "owner"})


def seen(one: Sandbox) -> object:
    """All that a room can see, and what it would do next."""
    with one.transaction("toy") as tx:
        things = [(record.id, record.seq, record.body) for record in tx.find("thing", "owner")]
        red = [record.id for record in tx.find("thing", "owner", {"colour": "red"})]
        small = tx.count("thing", "owner", {"size": 2})
        jobs = [(job.due, job.kind, job.chance, job.body) for job in tx.planned("ring")]
        tx.put("thing", "owner", "new", {})
        return things, red, small, jobs, tx.increment("counted"), tx.chance.hex(8), tx.place("thing", "owner", "new")


def test_what_is_filled_from_a_mould_is_as_what_the_mould_was_taken_of(store: SqliteStore) -> None:
    first, second, third = (sandbox(store, name) for name in ("a", "b", "c"))
    furnish(first)
    with first.transaction("toy") as tx:
        mould = tx.mould()
    for one in (second, third):
        with one.transaction("toy") as tx:
            tx.cast(mould)
    furnish(third_as_furnished := sandbox(store, "d"))
    assert seen(first) == seen(second) == seen(third) == seen(third_as_furnished)
    store.close()


def test_each_copy_has_jobs_of_its_own(store: SqliteStore) -> None:
    first, second = sandbox(store, "a"), sandbox(store, "b")
    furnish(first)
    with first.transaction("toy") as tx:
        mould = tx.mould()
    with second.transaction("toy") as tx:
        ((old, new),) = tx.cast(mould).items()
        assert old != new
        assert tx.cancel(new)
    assert second.first_job() is None
    job = first.first_job()
    assert job is not None
    assert job.number == old
    store.close()


def test_messages_under_way_name_the_jobs_of_the_copy(store: SqliteStore) -> None:
    ladder = Ladder({"delivered": ("sent",), "undelivered": ("lost",)}, lambda *_: None)
    first, second = sandbox(store, "a"), sandbox(store, "b")
    with first.transaction("toy") as tx:
        ladder.begin(tx, 7, "m", "delivered")
        mould = tx.mould()
    with second.transaction("toy") as tx:
        renumber(tx, tx.cast(mould))
        ladder.divert(tx, "m", "undelivered")
        assert [job.kind for job in tx.planned(STEP)] == [STEP]
    with first.transaction("toy") as tx:
        assert [job.kind for job in tx.planned(STEP)] == [STEP]
    store.close()
