"""A target that only fails is left alone."""

from __future__ import annotations

import asyncio

import pytest

from contract_tests.gate.exchange import Exchange
from contract_tests.gate.streak import Streak
from tests.contract_tests.gate.things import terms
from tests.contract_tests.gate.toys import answered, exchange

TERMS = terms()


def failed(rule: Streak, status: int, broken: str | None = None) -> None:
    made = answered(exchange(TERMS, "GET", "/rooms"), status)
    made.broken = broken
    rule.saw(made)


@pytest.mark.parametrize(
    ("status", "broken", "words"),
    [
        (500, None, "server errors"),
        (503, None, "server errors"),
        (429, None, "times of being asked to slow down"),
        (0, "x", "replies that broke"),
    ],
)
def test_it_stops_after_so_many_failures_in_a_row(status: int, broken: str | None, words: str) -> None:
    rule = Streak(3)
    for _ in range(2):
        failed(rule, status, broken)
    assert rule.ask(exchange(TERMS, "GET", "/rooms")) is None
    failed(rule, status, broken)
    assert rule.ask(exchange(TERMS, "GET", "/rooms")) == f"The run stopped calling toy after 3 {words} in a row"


@pytest.mark.parametrize("status", [200, 302, 404, 422])
def test_any_other_reply_ends_the_streak(status: int) -> None:
    rule = Streak(2)
    failed(rule, 500)
    failed(rule, status)
    failed(rule, 500)
    assert rule.ask(exchange(TERMS, "GET", "/rooms")) is None


def test_it_stays_stopped_and_other_apis_go_on() -> None:
    rule = Streak(1)
    failed(rule, 500)
    failed(rule, 200)
    assert rule.ask(exchange(TERMS, "GET", "/rooms")) is not None
    assert rule.ask(Exchange(1, "other", "GET", "/", [], b"")) is None


def test_those_who_were_held_back_meanwhile_hear_it_and_tidying_up_goes_on() -> None:
    rule = Streak(1)
    failed(rule, 500)
    made = exchange(TERMS, "DELETE", "/rooms/1")
    assert asyncio.run(rule.wait(made)) is not None
    made.closing = True
    assert asyncio.run(rule.wait(made)) is None
