"""Receiver: takes the webhooks that a target sends, byte by byte as they come, on a loopback port."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import orjson


@dataclass(frozen=True, slots=True)
class Received:
    """One request: ``path`` with its query, ``headers`` by lower-case name, the exact bytes of the body."""

    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return orjson.loads(self.body)


class Receiver:
    """``received`` holds what came, in its order. ``answer`` decides the status of each reply (it may also take its time)."""

    def __init__(self, answer: Callable[[Received], int] = lambda _received: 204) -> None:
        self.answer = answer
        self.received: list[Received] = []
        self._came = threading.Condition()
        self._server = _Server(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def at(self, path: str) -> list[Received]:
        """What came to one path."""
        return [one for one in tuple(self.received) if one.path == path]

    def wait(self, count: int = 1, path: str | None = None, timeout: float = 10) -> list[Received]:
        """What came (to one path), as soon as it is ``count`` or more; after ``timeout`` seconds whatever is there."""

        def found() -> list[Received]:
            return [one for one in self.received if path in (None, one.path)]

        end = time.monotonic() + timeout
        with self._came:
            while len(found()) < count and (left := end - time.monotonic()) > 0:
                self._came.wait(left)
            return found()

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(10)

    def _take(self, received: Received) -> int:
        with self._came:
            self.received.append(received)
            self._came.notify_all()
        return self.answer(received)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        take = self._take

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
                headers = {name.lower(): value for name, value in self.headers.items()}
                self.send_response(take(Received(self.path, headers, body)))
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                """Keep quiet."""

        return Handler


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 512


@contextmanager
def receiving(answer: Callable[[Received], int] = lambda _received: 204) -> Iterator[Receiver]:
    """A receiver for the length of a block."""
    receiver = Receiver(answer)
    try:
        yield receiver
    finally:
        receiver.close()
