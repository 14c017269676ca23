"""Live: tells everybody who watches a channel what happens there, each from a place of its own and at its own pace."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from mockserver.engine.clock import parse_rfc3339, rfc3339
from mockserver.engine.sandbox import Sandbox, Transaction

logger = logging.getLogger("understudy")

#: Close codes (RFC 6455, 7.4, and IANA's registry); those from 4000 on are the APIs' own.
GOING_AWAY, BROKEN, RESTARTED, OVER, TOO_SLOW = 1001, 1011, 1012, 4401, 4408
#: So many frames of a channel are at hand for everybody; who is further behind reads the store alone.
_AT_HAND = 1000
#: So many frames are read in one transaction.
_BATCH = 100
#: In seconds: another process that shares the state may have let something happen.
_LONGEST_SLEEP = 5.0
#: In seconds: so long a client has to take what is said at the end, and so long all have when the server goes.
_LAST_WORDS, _FAREWELL = 5.0, 1.0

Send = Callable[[Mapping[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[Mapping[str, Any]]]


@dataclass(frozen=True, slots=True)
class Frame:
    """One event of a channel, ready to leave: its number, its instant (RFC 3339), its text."""

    number: int
    at: str
    text: str


class Visit(Protocol):
    """Somebody who was let in: to which channel, as whom, until when (RFC 3339), and behind which event."""

    @property
    def channel(self) -> Hashable: ...
    @property
    def watcher(self) -> Hashable: ...
    @property
    def until(self) -> str: ...
    @property
    def position(self) -> int: ...
    @property
    def latest(self) -> int:
        """The newest event's number when the visit began."""


class Feed(Protocol):
    """What one API says about its live updates."""

    @property
    def api(self) -> str:
        """Its name."""

    @property
    def patience(self) -> float:
        """Seconds for which a client may take nothing while something waits for it."""

    @property
    def closes(self) -> Mapping[int, str]:
        """Why a connection ends, by close code."""

    def ready(self, visit: Any) -> str:
        """The first frame's text."""

    def frames(self, tx: Transaction, channel: Any, position: int, limit: int) -> Sequence[Frame] | None:
        """What follows; None if the first of it is forgotten."""

    def goes_on(self, tx: Transaction, channel: Any) -> bool:
        """Whether a channel is still the one that it was, and not another of the same name."""

    def admits(self, tx: Transaction, channel: Any, watcher: Any) -> bool:
        """Whether somebody who was let in may stay."""


class _Over(Exception):
    """The connection is to be closed with this code."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class _Client:
    """One connection; ``position`` is the number of the last event that it was told."""

    def __init__(self, visit: Visit, send: Send) -> None:
        self.visit = visit
        self.position = visit.position
        self._send = send
        self._waits_since: float | None = None
        self._loop = asyncio.get_running_loop()
        self.ended: asyncio.Future[int] = self._loop.create_future()

    async def say(self, text: str) -> None:
        """Send a frame, as soon as the client has taken enough of those before it."""
        self._waits_since = self._loop.time()
        await self._send({"type": "websocket.send", "text": text})
        self._waits_since = None

    def is_slow(self, patience: float) -> bool:
        """Whether it has taken nothing for so many seconds while something waits for it."""
        return self._waits_since is not None and self._loop.time() - self._waits_since > patience

    async def close(self, code: int, reason: str) -> None:
        """Close it; a client that does not read may still begin to, after that the server cuts the line."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_LAST_WORDS):
                await self._send({"type": "websocket.close", "code": code, "reason": reason})

    def end(self, code: int) -> None:
        """Close it, whatever else was to be said."""
        if not self.ended.done():
            self.ended.set_result(code)


@dataclass(eq=False)
class _Channel:
    """What is at hand of a channel, up to the event ``position``, and who watches it."""

    position: int
    now: str = ""
    frames: deque[Frame] = field(default_factory=lambda: deque(maxlen=_AT_HAND))
    clients: dict[Hashable, set[_Client]] = field(default_factory=dict)
    news: asyncio.Event = field(default_factory=asyncio.Event)

    def tell(self, frames: Sequence[Frame], now: str) -> None:
        """Take in what happened up to now, and wake who waits for it."""
        self.frames.extend(frames)
        self.position, self.now = (frames[-1].number if frames else self.position), now
        if frames or any(until <= now for until in self.ends()):
            self.news.set()
            self.news = asyncio.Event()

    def after(self, position: int) -> list[Frame] | None:
        """What follows, as far as it is at hand; None if the first of it is not."""
        start = position - self.position + len(self.frames)
        if start < 0:
            return None
        return [self.frames[place] for place in range(start, min(start + _BATCH, len(self.frames)))]

    def ends(self) -> Iterator[str]:
        """When each watcher's time is over."""
        return (next(iter(group)).visit.until for group in self.clients.values())

    def everybody(self) -> Iterator[_Client]:
        """All clients."""
        return (client for group in tuple(self.clients.values()) for client in tuple(group))


class Hub:
    """The live updates of one API in one sandbox.

    What happened on a channel is read once for all clients; each client is told by a task of its own, so that one who does not
    read keeps nobody waiting. Nothing is queued for a client: it has a place among the events, from which it goes on.
    """

    def __init__(self, sandbox: Sandbox, feed: Feed) -> None:
        self._sandbox = sandbox
        self._feed = feed
        self._channels: dict[Hashable, _Channel] = {}
        self._stirred = asyncio.Event()
        self._attending: set[asyncio.Task[Any]] = set()
        self._closed = False

    async def keep(self) -> None:
        """Read whatever happens, until cancelled."""
        end = self._sandbox.watch(self._stirred.set)
        try:
            while True:
                self._stirred.clear()
                for name, channel in tuple(self._channels.items()):
                    await self._read(name, channel)
                    self._drop_slow(channel)
                # Not wait_for: in Python 3.11 it forgets a cancellation that comes together with what it waits for.
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(self._pause()):
                        await self._stirred.wait()
        finally:
            end()

    async def attend(self, visit: Visit, receive: Receive, send: Send) -> None:
        """Tell one client what happens, until the connection ends. Its handshake is not accepted yet."""
        task = asyncio.current_task()
        assert task is not None, "a connection is served by a task"
        self._attending.add(task)
        client, channel = _Client(visit, send), self._join(visit)
        group = channel.clients.setdefault(visit.watcher, set())
        group.add(client)
        # What happened since the visit began stirred before there was anybody to read it for.
        self._stirred.set()
        if self._closed:
            client.end(GOING_AWAY)
        try:
            await send({"type": "websocket.accept"})
            code = await self._converse(channel, client, receive)
            if code is not None:
                await client.close(code, self._feed.closes[code])
        except OSError:
            pass  # The client is gone.
        finally:
            self._attending.discard(task)
            self._leave(visit, channel, client)

    async def close(self) -> None:
        """Tell every client that the server is going down."""
        self._closed = True
        for channel in self._channels.values():
            for client in channel.everybody():
                client.end(GOING_AWAY)
        if self._attending:
            await asyncio.wait(self._attending, timeout=_FAREWELL)

    def _join(self, visit: Visit) -> _Channel:
        return self._channels.setdefault(visit.channel, _Channel(visit.latest))

    def _leave(self, visit: Visit, channel: _Channel, client: _Client) -> None:
        group = channel.clients[visit.watcher]
        group.discard(client)
        if not group:
            del channel.clients[visit.watcher]
        if not channel.clients:
            del self._channels[visit.channel]

    async def _read(self, name: Hashable, channel: _Channel) -> None:
        try:
            while self._read_batch(name, channel):
                await asyncio.sleep(0)
        except _Over as over:
            self._end_all(channel, over.code)
        except Exception:
            logger.exception("%s: a live channel could not be read: a bug of the mock", self._feed.api)
            self._end_all(channel, BROKEN)

    def _end_all(self, channel: _Channel, code: int) -> None:
        for client in channel.everybody():
            client.end(code)

    def _drop_slow(self, channel: _Channel) -> None:
        for client in channel.everybody():
            if client.is_slow(self._feed.patience) and not client.ended.done():
                logger.info("%s: a client that reads too slowly is closed", self._feed.api)
                client.end(TOO_SLOW)

    def _read_batch(self, name: Hashable, channel: _Channel) -> bool:
        """Whether there may be more."""
        with self._sandbox.transaction(self._feed.api) as tx:
            frames = self._frames(tx, name, channel.position)
            for watcher, group in channel.clients.items():
                if not self._feed.admits(tx, name, watcher):
                    for client in group:
                        client.end(OVER)
        channel.tell(frames, rfc3339(tx.now))
        return len(frames) == _BATCH

    def _frames(self, tx: Transaction, name: Hashable, position: int) -> Sequence[Frame]:
        if not self._feed.goes_on(tx, name):
            raise _Over(RESTARTED)
        frames = self._feed.frames(tx, name, position, _BATCH)
        if frames is None:
            raise _Over(TOO_SLOW)
        return frames

    def _pause(self) -> float | None:
        if not self._channels:
            return None
        longest = min(_LONGEST_SLEEP, self._feed.patience / 4)
        ends = [until for channel in self._channels.values() for until in channel.ends() if until > channel.now]
        if not ends or self._sandbox.clock.is_frozen:
            return longest
        left = (parse_rfc3339(min(ends)) - self._sandbox.clock.now()).total_seconds()
        return min(max(left, 0.0), longest)

    async def _converse(self, channel: _Channel, client: _Client, receive: Receive) -> int | None:
        """The code to close with; None if the client is gone."""
        telling = asyncio.create_task(self._tell(channel, client))
        listening = asyncio.create_task(_listen(receive))
        try:
            ends: set[asyncio.Future[Any]] = {telling, listening, client.ended}
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
            if client.ended.done():
                return client.ended.result()
            return telling.result() if telling.done() else None
        finally:
            telling.cancel()
            listening.cancel()
            await asyncio.gather(telling, listening, return_exceptions=True)

    async def _tell(self, channel: _Channel, client: _Client) -> int:
        try:
            await client.say(self._feed.ready(client.visit))
            while True:
                news = channel.news
                frames = self._following(channel, client)
                for frame in frames:
                    self._check(client, frame.at)
                    await client.say(frame.text)
                    client.position = frame.number
                if not frames:
                    self._check(client, channel.now)
                    await news.wait()
        except _Over as over:
            return over.code
        except OSError:
            raise
        except Exception:
            logger.exception("%s: a live client could not be told: a bug of the mock", self._feed.api)
            return BROKEN

    def _check(self, client: _Client, moment: str) -> None:
        """Whether the client may hear of what happens at a moment."""
        if client.ended.done():
            raise _Over(client.ended.result())
        if client.visit.until <= moment:
            raise _Over(OVER)

    def _following(self, channel: _Channel, client: _Client) -> Sequence[Frame]:
        if client.position >= channel.position:
            return ()
        at_hand = channel.after(client.position)
        if at_hand is not None:
            return at_hand
        with self._sandbox.transaction(self._feed.api) as tx:
            return self._frames(tx, client.visit.channel, client.position)


async def _listen(receive: Receive) -> None:
    """Until the client is gone; what it says means nothing."""
    while (await receive())["type"] != "websocket.disconnect":
        pass
