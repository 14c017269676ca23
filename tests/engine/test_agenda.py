"""The agenda: what is due happens in order, at its own instant, all of it before an advance is over."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mockserver.engine.agenda import Agenda, restore_clock
from mockserver.engine.clock import Clock, ClockOutOfRange
from mockserver.engine.outbox import DELIVER
from mockserver.engine.sandbox import Sandbox, Transaction
from mockserver.engine.store import Job, SqliteStore, StoreTrouble

NOON = datetime(2026, 2, 13, 12, 0, tzinfo=UTC)


class SlowCourier:
    """Takes a moment of real time for each delivery, then plans what the delivery says."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self.tasks: list[asyncio.Task[None]] = []

    def take(self, sandbox: Sandbox, job: Job) -> None:
        self.tasks.append(asyncio.create_task(self._deliver(job)))

    async def idle(self, sandbox: Sandbox) -> None:
        await asyncio.gather(*self.tasks)

    async def _deliver(self, job: Job) -> None:
        await asyncio.sleep(0.01)
        with self._sandbox.job(job) as tx:
            tx.cancel(job.number)
            if "retry" in job.body:
                tx.schedule(tx.now + timedelta(seconds=job.body["retry"]), "note", {"what": "retry"})


class Scene:
    """A sandbox, its agenda, and a list of what happened when."""

    def __init__(self) -> None:
        self.sandbox = Sandbox(SqliteStore(), clock=Clock(frozen_at=NOON))
        self.happened: list[tuple[float, str]] = []
        self.clock_at: list[float] = []
        self.agenda = Agenda(self.sandbox, lambda _api: self.handlers, SlowCourier(self.sandbox))
        self.handlers = {"note": self.note, "fail": self.fail, "chain": self.chain}

    def plan(self, seconds: float, kind: str = "note", **body: Any) -> None:
        with self.sandbox.transaction("bird") as tx:
            tx.schedule(NOON + timedelta(seconds=seconds), kind, body)

    def note(self, tx: Transaction, body: Mapping[str, Any]) -> None:
        self.happened.append(((tx.now - NOON).total_seconds(), body["what"]))
        self.clock_at.append((self.sandbox.clock.now() - NOON).total_seconds())
        tx.increment("notes")

    def fail(self, tx: Transaction, body: Mapping[str, Any]) -> None:
        tx.increment("notes", 100)
        raise RuntimeError("boom")

    def chain(self, tx: Transaction, body: Mapping[str, Any]) -> None:
        self.note(tx, {"what": f"link {body['left']}"})
        if body["left"]:
            tx.schedule(tx.now + timedelta(seconds=10), "chain", {"left": body["left"] - 1})

    def advance(self, seconds: float) -> int:
        return asyncio.run(self.agenda.advance(timedelta(seconds=seconds)))

    @property
    def notes(self) -> int:
        with self.sandbox.transaction("bird") as tx:
            return tx.increment("notes", 0)


@pytest.fixture
def scene() -> Iterator[Scene]:
    made = Scene()
    yield made
    made.sandbox.store.close()


def test_an_advance_does_what_falls_due_in_order_and_leaves_the_rest(scene: Scene) -> None:
    scene.plan(30, what="third")
    scene.plan(5, what="first")
    scene.plan(5, what="second")
    scene.plan(31, what="later")
    assert scene.advance(30) == 3
    assert scene.happened == [(5, "first"), (5, "second"), (30, "third")]
    assert scene.sandbox.clock.now() == NOON + timedelta(seconds=30)
    assert scene.advance(1) == 1
    assert scene.happened[-1] == (31, "later")


def test_the_clock_shows_the_instant_of_what_happens(scene: Scene) -> None:
    scene.plan(5, what="one")
    scene.plan(60, what="two")
    scene.advance(100)
    assert scene.clock_at == [5, 60]


def test_what_a_job_plans_happens_in_the_same_advance_if_its_time_comes(scene: Scene) -> None:
    scene.plan(1, "chain", left=9)
    scene.advance(45)
    assert scene.happened == [(1, "link 9"), (11, "link 8"), (21, "link 7"), (31, "link 6"), (41, "link 5")]


def test_an_advance_by_nothing_does_what_is_due_now(scene: Scene) -> None:
    scene.plan(0, what="now")
    scene.plan(-10, what="overdue")
    assert scene.advance(0) == 2
    assert scene.happened == [(-10, "overdue"), (0, "now")]


def test_before_the_clock_goes_on_deliveries_come_back_with_what_follows_from_them(scene: Scene) -> None:
    scene.plan(1, DELIVER, retry=10)
    scene.plan(60, what="long after")
    assert scene.advance(100) == 3
    assert scene.happened == [(11, "retry"), (60, "long after")]


def test_an_advance_is_over_only_when_the_last_delivery_is(scene: Scene) -> None:
    scene.plan(1, DELIVER)
    scene.advance(1)
    assert scene.sandbox.first_job() is None
    with scene.sandbox.transaction("bird") as tx:
        assert not tx.is_planned(1)


def test_a_job_that_fails_undoes_itself_is_told_in_the_log_and_hinders_nothing(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    scene.plan(1, "fail")
    scene.plan(1, "no such kind")
    scene.plan(2, what="afterwards")
    assert scene.advance(5) == 3
    assert scene.happened == [(2, "afterwards")]
    assert scene.notes == 1
    assert scene.sandbox.first_job() is None
    assert [record.message for record in caplog.records if "'fail'" in record.message]


def test_a_job_that_the_store_could_not_keep_is_done_later(scene: Scene) -> None:
    troubles = iter([StoreTrouble("database or disk is full")])

    def full(tx: Transaction, body: Mapping[str, Any]) -> None:
        for trouble in troubles:
            raise trouble
        scene.note(tx, body)

    scene.handlers["full"] = full
    scene.plan(1, "full", what="after all")
    with pytest.raises(StoreTrouble):
        scene.advance(5)
    assert scene.happened == []
    scene.advance(5)
    assert scene.happened == [(1, "after all")]


def test_a_running_clock_goes_on_from_where_it_was_advanced_to(scene: Scene) -> None:
    scene.sandbox.clock.run(NOON)
    scene.plan(3600, what="in an hour")
    scene.advance(7200)
    assert scene.happened == [(3600, "in an hour")]
    assert timedelta(hours=2) <= scene.sandbox.clock.now() - NOON < timedelta(hours=2, minutes=1)
    assert not scene.sandbox.clock.is_frozen


def test_no_clock_is_led_out_of_its_range_and_nothing_happens(scene: Scene) -> None:
    scene.plan(1, what="never")
    for seconds in (200 * 365.25 * 86_400, 10**12):
        with pytest.raises(ClockOutOfRange):
            scene.advance(seconds)
    with pytest.raises(ClockOutOfRange):
        asyncio.run(scene.agenda.set_clock(frozen=True, at=datetime(2200, 1, 1, tzinfo=UTC)))
    assert scene.happened == []
    assert scene.sandbox.clock.now() == NOON


def test_two_advances_at_once_let_the_time_of_both_pass(scene: Scene) -> None:
    async def both() -> None:
        await asyncio.gather(*(scene.agenda.advance(timedelta(seconds=60)) for _ in range(2)))

    scene.plan(1, DELIVER, retry=10)
    asyncio.run(both())
    assert scene.sandbox.clock.now() == NOON + timedelta(seconds=120)


def test_a_clock_that_is_set_while_time_passes_shows_that_instant_afterwards(scene: Scene) -> None:
    async def both() -> None:
        advancing = asyncio.create_task(scene.agenda.advance(timedelta(hours=1)))
        await asyncio.sleep(0)
        await scene.agenda.set_clock(frozen=True, at=NOON)
        await advancing

    scene.plan(1, DELIVER, retry=10)
    asyncio.run(both())
    assert scene.happened == [(11, "retry")]
    assert scene.sandbox.clock.now() == NOON


def test_after_a_reset_nobody_goes_on_with_the_time_before_it(scene: Scene) -> None:
    async def both() -> None:
        advancing = asyncio.create_task(scene.agenda.advance(timedelta(hours=1)))
        await asyncio.sleep(0)
        with scene.sandbox.transaction("control") as tx:
            tx.clear(NOON)
            scene.agenda.interrupt()
        scene.plan(60, what="of the new opening")
        await advancing

    scene.plan(1, DELIVER)
    asyncio.run(both())
    assert scene.happened == []
    assert scene.sandbox.clock.now() == NOON


def test_on_the_way_back_to_real_time_all_that_fell_due_happens_in_its_order(scene: Scene) -> None:
    scene.plan(1, DELIVER, retry=10)
    scene.plan(60, what="long after")
    assert asyncio.run(scene.agenda.set_clock(frozen=False, at=None)) == 3
    assert scene.happened == [(11, "retry"), (60, "long after")]
    assert scene.clock_at == [11, 60]
    assert datetime.now(UTC) - scene.sandbox.clock.now() < timedelta(minutes=1)


def test_the_clock_is_remembered_for_whoever_opens_the_state_next(scene: Scene) -> None:
    scene.advance(90)
    successor = Sandbox(scene.sandbox.store)
    with successor.transaction("control") as tx:
        restore_clock(tx, successor)
    assert successor.clock.is_frozen
    assert successor.clock.now() == NOON + timedelta(seconds=90)


async def kept(scene: Scene, *deeds: Any) -> None:
    """Let the agenda keep its time while the deeds are done, each awaited."""
    keeping = asyncio.create_task(scene.agenda.keep())
    try:
        for deed in deeds:
            await asyncio.wait_for(deed(), 5)
    finally:
        keeping.cancel()


async def until(condition: Any) -> None:
    while not condition():
        await asyncio.sleep(0.005)


def test_in_real_time_things_happen_by_themselves(scene: Scene) -> None:
    scene.sandbox.clock.run(NOON)
    scene.plan(0.05, what="by itself")
    asyncio.run(kept(scene, lambda: until(lambda: scene.happened)))
    assert scene.happened == [(0.05, "by itself")]


def test_while_the_clock_stands_only_what_is_due_happens_as_soon_as_it_is_planned(scene: Scene) -> None:
    async def plan() -> None:
        await asyncio.sleep(0.02)
        scene.plan(60, what="not yet")
        scene.plan(0, what="at once")

    asyncio.run(kept(scene, plan, lambda: until(lambda: scene.happened)))
    assert scene.happened == [(0, "at once")]


def test_what_is_planned_before_the_next_look_wakes_the_agenda_and_what_comes_later_does_not(scene: Scene) -> None:
    scene.sandbox.clock.run(NOON)
    scene.plan(3600, what="in an hour")

    async def plan() -> None:
        await asyncio.sleep(0.02)
        looks: list[int] = []
        whole = scene.agenda.wake
        scene.agenda.wake = lambda: (looks.append(1), whole())[1]  # type: ignore[method-assign]
        scene.plan(7200, what="in two hours")
        assert not looks
        scene.plan(0.05, what="soon")
        assert looks

    asyncio.run(kept(scene, plan, lambda: until(lambda: scene.happened)))
    assert scene.happened == [(0.05, "soon")]


def test_the_agenda_ends_even_if_something_wakes_it_at_that_moment(scene: Scene) -> None:
    async def end() -> None:
        keeping = asyncio.create_task(scene.agenda.keep())
        await asyncio.sleep(0.02)
        scene.agenda.wake()
        # Whoever waits for the event is done, the task that waited not yet told.
        await asyncio.sleep(0)
        keeping.cancel()
        assert await asyncio.wait({keeping}, timeout=1) == ({keeping}, set())

    scene.sandbox.clock.run(NOON)
    asyncio.run(end())


def test_trouble_with_the_store_does_not_end_the_passing_of_time(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("mockserver.engine.agenda._BREATH", 0.01)
    monkeypatch.setattr("mockserver.engine.agenda._LONGEST_SLEEP", 0.01)
    whole, troubles = scene.sandbox.first_job, iter([OSError("disk full")])

    def first_job() -> Job | None:
        for trouble in troubles:
            raise trouble
        return whole()

    monkeypatch.setattr(scene.sandbox, "first_job", first_job)
    scene.plan(0, what="all the same")
    asyncio.run(kept(scene, lambda: until(lambda: scene.happened)))
    assert scene.happened == [(0, "all the same")]
    assert "could not be done" in caplog.text
