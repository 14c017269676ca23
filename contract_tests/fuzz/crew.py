"""Crew: the worker processes of a run, what they tell, and others in the place of those that die."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import contract_tests
from contract_tests.fuzz.lanes import Lane
from contract_tests.fuzz.worker import TASK, Task
from contract_tests.plugin import DEPLOYMENT

#: A worker that dies is replaced so often.
LIVES = 5
#: Seconds between two looks, and those that a worker has to end by itself.
_LOOK, _GRACE = 0.1, 5.0
_ROOT = Path(contract_tests.__file__).parent.parent
#: What would change the requests, or lead them elsewhere, or is not the workers' to know.
_DROPPED = ("PYTEST_ADDOPTS", "SCHEMATHESIS_HOOKS", "PYTEST_PLUGINS", "UNDERSTUDY_CONTROL_TOKEN")

#: What is done with each thing that a worker tells: the worker's number, and the thing.
See = Callable[[int, Mapping[str, Any]], None]


@dataclass
class Member:
    """One worker's place. ``gone``: nobody works there any more."""

    task: Task
    lane: Lane
    process: subprocess.Popen[str]
    listener: threading.Thread
    log: Path
    gone: bool = False


@dataclass
class Crew:
    """``tasks``: one for each worker; ``lanes``: the same number; ``scratch``: a folder for their logs. ``died``: a line for each
    that ended before its time; ``broken``: one did by a mistake of its own, or too many were killed.
    """

    tasks: Sequence[Task]
    lanes: Sequence[Lane]
    scratch: Path
    members: list[Member] = field(default_factory=list)
    died: list[str] = field(default_factory=list)
    broken: bool = False
    _told: queue.Queue[tuple[int, dict[str, Any]]] = field(default_factory=queue.Queue)

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """They work while the block lasts."""
        self.members = [self._begin(task, lane) for task, lane in zip(self.tasks, self.lanes, strict=True)]
        try:
            yield
        finally:
            for member in self.members:
                _end(member)

    def follow(self, see: See, look: Callable[[], None]) -> None:
        """Hand over all that they tell until nobody is left, or time is over. ``look`` is called now and then."""
        while not all(member.gone for member in self.members):
            with suppress(queue.Empty):
                see(*self._told.get(timeout=_LOOK))
            look()
            for member in self.members:
                self._mind(member, see)
        self.drain(see)

    def drain(self, see: See) -> None:
        """Hand over what has been told already."""
        with suppress(queue.Empty):
            while True:
                see(*self._told.get_nowait())

    def _begin(self, task: Task, lane: Lane) -> Member:
        log = self.scratch / f"worker-{task.worker}-{task.life}.log"
        with log.open("wb") as errors:
            process = subprocess.Popen(
                [sys.executable, "-m", "contract_tests.fuzz.worker"],
                cwd=self.scratch,
                env=_environment(lane, task, self.scratch),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                encoding="utf-8",
                # Ctrl-C is for the parent alone, which ends them in order.
                start_new_session=True,
            )
        listener = threading.Thread(target=self._listen, args=(task.worker, process), daemon=True)
        listener.start()
        return Member(task, lane, process, listener, log)

    def _listen(self, number: int, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None, "the worker's output is a pipe"
        with process.stdout as told:
            for line in told:
                with suppress(ValueError):
                    self._told.put((number, json.loads(line)))

    def _mind(self, member: Member, see: See) -> None:
        """Replace who died; leave alone who is done."""
        if member.gone:
            return
        until = member.task.until
        if until is not None and time.monotonic() > until + _GRACE:
            _end(member)
            member.gone = True
        elif member.process.poll() is not None:
            self._bury(member, see)

    def _bury(self, member: Member, see: See) -> None:
        status = member.process.returncode
        member.gone = True
        _end(member)
        if status == 0:
            return
        left = member.lane.budget.left(member.task.worker)
        over = left == 0 or (member.task.until is not None and time.monotonic() >= member.task.until)
        why = f"signal {-status}" if status < 0 else f"status {status}: {_last_line(member.log)}"
        self.died.append(f"Worker {member.task.worker + 1} died ({why})")
        self.drain(see)
        spent = member.task.life + 1 >= LIVES
        self.broken = self.broken or status > 0 or (spent and not over)
        if over or spent:
            return
        task = replace(member.task, life=member.task.life + 1, requests=left)
        self.members[self.members.index(member)] = self._begin(task, member.lane)


def _last_line(log: Path) -> str:
    lines = [line for line in log.read_text("utf-8", "replace").splitlines() if line.strip()]
    return lines[-1][:300] if lines else "it said nothing"


def _end(member: Member) -> None:
    # A worker ends with its standard input.
    process = member.process
    assert process.stdin is not None, "the worker's input is a pipe"
    with suppress(OSError):
        process.stdin.close()
    try:
        process.wait(_GRACE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    member.listener.join(_GRACE)


def _environment(lane: Lane, task: Task, scratch: Path) -> dict[str, str]:
    settled = {
        "PYTHONHASHSEED": "0",
        "PYTHONSAFEPATH": "1",
        "PYTHONPATH": os.pathsep.join(filter(None, [str(_ROOT), os.environ.get("PYTHONPATH", "")])),
        "PYTHONWARNINGS": "ignore",
        "HYPOTHESIS_STORAGE_DIRECTORY": str(scratch / "hypothesis"),
        "NO_PROXY": "*",
        DEPLOYMENT: lane.deployment.to_json(),
        TASK: task.to_json(),
    }
    return {name: value for name, value in os.environ.items() if name not in _DROPPED} | settled
