"""How fast the gate calls, and how long it waits when it is asked to."""

from __future__ import annotations

import asyncio

import pytest

from contract_tests.gate.exchange import Exchange
from contract_tests.gate.pacing import Pacing
from contract_tests.gate.pauses import pause
from tests.contract_tests.gate.things import BASE, terms
from tests.contract_tests.gate.toys import answered, exchange

TERMS = terms()
NOW = 1_800_000_000.0


class Clock:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now, self.slept = NOW, list[float]()

    def time(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(round(seconds, 6))
        self.now += seconds


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, 0),
        ({"Retry-After": "7"}, 7),
        ({"Retry-After": "-7"}, 0),
        ({"Retry-After": "soon"}, 0),
        ({"Retry-After": "Fri, 15 Jan 2027 08:00:30 GMT"}, 30),
        ({"Retry-After": "Fri, 15 Jan 2027 08:00:30 GMT", "Date": "Fri, 15 Jan 2027 08:00:10 GMT"}, 20),
        ({"Retry-After": "Fri, 15 Jan 2027 07:00:00 GMT"}, 0),
        ({"Retry-After": "Fri, 99 Jan 99999 99:99:99 GMT"}, 0),
        ({"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "12"}, 12),
        ({"X-RateLimit-Remaining": "1", "X-RateLimit-Reset": "12"}, 0),
        ({"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(int(NOW) + 9)}, 9),
        ({"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str((int(NOW) + 9) * 1000)}, 9),
        ({"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "2027-01-15T08:00:04Z"}, 4),
        ({"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "never"}, 0),
        ({"X-Rate-Limit-Remaining": "0", "X-Rate-Limit-Reset": "3"}, 3),
        ({"X-RateLimit-Remaining": "0"}, 0),
        ({"RateLimit-Remaining": "0", "RateLimit-Reset": "3"}, 3),
        ({"RateLimit": "limit=10, remaining=0, reset=6"}, 6),
        ({"RateLimit": "limit=10, remaining=4, reset=6"}, 0),
        ({"RateLimit": '"default";r=0;t=8'}, 8),
        ({"RateLimit": '"default";r=5;t=8'}, 0),
        ({"Retry-After": "2", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "5"}, 5),
    ],
    ids=str,
)
def test_a_pause_is_read_in_every_way_in_which_it_is_said(headers: dict[str, str], seconds: float) -> None:
    assert pause(answered(exchange(TERMS, "GET", "/rooms"), 429, headers=list(headers.items())), NOW) == seconds


def pacing(clock: Clock, per_second: float | None = None) -> Pacing:
    return Pacing(
        per_second, {"toy": BASE}, lambda each: each.header("x-key") or "", longest=20, now=clock.time, sleep=clock.sleep
    )


def held(rule: Pacing, key: str = "a") -> str | None:
    made = exchange(TERMS, "GET", "/rooms", headers=[("X-Key", key)])
    return rule.ask(made) or asyncio.run(rule.wait(made))


def saw(rule: Pacing, retry_after: str, key: str = "a") -> None:
    made = exchange(TERMS, "GET", "/rooms", headers=[("X-Key", key)])
    rule.saw(answered(made, 429, headers=[("Retry-After", retry_after)]))


def test_calls_keep_their_distance() -> None:
    clock = Clock()
    rule = pacing(clock, 4)
    assert [held(rule) for _ in range(3)] == [None, None, None]
    assert clock.slept == [0.25, 0.25]


def test_those_who_come_at_once_leave_one_after_the_other() -> None:
    clock = Clock()
    rule = pacing(clock, 2)
    left: list[float] = []

    async def sleep(seconds: float) -> None:
        left.append(seconds)

    rule._sleep = sleep

    async def many() -> None:
        await asyncio.gather(*(rule.wait(exchange(TERMS, "GET", "/rooms")) for _ in range(4)))

    asyncio.run(many())
    assert left == [0.5, 1.0, 1.5]


def test_more_than_can_wait_are_refused() -> None:
    clock = Clock()
    rule = pacing(clock, 0.04)
    assert held(rule) is None
    assert held(rule) == "More calls wait than the target bears: 0.04 in a second"


def test_a_pause_is_waited_for_by_its_caller_alone() -> None:
    clock = Clock()
    rule = pacing(clock)
    saw(rule, "7")
    assert held(rule, "b") is None
    assert clock.slept == []
    assert held(rule) is None
    assert clock.slept == [7]
    assert held(rule) is None
    assert clock.slept == [7]


def test_a_shorter_pause_does_not_end_a_longer_one() -> None:
    clock = Clock()
    rule = pacing(clock)
    saw(rule, "9")
    saw(rule, "2")
    assert held(rule) is None
    assert clock.slept == [9]


def test_a_pause_is_asked_for_by_one_base() -> None:
    clock = Clock()
    bases = {"toy": BASE, "other": "https://other.example", "same": BASE}
    rule = Pacing(None, bases, lambda _: "", longest=20, now=clock.time, sleep=clock.sleep)
    saw(rule, "30")
    assert [rule.ask(Exchange(1, api, "GET", "/", [], b"")) is None for api in ("toy", "other", "same")] == [False, True, False]


def test_a_pause_that_is_too_long_is_refused_until_it_is_over() -> None:
    clock = Clock()
    rule = pacing(clock)
    saw(rule, "21")
    assert held(rule) == "toy asked for a pause that is too long to wait for"
    clock.now += 10
    assert held(rule) is None
    assert clock.slept == [11]


def test_a_pause_that_is_asked_for_meanwhile_counts() -> None:
    clock = Clock()
    rule = pacing(clock)
    saw(rule, "5")

    async def sleep(seconds: float) -> None:
        await Clock.sleep(clock, seconds)
        if len(clock.slept) == 1:
            saw(rule, "60")

    rule._sleep = sleep
    assert held(rule) == "toy asked for a pause that is too long to wait for"
