"""The server: uvicorn around the app, on a socket that is known before the first request."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import signal
import socket
from collections.abc import Callable, Iterator
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol


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

    def __init__(self, config: uvicorn.Config, started: Callable[[], None]) -> None:
        super().__init__(config)
        self._tell = started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        # What was made so far lives as long as the process: the collector need not look at it again.
        gc.collect()
        gc.freeze()
        self._tell()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        # uvicorn's own would raise the signal again after the shutdown and end with its number.
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self.handle_exit, number, None)
        yield


class _BackgroundServer(_Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _protocol(malformed: Callable[[str], bytes]) -> type[HttpToolsProtocol]:
    """uvicorn's protocol, which answers what it cannot read in the words of the API that was meant."""

    class Protocol(HttpToolsProtocol):
        def data_received(self, data: bytes) -> None:
            self._latest = data
            super().data_received(data)

        def send_400_response(self, msg: str) -> None:
            # The parser stops at the mistake, which may stand before the path: the request line tells it all the same.
            target = self._latest.split(b"\r\n", 1)[0].split(b" ")[1:2]
            body = malformed((target or [b""])[0].decode("latin-1").partition("?")[0])
            head = "HTTP/1.1 400 Bad Request\r\ncontent-type: application/json\r\nconnection: close\r\n"
            self.transport.write(f"{head}content-length: {len(body)}\r\n\r\n".encode() + body)
            self.transport.close()

    return Protocol


def serve(app: Any, bound: socket.socket, started: Callable[[], None]) -> None:
    """Serve until SIGINT or SIGTERM; ``started`` is called when requests are answered."""
    _Server(_config(app), started).run(sockets=[bound])


def background(app: Any, started: Callable[[], None]) -> uvicorn.Server:
    """The same for a thread: it heeds no signals, ``should_exit`` ends it."""
    return _BackgroundServer(_config(app), started)


def _config(app: Any) -> uvicorn.Config:
    protocol = _protocol(app.malformed)
    return uvicorn.Config(
        app,
        lifespan="on",
        log_level="error",
        access_log=False,
        server_header=False,
        http=protocol,
        ws="none",
        proxy_headers=False,
        timeout_graceful_shutdown=8,
    )
