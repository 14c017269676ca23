"""Periods: the first and the last instant of what clients write as a day or a moment."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from mockserver.engine.clock import parse_rfc3339

_DAY = len("2026-01-31")


def start(text: str) -> str:
    """The instant with which a day or moment begins, to be compared with stored ones as text."""
    return f"{text}T00:00:00.000000Z" if len(text) == _DAY else _sortable(_instant(text))


def end(text: str) -> str:
    """The instant with which it ends."""
    return f"{text}T23:59:59.999999Z" if len(text) == _DAY else _sortable(_instant(text))


def _instant(text: str) -> datetime:
    try:
        # A leap second is a valid one; Python's calendar has none and goes on with the next minute.
        return parse_rfc3339(text.replace(":60", ":59")) + timedelta(seconds=":60" in text)
    except (ValueError, OverflowError):
        return (datetime.min if text < "2000" else datetime.max).replace(tzinfo=UTC)


def _sortable(moment: datetime) -> str:
    """Like the engine's ``rfc3339``, with four digits for every year."""
    return f"{moment.replace(tzinfo=None).isoformat(timespec='microseconds')}Z"
