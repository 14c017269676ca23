"""Worker: a process that makes, sends and judges requests, and tells what it finds, a line of JSON each.

Started by ``understudy fuzz`` with the deployment and its task in the environment; ends when its standard input does.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from collections.abc import Sequence as Several
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TextIO

from contract_tests import generation
from contract_tests.deployment import Deployment
from contract_tests.fuzz.corpus import Corpus
from contract_tests.fuzz.examining import UNTRIED, Examined, examine, seen
from contract_tests.fuzz.exploring import Explorer, Stage, Turn, corpus_of
from contract_tests.fuzz.findings import stored
from contract_tests.fuzz.sequence import Sequence
from contract_tests.plugin import DEPLOYMENT

#: The variable that holds the task.
TASK = "UNDERSTUDY_FUZZ_TASK"
#: Of all requests, so many may be spent on trying findings again; and of a bounded run, so many are held back for the last ones.
_EXAMINING, _RESERVE, _RESERVED = 4, 10, 100
#: So many turns without a single request end a run that has no other end.
_IDLE = 500


@dataclass(frozen=True)
class Task:
    """``permitted``: API → operationIds; ``worker``: its number, of ``workers``; ``life``: how many before it had this number;
    ``requests``: it may send so many, None for no bound; ``until``: by the monotonic clock; ``alone``: nobody else changes
    anything in its world.
    """

    permitted: Mapping[str, Several[str]]
    seed: int
    corpus: str
    worker: int = 0
    workers: int = 1
    life: int = 0
    requests: int | None = None
    until: float | None = None
    alone: bool = True

    def to_json(self) -> str:
        """For the worker."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Task:
        """The reverse of ``to_json``."""
        return cls(**json.loads(text))


class Worker:
    """Goes from API to API, one sequence each, until its budget is spent."""

    def __init__(self, deployment: Deployment, task: Task, out: TextIO) -> None:
        self._task, self._out = task, out
        self._explorers = list(_explorers(deployment, task))
        self._found: dict[str, Examined] = {}
        self._examining = 0
        now = time.monotonic()
        self._explore_until = None if task.until is None else task.until - min(20.0, (task.until - now) / _RESERVE)
        self._explored = None if task.requests is None else task.requests - min(_RESERVED, task.requests // _RESERVE)

    @property
    def _sent(self) -> int:
        return sum(explorer.stage.player.sent for explorer in self._explorers)

    def run(self) -> None:
        """All turns, then what is left to examine."""
        idle = 0
        while not self._enough() and idle < _IDLE:
            for explorer in self._explorers:
                before = self._sent
                turn = explorer.turn()
                idle = 0 if self._sent > before else idle + 1
                self._told(explorer, turn)
                if turn.over or self._enough():
                    break
            if turn.over:
                break
        for one in [one for one in self._found.values() if one.state == UNTRIED]:
            self._examine(self._stage(one), one, last=True)
        self._tell("end", idle=idle >= _IDLE)

    def _enough(self) -> bool:
        if self._explored is not None and self._sent >= self._explored:
            return True
        return self._explore_until is not None and time.monotonic() >= self._explore_until

    def _told(self, explorer: Explorer, turn: Turn) -> None:
        if turn.learned is not None:
            self._tell("learned", sequence=turn.learned.sequence.document(), features=list(turn.learned.features))
        for failure in turn.failures:
            if failure.id in self._found:
                self._tell("again", id=failure.id)
                continue
            one = self._found[failure.id] = seen(turn, failure)
            # Told before it is examined, so that it outlives this process.
            self._tell("finding", **one.document())
            if not turn.over:
                self._examine(explorer.stage, one)

    def _examine(self, stage: Stage, one: Examined, *, last: bool = False) -> None:
        before = self._sent
        self._found[one.failure.id] = examined = examine(stage, one, lambda: self._may_examine(self._sent - before, last=last))
        self._examining += self._sent - before
        self._tell("finding", **examined.document())

    def _may_examine(self, spent: int, *, last: bool) -> bool:
        """A quarter of all requests goes into findings; of a bounded run, all that is left goes into the last ones."""
        task = self._task
        if task.until is not None and time.monotonic() >= task.until:
            return False
        if task.requests is None:
            return last or self._examining + spent < _RESERVED + self._sent // _EXAMINING
        if self._sent >= task.requests:
            return False
        return last or self._examining + spent < max(task.requests // _EXAMINING, 1)

    def _stage(self, one: Examined) -> Stage:
        return next(each.stage for each in self._explorers if each.stage.api == one.failure.signature.api)

    def _tell(self, told: str, **more: Any) -> None:
        self._out.write(json.dumps({"told": told, **more}) + "\n")
        self._out.flush()


def _explorers(deployment: Deployment, task: Task) -> Iterator[Explorer]:
    for api, permitted in task.permitted.items():
        stage = Stage(deployment, api, permitted, task.worker, alone=task.alone)
        corpus, _ = corpus_of(Path(task.corpus), stage)
        first = _first(task, api, corpus, stage)[task.worker :: task.workers] if task.life == 0 else []
        number = task.seed * 1_000_003 + task.worker * 1009 + task.life
        yield Explorer(stage, deployment.base_url(api), f"{number} {api}", number, corpus, first)


def _first(task: Task, api: str, corpus: Corpus, stage: Stage) -> list[Sequence]:
    """What failed before, then all that earlier runs learned."""
    failed = [one.sequence for one in stored(Path(task.corpus)) if one.sequence.api == api]
    fitting = [one for one in failed if all(step.operation in stage.surface.places for step in one.steps)]
    return [*fitting, *(entry.sequence for entry in corpus.entries())]


def main() -> None:
    """The process."""
    deployment, task = Deployment.from_json(os.environ.pop(DEPLOYMENT)), Task.from_json(os.environ.pop(TASK))
    out, sys.stdout = sys.stdout, sys.stderr
    threading.Thread(target=_end_with_the_parent, daemon=True).start()
    generation.settle(task.seed * 1_000_003 + task.worker * 1009 + task.life)
    Worker(deployment, task, out).run()


def _end_with_the_parent() -> None:
    sys.stdin.read()
    os._exit(1)


if __name__ == "__main__":
    main()
