"""The clock of a sandbox: the only place that knows what time it is."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from mockserver.engine.refusals import Refusal

_FIRST, _LAST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


class ClockOutOfRange(Refusal):
    """A clock is to tell a time before 1970 or after 2199, where formats and periods of the APIs end."""


class Clock:
    """Tells the sandbox's instant, in UTC: real time, real time shifted, or one instant that stands still."""

    def __init__(self, frozen_at: datetime | None = None) -> None:
        self._frozen_at = frozen_at
        self._offset = timedelta(0)

    def now(self) -> datetime:
        """The instant, timezone-aware, to the microsecond."""
        return self._frozen_at or datetime.now(UTC) + self._offset

    @property
    def is_frozen(self) -> bool:
        """Whether it stands still."""
        return self._frozen_at is not None

    def freeze(self, at: datetime | None = None) -> None:
        """Stand still, now or at another instant."""
        self._frozen_at = within_range(at or self.now())

    def run(self, at: datetime | None = None) -> None:
        """Run on from another instant; from None, show real time again."""
        self._offset = within_range(at) - datetime.now(UTC) if at else timedelta(0)
        self._frozen_at = None

    def ahead(self, by: timedelta) -> datetime:
        """The instant that lies so far ahead. ClockOutOfRange if no clock shows it."""
        try:
            return within_range(self.now() + by)
        except OverflowError:
            raise ClockOutOfRange from None

    def reach(self, moment: datetime) -> None:
        """Go on to an instant, standing or running; one that has passed changes nothing."""
        if moment <= self.now():
            return
        if self.is_frozen:
            self._frozen_at = within_range(moment)
        else:
            self.run(moment)

    def told(self) -> dict[str, str | float | None]:
        """What it takes to set another clock like it."""
        return {"frozen_at": rfc3339(self._frozen_at) if self._frozen_at else None, "offset": self._offset.total_seconds()}

    def set_like(self, told: Mapping[str, Any]) -> None:
        """Go as the clock went that told this."""
        self._frozen_at = parse_rfc3339(told["frozen_at"]) if told["frozen_at"] else None
        self._offset = timedelta(seconds=told["offset"])


def within_range(moment: datetime) -> datetime:
    """The instant, if a clock may show it. ClockOutOfRange."""
    if not _FIRST <= moment < _LAST:
        raise ClockOutOfRange
    return moment


def rfc3339(moment: datetime) -> str:
    """``2026-02-13T10:15:00.123456Z``: fixed width, so that text order is time order (RFC 3339)."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")[:-6] + "Z"


def parse_rfc3339(text: str) -> datetime:
    """The instant that an RFC 3339 date-time names, in UTC. ValueError if it names none."""
    moment = datetime.fromisoformat(text.upper().replace("Z", "+00:00"))
    if moment.tzinfo is None:
        raise ValueError("a date-time needs an offset from UTC")
    return moment.astimezone(UTC)
