"""Limits: fixed windows, exact at their edges."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from mockserver.engine.clock import Clock
from mockserver.engine.limits import Allowance, spend
from mockserver.engine.sandbox import Sandbox
from mockserver.engine.store import SqliteStore

NOON = datetime(2026, 2, 13, 12, 0, tzinfo=UTC)


@pytest.fixture
def sandbox():
    store = SqliteStore()
    yield Sandbox(store, clock=Clock(frozen_at=NOON))
    store.close()


def come(sandbox: Sandbox, caller: str = "a", limit: int = 3) -> Allowance:
    with sandbox.transaction("any") as tx:
        return spend(tx, caller, limit)


def test_the_last_request_of_a_window_is_admitted_and_the_next_is_not(sandbox):
    allowances = [come(sandbox) for _ in range(4)]
    assert [found.remaining for found in allowances] == [2, 1, 0, 0]
    assert [found.exceeded for found in allowances] == [False, False, False, True]


def test_a_window_begins_at_a_whole_minute_wherever_its_first_request_falls(sandbox):
    sandbox.clock = Clock(frozen_at=NOON + timedelta(seconds=59.9))
    assert come(sandbox).reset == NOON.timestamp() + 60


@pytest.mark.parametrize(("seconds", "remaining"), [(59.999999, 1), (60, 2)])
def test_all_is_full_again_when_the_next_window_begins_and_not_before(sandbox, seconds, remaining):
    come(sandbox)
    sandbox.clock = Clock(frozen_at=NOON + timedelta(seconds=seconds))
    assert come(sandbox).remaining == remaining


def test_callers_are_counted_apart(sandbox):
    come(sandbox, "a")
    assert come(sandbox, "b").remaining == 2
