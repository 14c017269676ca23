"""Ladders: the steps of a message, each after its own time, to the outcome that its recipient or a person decides."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mockserver.engine.agenda import Agenda
from mockserver.engine.clock import Clock
from mockserver.engine.ladder import STEP, Ladder, MessageNotUnderWay
from mockserver.engine.outcomes import OUTCOMES, PHONE_ENDINGS, outcome_of
from mockserver.engine.sandbox import Sandbox, Transaction
from mockserver.engine.store import Job, SqliteStore

NOON = datetime(2026, 2, 13, 12, 0, tzinfo=UTC)
RUNGS = {
    "delivered": ("sent", "delivered"),
    "undelivered": ("sent", "lost"),
    "rejected": ("refused",),
    "expired": ("sent", "old"),
    "slow": ("sent", "delivered"),
    "never": ("sent",),
}
DELAYS = {"sent": 2, "delivered": 3, "lost": 8, "refused": 1, "old": 3600, "slow": 10}


class NoCourier:
    """Nothing leaves the house."""

    def take(self, sandbox: Sandbox, job: Job) -> None:
        raise NotImplementedError

    async def idle(self, sandbox: Sandbox) -> None:
        """Nothing is on its way."""


class Road:
    """Messages under way in one sandbox, and what they reached when."""

    def __init__(self) -> None:
        self.sandbox = Sandbox(SqliteStore(), clock=Clock(frozen_at=NOON))
        self.reached: list[tuple[float, str, str, str]] = []
        self.drawn: list[tuple[str, str]] = []
        self.ladder = Ladder(RUNGS, self._reach)
        self._agenda = Agenda(self.sandbox, lambda _api: {STEP: self.ladder.step}, NoCourier())
        self.do(lambda tx: self.ladder.furnish(tx, DELAYS))

    def do(self, deed: Any) -> None:
        with self.sandbox.transaction("bird") as tx:
            deed(tx)

    def begin(self, id: str, outcome: str, **choices: Any) -> None:
        self.do(lambda tx: self.ladder.begin(tx, 7, id, outcome, **choices))

    def divert(self, id: str, outcome: str) -> None:
        self.do(lambda tx: self.ladder.divert(tx, id, outcome))

    def advance(self, seconds: float) -> None:
        asyncio.run(self._agenda.advance(timedelta(seconds=seconds)))

    def _reach(self, tx: Transaction, owner: str, id: str, rung: str, outcome: str) -> None:
        assert owner == "7"
        self.reached.append(((tx.now - NOON).total_seconds(), id, rung, outcome))
        self.drawn.append((id, tx.chance.hex(8)))


@pytest.fixture
def road() -> Iterator[Road]:
    made = Road()
    yield made
    made.sandbox.store.close()


@pytest.mark.parametrize(
    ("outcome", "steps"),
    [
        ("delivered", [(2, "sent"), (5, "delivered")]),
        ("undelivered", [(2, "sent"), (10, "lost")]),
        ("rejected", [(1, "refused")]),
        ("expired", [(2, "sent"), (3602, "old")]),
        ("slow", [(20, "sent"), (50, "delivered")]),
        ("never", [(2, "sent")]),
    ],
)
def test_each_outcome_has_its_steps_at_their_instants(road: Road, outcome: str, steps: list[tuple[float, str]]) -> None:
    road.begin("m", outcome)
    road.advance(100_000)
    assert road.reached == [(second, "m", rung, outcome) for second, rung in steps]


def test_messages_go_their_ways_side_by_side(road: Road) -> None:
    road.begin("a", "delivered")
    road.advance(1)
    road.begin("b", "rejected")
    road.advance(10)
    assert [(second, id, rung) for second, id, rung, _ in road.reached] == [
        (2, "a", "sent"),
        (2, "b", "refused"),
        (5, "a", "delivered"),
    ]


def test_a_message_may_start_later(road: Road) -> None:
    road.begin("m", "delivered", start=NOON + timedelta(hours=1))
    road.advance(3601)
    assert road.reached == []
    road.advance(10)
    assert [second for second, *_ in road.reached] == [3602, 3605]


def test_a_message_is_led_elsewhere_from_the_step_that_it_has_reached(road: Road) -> None:
    road.begin("m", "delivered")
    road.advance(4)
    road.divert("m", "undelivered")
    road.advance(100)
    assert [(second, rung) for second, _, rung, _ in road.reached] == [(2, "sent"), (12, "lost")]


def test_a_message_that_waits_for_its_hour_goes_on_waiting_when_it_is_led_elsewhere(road: Road) -> None:
    road.begin("m", "delivered", start=NOON + timedelta(hours=1))
    road.divert("m", "rejected")
    road.advance(10_000)
    assert [(second, rung) for second, _, rung, _ in road.reached] == [(3601, "refused")]


def test_a_message_that_is_stuck_can_be_set_free(road: Road) -> None:
    road.begin("m", "never")
    road.advance(100)
    road.divert("m", "delivered")
    road.advance(100)
    assert [(second, rung) for second, _, rung, _ in road.reached] == [(2, "sent"), (103, "delivered")]


@pytest.mark.parametrize("id", ["m", "unknown"])
def test_what_has_come_to_its_end_is_led_nowhere(road: Road, id: str) -> None:
    road.begin("m", "delivered")
    road.advance(5)
    with pytest.raises(MessageNotUnderWay):
        road.divert(id, "undelivered")
    road.advance(100)
    assert len(road.reached) == 2


def test_a_message_at_its_end_leaves_nothing_behind(road: Road) -> None:
    road.begin("m", "delivered")
    road.advance(5)
    with road.sandbox.transaction("bird") as tx:
        assert tx.count("journey", "") == 0
    assert road.sandbox.first_job() is None


@pytest.mark.parametrize(
    ("recipient", "outcome"),
    [
        ("+14155551234", "delivered"),
        *((f"+1415555{ending}"[:-5] + ending, fixed) for ending, fixed in PHONE_ENDINGS.items()),
        ("+4915112399903", "expired"),
        ("99901", "undelivered"),
        ("jane@example.com", "delivered"),
        *((f"{outcome}@example.com", outcome) for outcome in OUTCOMES),
        ("Slow@Example.com", "slow"),
        ("never.mind@example.com", "delivered"),
        ("jane@99901", "delivered"),
    ],
)
def test_a_recipient_may_fix_the_outcome(recipient: str, outcome: str) -> None:
    assert outcome_of(recipient) == outcome


def test_journeys_are_told_and_go_on_elsewhere(road: Road) -> None:
    road.begin("m", "slow")
    road.begin("n", "never")
    road.advance(21)
    with road.sandbox.transaction("bird") as tx:
        told = road.ladder.under_way(tx)
    other = Road()
    with other.sandbox.transaction("bird") as tx:
        other.ladder.furnish(tx, DELAYS)
        other.ladder.resume(tx, told)
        assert other.ladder.under_way(tx) == told
    other.advance(100)
    other.sandbox.store.close()
    assert [(journey["id"], journey["due"]) for journey in told] == [("m", "2026-02-13T12:00:50.000000Z"), ("n", None)]
    assert [rung for _, _, rung, _ in other.reached] == ["delivered"]


def test_journeys_that_go_on_elsewhere_keep_their_order_and_their_chance(road: Road) -> None:
    for id in ("m", "n", "o"):
        road.begin(id, "delivered")
    road.divert("m", "expired")
    with road.sandbox.transaction("bird") as tx:
        told = road.ladder.under_way(tx)
    other = Road()
    other.do(lambda tx: other.ladder.resume(tx, told))
    for each in (road, other):
        each.advance(3)
    other.sandbox.store.close()
    assert [id for id, _ in road.drawn] == ["n", "o", "m"]
    assert other.drawn == road.drawn
