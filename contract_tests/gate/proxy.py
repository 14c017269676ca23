"""Proxy: the gate on the wire. It takes requests on a loopback port and sends those that may leave to the one target."""

from __future__ import annotations

import asyncio
import itertools
import json
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from urllib.parse import quote

import aiohttp
from aiohttp import web
from yarl import URL

from contract_tests.gate.exchange import Exchange, Headers
from contract_tests.gate.recorder import Recorder
from contract_tests.gate.routes import Routes
from contract_tests.gate.rule import Rule

#: What the gate says to the sender beside the reply; never sent on, never recorded.
EXCHANGE, REFUSED, BROKEN, OBJECTIONS = (
    "X-Understudy-Exchange",
    "X-Understudy-Refused",
    "X-Understudy-Broken",
    "X-Understudy-Objections",
)
#: The status under which a refusal comes back; no tool takes it for the target's: the header tells.
REFUSAL_STATUS = 403
CONTROL = "/_understudy"
#: Headers that belong to one hop (RFC 9110, 7.6.1), and the host, which the gate alone decides.
_HOP = frozenset(
    {"connection", "keep-alive", "proxy-connection", "transfer-encoding", "content-length", "te", "trailer", "upgrade", "host"}
)
_WEBSOCKET = frozenset({"sec-websocket-key", "sec-websocket-version", "sec-websocket-extensions", "sec-websocket-accept"})
_LARGEST = 512 * 1024 * 1024
_LINE = 256 * 1024


class Mount:
    """Where one API stands behind the gate. ``prefix``: on the gate; ``base``: at the target, without trailing slash; ``routes``:
    None for the control plane.
    """

    def __init__(self, api: str | None, prefix: str, base: str, routes: Routes | None) -> None:
        self.api, self.prefix, self.base, self.routes = api, prefix, base, routes

    def takes(self, path: str) -> bool:
        return path == self.prefix or path.startswith((self.prefix + "/", self.prefix + "?"))


class Gate:
    """``mounts``: all that can be reached through it; ``rules``: asked in this order; ``seconds``: until a reply must be whole.
    ``recorder`` keeps every exchange.
    """

    def __init__(self, mounts: Sequence[Mount], rules: Sequence[Rule] = (), *, seconds: float = 60.0) -> None:
        self.mounts, self.rules, self.recorder = tuple(mounts), tuple(rules), Recorder()
        self._numbers = itertools.count(1)
        self._seconds = seconds
        self._client: aiohttp.ClientSession | None = None

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        target = request.raw_path
        mount = next((each for each in self.mounts if each.takes(target)), None)
        if mount is None:
            return _refusal(Exchange(0, None, request.method, target, [], b"", refused=_NOWHERE))
        if request.headers.get("upgrade", "").lower() == "websocket":
            return await self._tunnel(request, mount, self._exchange(request, mount, b""))
        exchange = self._exchange(request, mount, await request.read())
        if mount.api is None:
            await self._forward(exchange, mount)
            return _reply(exchange)
        await self.pass_through(exchange, mount)
        return _refusal(exchange) if exchange.refused is not None else _reply(exchange)

    def _exchange(self, request: web.Request, mount: Mount, body: bytes) -> Exchange:
        url = request.raw_path[len(mount.prefix) :]
        headers = [(_text(name), _text(value)) for name, value in request.raw_headers]
        headers = [(name, value) for name, value in headers if name.lower() not in _HOP]
        exchange = Exchange(next(self._numbers), mount.api, request.method, url, headers, body, started=time.time())
        found = mount.routes.find(request.method, exchange.path) if mount.routes is not None else None
        if found is not None:
            exchange.place, exchange.values = str(found.place), found.values
            exchange.operation_id = found.operation["operationId"]
        return exchange

    async def pass_through(self, exchange: Exchange, mount: Mount) -> None:
        """Ask the rules, send the request, show them the reply, and keep the exchange."""
        exchange.refused = self._asked(exchange)
        if exchange.refused is None:
            for rule in self.rules:
                await rule.wait(exchange)
            await self._forward(exchange, mount)
            for rule in self.rules:
                rule.saw(exchange)
        self.recorder.keep(exchange)

    def _asked(self, exchange: Exchange) -> str | None:
        return next((reason for rule in self.rules if (reason := rule.ask(exchange)) is not None), None)

    async def _forward(self, exchange: Exchange, mount: Mount) -> None:
        assert self._client is not None, "the gate is open"
        began = time.perf_counter()
        try:
            async with self._client.request(
                exchange.method,
                URL(mount.base + exchange.url, encoded=True),
                headers=exchange.headers,
                data=exchange.body or None,
                allow_redirects=False,
            ) as reply:
                exchange.status = reply.status
                kept = ((_text(name), _text(value)) for name, value in reply.raw_headers)
                exchange.reply_headers = [(name, value) for name, value in kept if name.lower() not in _HOP]
                exchange.reply_body = await reply.read()
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as problem:
            exchange.status, exchange.broken = 0, _told(problem)
        exchange.seconds = time.perf_counter() - began

    async def _tunnel(self, request: web.Request, mount: Mount, exchange: Exchange) -> web.StreamResponse:
        """A WebSocket: the handshake is asked like any request, then frames go both ways as they are."""
        exchange.refused = self._asked(exchange)
        if exchange.refused is not None:
            self.recorder.keep(exchange)
            return _refusal(exchange)
        assert self._client is not None, "the gate is open"
        headers = [(name, value) for name, value in exchange.headers if name.lower() not in _WEBSOCKET]
        url = URL("ws" + (mount.base + exchange.url).removeprefix("http"), encoded=True)
        try:
            async with self._client.ws_connect(url, headers=headers, max_msg_size=0) as there:
                exchange.status = 101
                self.recorder.keep(exchange)
                here = web.WebSocketResponse(max_msg_size=0)
                here.headers[EXCHANGE] = str(exchange.number)
                await here.prepare(request)
                await _both_ways(here, there)
                return here
        except aiohttp.WSServerHandshakeError:
            # It was no WebSocket after all: the same request once more, to hear the whole refusal.
            await self._forward(exchange, mount)
            self.recorder.keep(exchange)
            return _reply(exchange)

    @contextmanager
    def open(self) -> Iterator[str]:
        """The gate's root URL, while the block lasts."""
        loop = asyncio.new_event_loop()
        thread = threading.Thread(target=_turn, args=(loop,), name="gate", daemon=True)
        thread.start()
        try:
            runner, url = asyncio.run_coroutine_threadsafe(self._start(), loop).result(30)
            try:
                yield url
            finally:
                asyncio.run_coroutine_threadsafe(self._stop(runner), loop).result(30)
        finally:
            loop.call_soon_threadsafe(loop.stop)
            thread.join(10)
            loop.close()

    async def _start(self) -> tuple[web.AppRunner, str]:
        # Less than a server's own: it must not close a connection that a request is just being sent on.
        connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=3)
        self._client = aiohttp.ClientSession(
            connector=connector,
            auto_decompress=False,
            cookie_jar=aiohttp.DummyCookieJar(),
            skip_auto_headers=("User-Agent", "Accept", "Accept-Encoding", "Content-Type"),
            timeout=aiohttp.ClientTimeout(total=self._seconds),
            max_line_size=_LINE,
            max_field_size=_LINE,
        )
        app = web.Application(client_max_size=_LARGEST)
        app.router.add_route("*", r"/{anything:[\s\S]*}", self._handle)
        runner = web.AppRunner(
            app, access_log=None, max_line_size=_LINE, max_field_size=_LINE, auto_decompress=False, shutdown_timeout=1
        )
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        port = runner.addresses[0][1]
        return runner, f"http://127.0.0.1:{port}"

    async def _stop(self, runner: web.AppRunner) -> None:
        assert self._client is not None, "the gate is open"
        await runner.cleanup()
        await self._client.close()
        # aiohttp's transports close in the next turns of the loop.
        await asyncio.sleep(0.05)


_NOWHERE = "The gate leads to the target's APIs alone, and to none under this path"


def _turn(loop: asyncio.AbstractEventLoop) -> None:
    asyncio.set_event_loop(loop)
    loop.run_forever()


async def _both_ways(here: web.WebSocketResponse, there: aiohttp.ClientWebSocketResponse) -> None:
    tasks = [asyncio.create_task(_one_way(here, there)), asyncio.create_task(_one_way(there, here))]
    _, open_still = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in open_still:
        task.cancel()
    await here.close(code=there.close_code or 1000)


async def _one_way(
    source: web.WebSocketResponse | aiohttp.ClientWebSocketResponse,
    sink: web.WebSocketResponse | aiohttp.ClientWebSocketResponse,
) -> None:
    async for message in source:
        if message.type is aiohttp.WSMsgType.TEXT:
            await sink.send_str(message.data)
        elif message.type is aiohttp.WSMsgType.BINARY:
            await sink.send_bytes(message.data)


def _told(problem: BaseException) -> str:
    words = str(problem) or "it took too long"
    return f"The target gave no whole reply ({type(problem).__name__}: {words})"


def _reply(exchange: Exchange) -> web.Response:
    headers = [*exchange.reply_headers, (EXCHANGE, str(exchange.number))]
    if exchange.broken is not None:
        headers.append((BROKEN, quote(exchange.broken)))
    if exchange.objections:
        told = [[each.check, each.message, list(each.statements)] for each in exchange.objections]
        headers.append((OBJECTIONS, quote(json.dumps(told))))
    response = web.Response(status=exchange.status or 502, body=exchange.reply_body)
    response.headers.popall("Content-Type", None)
    for name, value in headers:
        response.headers.add(name, value)
    return response


def _refusal(exchange: Exchange) -> web.Response:
    headers: Mapping[str, str] = {REFUSED: quote(exchange.refused or ""), EXCHANGE: str(exchange.number)}
    return web.json_response({"refused": exchange.refused}, status=REFUSAL_STATUS, headers=headers)


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogateescape")


__all__ = ["BROKEN", "CONTROL", "EXCHANGE", "OBJECTIONS", "REFUSED", "Gate", "Headers", "Mount"]
