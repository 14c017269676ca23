"""The clock tells UTC, and its texts sort as its moments do."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from mockserver.engine.clock import Clock, ClockOutOfRange, parse_rfc3339, rfc3339

NOON = datetime(2026, 2, 13, 12, tzinfo=UTC)


def lag(clock: Clock, moment: datetime) -> float:
    return abs((clock.now() - moment).total_seconds())


def test_a_clock_runs_with_real_time_until_it_is_told_otherwise() -> None:
    clock = Clock()
    assert not clock.is_frozen
    assert lag(clock, datetime.now(UTC)) < 5
    clock.reach(clock.ahead(timedelta(hours=2)))
    assert lag(clock, datetime.now(UTC) + timedelta(hours=2)) < 5
    clock.run(NOON)
    assert lag(clock, NOON) < 5
    clock.run()
    assert lag(clock, datetime.now(UTC)) < 5


def test_a_frozen_clock_stands_still_and_goes_on_when_advanced() -> None:
    clock = Clock(frozen_at=NOON)
    assert clock.is_frozen
    assert clock.now() == clock.now() == NOON
    clock.reach(clock.ahead(timedelta(seconds=90)))
    assert clock.now() == NOON + timedelta(seconds=90)
    clock.freeze(NOON)
    assert clock.now() == NOON
    clock.run()
    assert not clock.is_frozen
    clock.freeze()
    assert clock.now() == clock.now()


@pytest.mark.parametrize("moment", [datetime(1969, 12, 31, 23, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)])
def test_a_clock_stays_within_the_years_that_the_apis_can_write(moment: datetime) -> None:
    clock = Clock(frozen_at=NOON)
    for change in (clock.freeze, clock.run, lambda at: clock.ahead(at - NOON)):
        with pytest.raises(ClockOutOfRange):
            change(moment)
    assert clock.now() == NOON


def test_text_order_is_time_order() -> None:
    moments = [NOON + timedelta(microseconds=step) for step in (0, 1, 999_999, 1_000_000)]
    assert sorted(map(rfc3339, moments)) == [rfc3339(moment) for moment in moments]


@pytest.mark.parametrize(
    "text", ["2026-02-13T12:00:00Z", "2026-02-13t12:00:00z", "2026-02-13T13:00:00+01:00", "2026-02-13T12:00:00.000Z"]
)
def test_every_spelling_of_a_moment_is_read(text: str) -> None:
    assert parse_rfc3339(text) == NOON


@pytest.mark.parametrize("text", ["", "2026-02-13", "2026-02-13T12:00:00", "yesterday"])
def test_what_names_no_moment_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        parse_rfc3339(text)
