"""Moments: instants as clients write them, at the edges of the calendar too."""

from __future__ import annotations

from datetime import UTC, datetime

from mockserver.engine.clock import parse_rfc3339


def instant(text: str) -> datetime:
    """The instant that a valid RFC 3339 date-time names, in UTC; the calendar's first or last where it lies beyond."""
    try:
        # A leap second is a valid one; Python's calendar has none.
        return parse_rfc3339(text.replace(":60", ":59"))
    except (ValueError, OverflowError):
        return (datetime.min if text < "2000" else datetime.max).replace(tzinfo=UTC)


def sortable(moment: datetime) -> str:
    """Like the engine's ``rfc3339``, with four digits for every year."""
    return f"{moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='microseconds')}Z"
