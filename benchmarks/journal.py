"""What the journal costs a request: ``python benchmarks/journal.py [ROUNDS]``.

The same requests are answered in turns by a mock that writes them down and by one whose recordings hand everything on, in this
process and without sockets; told is the CPU time of a request of each, and the median of the ratios of the pairs. What a server
spends on HTTP comes on top of both, so that the share is smaller on the wire.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

import orjson

from mockserver import app
from mockserver.app import Mock, cast, create_app
from mockserver.journal.recording import Recording
from mockserver.settings import Settings

ROUNDS, REQUESTS = 40, 250


class Unrecorded(Recording):
    """Hands on and takes no note."""

    async def send(self, message: Any) -> None:
        """Hand on."""
        await self._send(message)

    def close(self) -> None:
        """Write nothing down."""


def requests() -> dict[str, dict[str, Any]]:
    """A list, a message that is sent, and a message that its contract refuses, as a usual client sends them."""
    owner = cast("bird")["owner"]
    channel = f"/bird/workspaces/{owner['workspace_id']}/channels/{owner['channels']['sms']}/messages"
    message = {
        "receiver": {"contacts": [{"identifierValue": "+31612345678"}]}, "body": {"type": "text", "text": {"text": "Hello"}}
    }  # fmt: skip
    key = f"AccessKey {owner['access_key']}"
    return {
        "list": scope("GET", channel, key, b"limit=3"),
        "send": {**scope("POST", channel, key), "body": orjson.dumps(message)},
        "refused": {**scope("POST", channel, key), "body": orjson.dumps({**message, "receiver": {"contacts": []}})},
    }


def scope(method: str, path: str, key: str, query: bytes = b"") -> dict[str, Any]:
    """What a server makes of a request."""
    fields = {
        "host": "127.0.0.1:4010", "accept": "*/*", "accept-encoding": "gzip, deflate, br", "connection": "keep-alive",
        "user-agent": "python-requests/2.32.5", "authorization": key, "content-type": "application/json",
    }  # fmt: skip
    headers = [(name.encode(), value.encode()) for name, value in fields.items()]
    address = {"type": "http", "method": method, "path": path, "raw_path": path.encode(), "query_string": query}
    return {**address, "headers": headers, "scheme": "http", "server": ("127.0.0.1", 4010), "http_version": "1.1", "body": b""}


async def answered(mock: Mock, request: dict[str, Any]) -> int:
    """The status of one reply."""
    statuses = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": request["body"], "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    await mock({name: value for name, value in request.items() if name != "body"}, receive, send)
    return int(statuses[0])


def spent(mock: Mock, request: dict[str, Any]) -> float:
    """CPU seconds for so many requests."""

    async def run() -> float:
        begun = time.process_time()
        for _ in range(REQUESTS):
            await answered(mock, request)
        return time.process_time() - begun

    return asyncio.run(run())


def compared(rounds: int, request: dict[str, Any], mock: Mock) -> tuple[float, float]:
    """Microseconds of a request without a journal, and the median share that the journal adds."""
    kinds: list[Callable[..., Any]] = [Recording, Unrecorded]
    ratios, plain = [], []
    for turn in range(rounds):
        times = {}
        for kind in kinds if turn % 2 else reversed(kinds):
            app.Recording = kind  # type: ignore[misc,assignment]
            times[kind] = spent(mock, request)
        ratios.append(times[Recording] / times[Unrecorded])
        plain.append(times[Unrecorded] / REQUESTS * 1e6)
    return statistics.median(plain), statistics.median(ratios) - 1


def main(rounds: int) -> None:
    """Measure and print it."""
    mock = create_app(Settings(apis=("bird",)))
    for name, request in requests().items():
        status = asyncio.run(answered(mock, request))
        plain, share = compared(rounds, request, mock)
        print(f"{name:8} {status}: {plain:6.0f} µs without, {share:+.1%} with the journal ({share * plain:+.1f} µs)")
    full = mock.sandboxes.default.journal
    print(f"{len(full):,} entries remembered, {full.forgotten:,} forgotten, {full.bytes:,} bytes")
    mock.close()


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else ROUNDS)
