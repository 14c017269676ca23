"""How many webhooks a second leave the mock, signed and checked: ``python benchmarks/deliveries.py [COUNT]``.

The receiver is a process of its own and fails three times in ten, so that retries are in it.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import random
import socket
import sys
import time
from datetime import timedelta

from mockserver.apis.restlink import sending, webhooks
from mockserver.app import Mock, create_app
from mockserver.settings import Settings

COUNT = 2_000
_ACCOUNT, _WORKSPACE = 279, 16


def receive(listening: socket.socket) -> None:
    """Answer each request, on a connection of its own."""
    chance = random.Random(0)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
        await reader.readexactly(int(length.partition(b":")[2]))
        status = b"500 No" if chance.random() < 0.3 else b"200 OK"
        writer.write(b"HTTP/1.1 " + status + b"\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
        await writer.drain()
        writer.close()

    async def serve() -> None:
        server = await asyncio.start_server(answer, sock=listening)
        await server.serve_forever()

    asyncio.run(serve())


def prepared(url: str, count: int) -> Mock:
    """A mock whose clock stands, with so many events that will fall due."""
    mock = create_app(Settings(apis=("restlink",)))
    mock.sandbox.clock.freeze()
    text = sending.Text("hi", "MyApp")
    with mock.sandbox.transaction("restlink") as tx:
        webhooks.change(tx, _WORKSPACE, {"delivery_url": url, "signing_secret": "secret"})
        for number in range(count // 2):
            sending.send(tx, _ACCOUNT, _WORKSPACE, [f"+1415555{number % 9000:04}"], text)
    return mock


async def advanced(mock: Mock) -> tuple[int, float]:
    """Jobs that were done and seconds that it took."""
    begun = time.perf_counter()
    jobs = await mock.sandboxes.default.agenda.advance(timedelta(minutes=2))
    taken = time.perf_counter() - begun
    await mock.courier.close()
    return jobs, taken


def main(count: int) -> None:
    """Measure once and print it."""
    listening = socket.create_server(("127.0.0.1", 0), backlog=512)
    receiver = multiprocessing.get_context("fork").Process(target=receive, args=(listening,), daemon=True)
    receiver.start()
    mock = prepared(f"http://127.0.0.1:{listening.getsockname()[1]}/", count)
    jobs, taken = asyncio.run(advanced(mock))
    receiver.kill()
    mock.close()
    attempts = jobs - count
    print(f"{count:,} events, {attempts:,} attempts in {taken:.1f} s: {attempts / taken:,.0f} webhooks a second")


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else COUNT)
