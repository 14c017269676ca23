"""What the tests of the commands share: a command within this process, for speed, and as a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from mockserver import cli
from tests.conftest import RunningMock

UNDERSTUDY = [sys.executable, "-W", "error", "-m", "mockserver"]
Told = subprocess.CompletedProcess[str]
Command = Callable[..., Told]


@pytest.fixture
def surroundings(mock: RunningMock) -> dict[str, str]:
    """What points a command at the session's mock."""
    token = mock.app.settings.control_token
    return {"UNDERSTUDY_URL": mock.url, "UNDERSTUDY_CONTROL_TOKEN": token, "UNDERSTUDY_SANDBOX": ""}


@pytest.fixture
def alone(mock: RunningMock) -> Iterator[None]:
    """No sandbox but the default one, neither before the test nor after it."""

    def drop() -> None:
        for one in mock.control.get("/sandboxes").json()["sandboxes"][1:]:
            mock.control.delete(f"/sandboxes/{one['name']}").raise_for_status()

    drop()
    yield
    drop()


@pytest.fixture
def understudy(surroundings: dict[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Runs ``understudy …`` in this process: its status, and what it printed."""

    def run(*words: str, cwd: Path | None = None) -> Told:
        capsys.readouterr()
        with monkeypatch.context() as patch:
            patch.setattr(sys, "argv", ["understudy", *words])
            for name, value in surroundings.items():
                patch.setenv(name, value)
            if cwd is not None:
                patch.chdir(cwd)
            with pytest.raises(SystemExit) as ended:
                cli.run()
        printed = capsys.readouterr()
        return Told(words, int(ended.value.code or 0), printed.out, printed.err)

    return run


@pytest.fixture
def process(surroundings: dict[str, str]) -> Command:
    """Runs ``understudy …`` as a process of its own, with ``env`` over what points it at the session's mock."""

    def run(*words: str, env: dict[str, str] | None = None, **options: Any) -> Told:
        environment = {**os.environ, **surroundings, **(env or {})}
        return subprocess.run(
            [*UNDERSTUDY, *words], capture_output=True, text=True, timeout=60, check=False, env=environment, **options
        )

    return run
