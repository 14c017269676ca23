"""The agenda: does what falls due, in order, each job in a transaction of its own at its own instant."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Protocol

from mockserver.engine.clock import parse_rfc3339, rfc3339, within_range
from mockserver.engine.outbox import DELIVER
from mockserver.engine.sandbox import Sandbox, Transaction
from mockserver.engine.store import Job, StoreTrouble

logger = logging.getLogger("understudy")

#: What an API does when a job of some kind falls due.
Handlers = Mapping[str, Callable[[Transaction, Mapping[str, Any]], None]]
#: After so many jobs in a row others get their turn.
_IN_A_ROW = 20
#: In seconds: another process that shares the state may have scheduled something.
_LONGEST_SLEEP = 5.0
_BREATH = 1.0
#: Later than every instant.
_ANY = "~"


class Courier(Protocol):
    """Takes deliveries out of the house, which needs time of its own."""

    def take(self, sandbox: Sandbox, job: Job) -> None:
        """Begin with an attempt; the courier drops the job when its result is kept."""

    async def idle(self, sandbox: Sandbox) -> None:
        """Return when nothing of this sandbox is on its way any more."""


class Agenda:
    """What falls due in one sandbox."""

    def __init__(self, sandbox: Sandbox, handlers: Callable[[str], Handlers], courier: Courier) -> None:
        self._sandbox = sandbox
        self._handlers = handlers
        self._courier = courier
        self._turn = asyncio.Lock()
        self._woken = asyncio.Event()
        # What falls due up to then needs a wake-up; of what comes later the next look will tell.
        self._awaited = _ANY
        self._interruptions = 0

    async def keep(self) -> None:
        """Do everything in its time, until cancelled."""
        self._sandbox.on_plan = self._planned
        while True:
            self._woken.clear()
            self._awaited = _ANY
            pause = await self._catch_up()
            # Not wait_for: in Python 3.11 it forgets a cancellation that comes together with what it waits for.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._woken.wait()

    async def _catch_up(self) -> float | None:
        """Do what is due; gives the seconds until there may be more, None if only a wake-up can bring more."""
        try:
            async with self._turn:
                await self._run_until(None)
            return self._pause()
        except Exception:
            # The store's trouble (a full disk, say) must not end the passing of time for good.
            logger.exception("what is due could not be done")
            return _BREATH

    def _planned(self, due: str) -> None:
        if due <= self._awaited:
            self.wake()

    def wake(self) -> None:
        """Look again: something was scheduled, or the clock was set."""
        self._woken.set()

    def interrupt(self) -> None:
        """Whoever lets time pass is to stop where it is: the sandbox was put back to its opening state, or the process ends."""
        self._interruptions += 1
        self.wake()

    async def advance(self, by: timedelta) -> int:
        """Let time pass, with all that happens in it, deliveries and their answers included. Gives the number of jobs done.

        ClockOutOfRange if no clock shows that instant.
        """
        async with self._turn:
            return await self._pass(self._sandbox.clock.ahead(by), lambda: None)

    async def set_clock(self, *, frozen: bool, at: datetime | None) -> int | None:
        """Let the clock stand or run, from an instant or as it is (to run: in real time), and what lies before it happen.

        Gives the number of jobs done, None if the clock did not go forward. ClockOutOfRange.
        """
        clock = self._sandbox.clock
        change = partial(clock.freeze if frozen else clock.run, at)
        async with self._turn:
            moment = at or (clock.now() if frozen else datetime.now(UTC))
            if moment > clock.now():
                return await self._pass(within_range(moment), change)
            change()
            self._keep_clock()
            return None

    async def _pass(self, moment: datetime, change: Callable[[], None]) -> int:
        """Go on to an instant, then change how the clock goes; unless it is interrupted."""
        interruptions = self._interruptions
        done = await self._run_until(moment)
        if interruptions == self._interruptions:
            self._sandbox.clock.reach(moment)
            change()
        self._keep_clock()
        return done

    def _keep_clock(self) -> None:
        with self._sandbox.transaction("control") as tx:
            keep_clock(tx, self._sandbox)
        self.wake()

    async def _run_until(self, moment: datetime | None) -> int:
        """Run what is due by ``moment``, moving the clock along; by None, what is due now, and leave deliveries on their way."""
        done, interruptions = 0, self._interruptions
        while (job := await self._next(moment)) and interruptions == self._interruptions:
            self._sandbox.clock.reach(parse_rfc3339(job.due))
            self._run(job)
            done += 1
            if done % _IN_A_ROW == 0:
                await asyncio.sleep(0)
        return done

    async def _next(self, moment: datetime | None) -> Job | None:
        now = rfc3339(self._sandbox.clock.now())
        job = self._sandbox.first_job()
        if moment is not None and (job is None or job.due > now):
            # What is on its way may have something to be done before the next instant: a retry, a caller's answer.
            await self._courier.idle(self._sandbox)
            job = self._sandbox.first_job()
        return job if job is not None and job.due <= max(now, rfc3339(moment) if moment else now) else None

    def _run(self, job: Job) -> None:
        if job.kind == DELIVER:
            self._sandbox.take(job)
            self._courier.take(self._sandbox, job)
            return
        try:
            with self._sandbox.job(job) as tx:
                self._handlers(job.api)[job.kind](tx, job.body)
                tx.cancel(job.number)
        except StoreTrouble:
            raise
        except Exception:
            # Nobody waits for an answer, and trying again would fail again: the log has the story.
            logger.exception("%s: the job %r failed: a bug of the mock", job.api, job.kind)
            self._sandbox.drop(job)

    def _pause(self) -> float | None:
        if self._sandbox.clock.is_frozen:
            self._awaited = rfc3339(self._sandbox.clock.now())
            return None
        job = self._sandbox.first_job()
        if job is None:
            return _LONGEST_SLEEP
        self._awaited = job.due
        left = (parse_rfc3339(job.due) - self._sandbox.clock.now()).total_seconds()
        return min(max(left, 0.0), _LONGEST_SLEEP)


def keep_clock(tx: Transaction, sandbox: Sandbox) -> None:
    """Remember how the clock goes, for a process that opens the same state later."""
    tx.put("clock", "", "clock", sandbox.clock.told())
    tx.stir()


def restore_clock(tx: Transaction, sandbox: Sandbox) -> None:
    """Let the clock go on as an earlier process left it."""
    told = tx.get("clock", "", "clock")
    if told is not None:
        sandbox.clock.set_like(told)
