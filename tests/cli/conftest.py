"""What the tests of the commands share: a command as a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

UNDERSTUDY = [sys.executable, "-W", "error", "-m", "mockserver"]
Told = subprocess.CompletedProcess[str]
Command = Callable[..., Told]


@pytest.fixture
def understudy(mock: Any) -> Command:
    """Runs ``understudy …`` to its end, pointed at the session's mock by the environment unless ``env`` says otherwise."""

    def run(*words: str, env: dict[str, str] | None = None, **options: Any) -> Told:
        told = {"UNDERSTUDY_URL": mock.url, "UNDERSTUDY_CONTROL_TOKEN": mock.app.settings.control_token}
        environment = {**os.environ, "UNDERSTUDY_SANDBOX": "", **(told if env is None else env)}
        return subprocess.run(
            [*UNDERSTUDY, *words], capture_output=True, text=True, timeout=60, check=False, env=environment, **options
        )

    return run
