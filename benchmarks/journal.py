"""What the journal costs a request: ``python benchmarks/journal.py [ROUNDS]`` (Linux).

Two mocks in processes of their own answer the same requests in turns: one writes them down, the recordings of the other hand
everything on. Told is the CPU time of a request without a journal (``/proc/PID/schedstat``), and the median of what the journal
adds to it, over all pairs of turns.
"""

from __future__ import annotations

import multiprocessing
import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import orjson

from mockserver import app, server
from mockserver.app import cast, create_app
from mockserver.journal.recording import Recording
from mockserver.settings import Settings

ROUNDS, REQUESTS = 300, 25


class Unrecorded(Recording):
    """Hands on and takes no note."""

    async def send(self, message: Any) -> None:
        """Hand on."""
        await self._send(message)

    def close(self) -> None:
        """Write nothing down."""


def serve(bound: Any, kind: type[Recording]) -> None:
    """A mock as it is served, but for its recordings."""
    app.Recording = kind  # type: ignore[misc]
    server.serve(create_app(Settings(apis=("bird",))), bound, lambda: None)


class Served:
    """A mock in a process of its own, and a client on one connection."""

    def __init__(self, kind: type[Recording]) -> None:
        bound = server.listen("127.0.0.1", 0)
        self.process = multiprocessing.get_context("fork").Process(target=serve, args=(bound, kind), daemon=True)
        self.process.start()
        self._connection = HTTPConnection("127.0.0.1", bound.getsockname()[1])
        self._schedstat = Path(f"/proc/{self.process.pid}/schedstat")

    def ask(self, method: str, path: str, headers: dict[str, str], body: bytes | None) -> int:
        """One request; the status."""
        self._connection.request(method, path, body, headers)
        reply = self._connection.getresponse()
        reply.read()
        return reply.status

    def spent(self, request: tuple[Any, ...]) -> float:
        """CPU microseconds of one of so many requests."""
        begun = int(self._schedstat.read_text().split()[0])
        for _ in range(REQUESTS):
            self.ask(*request)
        return (int(self._schedstat.read_text().split()[0]) - begun) / 1000 / REQUESTS


@contextmanager
def served(kind: type[Recording]) -> Iterator[Served]:
    """A mock that is ready, for a while."""
    one = Served(kind)
    for _ in range(100):
        if one.ask("GET", "/bird/nothing", {}, None) == 404:
            break
        time.sleep(0.1)
    yield one
    one.process.terminate()


def requests() -> dict[str, tuple[str, str, dict[str, str], bytes | None]]:
    """A list, a message that is sent, and a message that its contract refuses, as a usual client sends them."""
    owner = cast("bird")["owner"]
    path = f"/bird/workspaces/{owner['workspace_id']}/channels/{owner['channels']['sms']}/messages"
    receiver = {"contacts": [{"identifierValue": "+31612345678"}]}
    message = {"receiver": receiver, "body": {"type": "text", "text": {"text": "Hello"}}}
    headers = {
        "Authorization": f"AccessKey {owner['access_key']}", "Content-Type": "application/json", "Accept": "*/*",
        "User-Agent": "python-requests/2.32.5", "Connection": "keep-alive",
    }  # fmt: skip
    return {
        "list": ("GET", f"{path}?limit=3", headers, None),
        "send": ("POST", path, headers, orjson.dumps(message)),
        "refused": ("POST", path, headers, orjson.dumps({**message, "receiver": {"contacts": []}})),
    }


def main(rounds: int) -> None:
    """Measure and print it."""
    with served(Recording) as recorded, served(Unrecorded) as plain:
        for name, request in requests().items():
            statuses = {one.ask(*request) for one in (recorded, plain)}
            pairs = []
            for turn in range(rounds):
                order = (recorded, plain) if turn % 2 else (plain, recorded)
                times = {one: one.spent(request) for one in order}
                pairs.append((times[recorded], times[plain]))
            share = statistics.median(one / other for one, other in pairs) - 1
            usual = statistics.median(other for _, other in pairs)
            print(f"{name:8} {statuses}: {usual:5.0f} µs without, {share:+.1%} with the journal ({share * usual:+.1f} µs)")


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else ROUNDS)
