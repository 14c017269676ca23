"""The clock of a sandbox: the only place that knows what time it is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


class Clock:
    """Tells the sandbox's instant, in UTC.

    Real time by default; ``frozen_at`` holds it still and ``offset`` shifts it.
    """

    def __init__(self, frozen_at: datetime | None = None, offset: timedelta = timedelta(0)) -> None:
        self.frozen_at = frozen_at
        self.offset = offset

    def now(self) -> datetime:
        """The instant, timezone-aware, to the microsecond."""
        return (self.frozen_at or datetime.now(UTC)) + self.offset


def rfc3339(moment: datetime) -> str:
    """``2026-02-13T10:15:00.123456Z``: fixed width, so that text order is time order (RFC 3339)."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def parse_rfc3339(text: str) -> datetime:
    """The instant that an RFC 3339 date-time names, in UTC. ValueError if it names none."""
    moment = datetime.fromisoformat(text.upper().replace("Z", "+00:00"))
    if moment.tzinfo is None:
        raise ValueError("a date-time needs an offset from UTC")
    return moment.astimezone(UTC)
