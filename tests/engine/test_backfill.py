"""A backfill lies between a world's own records in the order of time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from mockserver.engine.backfill import NOTHING, Backfill
from mockserver.engine.clock import rfc3339

NOON = datetime(2026, 2, 13, 12, tzinfo=UTC)


def test_each_record_comes_before_the_first_own_one_that_is_later() -> None:
    order: list[object] = []
    more = Backfill(5, NOON, NOON + timedelta(minutes=5), order.extend)
    for minutes in (-3.0, 0.5, 0.6, 3.0, 9.0):
        more.until(rfc3339(NOON + timedelta(minutes=minutes)))
        order.append(minutes)
    more.rest()
    assert order == [-3.0, 0, 0.5, 0.6, 1, 2, 3, 3.0, 4, 9.0]
    assert more.moment(4) == rfc3339(NOON + timedelta(minutes=4))


def test_the_rest_comes_at_the_end() -> None:
    order: list[int] = []
    more = Backfill(3, NOON, NOON + timedelta(minutes=3), order.extend)
    more.rest()
    more.rest()
    assert order == [0, 1, 2]


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"])
def test_nothing_is_nothing(moment: str) -> None:
    NOTHING.until(moment)
    NOTHING.rest()
