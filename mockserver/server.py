"""The server: uvicorn around the app, on a socket that is known before the first request."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import signal
import socket
import struct
from collections.abc import Callable, Iterator
from typing import Any, Protocol
from urllib.parse import unquote

import uvicorn
from httptools import parse_url
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.http11 import Request
from websockets.server import ServerProtocol

#: Of a message that a WebSocket's client sends, in bytes.
LONGEST_MESSAGE = 65_536
#: In seconds: between pings, and until one that is not answered ends the connection.
_PINGS, _PONG = 20.0, 20.0
#: In bytes, in the kernel and before it: so much waits for a client that does not read.
_UNREAD = 65_536
#: In seconds: then a WebSocket that was closed is cut off, read or not, and at the server's end.
_LINGER, _FAREWELL = 10.0, 1.0


#: Of SO_LINGER: a connection that is closed is reset.
_NO_GOODBYE = struct.pack("ii", 1, 0)
#: Where the ASGI scope holds the function that breaks the connection.
ABORT = "understudy.abort"


class App(Protocol):
    """What the server needs of the ASGI application."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None: ...

    def malformed(self, path: str) -> bytes:
        """The JSON body of the 400 for what is no HTTP."""

    def offers_websocket(self, path: str) -> bool:
        """Whether a WebSocket can be opened at a path."""

    async def leave(self) -> None:
        """End what does not end by itself: the server is going down."""


class PortTaken(Exception):
    """The address cannot be listened on; the message says which and why."""


def listen(host: str, port: int) -> socket.socket:
    """A bound socket; port 0 takes a free one. PortTaken if the address is not to be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
    except OSError as error:
        bound.close()
        raise PortTaken(
            f"cannot listen on {host}:{port}: {error.strerror}. Choose another --port (0 takes a free one)."
        ) from error
    bound.listen(1024)
    return bound


def url_of(bound: socket.socket) -> str:
    """``http://host:port`` of a bound socket."""
    host, port = bound.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


class _Server(uvicorn.Server):
    """Ends well on the signals that end it: status 0, requests in flight answered."""

    def __init__(self, app: App, started: Callable[[], None]) -> None:
        super().__init__(_config(app))
        self._leave = app.leave
        self._tell = started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._settle()
        self._tell()

    def _settle(self) -> None:
        # What was made so far lives as long as the process: the collector need not look at it again.
        gc.collect()
        gc.freeze()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        # uvicorn's own goodbye to a WebSocket would be "service restart".
        await self._leave()
        await super().shutdown(sockets)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        # uvicorn's own would raise the signal again after the shutdown and end with its number.
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self.handle_exit, number, None)
        yield


class _BackgroundServer(_Server):
    def _settle(self) -> None:
        """Nothing here lives as long as the process: frozen, an earlier server could never be thrown away."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _protocol(app: App) -> type[HttpToolsProtocol]:
    """uvicorn's protocol, which answers what it cannot read in the words of the API that was meant, and ignores every upgrade
    but a handshake where a WebSocket is offered.
    """

    class HttpProtocol(HttpToolsProtocol):
        def data_received(self, data: bytes) -> None:
            self._latest = data
            super().data_received(data)

        def send_400_response(self, msg: str) -> None:
            # The parser stops at the mistake, which may stand before the path: the request line tells it all the same.
            target = self._latest.split(b"\r\n", 1)[0].split(b" ")[1:2]
            body = app.malformed((target or [b""])[0].decode("latin-1").partition("?")[0])
            head = "HTTP/1.1 400 Bad Request\r\ncontent-type: application/json\r\nconnection: close\r\n"
            self.transport.write(f"{head}content-length: {len(body)}\r\n\r\n".encode() + body)
            self.transport.close()

        def on_message_begin(self) -> None:
            super().on_message_begin()
            self.scope[ABORT] = self._abort  # type: ignore[literal-required]

        def _abort(self) -> None:
            # Without this the kernel would say goodbye politely, and a client would take what it has for all there is.
            # ValueError is a socket that is no more, since its client was faster.
            with contextlib.suppress(OSError, ValueError):
                self.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_GOODBYE)
            self.transport.abort()

        def on_headers_complete(self) -> None:
            self._handshakes = self.parser.should_upgrade() and self._get_upgrade() == b"websocket" and self._shakes_hands()
            super().on_headers_complete()

        def _should_upgrade(self) -> bool:
            return self._handshakes

        def _shakes_hands(self) -> bool:
            path = unquote((parse_url(self.url).path or b"").decode("latin-1"))
            return app.offers_websocket(path) and _is_handshake(self.parser.get_method(), self.url, self.headers)

    return HttpProtocol


def _is_handshake(method: bytes, target: bytes, headers: list[tuple[bytes, bytes]]) -> bool:
    """Whether the WebSocket's own parser, which has no words of an API, will take it."""
    if method != b"GET" or not target.isascii():
        return False
    judge = ServerProtocol()
    fields = b"".join(name + b": " + value + b"\r\n" for name, value in headers)
    judge.receive_data(b"GET " + target + b" HTTP/1.1\r\n" + fields + b"\r\n")
    read = judge.events_received()
    return bool(read) and isinstance(read[0], Request) and judge.accept(read[0]).status_code == 101


class _WebsocketProtocol(WebSocketsSansIOProtocol):
    """uvicorn's protocol, with a bound on what waits for a client that does not read, and an end for one that does not close."""

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _UNREAD)
        transport.set_write_buffer_limits(high=_UNREAD)

    def handle_ping(self) -> None:
        if self.writable.is_set():
            super().handle_ping()
        else:
            # Answers would pile up for a client that asks and does not read.
            self.conn.data_to_send()

    async def send(self, message: Any) -> None:
        await super().send(message)
        if message["type"] == "websocket.http.response.body" and not message.get("more_body"):
            # uvicorn takes a handshake that was refused for one that was forgotten, and complains.
            self.handshake_complete = True

    async def run_asgi(self) -> None:
        await super().run_asgi()
        self.loop.call_later(_LINGER, self.transport.abort)

    def shutdown(self) -> None:
        if not self.transport.is_closing():
            super().shutdown()
        self.loop.call_later(_FAREWELL, self.transport.abort)


def serve(app: App, bound: socket.socket, started: Callable[[], None]) -> None:
    """Serve until SIGINT or SIGTERM; ``started`` is called when requests are answered."""
    _Server(app, started).run(sockets=[bound])


def background(app: App, started: Callable[[], None]) -> uvicorn.Server:
    """The same for a thread: it heeds no signals, ``should_exit`` ends it."""
    return _BackgroundServer(app, started)


def _config(app: App) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        lifespan="on",
        log_level="error",
        access_log=False,
        server_header=False,
        http=_protocol(app),
        ws=_WebsocketProtocol,
        ws_max_size=LONGEST_MESSAGE,
        ws_ping_interval=_PINGS,
        ws_ping_timeout=_PONG,
        # Each client's text would be compressed anew.
        ws_per_message_deflate=False,
        proxy_headers=False,
        # Longer than clients pause: a connection that is closed in the moment of its next request looks like a failure.
        timeout_keep_alive=75,
        timeout_graceful_shutdown=8,
    )
