"""Events: what the process that runs the tests tells the one that reports, a line of JSON each."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

PASSED, SKIPPED, FAILED = "passed", "skipped", "failed"


@dataclass(frozen=True)
class Caught:
    """One thing that was wrong. ``check``: what noticed it; ``operation``: label (``GET /path``); ``pointer``: JSON pointer into
    the contract, if the check knows one.
    """

    check: str
    message: str
    operation: str | None = None
    pointer: str | None = None
    statements: tuple[str, ...] = ()


@dataclass(frozen=True)
class Event:
    """How a test ended. ``test``: its id; ``law``: ``<api>.<function>`` of a law; ``statements``: ids that it is about;
    ``reason``: why it was skipped; ``exchanges``: numbers at the gate, the failing one last; ``detail``: for people; ``of``: how
    many tests the run has.
    """

    test: str
    api: str
    part: str
    outcome: str
    seconds: float = 0.0
    law: str | None = None
    statements: tuple[str, ...] = ()
    reason: str = ""
    caught: tuple[Caught, ...] = ()
    exchanges: tuple[int, ...] = ()
    detail: str = ""
    of: int = 0


def append(path: Path, event: Event) -> None:
    """Tell one more."""
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(asdict(event)) + "\n")


def read(path: Path) -> Iterator[Event]:
    """All that was told so far, whole lines only."""
    if not path.exists():
        return
    for line in path.read_text("utf-8").splitlines(keepends=True):
        if line.endswith("\n"):
            yield event_of(line)


def event_of(line: str) -> Event:
    """One line as an event."""
    told = json.loads(line)
    told["caught"] = tuple(Caught(**{**each, "statements": tuple(each["statements"])}) for each in told["caught"])
    return Event(**{**told, "statements": tuple(told["statements"]), "exchanges": tuple(told["exchanges"])})
