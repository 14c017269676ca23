"""Proxy: the gate on the wire. It takes requests on a loopback port and sends those that may leave to the one target."""

from __future__ import annotations

import asyncio
import itertools
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import aiohttp
from aiohttp import web

from contract_tests.gate import inward, outward, tunnel
from contract_tests.gate.exchange import Exchange, Headers
from contract_tests.gate.inward import BROKEN, EXCHANGE, HELD, OBJECTIONS, REFUSED
from contract_tests.gate.recorder import Recorder
from contract_tests.gate.routes import Routes
from contract_tests.gate.rule import Rule

CONTROL = "/_understudy"
LOOPBACK = "127.0.0.1"
_NOWHERE = "The gate leads to the target's APIs alone, and to none under this path"
_TOO_LARGE = "The body is larger than the gate carries"
_NO_TEXT = "A header has bytes that are no UTF-8, which the gate cannot carry"
_OVER = "The run is over"
#: Seconds between two looks at what is still under way.
_LOOK = 0.02


class Mount:
    """Where one API stands behind the gate. ``prefix``: on the gate; ``base``: at the target, without trailing slash; ``routes``:
    None for the control plane.
    """

    def __init__(self, api: str | None, prefix: str, base: str, routes: Routes | None) -> None:
        self.api, self.prefix, self.base, self.routes = api, prefix, base, routes
        self._starts = (prefix + "/", prefix + "?")

    def takes(self, path: str) -> bool:
        """Whether a path on the gate is this API's."""
        return path.startswith(self._starts) or path == self.prefix


class Gate:
    """``mounts``: all that can be reached through it; ``rules``: asked in this order; ``seconds``: until a reply must be whole.
    ``recorder`` keeps every exchange; ``passed`` and ``refused`` (reason → how many) count them.
    """

    def __init__(self, mounts: Sequence[Mount], rules: Sequence[Rule] = (), *, seconds: float = 60.0) -> None:
        self.mounts, self.rules, self.recorder = tuple(mounts), tuple(rules), Recorder()
        self.passed, self.refused = 0, Counter[str]()
        self._under_way, self._over = 0, False
        self._numbers = itertools.count(1)
        self._seconds = seconds
        self._client: aiohttp.ClientSession | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._url = ""

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        try:
            return await self._led(request)
        except web.HTTPRequestEntityTooLarge:
            return inward.refusal(self._turned_away(request, _TOO_LARGE))
        except Exception as problem:
            # A mistake of the gate is no reply of the target, and nobody may wait for one.
            return inward.refusal(self._turned_away(request, f"The gate broke: {type(problem).__name__}"), status=500)

    async def _led(self, request: web.BaseRequest) -> web.StreamResponse:
        path = request.raw_path
        mount = next((each for each in self.mounts if each.takes(path)), None)
        if mount is None:
            return inward.refusal(self._turned_away(request, _NOWHERE))
        if tunnel.is_handshake(request):
            return await self._tunnel(request, mount, self._exchange(request, mount, b""))
        exchange = self._exchange(request, mount, await request.read())
        if mount.api is None:
            await self._steer(exchange, mount)
        else:
            await self._pass(exchange, mount)
            if exchange.refused is not None:
                return inward.refusal(exchange, 500 if exchange.status else inward.REFUSAL_STATUS)
        return self._reply(exchange, mount)

    def _turned_away(self, request: web.BaseRequest, why: str) -> Exchange:
        self.refused[why] += 1
        return Exchange(0, None, request.method, request.raw_path, [], b"", refused=why)

    def _exchange(self, request: web.BaseRequest, mount: Mount, body: bytes) -> Exchange:
        headers = outward.without_hop(request.raw_headers)
        exchange = Exchange(next(self._numbers), mount.api, request.method, request.raw_path[len(mount.prefix) :], headers, body)
        exchange.chunked = "chunked" in request.headers.get("Transfer-Encoding", "").lower()
        return _placed(exchange, mount)

    async def _steer(self, exchange: Exchange, mount: Mount) -> None:
        """The control plane is not asked about, but rules hear of it: it changes what they know."""
        for rule in self.rules:
            rule.steers(exchange)
        await self._forward(exchange, mount)
        for rule in self.rules:
            rule.steered(exchange)

    async def _pass(self, exchange: Exchange, mount: Mount) -> None:
        """Ask the rules, send the request, show them the reply, and keep the exchange."""
        if await self._may_leave(exchange):
            self._under_way += 1
            try:
                await self._forward(exchange, mount)
                self._show(exchange)
            finally:
                self._under_way -= 1
        self.recorder.keep(exchange)

    async def _may_leave(self, exchange: Exchange) -> bool:
        exchange.refused = self._asked(exchange) or await self._held(exchange)
        if exchange.refused is not None:
            self.refused[exchange.refused] += 1
            return False
        self.passed += 1
        return True

    def _asked(self, exchange: Exchange) -> str | None:
        for place, rule in enumerate(self.rules):
            try:
                reason = rule.ask(exchange)
            except Exception as problem:
                reason = _broke(rule, problem)
            if reason is not None:
                self._undo(self.rules[:place], exchange)
                return reason
        return _NO_TEXT if any(not name.isascii() or _has_surrogates(value) for name, value in exchange.headers) else None

    async def _held(self, exchange: Exchange) -> str | None:
        began = time.perf_counter()
        for rule in self.rules:
            try:
                reason = await rule.wait(exchange)
            except Exception as problem:
                reason = _broke(rule, problem)
            if reason is not None:
                self._undo(self.rules, exchange)
                return reason
        if self._over and not exchange.closing:
            self._undo(self.rules, exchange)
            return _OVER
        exchange.held = time.perf_counter() - began
        return None

    def _undo(self, rules: Sequence[Rule], exchange: Exchange) -> None:
        for rule in reversed(rules):
            rule.undo(exchange)

    def _show(self, exchange: Exchange) -> None:
        for rule in self.rules:
            try:
                rule.saw(exchange)
            except Exception as problem:
                # What a rule could not look at proves nothing.
                exchange.refused = _broke(rule, problem)
                self.refused[exchange.refused] += 1

    async def _forward(self, exchange: Exchange, mount: Mount) -> None:
        assert self._client is not None, "the gate is open"
        await outward.forward(self._client, exchange, mount.base)

    def _reply(self, exchange: Exchange, mount: Mount) -> web.Response:
        response = inward.reply(exchange)
        if 300 <= exchange.status < 400 and "Location" in response.headers:
            bases = [(each.base, each.prefix) for each in self.mounts]
            there = inward.led_back(response.headers["Location"], mount.base + exchange.url, bases, self._url)
            response.headers.popall("Location")
            response.headers["Location"] = there
        return response

    async def _tunnel(self, request: web.BaseRequest, mount: Mount, exchange: Exchange) -> web.StreamResponse:
        """A WebSocket: the handshake is asked like any request, then frames go both ways as they are."""
        if mount.api is not None and not await self._may_leave(exchange):
            self.recorder.keep(exchange)
            return inward.refusal(exchange)
        assert self._client is not None, "the gate is open"
        try:
            async with tunnel.connection(self._client, exchange, mount.base) as there:
                exchange.status = 101
                self._finish(exchange, mount)
                return await tunnel.both_ways(request, exchange, there)
        except aiohttp.WSServerHandshakeError:
            # It was no WebSocket after all: the same request once more, to hear the whole refusal.
            await self._forward(exchange, mount)
        except (aiohttp.ClientError, TimeoutError, OSError) as problem:
            exchange.broken = outward.told(problem)
        self._finish(exchange, mount)
        return self._reply(exchange, mount)

    def _finish(self, exchange: Exchange, mount: Mount) -> None:
        if mount.api is not None:
            self._show(exchange)
        self.recorder.keep(exchange)

    def settle(self) -> None:
        """From now on nothing leaves but the gate's own requests. Wait, in any other thread, for the replies to what has left."""
        assert self._loop is not None, "the gate is open"
        asyncio.run_coroutine_threadsafe(self._settled(), self._loop).result()

    async def _settled(self) -> None:
        self._over = True
        # Each of them ends by itself, in ``seconds`` at the latest.
        while self._under_way:
            await asyncio.sleep(_LOOK)

    def send(self, api: str, method: str, url: str, headers: Headers) -> Exchange:
        """Send a request of the gate's own, to remove what the run created; from any thread while the gate is open. The rules are
        asked as for any other.
        """
        assert self._loop is not None, "the gate is open"
        mount = next(each for each in self.mounts if each.api == api)
        exchange = _placed(Exchange(next(self._numbers), api, method, url, headers, b"", closing=True), mount)
        asyncio.run_coroutine_threadsafe(self._pass(exchange, mount), self._loop).result()
        return exchange

    @contextmanager
    def open(self, port: int = 0) -> Iterator[str]:
        """The gate's root URL, while the block lasts. OSError if the port is taken."""
        loop = self._loop = asyncio.new_event_loop()
        thread = threading.Thread(target=_turn, args=(loop,), name="gate", daemon=True)
        thread.start()
        try:
            runner, self._url = asyncio.run_coroutine_threadsafe(self._start(port), loop).result(30)
            try:
                yield self._url
            finally:
                asyncio.run_coroutine_threadsafe(self._stop(runner), loop).result(30)
        finally:
            loop.call_soon_threadsafe(loop.stop)
            thread.join(10)
            loop.close()

    async def _start(self, port: int) -> tuple[web.ServerRunner, str]:
        runner = web.ServerRunner(inward.server(self._handle), shutdown_timeout=1)
        await runner.setup()
        await web.TCPSite(runner, LOOPBACK, port).start()
        self._client = outward.session(self._seconds)
        return runner, f"http://{LOOPBACK}:{runner.addresses[0][1]}"

    async def _stop(self, runner: web.ServerRunner) -> None:
        assert self._client is not None, "the gate is open"
        await runner.cleanup()
        await self._client.close()
        # aiohttp's transports close in the next turns of the loop.
        await asyncio.sleep(0.05)


def _placed(exchange: Exchange, mount: Mount) -> Exchange:
    """The exchange, with the operation that it is for."""
    exchange.started = time.time()
    found = mount.routes.find(exchange.method, exchange.path) if mount.routes is not None else None
    if found is not None:
        exchange.place, exchange.values = str(found.place), found.values
        exchange.operation_id = found.operation["operationId"]
    return exchange


def _turn(loop: asyncio.AbstractEventLoop) -> None:
    asyncio.set_event_loop(loop)
    loop.run_forever()


def _broke(rule: Rule, problem: Exception) -> str:
    return f"A rule of the gate broke ({type(rule).__name__}: {type(problem).__name__})"


def _has_surrogates(value: str) -> bool:
    return not value.isascii() and any("\ud800" <= char <= "\udfff" for char in value)


__all__ = ["BROKEN", "CONTROL", "EXCHANGE", "HELD", "OBJECTIONS", "REFUSED", "Gate", "Headers", "Mount"]
