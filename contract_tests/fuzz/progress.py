"""Progress: how far a run is, in one line on a terminal; nothing where there is none."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from contract_tests.fuzz.lanes import Lane, all_of


@contextmanager
def shown(
    console: Console, lanes: Sequence[Lane], requests: int | None, seconds: float | None, findings: Callable[[], int]
) -> Iterator[Callable[[], None]]:
    """What is to be called now and then. ``requests``, ``seconds``: the run's bounds; ``findings``: how many there are."""
    if not console.is_terminal:
        yield lambda: None
        return
    began = time.monotonic()
    with Progress(TextColumn("{task.description}"), BarColumn(), console=console, transient=True) as progress:
        task = progress.add_task("starting", total=1.0)

        def look() -> None:
            passed = time.monotonic() - began
            done = max(_share(sum(lane.budget.sent for lane in all_of(lanes)), requests), _share(passed, seconds))
            told = line(all_of(lanes), passed, seconds, findings())
            progress.update(task, description=told, completed=min(done, 1.0))

        yield look


def _share(done: float, bound: float | None) -> float:
    return done / bound if bound else 0.0


def line(lanes: Sequence[Lane], passed: float, seconds: float | None, findings: int) -> str:
    """Requests, their rate, operations seen, findings, time left."""
    sent = sum(lane.budget.sent for lane in lanes)
    seen = set[tuple[str, str]]().union(*(lane.budget.operations for lane in lanes))
    left = "" if seconds is None else f", {_clock(max(0.0, seconds - passed))} left"
    found = f"{findings} finding{'' if findings == 1 else 's'}"
    return f"{sent} requests, {sent / max(passed, 0.001):.0f}/s, {len(seen)} operations, {found}{left}"


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02}"
