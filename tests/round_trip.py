"""Round trips: a state told as a world, and what opens from that world."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import cache
from pathlib import Path

from mockserver import apis
from mockserver.data import load_spec
from mockserver.engine.clock import Clock
from mockserver.engine.sandbox import Sandbox
from mockserver.engine.store import SqliteStore
from mockserver.serving.contract import Contract
from mockserver.worlds import Fixture, furnish, written
from tests.conftest import RunningMock

_contract = cache(lambda api: Contract(api, load_spec(api)))


def told(sandbox: Sandbox, api: str) -> str:
    """An API's state as its file in a world."""
    with sandbox.transaction(api) as tx:
        return written(apis.room(api, "closing").gather(tx))


def opened(text: str, api: str, now: datetime) -> Sandbox:
    """A fresh sandbox from a file that the contract admits; whoever asks closes its store."""
    sandbox = Sandbox(SqliteStore(), clock=Clock(now))
    with sandbox.transaction(api) as tx:
        furnish(Fixture(Path(f"{api}.yaml"), _contract(api), text), apis.room(api, "opening").furnish, tx)
    return sandbox


def exported(mock: RunningMock) -> dict[str, str]:
    """The files of the world that a mock's default sandbox is by now."""
    files: dict[str, str] = mock.control.get("/sandboxes/default/export").raise_for_status().json()["files"]
    return files


def gone_on(start_mock: Callable[..., RunningMock], mock: RunningMock, folder: Path) -> RunningMock:
    """Another mock of the same APIs, whose world is what a mock has come to."""
    folder.mkdir()
    for name, text in exported(mock).items():
        (folder / name).write_text(text, "utf-8")
    return start_mock(apis=mock.app.settings.apis, world=str(folder))
