"""Progress: what a run shows while it lasts: a bar on a terminal, and a line for each part that is done elsewhere."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from contract_tests import events
from contract_tests.events import FAILED, PASSED, SKIPPED, Event

#: Seconds between two looks at what the tests tell.
_LOOK = 0.1


class Told:
    """Reads events as they are written, each once."""

    def __init__(self, path: Path) -> None:
        self._path, self._place = path, 0

    def new(self) -> Iterator[Event]:
        """Those that came since the last call."""
        if not self._path.exists():
            return
        with self._path.open("rb") as file:
            file.seek(self._place)
            for line in file:
                if not line.endswith(b"\n"):
                    return
                self._place += len(line)
                yield events.event_of(line.decode())


def follow(told: Told, alive: Callable[[], bool], see: Callable[[Event], None]) -> None:
    """Hand over every event until nobody is left to tell more."""
    while alive():
        for event in told.new():
            see(event)
        time.sleep(_LOOK)
    for event in told.new():
        see(event)


@contextmanager
def shown(console: Console) -> Iterator[Callable[[Event], None]]:
    """What is to be called with each event."""
    with _bar(console) if console.is_terminal else _lines(console) as see:
        yield see


@contextmanager
def _bar(console: Console) -> Iterator[Callable[[Event], None]]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    counts: Counter[str] = Counter()
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("starting", total=None)

        def see(event: Event) -> None:
            counts[event.outcome] += 1
            words = f"{event.api} {event.part}" + (f", {counts[FAILED]} failed" if counts[FAILED] else "")
            progress.update(task, description=words, completed=counts.total(), total=event.of or None)

        yield see


@contextmanager
def _lines(console: Console) -> Iterator[Callable[[Event], None]]:
    counts: dict[str, Counter[str]] = {}

    def done(part: str) -> None:
        told = ", ".join(f"{counts[part][each]} {each}" for each in (PASSED, SKIPPED, FAILED) if counts[part][each])
        console.print(f"{part}: {told}", highlight=False)

    def see(event: Event) -> None:
        if event.part not in counts and counts:
            done(next(reversed(counts)))
        counts.setdefault(event.part, Counter())[event.outcome] += 1

    yield see
    if counts:
        done(next(reversed(counts)))
