"""A server that was started for another process says where it is, and ends with that process."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from mockserver import lifeline


@pytest.fixture
def holder() -> Iterator[subprocess.Popen[bytes]]:
    """A process that does nothing until it is killed."""
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    yield process
    process.kill()
    process.wait()


def serve_for(pid: int, announced: Path) -> subprocess.Popen[bytes]:
    words = ["serve", "bird", "--port", "0", "--quiet", "--announce", str(announced), "--while-pid", str(pid)]
    return subprocess.Popen([sys.executable, "-m", "mockserver", *words])


def test_it_ends_well_when_the_process_that_it_serves_is_killed(holder: subprocess.Popen[bytes], tmp_path: Path) -> None:
    announced = tmp_path / "server.json"
    server = serve_for(holder.pid, announced)
    try:
        for _ in range(1500):
            if announced.exists():
                break
            time.sleep(0.02)
        told = json.loads(announced.read_text())
        assert told["pid"] == server.pid
        assert httpx.get(f"{told['url']}/_understudy/live", trust_env=False).json() == {"status": "live"}
        holder.kill()
        assert server.wait(30) == 0
    finally:
        server.kill()
        server.wait()


def test_it_does_not_stay_for_a_process_that_is_gone_already(holder: subprocess.Popen[bytes], tmp_path: Path) -> None:
    holder.kill()
    holder.wait()
    assert serve_for(holder.pid, tmp_path / "server.json").wait(60) in (0, -15)


@pytest.mark.parametrize("tells", [True, False], ids=["the system tells of ends", "somebody has to look"])
def test_the_end_of_a_process_is_seen(holder: subprocess.Popen[bytes], tells: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if not tells:
        monkeypatch.delattr("os.pidfd_open", raising=False)
    assert not lifeline.await_end(holder.pid, 0.01)
    holder.kill()
    holder.wait()
    assert lifeline.await_end(holder.pid, 0.01)
