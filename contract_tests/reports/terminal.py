"""Terminal: what a run tells the people who wait for it."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TextIO

from rich.console import Console
from rich.table import Table
from rich.text import Text

from contract_tests.reports.causes import Cause, causes
from contract_tests.reports.finding import ERROR
from contract_tests.reports.model import BROKEN, NOT_RUN, NOT_YET_PROVEN, PROVEN, Report, Row, tally
from contract_tests.secrets import Scrubber

COLOURS = {BROKEN: "red", NOT_RUN: "yellow", NOT_YET_PROVEN: "yellow", PROVEN: "green"}
#: Causes, and reasons of one kind, that are told one by one.
MOST_CAUSES, MOST_REASONS = 40, 12
#: A message is told as far as this. In characters.
_MESSAGE = 300
#: How a reason begins that is the gate's.
REFUSED = "The gate refused it: "


def print_summary(
    report: Report,
    rows: Sequence[Row],
    scrubber: Scrubber,
    *,
    file: TextIO,
    everything: bool = False,
    leaks: Mapping[str, Sequence[str]] | None = None,
) -> None:
    """The summary, scrubbed, in colours if ``file`` is a terminal. ``everything``: proven statements too; ``leaks``: file that
    was withheld → names of the secrets in it.
    """
    file.write(scrubber.clean(summary(report, rows, colour=file.isatty(), everything=everything, leaks=leaks)))
    file.flush()


def summary(
    report: Report,
    rows: Sequence[Row],
    *,
    colour: bool,
    everything: bool = False,
    leaks: Mapping[str, Sequence[str]] | None = None,
    width: int = 120,
) -> str:
    """The summary as text, not scrubbed yet."""
    page = io.StringIO()
    console = Console(file=page, force_terminal=colour, no_color=not colour, width=width, soft_wrap=True, highlight=False)
    _findings(console, causes(report.findings))
    _reasons(console, report.skipped)
    for file, names in (leaks or {}).items():
        console.print(Text(f"Leaked: {file} held {', '.join(f'${name}' for name in names)} and is withheld.", "bold red"))
    # Without laws nothing could be proven, and a table of that says nothing.
    shown = [row for row in rows if everything or (row.verdict != PROVEN and report.outcomes)]
    if shown:
        console.print(_table(shown), soft_wrap=False)
    console.print(Text(tally(rows) + "."))
    return "\n".join(line.rstrip() for line in page.getvalue().splitlines()) + "\n"


def _findings(console: Console, found: Sequence[Cause]) -> None:
    if not found:
        return
    errors = sum(cause.first.severity == ERROR for cause in found)
    console.print(Text(f"Found: {_count(errors, 'error')}, {_count(len(found) - errors, 'remark')}", "bold"))
    for cause in found[:MOST_CAUSES]:
        _cause(console, cause)
    if len(found) > MOST_CAUSES:
        console.print(Text(f"… and {len(found) - MOST_CAUSES} more in the report."))
    console.print()


def _cause(console: Console, cause: Cause) -> None:
    first, tests = cause.first, len({finding.test for _, finding in cause.findings})
    known = f", {first.provenance}" if first.provenance else ""
    head = Text(cause.head, "bold red" if first.severity == ERROR else "bold yellow")
    check = first.part if first.check == "AssertionError" else first.check
    head.append(f"  {check} ({first.severity}{known}; {_count(tests, 'test')})", "not bold")
    console.print()
    console.print(head)
    console.print(Text("  " + _cut(first.message)))
    if first.grounds is not None and first.grounds.says and not first.statements:
        console.print(Text(f"  The contract: {_cut(first.grounds.says)}", "dim"))
    if first.pointer:
        console.print(Text(f"  at {first.pointer}", "dim"))
    console.print(Text(f"  {first.test}", "dim"))


def _reasons(console: Console, skipped: Counter[str]) -> None:
    refused = Counter({reason.removeprefix(REFUSED): count for reason, count in skipped.items() if reason.startswith(REFUSED)})
    others = Counter({reason: count for reason, count in skipped.items() if not reason.startswith(REFUSED)})
    for title, counted in (("Refused by the gate", refused), ("Skipped", others)):
        if not counted:
            continue
        console.print(Text(f"{title}: {_count(counted.total(), 'test')}", "bold"))
        ordered = sorted(counted.items(), key=lambda each: (-each[1], each[0]))
        for reason, count in ordered[:MOST_REASONS]:
            console.print(Text(f"  {count:>5}  {_cut(reason)}"))
        if len(ordered) > MOST_REASONS:
            rest = sum(count for _, count in ordered[MOST_REASONS:])
            console.print(Text(f"  {rest:>5}  for {len(ordered) - MOST_REASONS} other reasons"))
        console.print()


def _table(rows: Sequence[Row]) -> Table:
    grid = Table(title="Documented statements", title_justify="left", show_lines=False)
    for column in ("", "verdict", "it says"):
        grid.add_column(column, no_wrap=column != "it says")
    for row in rows:
        grid.add_row(f"{row.api} {row.id}", Text(row.verdict, COLOURS[row.verdict]), Text(row.says))
    return grid


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")


def _cut(text: str) -> str:
    line = "".join(letter if letter.isprintable() else " " for letter in text)
    return line if len(line) <= _MESSAGE else line[: _MESSAGE - 1] + "…"
