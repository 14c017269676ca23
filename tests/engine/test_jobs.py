"""Jobs in the store: kept with their cause, in the order of their time, taken once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mockserver.engine.clock import Clock, rfc3339
from mockserver.engine.sandbox import Sandbox
from mockserver.engine.store import SqliteStore

NOON = datetime(2026, 2, 13, 12, 0, tzinfo=UTC)


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    store = SqliteStore()
    yield Sandbox(store, clock=Clock(frozen_at=NOON))
    store.close()


def schedule(sandbox: Sandbox, *seconds: float) -> list[int]:
    with sandbox.transaction("bird") as tx:
        return [tx.schedule(NOON + timedelta(seconds=after), "step", {"after": after}) for after in seconds]


def bodies(sandbox: Sandbox) -> list[float]:
    found = []
    while job := sandbox.first_job():
        found.append(job.body["after"])
        sandbox.drop(job)
    return found


def test_jobs_go_by_their_time_and_those_of_one_instant_by_their_planning(sandbox: Sandbox) -> None:
    schedule(sandbox, 5, 0.5, 5, 60, 5)
    with sandbox.transaction("bird") as tx:
        tx.schedule(NOON + timedelta(seconds=5), "step", {"after": "last of 5"})
    assert bodies(sandbox) == [0.5, 5, 5, 5, "last of 5", 60]


def test_a_job_is_kept_or_forgotten_with_its_cause(sandbox: Sandbox) -> None:
    def fail() -> None:
        with sandbox.transaction("bird") as tx:
            tx.schedule(NOON, "step", {})
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert sandbox.first_job() is None


def test_a_job_tells_its_api_kind_and_time(sandbox: Sandbox) -> None:
    (number,) = schedule(sandbox, 1.5)
    job = sandbox.first_job()
    assert job is not None
    assert (job.number, job.api, job.kind, job.body) == (number, "bird", "step", {"after": 1.5})
    assert job.due == rfc3339(NOON + timedelta(seconds=1.5))


def test_a_cancelled_job_is_gone_and_only_once(sandbox: Sandbox) -> None:
    first, second = schedule(sandbox, 1, 2)
    with sandbox.transaction("bird") as tx:
        assert tx.is_planned(first)
        assert tx.cancel(first)
        assert not tx.cancel(first)
        assert not tx.is_planned(first)
        assert tx.is_planned(second)
    assert bodies(sandbox) == [2]


def test_a_taken_job_is_begun_with_once_but_still_planned(sandbox: Sandbox) -> None:
    schedule(sandbox, 1, 2)
    job = sandbox.first_job()
    assert job is not None
    sandbox.take(job)
    after = sandbox.first_job()
    assert after is not None
    assert after.body == {"after": 2}
    with sandbox.transaction("bird") as tx:
        assert tx.is_planned(job.number)


def test_what_a_process_took_and_did_not_finish_is_there_for_the_next(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "state.db")
    sandbox = Sandbox(store, clock=Clock(frozen_at=NOON))
    schedule(sandbox, 1)
    job = sandbox.first_job()
    assert job is not None
    sandbox.take(job)
    assert sandbox.first_job() is None
    store.close()
    again = SqliteStore(tmp_path / "state.db")
    assert Sandbox(again).first_job() == job
    again.close()


def test_no_number_is_used_again_even_after_the_sandbox_was_cleared(sandbox: Sandbox) -> None:
    (number,) = schedule(sandbox, 1)
    with sandbox.transaction("bird") as tx:
        tx.clear()
    assert sandbox.first_job() is None
    assert schedule(sandbox, 1) > [number]


def test_sandboxes_do_not_see_each_others_jobs(sandbox: Sandbox) -> None:
    other = Sandbox(sandbox.store, name="other", clock=Clock(frozen_at=NOON))
    schedule(sandbox, 1)
    assert other.first_job() is None
    with other.transaction("bird") as tx:
        tx.clear()
    assert bodies(sandbox) == [1]


def test_a_jobs_chance_is_its_own_so_that_its_hour_changes_no_other_id(sandbox: Sandbox) -> None:
    schedule(sandbox, 1)
    job = sandbox.first_job()
    assert job is not None
    with sandbox.job(job) as tx:
        drawn = [tx.chance.hex(16), tx.chance.hex(16)]
        assert tx.now == NOON + timedelta(seconds=1)
    with sandbox.transaction("bird") as tx:
        after_the_job = tx.chance.hex(16)
    again = Sandbox(SqliteStore(), clock=Clock(frozen_at=NOON))
    schedule(again, 1)
    with again.transaction("bird") as tx:
        assert tx.chance.hex(16) == after_the_job
    late = again.first_job()
    assert late is not None
    with again.job(late) as tx:
        assert [tx.chance.hex(16), tx.chance.hex(16)] == drawn
    assert len({*drawn, after_the_job}) == 3
    again.store.close()


def test_watchers_hear_of_what_was_committed_and_of_nothing_else(sandbox: Sandbox) -> None:
    heard: list[int] = []
    end = sandbox.watch(lambda: heard.append(counted(sandbox)))
    stir(sandbox, loudly=False)
    assert heard == []
    stir(sandbox)
    assert heard == [2]
    with pytest.raises(RuntimeError):
        stir(sandbox, fails=True)
    end()
    stir(sandbox)
    assert heard == [2]


def stir(sandbox: Sandbox, *, loudly: bool = True, fails: bool = False) -> None:
    with sandbox.transaction("bird") as tx:
        tx.increment("count")
        if loudly:
            tx.within("tofrom").stir()
        if fails:
            raise RuntimeError


def counted(sandbox: Sandbox) -> int:
    with sandbox.transaction("bird") as tx:
        return tx.increment("count", 0)


def test_what_was_planned_is_told_once_it_is_committed_by_its_first_instant(sandbox: Sandbox) -> None:
    told: list[str] = []
    sandbox.on_plan = told.append
    schedule(sandbox, 60, 5, 90)
    assert told == [rfc3339(NOON + timedelta(seconds=5))]
    stir(sandbox)
    assert len(told) == 1


def test_an_apis_own_jobs_are_told_by_kind_in_the_order_in_which_they_will_be_done(sandbox: Sandbox) -> None:
    late, first, second, _ = schedule(sandbox, 9, 5, 5, 7)
    with sandbox.transaction("bird") as tx:
        lapse = tx.schedule(NOON + timedelta(seconds=5), "lapse", {}, "0123456789abcdef")
        tx.schedule(NOON, "deliver", {})
        tx.within("tofrom").schedule(NOON, "step", {})
        tx.cancel(first)
        found = tx.planned("step", "lapse")
    assert [job.number for job in found[:2]] == [second, lapse]
    assert found[-1].number == late
    assert found[1].chance == "0123456789abcdef"
    assert all(job.api == "bird" for job in found)
