"""``understudy gate``: a command that reaches a target through the gate alone."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import httpx

from mockserver.app import cast

SEND = """
import os, sys, urllib.request
assert os.environ["UNDERSTUDY_GATE_URL"] in os.environ["TIMELINES_BASE_URL"]
assert os.environ["SCHEMATHESIS_HOOKS"].endswith("hooks.py")
asked = urllib.request.Request(os.environ["TIMELINES_BASE_URL"] + sys.argv[1])
asked.add_header("Authorization", "Bearer " + sys.argv[2])
asked.add_header("X-TL-Partner-Id", sys.argv[3])
print(urllib.request.urlopen(asked).status)
sys.exit(7)
"""


def gate(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "mockserver", "gate", *words]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


def test_a_command_sends_through_the_gate_and_its_status_is_told() -> None:
    owner = cast("timelines", "default")["owner"]
    words = [sys.executable, "-c", SEND, f"/workspaces/{owner['workspace_id']}", owner["jwt"], owner["partner_id"]]
    ended = gate("--target", "mock", "--api", "timelines", "--", *words)
    assert (ended.stdout, ended.returncode) == ("200\n", 7), ended.stderr
    assert "1 requests passed the gate, 0 were refused." in ended.stderr


def test_a_target_that_is_not_known_is_told_in_one_line() -> None:
    ended = gate("--target", "nowhere", "--", "true")
    assert ended.returncode == 2
    assert len(ended.stderr.splitlines()) == 1


def test_without_a_command_it_stands_until_it_is_told_to_end(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "mockserver", "gate", "--target", "mock", "--api", "timelines"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd=tmp_path)
    assert process.stderr is not None
    process.stderr.readline()
    base = process.stderr.readline().split()[1]
    assert "X-Understudy-Exchange" in httpx.get(f"{base}/workspaces/none").headers
    process.send_signal(signal.SIGTERM)
    _, told = process.communicate(timeout=60)
    assert process.returncode == 0
    assert "1 requests passed the gate" in told
