"""Quotas without HTTP: what happens uses them up, nothing beyond them happens, and one period follows another."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from mockserver.apis.timelines import quotas, state, workspaces
from mockserver.apis.timelines.quotas import QuotaExceeded
from mockserver.engine.sandbox import Sandbox, Transaction
from tests.conftest import NOON

PARTNER, DOCUMENTED = "partner_12345", "ws_1234567890abcdef"


@pytest.fixture
def sandbox(sandbox_of: Callable[..., Sandbox]) -> Sandbox:
    return sandbox_of("timelines")


def documented(tx: Transaction) -> dict[str, Any]:
    return state.workspace(tx, PARTNER, DOCUMENTED)


def figures(tx: Transaction) -> tuple[int, int, float]:
    seen = workspaces.overview(tx, documented(tx))
    balance: float = seen.workspace["non_recurring_quota"]["remaining_balance"]
    return seen.messages_quota["used"], seen.api_calls_quota["used"], balance


@pytest.mark.parametrize(
    ("deeds", "expected"),
    [
        ({}, (7, 7, 50)),
        ({"messages": 2}, (9, 7, 50)),
        ({"api_calls": 3}, (7, 10, 50)),
        ({"transactions": 50}, (7, 7, 0)),
        ({"balance": 25}, (7, 7, 75)),
        ({"transactions": 60, "balance": 10}, (7, 7, 0)),
        ({"messages": 3, "api_calls": 1, "transactions": 5, "balance": 1}, (10, 8, 46)),
    ],
)
def test_what_happens_is_counted(sandbox: Sandbox, deeds: dict[str, int], expected: tuple[int, int, float]) -> None:
    with sandbox.transaction("timelines") as tx:
        quotas.record_usage(tx, documented(tx), **deeds)
        assert figures(tx) == expected


@pytest.mark.parametrize("deeds", [{"messages": 4}, {"api_calls": 4}, {"transactions": 51}, {"messages": 1, "api_calls": 4}])
def test_more_than_is_left_does_not_happen(sandbox: Sandbox, deeds: dict[str, int]) -> None:
    with sandbox.transaction("timelines") as tx:
        with pytest.raises(QuotaExceeded):
            quotas.record_usage(tx, documented(tx), **deeds)
        assert figures(tx) == (7, 7, 50)


@pytest.mark.parametrize(
    ("deeds", "moment"), [({"balance": 1}, "2026-02-13T12:00:00Z"), ({"messages": 1}, "2026-02-08T12:00:00Z")]
)
def test_the_balance_says_when_it_last_moved(sandbox: Sandbox, deeds: dict[str, int], moment: str) -> None:
    with sandbox.transaction("timelines") as tx:
        assert quotas.record_usage(tx, documented(tx), **deeds)["non_recurring_quota"]["last_updated_at"] == moment


JANUARY = {"total": 10, "used": 7, "period_start": "2026-01-01T00:00:00Z", "period_end": "2026-01-30T23:59:59Z"}
LAST = NOON.replace(month=1, day=30, hour=23, minute=59, second=59, microsecond=999999)


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (LAST, JANUARY),
        (NOON.replace(year=2025), JANUARY),
        (
            LAST + timedelta(microseconds=1),
            {"total": 10, "used": 0, "period_start": "2026-01-31T00:00:00Z", "period_end": "2026-03-01T23:59:59Z"},
        ),
        (
            LAST + timedelta(days=65),
            {"total": 10, "used": 0, "period_start": "2026-04-01T00:00:00Z", "period_end": "2026-04-30T23:59:59Z"},
        ),
    ],
)
def test_a_period_gives_way_to_the_next_of_its_length(now: Any, expected: dict[str, Any]) -> None:
    assert quotas.current(JANUARY, now) == expected


def test_seats_stay_taken_and_usage_starts_anew_in_a_new_period(sandbox: Sandbox) -> None:
    with sandbox.transaction("timelines") as tx:
        quotas.record_usage(tx, documented(tx), messages=3)
    sandbox.clock.freeze(NOON + timedelta(days=200))
    with sandbox.transaction("timelines") as tx:
        assert figures(tx) == (0, 0, 50)
        quotas.record_usage(tx, documented(tx), messages=4)
        assert figures(tx) == (4, 0, 50)
        seats = workspaces.overview(tx, documented(tx)).seats
        assert (seats["used"], seats["period_start"]) == (7, "2026-07-28T12:00:00Z")
