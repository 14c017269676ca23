"""The playground: one sandbox with all that lives in it, from its world to those who watch it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from mockserver.delivery.live import Feed, Hub
from mockserver.delivery.uploads import UploadFolder
from mockserver.engine.agenda import Agenda, keep_clock
from mockserver.engine.faults.armed import Armed
from mockserver.engine.sandbox import Sandbox, Transaction
from mockserver.journal.records import Records
from mockserver.serving.pauses import Pauses
from mockserver.worlds import World

#: In seconds of real time: how often somebody looks whether the last request was answered.
_LOOK = 0.02


class Playground:
    """A sandbox, the agenda that lets its time pass, its uploads, its faults, its live updates, and what is remembered of it."""

    def __init__(
        self, sandbox: Sandbox, world: World, agenda: Agenda, uploads: UploadFolder, faults: Armed, records: Records
    ) -> None:
        self.sandbox = sandbox
        self.world = world
        self.agenda = agenda
        self.uploads = uploads
        self.faults = faults
        self.journal, self.coverage = records.journal(), records.counts()
        self.pauses = Pauses()
        #: Whether it is about to end: nobody is to wait any more.
        self.leaving = False
        self._hubs: dict[str, Hub] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._running = False
        #: Its requests, each with what breaks its connection, where that can be done.
        self._in_flight: dict[asyncio.Task[Any] | None, Callable[[], None] | None] = {}
        self._used = time.monotonic()

    def start(self) -> None:
        """Let time pass; within an event loop."""
        self._running = True
        going_on = [self.agenda.keep(), *(hub.keep() for hub in self._hubs.values())]
        self._tasks += [asyncio.create_task(one) for one in going_on]

    def hub(self, feed: Feed) -> Hub:
        """The live updates of one API."""
        if feed.api not in self._hubs:
            self._hubs[feed.api] = Hub(self.sandbox, feed)
            if self._running:
                self._tasks.append(asyncio.create_task(self._hubs[feed.api].keep()))
        return self._hubs[feed.api]

    def cast(self, api: str) -> Mapping[str, Any]:
        """The actors of its world, by name."""
        fixture = self.world.fixtures.get(api)
        return fixture.data.get("cast", {}) if fixture else {}

    def enter(self, abort: Callable[[], None] | None) -> None:
        """A request has come, in the current task; ``abort`` breaks its connection."""
        self._in_flight[asyncio.current_task()] = abort

    def leave(self) -> None:
        """It was answered."""
        self._in_flight.pop(asyncio.current_task(), None)
        self._used = time.monotonic()

    @property
    def idle_seconds(self) -> float:
        """For how long, in real time, nobody has used it."""
        return 0.0 if self._in_flight else time.monotonic() - self._used

    def reset(self, tx: Transaction, furnish: Callable[[], None], at: datetime | None) -> None:
        """Put the sandbox back into its opening state, within a transaction: all of it or nothing.

        ``at``: the instant at which the world opens, with the clock standing still; None opens it now, in real time.
        """
        tx.clear(at)
        keep_clock(tx, self.sandbox)
        furnish()
        self.faults.forget()
        self.journal.clear()
        self.agenda.interrupt()

    def interrupt(self) -> None:
        """Let nobody wait any more for time to pass."""
        self.leaving = True
        self.pauses.end()
        self.agenda.interrupt()

    async def farewell(self) -> None:
        """Say goodbye to those whose connections have no end of their own, and answer those who wait for something."""
        self.interrupt()
        self.sandbox.stir()
        for hub in self._hubs.values():
            await hub.close()

    async def quiet(self, patience: float) -> None:
        """Wait until every other request was answered, for at most so many seconds."""
        until = time.monotonic() + patience
        while self._others() and time.monotonic() < until:
            await asyncio.sleep(_LOOK)

    def break_off(self) -> None:
        """Break the connections of all other requests: whoever still sends is not to be heard in a later sandbox of this name."""
        for abort in self._others():
            if abort is not None:
                abort()

    def _others(self) -> list[Callable[[], None] | None]:
        own = asyncio.current_task()
        return [abort for task, abort in self._in_flight.items() if task is not own]

    async def stop(self) -> None:
        """Let no more time pass."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()
        self._running = False
