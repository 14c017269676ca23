"""``understudy run``: any command, in a sandbox of its own."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from mockserver.cli.child import Child
from tests.cli.conftest import UNDERSTUDY, Command
from tests.conftest import RunningMock

pytestmark = pytest.mark.usefixtures("alone")

#: Sends a message as the owner of restlink and says where.
CLIENT = """
import json, os, urllib.request
request = urllib.request.Request(
    os.environ["RESTLINK_BASE_URL"] + "/sms/send",
    json.dumps({"to": ["+14155551234"], "message": "hi", "sender_id": "MyApp"}).encode(),
    {"X-API-Key": os.environ["RESTLINK_OWNER_API_KEYS_16"], "Content-Type": "application/json"},
)
with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request) as reply:
    print(reply.status, os.environ["UNDERSTUDY_SANDBOX"], os.environ["UNDERSTUDY_URL"])
"""


def names(mock: RunningMock) -> list[str]:
    return [one["name"] for one in mock.control.get("/sandboxes").json()["sandboxes"]]


def test_a_command_has_a_mock_and_a_sandbox_of_its_own(process: Command) -> None:
    script = f"{sys.executable} -c '{CLIENT}' && {' '.join(UNDERSTUDY)} journal count --operation send_sms"
    ended = process(
        "run", "--api", "restlink", "--", "sh", "-c", script, env={"UNDERSTUDY_URL": "", "UNDERSTUDY_CONTROL_TOKEN": ""}
    )
    assert ended.returncode == 0, ended.stderr
    sent, counted = ended.stdout.splitlines()
    assert re.fullmatch(r"200 sandbox-[0-9a-f]+ http://127\.0\.0\.1:\d+", sent)
    assert counted == "1"
    gone = process("clock", "show", env={"UNDERSTUDY_URL": sent.split()[-1]})
    assert "nothing answers at" in gone.stderr


def test_with_a_mock_that_runs_it_has_a_sandbox_there_until_it_ends(process: Command, mock: RunningMock) -> None:
    script = f"{sys.executable} -c '{CLIENT}' && {' '.join(UNDERSTUDY)} sandbox list && exit 7"
    ended = process("run", "--sandbox", "prompt-run", "--world", "empty", "--", "sh", "-c", script)
    assert ended.returncode == 7, ended.stderr
    sent, _, _, own = ended.stdout.splitlines()
    assert sent == f"200 prompt-run {mock.url}"
    assert own.split()[:2] == ["prompt-run", "empty"]
    assert names(mock) == ["default"]
    assert mock.control.get("/journal/count").json()["total"] == 0


def test_a_world_of_ones_own_is_taken_from_its_folder(process: Command, mock: RunningMock, tmp_path: Path) -> None:
    process("world", "new", str(tmp_path / "mine"), "--from", "empty")
    for env in ({}, {"UNDERSTUDY_URL": "", "UNDERSTUDY_CONTROL_TOKEN": ""}):
        command = ["run", "--world", "mine", "--", "sh", "-c", "echo $BIRD_OWNER_ACCESS_KEY"]
        ended = process(*command, cwd=tmp_path, env=env)
        assert ended.returncode == 0, ended.stderr
        assert len(ended.stdout.strip()) > 20


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1], ids=lambda one: one.name)
def test_signals_reach_the_command_and_its_end_is_ours(
    mock: RunningMock, surroundings: dict[str, str], number: signal.Signals
) -> None:
    script = f"""
import signal, sys
signal.signal({number.value}, lambda *_: (print("heard", flush=True), sys.exit(42)))
print("here", flush=True)
signal.pause()
"""
    words = [*UNDERSTUDY, "run", "--", sys.executable, "-c", script]
    running = subprocess.Popen(
        words, stdout=subprocess.PIPE, text=True, env={**os.environ, **surroundings}, start_new_session=True
    )
    try:
        assert running.stdout is not None
        assert running.stdout.readline() == "here\n"
        assert len(names(mock)) == 2
        running.send_signal(number)
        assert running.communicate(timeout=20) == ("heard\n", None)
        assert running.returncode == 42
    finally:
        # A group of its own: the command that was not told to end ends, too.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(running.pid, signal.SIGKILL)
        running.communicate()
    assert names(mock) == ["default"]


def test_a_command_that_a_signal_ends_has_the_status_that_shells_give_it(process: Command) -> None:
    assert process("run", "--", "sh", "-c", "kill -KILL $$").returncode == 137


@pytest.mark.parametrize(
    ("words", "status", "message"),
    [
        (["--", "no-such-command"], 127, "there is no command 'no-such-command'"),
        (["--", "/dev/null"], 126, "'/dev/null' cannot be run: Permission denied"),
        ([], 2, "Missing argument"),
        (["--api", "bird", "true"], 2, "--api chooses what a mock serves that is started"),
        (["--sandbox", "default", "true"], 2, "understudy: "),
        (["--world", "nowhere", "true"], 2, "nowhere"),
        (["--token", "wrong-one", "true"], 2, "does not take this token"),
        (["--url", "http://127.0.0.1:1", "true"], 2, "nothing answers at http://127.0.0.1:1"),
        (["--url", "notaurl", "true"], 2, "'notaurl' is no URL"),
    ],
)
def test_what_cannot_be_run_is_told(process: Command, mock: RunningMock, words: list[str], status: int, message: str) -> None:
    ended = process("run", *words)
    assert (ended.returncode, ended.stdout) == (status, "")
    assert message in ended.stderr
    assert "Traceback" not in ended.stderr
    assert "wrong-one" not in ended.stderr
    assert names(mock) == ["default"]


def test_a_mock_that_does_not_start_says_why(process: Command) -> None:
    ended = process("run", "--world", "nowhere", "true", env={"UNDERSTUDY_URL": ""})
    assert ended.returncode == 2
    assert "there is no world 'nowhere'" in ended.stderr


def test_the_commands_own_options_stay_its_own(process: Command) -> None:
    assert process("run", "echo", "--help", "--url", "x").stdout == "--help --url x\n"


def test_a_signal_that_comes_before_the_command_keeps_it_from_starting() -> None:
    before = signal.getsignal(signal.SIGUSR1)
    with Child() as child:
        os.kill(os.getpid(), signal.SIGUSR1)
        # It is not even looked for.
        assert child.run(["no-such-command"], os.environ) == 128 + signal.SIGUSR1
    assert signal.getsignal(signal.SIGUSR1) is before


def test_what_is_ignored_here_is_ignored_by_the_command_too() -> None:
    before = signal.signal(signal.SIGUSR1, signal.SIG_IGN)
    try:
        with Child() as child:
            assert child.run(["sh", "-c", "kill -USR1 $PPID; kill -USR1 $$; exit 3"], os.environ) == 3
    finally:
        signal.signal(signal.SIGUSR1, before)
