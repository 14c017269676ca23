"""Pauses: waiting in real time, until somebody says that nobody is to wait any more."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any


class Pauses:
    """All that wait for the same end: of a sandbox, or of the server."""

    def __init__(self) -> None:
        self._over = asyncio.Event()

    def end(self) -> None:
        """From now on nobody waits; those who do go on."""
        self._over.set()

    async def wait(self, seconds: float) -> None:
        """Wait so long."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._over.wait()

    async def wait_until_gone(self, receive: Any, seconds: float | None) -> None:
        """Wait until the client gives up, at most so long; None is for ever."""
        waiting = {asyncio.ensure_future(gone(receive)), asyncio.ensure_future(self._over.wait())}
        try:
            await asyncio.wait(waiting, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in waiting:
                task.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)


async def gone(receive: Any) -> None:
    """Wait until the connection is closed; what still comes of the request is thrown away."""
    while (await receive())["type"] != "http.disconnect":
        pass
