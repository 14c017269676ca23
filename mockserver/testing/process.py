"""The process: a mock started as a child of the tests, found by all who share it, and ended by whoever it was started for."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import mockserver
from mockserver import lifeline
from mockserver.settings import CONTROL_TOKEN, environment_with

#: In seconds: until a server must answer, and until one that was told to end has ended.
_START, _END = 60.0, 12.0
_LOOK = 0.02
_ANNOUNCED, _LOG, _LOCK = "server.json", "server.log", "lock"


class ServerFailed(Exception):
    """The mock did not start, or cannot be used; the message says why and what to do."""


@dataclass(frozen=True)
class Wish:
    """What a server is to serve. ``world``: a name, or the absolute path of a folder; ``apis``: none named are all."""

    apis: Sequence[str] = ()
    world: str = "default"
    seed: int = 0
    options: Sequence[str] = ()


@dataclass(frozen=True)
class Running:
    """A mock that runs. ``pid``: of its process, None if somebody else started it."""

    url: str
    token: str = field(repr=False)
    pid: int | None = None


def settled(world: str | Path) -> str:
    """A world as a process with another working folder understands it: its name, or the absolute path of its folder."""
    return str(Path(world).absolute()) if isinstance(world, Path) or os.sep in world else world


def start(wish: Wish, folder: Path, token: str, holder: int) -> Running:
    """Start a mock that ends with the process ``holder``. ServerFailed with the last lines that it wrote."""
    command = [sys.executable, "-P", "-m", "mockserver", "serve", *wish.apis, "--port", "0", "--quiet"]
    command += ["--world", wish.world, "--seed", str(wish.seed), *wish.options]
    command += ["--announce", str(folder / _ANNOUNCED), "--while-pid", str(holder)]
    with (folder / _LOG).open("wb") as log:
        # A session of its own: Ctrl-C is for the tests, which end the server when they are through.
        process = subprocess.Popen(  # noqa: S603  (our own interpreter and arguments)
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=_environment(token), start_new_session=True
        )
    found = _await(process, folder, token)
    # It may outlive this process, and is ended by its number.
    process.returncode = 0
    return found


def _environment(token: str) -> dict[str, str]:
    home = str(Path(mockserver.__file__).parent.parent)
    return environment_with({CONTROL_TOKEN: token, "PYTHONUNBUFFERED": "1"}, before={"PYTHONPATH": home})


def _await(process: subprocess.Popen[bytes], folder: Path, token: str) -> Running:
    until = time.monotonic() + _START
    while True:
        found = running(folder, token)
        if found is not None:
            return found
        if process.poll() is not None:
            raise ServerFailed(f"The mock ended with status {process.returncode} before it answered. {last_words(folder)}")
        if time.monotonic() > until:
            process.kill()
            process.wait()
            raise ServerFailed(f"The mock did not answer within {_START:g} seconds. {last_words(folder)}")
        time.sleep(_LOOK)


def last_words(folder: Path) -> str:
    """What a server wrote before it ended, as a sentence."""
    written = (folder / _LOG).read_text("utf-8", "replace").strip().splitlines()[-20:]
    return "It wrote:\n  " + "\n  ".join(written) if written else "It wrote nothing."


def running(folder: Path, token: str) -> Running | None:
    """The server that was announced in a folder, if one was."""
    try:
        told = json.loads((folder / _ANNOUNCED).read_text("utf-8"))
    except FileNotFoundError:
        return None
    return Running(told["url"], token, told["pid"])


def shared(wish: Wish, folder: Path, token: str, holder: int) -> Running:
    """The one server of all processes that share a folder; the first who asks starts it."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _locked(folder / _LOCK):
        return running(folder, token) or start(wish, folder, token, holder)


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    import fcntl  # noqa: PLC0415  (not on every system, and this module is imported where nothing is started)

    with path.open("wb") as lock:
        # Let go of by the system if its holder dies.
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def end(folder: Path, token: str) -> None:
    """End the server of a folder, if there is one, and remove the folder."""
    server = running(folder, token)
    if server is not None and server.pid is not None and _is_ours(server):
        _terminate(server.pid)
    shutil.rmtree(folder, ignore_errors=True)


def _is_ours(server: Running) -> bool:
    """Whether the process of that number is still the server: it alone knows the token."""
    from mockserver.client import ControlClient, ControlError, Unreachable  # noqa: PLC0415  (httpx takes its time)

    with ControlClient(server.url, server.token) as control:
        try:
            control.call("GET", "/clock")
        except (ControlError, Unreachable):
            return False
        return True


def _terminate(pid: int) -> None:
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
        if lifeline.await_end(pid, _END):
            break
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, 0)
