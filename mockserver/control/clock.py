"""The clock: read, frozen, set, advanced, with all that happens on the way."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial

from mockserver.control.deeds import Deeds
from mockserver.engine.clock import ClockOutOfRange, parse_rfc3339, rfc3339
from mockserver.exchange import Call, LaterReply, Reply


def instant(text: str) -> datetime:
    """The instant that an RFC 3339 date-time names. ClockOutOfRange for one that the calendar does not have."""
    try:
        return parse_rfc3339(text)
    except (ValueError, OverflowError):
        # A valid RFC 3339 date-time that Python's calendar does not have: a leap second, the year 0.
        raise ClockOutOfRange from None


class ClockDeeds(Deeds):
    """What time it is, and what it shall be."""

    def get_clock(self, call: Call) -> Reply:
        """What time it is."""
        return Reply(self._told())

    def set_clock(self, call: Call, body: dict[str, str]) -> LaterReply:
        """Freeze the clock, set it, or let it run."""
        return LaterReply(partial(self._set, body["mode"], instant(body["now"]) if "now" in body else None))

    def advance_clock(self, call: Call, body: dict[str, float]) -> LaterReply:
        """Let time pass."""
        return LaterReply(partial(self._advance, timedelta(seconds=body["seconds"])))

    async def _advance(self, by: timedelta) -> Reply:
        jobs = await self._mock.agenda.advance(by)
        return Reply({**self._told(), "jobs": jobs})

    async def _set(self, mode: str, at: datetime | None) -> Reply:
        jobs = await self._mock.agenda.set_clock(frozen=mode == "frozen", at=at)
        return Reply({**self._told(), **({} if jobs is None else {"jobs": jobs})})

    def _told(self) -> dict[str, str | int]:
        clock = self._mock.sandbox.clock
        return {"now": rfc3339(clock.now()), "mode": "frozen" if clock.is_frozen else "running"}
