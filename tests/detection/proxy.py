"""A reverse proxy that remembers what passed and may lie about it."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from io import BytesIO
from typing import Any

import aiohttp
from aiohttp import web
from yarl import URL

from contract_tests import contracts
from contract_tests.gate.routes import Found, Routes
from mockserver.data import MOUNTS
from tests.detection.relay import PATH, Addresses, Delivery, Relay

CONTROL = "/_understudy"
#: Headers that belong to one hop. The host stays, so that addresses which the mock makes lead through the proxy.
HOP = {"connection", "keep-alive", "proxy-connection", "transfer-encoding", "content-length", "te", "trailer", "upgrade"}
_WEBSOCKET = {"sec-websocket-key", "sec-websocket-version", "sec-websocket-extensions", "sec-websocket-accept", "host"}
_LINE = 256 * 1024
Headers = list[tuple[str, str]]


@cache
def _routes(api: str) -> Routes:
    return Routes(contracts.load(api))


def value_of(headers: Headers, name: str) -> str | None:
    """The first value of a header."""
    return next((value for key, value in headers if key.lower() == name.lower()), None)


@dataclass
class Passing:
    """A request on its way. A lie may change it before it is sent on. ``url``: path and query from the mock's root."""

    method: str
    url: str
    headers: Headers
    body: bytes

    @property
    def path(self) -> str:
        return self.url.partition("?")[0]

    @property
    def api(self) -> str | None:
        return next((api for api, mount in MOUNTS.items() if self.path.startswith(mount + "/")), None)

    @property
    def found(self) -> Found | None:
        """The operation that it is for, and its path parameters."""
        return None if self.api is None else _routes(self.api).find(self.method, self.path.removeprefix(MOUNTS[self.api]))

    @property
    def place(self) -> str:
        """The operation in the contract's words (``GET /things/{id}``), empty where the contract knows none."""
        return "" if self.found is None else str(self.found.place)

    @property
    def json(self) -> Any:
        """The body as JSON; None if it is none."""
        return _json(self.body)

    def header(self, name: str) -> str | None:
        return value_of(self.headers, name)

    def with_header(self, name: str, value: str | None) -> Passing:
        """The same request with another value of a header, None: without it."""
        kept = [pair for pair in self.headers if pair[0].lower() != name.lower()]
        return self.but(headers=kept if value is None else [*kept, (name, value)])

    def but(self, **changes: Any) -> Passing:
        """The same request with these attributes."""
        return Passing(**{**vars(self), **changes})

    def saying(self, body: Any) -> Passing:
        """The same request with this JSON body."""
        return self.but(body=json.dumps(body).encode())


@dataclass
class Answer:
    """A reply on its way back. A lie may change it, or make one up. ``pieces``: sent in chunks of this many bytes, 0: whole."""

    status: int
    headers: Headers
    body: bytes
    pieces: int = 0

    @property
    def json(self) -> Any:
        """The body as JSON; None if it is none."""
        return _json(self.body)

    @property
    def well(self) -> bool:
        return 200 <= self.status < 300

    def header(self, name: str) -> str | None:
        return value_of(self.headers, name)

    def with_header(self, name: str, value: str | None) -> Answer:
        """The same reply with another value of a header, None: without it."""
        kept = [pair for pair in self.headers if pair[0].lower() != name.lower()]
        return self.but(headers=kept if value is None else [*kept, (name, value)])

    def but(self, **changes: Any) -> Answer:
        """The same reply with these attributes."""
        return Answer(**{**vars(self), **changes})

    def saying(self, body: Any) -> Answer:
        """The same reply with this JSON body."""
        return self.but(body=json.dumps(body).encode())


def _data(body: bytes) -> BytesIO | bytes | None:
    """As aiohttp wants it: a large body from memory could hold up its loop, of which it warns."""
    return BytesIO(body) if len(body) > _LINE else body or None


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return None


Forward = Callable[[Passing], Awaitable[Answer]]
Lie = Callable[[Passing, Forward], Awaitable[Answer]]
#: What becomes of a WebSocket's frame on its way to the client; None: it never arrives.
Frames = Callable[[str], str | None]


async def honestly(passing: Passing, forward: Forward) -> Answer:
    """No lie."""
    return await forward(passing)


@dataclass
class Proxy:
    """In front of the mock at ``root``. ``seen``: what came by, in order; ``began_anew``: called when the mock is reset;
    ``relay``: through it go the webhooks to addresses on this machine; ``lied``: how often a request, a reply, a frame or a
    webhook was not passed on as it was. Else the control plane and, but for ``frames``, WebSockets
    pass untouched.
    """

    root: str
    lie: Lie = honestly
    frames: Frames | None = None
    relay: Relay | None = None
    began_anew: Callable[[], None] = lambda: None
    addresses: Addresses = field(default_factory=Addresses)
    seen: list[tuple[str, str, bytes]] = field(default_factory=list)
    lied: int = 0
    url: str = ""

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        headers = [(_text(name), _text(value)) for name, value in request.raw_headers]
        headers = [(name, value) for name, value in headers if name.lower() not in HOP]
        passing = Passing(request.method, request.raw_path, headers, await request.read())
        if passing.path.startswith(PATH):
            return web.Response(status=await self._delivered(passing))
        if passing.path.startswith(CONTROL):
            if passing.path.endswith("/reset"):
                self.began_anew()
            return await _sent(request, await self._forward(passing))
        self.seen.append((passing.method, passing.url, passing.body))
        if request.headers.get("upgrade", "").lower() == "websocket":
            return await self._tunnel(request, passing)
        return await _sent(request, await self._answer(passing))

    async def _answer(self, passing: Passing) -> Answer:
        passed: list[tuple[Passing, Answer]] = []

        async def forward(changed: Passing) -> Answer:
            answer = await self._forward(changed)
            passed.append((changed, answer))
            return answer

        original = passing.but()
        answer = await self.lie(passing, forward)
        self.lied += passed != [(original, answer)]
        return answer

    async def _delivered(self, passing: Passing) -> int:
        url = self.addresses.of(passing.path)
        if url is None or self.relay is None:
            return 404
        headers = [pair for pair in passing.headers if pair[0].lower() != "host"]
        delivery = Delivery(url, headers, passing.body, tuple(self.addresses.known))
        posted: list[tuple[Delivery, int]] = []

        async def post(changed: Delivery) -> int:
            posted.append((changed, await self._post(changed)))
            return posted[-1][1]

        told = await self.relay(delivery, post)
        self.lied += posted != [(delivery, told)]
        return told

    async def _post(self, delivery: Delivery) -> int:
        try:
            async with self._client.post(delivery.url, headers=delivery.headers, data=delivery.body) as reply:
                return reply.status
        except (aiohttp.ClientError, TimeoutError, OSError):
            return 502

    async def _forward(self, passing: Passing) -> Answer:
        if self.relay is None:
            return await self._sent_on(passing)
        answer = await self._sent_on(passing.but(body=self.addresses.hidden(passing.body, self.url)))
        return answer.but(body=self.addresses.shown(answer.body, self.url))

    async def _sent_on(self, passing: Passing) -> Answer:
        url = URL(self.root + passing.url, encoded=True)
        options: dict[str, Any] = {"headers": passing.headers, "data": _data(passing.body), "allow_redirects": False}
        async with self._client.request(passing.method, url, **options) as reply:
            kept = [(_text(name), _text(value)) for name, value in reply.raw_headers]
            return Answer(reply.status, [pair for pair in kept if pair[0].lower() not in HOP], await reply.read())

    async def _tunnel(self, request: web.Request, passing: Passing) -> web.StreamResponse:
        headers = [(name, value) for name, value in passing.headers if name.lower() not in _WEBSOCKET]
        url = URL("ws" + (self.root + passing.url).removeprefix("http"), encoded=True)
        try:
            async with self._client.ws_connect(url, headers=headers, max_msg_size=0) as there:
                here = web.WebSocketResponse(max_msg_size=0)
                await here.prepare(request)
                await self._both_ways(here, there)
                return here
        except aiohttp.WSServerHandshakeError:
            return await _sent(request, await self._answer(passing))

    async def _both_ways(self, here: web.WebSocketResponse, there: aiohttp.ClientWebSocketResponse) -> None:
        ways = [asyncio.create_task(_pass_on(here, there, None)), asyncio.create_task(_pass_on(there, here, self._frame))]
        _, open_still = await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        for task in open_still:
            task.cancel()
        await here.close(code=there.close_code or 1000)

    def _frame(self, text: str) -> str | None:
        told = text if self.frames is None else self.frames(text)
        self.lied += told != text
        return told

    async def start(self) -> web.AppRunner:
        """Serve on a free loopback port."""
        self._client = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=3),
            auto_decompress=False,
            cookie_jar=aiohttp.DummyCookieJar(),
            skip_auto_headers=("User-Agent", "Accept", "Accept-Encoding", "Content-Type"),
            timeout=aiohttp.ClientTimeout(total=60),
            max_line_size=_LINE,
            max_field_size=_LINE,
        )
        app = web.Application(client_max_size=512 * 1024 * 1024)
        # A route's pattern would not match every path that a client can send.
        app.router.add_route("*", "/{anything:(?s:.*)}", self._handle)
        sizes = {"max_line_size": _LINE, "max_field_size": _LINE, "auto_decompress": False, "shutdown_timeout": 1}
        runner = web.AppRunner(app, access_log=None, **sizes)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        return runner

    async def stop(self, runner: web.AppRunner) -> None:
        await runner.cleanup()
        await self._client.close()
        # aiohttp's transports close in the next turns of the loop.
        await asyncio.sleep(0.05)


async def _pass_on(source: Any, sink: Any, change: Frames | None) -> None:
    async for message in source:
        if message.type is aiohttp.WSMsgType.TEXT:
            text = message.data if change is None else change(message.data)
            if text is not None:
                await sink.send_str(text)
        elif message.type is aiohttp.WSMsgType.BINARY:
            await sink.send_bytes(message.data)


async def _sent(request: web.Request, answer: Answer) -> web.StreamResponse:
    if answer.pieces and request.method != "HEAD" and answer.status not in (204, 304):
        return await _in_pieces(request, answer)
    response = web.Response(status=answer.status, body=answer.body)
    response.headers.popall("Content-Type", None)
    for name, value in answer.headers:
        response.headers.add(name, value)
    return response


async def _in_pieces(request: web.Request, answer: Answer) -> web.StreamResponse:
    response = web.StreamResponse(status=answer.status)
    for name, value in answer.headers:
        response.headers.add(name, value)
    response.enable_chunked_encoding()
    await response.prepare(request)
    for start in range(0, len(answer.body), answer.pieces):
        await response.write(answer.body[start : start + answer.pieces])
    await response.write_eof()
    return response


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogateescape")


def _turn(loop: asyncio.AbstractEventLoop) -> None:
    asyncio.set_event_loop(loop)
    loop.run_forever()


@contextmanager
def serving_thread(proxy: Proxy) -> Iterator[str]:
    """The proxy's URL, while a thread of its own serves it."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=_turn, args=(loop,), name="proxy", daemon=True)
    thread.start()
    try:
        runner = asyncio.run_coroutine_threadsafe(proxy.start(), loop).result(30)
        try:
            yield proxy.url
        finally:
            asyncio.run_coroutine_threadsafe(proxy.stop(runner), loop).result(30)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


@contextmanager
def in_front_of(root: str, lie: Lie = honestly, frames: Frames | None = None) -> Iterator[tuple[str, Proxy]]:
    """The URL of a proxy before the mock at ``root``, and the proxy."""
    proxy = Proxy(root, lie, frames)
    with serving_thread(proxy) as url:
        yield url, proxy
