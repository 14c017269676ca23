"""The clock: read, frozen, set, advanced, with all that happens on the way."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial

from mockserver.control.deeds import Deeds
from mockserver.engine.clock import ClockOutOfRange, parse_rfc3339, rfc3339
from mockserver.exchange import Call, LaterReply, Reply
from mockserver.playground import Playground


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
        return Reply(told(self._here(call)))

    def set_clock(self, call: Call, body: dict[str, str]) -> LaterReply:
        """Freeze the clock, set it, or let it run."""
        return LaterReply(partial(_set, self._here(call), body["mode"], instant(body["now"]) if "now" in body else None))

    def advance_clock(self, call: Call, body: dict[str, float]) -> LaterReply:
        """Let time pass."""
        return LaterReply(partial(_advance, self._here(call), timedelta(seconds=body["seconds"])))


async def _advance(here: Playground, by: timedelta) -> Reply:
    jobs = await here.agenda.advance(by)
    return Reply({**told(here), "jobs": jobs})


async def _set(here: Playground, mode: str, at: datetime | None) -> Reply:
    jobs = await here.agenda.set_clock(frozen=mode == "frozen", at=at)
    return Reply({**told(here), **({} if jobs is None else {"jobs": jobs})})


def told(here: Playground) -> dict[str, str | int]:
    """What a sandbox's clock shows, and how it goes."""
    clock = here.sandbox.clock
    return {"now": rfc3339(clock.now()), "mode": "frozen" if clock.is_frozen else "running"}
