"""What all tests share: a world's sandbox without HTTP, and a mock on a real socket."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from mockserver import apis, server, worlds
from mockserver.app import Mock, cast, create_app
from mockserver.data import MOUNTS, load_spec
from mockserver.engine.clock import Clock
from mockserver.engine.sandbox import Sandbox
from mockserver.engine.store import SqliteStore

# Imported in time: its import silences warnings, which the thread that warms a mock cannot do beside pytest's own filters.
from mockserver.serving import stack  # noqa: F401
from mockserver.serving.contract import Contract
from mockserver.settings import Settings

NOON = datetime(2026, 2, 13, 12, 0, tzinfo=UTC)


@pytest.fixture
def sandbox_of() -> Iterator[Callable[..., Sandbox]]:
    """Opens one API's world in memory, its clock frozen at noon of 13 February 2026 unless told otherwise."""
    opened: list[Sandbox] = []

    def open_sandbox(api: str, world: str = "default", now: datetime = NOON, seed: int = 0) -> Sandbox:
        sandbox = Sandbox(SqliteStore(), seed=seed, clock=Clock(frozen_at=now))
        opened.append(sandbox)
        fixture = worlds.read_world(world, {api: Contract(api, load_spec(api))})[api]
        with sandbox.transaction(api) as tx:
            worlds.furnish(fixture, apis.room(api, "opening").furnish, tx)
        return sandbox

    yield open_sandbox
    for sandbox in opened:
        sandbox.store.close()


class RunningMock:
    """A mock that serves on a loopback port in a thread of this process."""

    def __init__(self, app: Mock) -> None:
        self.app = app
        self._bound = server.listen("127.0.0.1", 0)
        self.url = server.url_of(self._bound)
        self._ready = threading.Event()
        self._server = server.background(app, self._ready.set)
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [self._bound]}, daemon=True)
        self._thread.start()
        assert self._ready.wait(20), "the mock did not start"
        token = {"Authorization": f"Bearer {app.settings.control_token}"}
        self.control = httpx.Client(base_url=f"{self.url}/_understudy", headers=token)

    def base(self, api: str) -> str:
        """The API's base URL."""
        return self.url + MOUNTS[api]

    def cast(self, api: str) -> dict[str, dict[str, Any]]:
        """The actors of the world and their credentials."""
        return cast(api, self.app.settings.world)

    def reset(self) -> None:
        """Back to the opening state."""
        self.control.post("/reset").raise_for_status()

    def close(self) -> None:
        """Stop serving and wait for the end."""
        self.control.close()
        self._server.should_exit = True
        self._thread.join(20)


@pytest.fixture(scope="session")
def mock() -> Iterator[RunningMock]:
    """One mock of all APIs for the whole session, world default."""
    running = RunningMock(create_app(Settings(control_token="test-control-token")))
    yield running
    running.close()


@pytest.fixture
def start_mock() -> Iterator[Callable[..., RunningMock]]:
    """Starts mocks with settings of their own, ended with the test."""
    started: list[RunningMock] = []

    def start(**settings: Any) -> RunningMock:
        running = RunningMock(create_app(Settings(**{"control_token": "test-control-token", **settings})))
        started.append(running)
        return running

    yield start
    for running in started:
        running.close()
