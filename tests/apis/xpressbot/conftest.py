"""What xpressbot's tests share: a client without a credential, the cast's keys, and the owner's channel without HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from mockserver.apis.xpressbot.agenda import JOBS
from mockserver.engine.agenda import Agenda
from mockserver.engine.clock import Clock
from mockserver.engine.sandbox import Sandbox
from mockserver.engine.store import Job


@dataclass(frozen=True)
class Wire:
    """The API as a client sees it, and everybody's credentials."""

    client: httpx.Client
    cast: dict[str, dict[str, Any]]

    def key(self, actor: str = "owner") -> str:
        """An actor's API key."""
        key: str = self.cast[actor]["api_key"]
        return key

    def get(self, path: str, query: str = "") -> httpx.Response:
        """A GET by the owner."""
        return self.client.get(f"{path}{query}", headers={"X-API-Key": self.key()})

    def post(self, path: str, **options: Any) -> httpx.Response:
        """A POST by the owner."""
        return self.client.post(path, **{**options, "headers": {"X-API-Key": self.key(), **options.get("headers", {})}})


@pytest.fixture
def wire(mock: Any) -> Iterator[Wire]:
    """The mock's xpressbot in its opening state."""
    mock.reset()
    with httpx.Client(base_url=mock.base("xpressbot")) as client:
        yield Wire(client, mock.cast("xpressbot"))


class NoCourier:
    """Nothing leaves xpressbot by itself."""

    def take(self, sandbox: Sandbox, job: Job) -> None:
        """Never asked."""
        raise AssertionError(job)

    async def idle(self, sandbox: Sandbox) -> None:
        """Nothing is on its way."""


@dataclass(frozen=True)
class House:
    """The default world's owner without HTTP: each ``do`` is one transaction about the owner's channel."""

    sandbox: Sandbox
    channel: str = "ch_7Kq2mVxPd4"
    theirs: str = "ch_9Pz4sLfQk2"

    def do(self, rule: Callable[..., Any], *given: Any, channel: str | None = None, **named: Any) -> Any:
        """Apply a rule of the state."""
        with self.sandbox.transaction("xpressbot") as tx:
            return rule(tx, channel or self.channel, *given, **named)

    def at(self, moment: datetime) -> None:
        """Set the clock."""
        self.sandbox.clock = Clock(moment)

    def advance(self, seconds: float) -> int:
        """Let time pass with all that happens in it; gives how much that was."""
        return asyncio.run(Agenda(self.sandbox, lambda _api: JOBS, NoCourier()).advance(timedelta(seconds=seconds)))

    def count(self, kind: str) -> int:
        """How many things of a kind are in the channel."""
        with self.sandbox.transaction("xpressbot") as tx:
            return tx.count(kind, self.channel)


@pytest.fixture
def house(sandbox_of: Callable[..., Sandbox]) -> House:
    """The owner's channel at noon of 13 February 2026."""
    return House(sandbox_of("xpressbot"))
