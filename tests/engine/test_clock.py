"""The clock tells UTC, and its texts sort as its moments do."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from mockserver.engine.clock import Clock, parse_rfc3339, rfc3339

NOON = datetime(2026, 2, 13, 12, tzinfo=UTC)


def test_a_frozen_clock_stands_still_and_an_offset_shifts_it() -> None:
    assert Clock(frozen_at=NOON).now() == NOON
    assert Clock(frozen_at=NOON, offset=timedelta(hours=-2)).now() == NOON - timedelta(hours=2)
    assert abs(Clock().now() - datetime.now(UTC)) < timedelta(seconds=5)


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
