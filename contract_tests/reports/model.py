"""Model: which documented statements a run proved, and everything that it found."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from contract_tests.events import FAILED, PASSED, SKIPPED, Caught, Event
from contract_tests.gate.exchange import Exchange
from contract_tests.gate.recorder import Recorder

#: Verdicts, worst first.
BROKEN, NOT_RUN, NOT_YET_PROVEN, PROVEN = "failed", "not run", "not yet proven", "proven"
COLOURS = {BROKEN: "red", NOT_RUN: "yellow", NOT_YET_PROVEN: "yellow", PROVEN: "green"}


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong with the deployment. ``check``: what noticed it; ``message``: in words; ``operation``: label (``GET
    /path``); ``pointer``: into the contract; ``statements``: ids of the documented statements that it breaks; ``sequence``: what
    was sent and came back, the failing exchange last; ``detail``: the whole story for people.
    """

    api: str
    part: str
    test: str
    check: str
    message: str
    operation: str | None = None
    pointer: str | None = None
    statements: tuple[str, ...] = ()
    sequence: tuple[Exchange, ...] = ()
    detail: str = ""


@dataclass(frozen=True)
class Row:
    """One documented statement and its verdict; ``laws``: the tests that bear on it."""

    api: str
    id: str
    says: str
    verdict: str
    laws: tuple[str, ...] = ()


@dataclass
class Report:
    """What a run has seen. ``outcomes``: law (``bird.test_…``) → passed, skipped or failed, the worst of its cases; ``skipped``:
    why tests were skipped → how many; ``counts``: outcome → tests.
    """

    target: str
    seed: int
    outcomes: dict[str, str] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    skipped: Counter[str] = field(default_factory=Counter)
    counts: Counter[str] = field(default_factory=Counter)
    events: list[Event] = field(default_factory=list)

    def saw(self, event: Event, exchanges: Recorder) -> None:
        """Note how one test ended."""
        self.events.append(event)
        self.counts[event.outcome] += 1
        if event.law is not None:
            worst = self.outcomes.get(event.law, PASSED)
            self.outcomes[event.law] = max(event.outcome, worst, key=(PASSED, SKIPPED, FAILED).index)
        if event.outcome == SKIPPED:
            self.skipped[event.reason] += 1
        self.findings += [_finding(event, caught, exchanges) for caught in event.caught]

    def rows(self, statements: Mapping[str, Mapping[str, str]], laws: Mapping[str, Mapping[str, Iterable[str]]]) -> list[Row]:
        """The verdict on each statement. ``statements``: API → id → text; ``laws``: API → id → its laws."""
        return [
            Row(api, statement, says, self._verdict(api, known), known)
            for api, listed in statements.items()
            for statement, says in listed.items()
            for known in [tuple(sorted(laws.get(api, {}).get(statement, ())))]
        ]

    def _verdict(self, api: str, laws: Sequence[str]) -> str:
        """Proven only if every law ran and passed: a statement half looked at is not proven."""
        if not laws:
            return NOT_YET_PROVEN
        outcomes = {self.outcomes.get(f"{api}.{law}", "not run") for law in laws}
        if FAILED in outcomes:
            return BROKEN
        return PROVEN if outcomes == {PASSED} else NOT_RUN


def _finding(event: Event, caught: Caught, exchanges: Recorder) -> Finding:
    statements = tuple(dict.fromkeys((*event.statements, *caught.statements)))
    sequence = tuple(exchanges.of(event.exchanges))
    operation = caught.operation or next((each.place for each in reversed(sequence) if each.place is not None), None)
    return Finding(
        event.api,
        event.part,
        event.test,
        caught.check,
        caught.message,
        operation,
        caught.pointer,
        statements,
        sequence,
        event.detail,
    )


def tally(rows: Sequence[Row]) -> str:
    """How many statements have which verdict, in a line."""
    counts = {verdict: sum(row.verdict == verdict for row in rows) for verdict in reversed(COLOURS)}
    return ", ".join(f"{count} {verdict}" for verdict, count in counts.items() if count) or "No statements"


def table(rows: Sequence[Row], *, colour: bool, width: int) -> str:
    """The statements for a terminal; plain text without colour."""
    grid = Table(title="Documented statements", title_justify="left", show_lines=False)
    for column in ("", "verdict", "it says"):
        grid.add_column(column, no_wrap=column != "it says")
    for row in rows:
        grid.add_row(f"{row.api} {row.id}", f"[{COLOURS[row.verdict]}]{row.verdict}[/]", escape(row.says))
    page = io.StringIO()
    Console(file=page, force_terminal=colour, no_color=not colour, width=width).print(grid)
    return page.getvalue() + tally(rows) + ".\n"
