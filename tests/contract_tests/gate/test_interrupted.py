"""A run that is broken off leaves nothing behind: no thing that it made, no process that sends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from mockserver import lifeline
from mockserver.app import cast
from tests.contract_tests.gate.staged import Staged, staged

pytestmark = pytest.mark.slow

#: A part of a run that makes one thing, tells which process it is, and does not end.
PART = """
import os, time
from pathlib import Path

def test_tofrom_makes_a_key(tofrom):
    owner = tofrom.cast["owner"]
    bearer = {"Authorization": f"Bearer {owner['session_token']}"}
    made = tofrom.client.post(f"/api/ui/workspaces/{owner['workspace_id']}/api-keys", json={"name": "made"}, headers=bearer)
    assert made.status_code == 201
    Path(os.environ["MADE"]).write_text(str(os.getpid()))
    time.sleep(300)
"""
RUN = """
import sys
from pathlib import Path
from contract_tests import command

command.modules = lambda parts, apis: [Path("part.py").absolute()]
sys.exit(command.run([], "stage", Path("reports")))
"""
SEND = """
import json, os, time, urllib.request
from pathlib import Path

asked = urllib.request.Request(os.environ["TOFROM_BASE_URL"] + os.environ["KEYS"], b'{"name": "made"}', method="POST")
asked.add_header("Authorization", "Bearer " + os.environ["STAGED_OWNER_SESSION_TOKEN"])
asked.add_header("Content-Type", "application/json")
assert urllib.request.urlopen(asked).status == 201
Path(os.environ["MADE"]).write_text(str(os.getpid()))
time.sleep(300)
"""
GATE = ["-m", "mockserver", "gate", "--target", "stage", "--", sys.executable, "-c", SEND]


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Staged]:
    with staged("tofrom", tmp_path_factory.mktemp("stage")) as stage:
        (stage.folder / "part.py").write_text(PART)
        yield stage


def keys(stage: Staged) -> set[str]:
    """Those that open something."""
    known = (key for workspace in stage.world()["workspaces"] for key in workspace.get("api_keys", ()))
    return {key["id"] for key in known if "revoked_at" not in key}


def begun(stage: Staged, made: Path, *words: str) -> tuple[subprocess.Popen[str], int]:
    """A run that has made its thing, and the process that made it."""
    home = cast("tofrom", "default")["owner"]["workspace_id"]
    known = {"MADE": str(made), "KEYS": f"/api/ui/workspaces/{home}/api-keys", "PYTHONPATH": str(Path(__file__).parents[3])}
    process = subprocess.Popen(
        [sys.executable, *words],
        cwd=stage.folder,
        env={**os.environ, **stage.secrets, **known},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    until = time.monotonic() + 100
    while not (made.exists() and made.read_text()):
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < until, "nothing was made"
        time.sleep(0.05)
    return process, int(made.read_text())


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=lambda one: one.name)
def test_a_run_that_is_told_to_end_removes_what_it_made_and_reports(
    stage: Staged, tmp_path: Path, number: signal.Signals
) -> None:
    before = keys(stage)
    run, child = begun(stage, tmp_path / "made", "-c", RUN)
    assert keys(stage) != before
    run.send_signal(number)
    told, _ = run.communicate(timeout=60)
    assert run.returncode == 2, told
    assert "The run was interrupted" in told
    assert "left behind" not in told
    assert keys(stage) == before
    assert lifeline.await_end(child, 0)
    reports = stage.folder / "reports"
    assert {"junit.xml", "statements.json"} <= {path.name for path in reports.iterdir()}
    (reports / "junit.xml").unlink()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda one: one.name)
def test_a_command_behind_the_gate_that_is_told_to_end_leaves_nothing(
    stage: Staged, tmp_path: Path, number: signal.Signals
) -> None:
    before = keys(stage)
    gate, child = begun(stage, tmp_path / "made", *GATE)
    assert keys(stage) != before
    gate.send_signal(number)
    told, _ = gate.communicate(timeout=60)
    assert gate.returncode == 128 + number, told
    assert "requests passed the gate" in told
    assert "left behind" not in told
    assert keys(stage) == before
    assert lifeline.await_end(child, 0)


def test_nobody_tests_on_when_the_run_is_killed(stage: Staged, tmp_path: Path) -> None:
    run, child = begun(stage, tmp_path / "made", "-c", RUN)
    run.kill()
    run.communicate(timeout=60)
    assert lifeline.await_end(child, 30)
