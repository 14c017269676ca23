"""Receiver: takes the webhooks that a target sends, byte by byte as they come: on a loopback port, or where the target's profile
says that it can reach this machine.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import orjson
import pytest

from contract_tests.deployment import Deployment

LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True, slots=True)
class Received:
    """One request: ``path`` with its query, below the receiver's URL; ``headers`` by lower-case name; the exact bytes of the
    body; ``at``: when it came, in seconds since the epoch.
    """

    path: str
    headers: Mapping[str, str]
    body: bytes
    at: float = field(default=0.0, compare=False)
    method: str = "POST"

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return orjson.loads(self.body)


class Says(NamedTuple):
    """An answer. ``status``: 0 for none at all: the connection is closed."""

    status: int
    headers: Mapping[str, str] = {}


Answer = Callable[[Received], int | Says]


def taken(_received: Received) -> int:
    """The answer that every sender hopes for."""
    return 204


class Receiver:
    """``received`` holds what came, in its order. ``answer`` decides each reply (it may also take its time). ``address``: where
    to listen, port 0 for any; ``url``: under which the target reaches it, None if that is the same.
    """

    def __init__(self, answer: Answer = taken, address: tuple[str, int] = ("127.0.0.1", 0), url: str | None = None) -> None:
        self.answer = answer
        self.received: list[Received] = []
        self._came = threading.Condition()
        self._server = _Server(address, self._handler())
        # What an earlier receiver at the same public address has asked for may still be on its way: it is not for this one.
        self.url = f"{url.rstrip('/')}/{time.time_ns():x}" if url else f"http://{address[0]}:{self._server.server_address[1]}"
        self.port = int(self._server.server_address[1])
        self._below = urlsplit(self.url).path
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def at(self, path: str) -> list[Received]:
        """What came to one path."""
        return [one for one in tuple(self.received) if one.path == path]

    def wait(self, count: int = 1, path: str | None = None, timeout: float = 10) -> list[Received]:
        """What came (to one path), as soon as it is ``count`` or more; after ``timeout`` seconds whatever is there."""
        return self.wait_for(lambda one: path in (None, one.path), count, timeout)

    def wait_for(self, fits: Callable[[Received], bool], count: int = 1, timeout: float = 10) -> list[Received]:
        """What came and fits, as soon as it is ``count`` or more; after ``timeout`` seconds whatever is there."""

        def found() -> list[Received]:
            return [one for one in self.received if fits(one)]

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

    def _take(self, received: Received) -> Says:
        with self._came:
            self.received.append(received)
            self._came.notify_all()
        said = self.answer(received)
        return said if isinstance(said, Says) else Says(said)

    def _own(self, path: str) -> str | None:
        """The path below the receiver's URL; None for what is not for it. Whoever leads requests here may have cut off the public
        URL's own path.
        """
        if not self._below:
            return path
        mark = "/" + self._below.rpartition("/")[2]
        return path.partition(mark)[2] if mark in path else None

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        take, own = self._take, self._own

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                path = own(self.path)
                body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
                headers = {name.lower(): value for name, value in self.headers.items()}
                received = Received(path or "", headers, body, time.time(), self.command)
                said = Says(404) if path is None else take(received)
                if said.status == 0:
                    self.close_connection = True
                    return
                self.send_response(said.status)
                for name, value in {"Content-Length": "0", **said.headers}.items():
                    self.send_header(name, value)
                self.end_headers()

            do_GET = do_PUT = do_HEAD = do_POST

            def log_message(self, format: str, *args: Any) -> None:
                """Keep quiet."""

        return Handler


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 512


@contextmanager
def receiving(answer: Answer = taken, deployment: Deployment | None = None) -> Iterator[Receiver]:
    """A receiver for the length of a block, where the deployment can reach it; the test is skipped where it cannot."""
    address, url = ("127.0.0.1", 0), None
    if deployment is not None:
        address, url = _reachable(deployment)
    receiver = Receiver(answer, address, url)
    try:
        yield receiver
    finally:
        receiver.close()


def _reachable(deployment: Deployment) -> tuple[tuple[str, int], str | None]:
    named = deployment.can.get("webhooks")
    if named:
        host, _, port = str(named["listen"]).rpartition(":")
        return (host.strip("[]"), int(port)), str(named["url"])
    if any(urlsplit(base).hostname not in LOOPBACK for base in deployment.bases.values()):
        pytest.skip("The target cannot reach this machine: its profile names no address for webhooks")
    return ("127.0.0.1", 0), None
