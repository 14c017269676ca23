"""Command: ``understudy test``, one run: the target behind its gate, a pytest process of its own, and the reports."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from contract_tests import plan
from contract_tests.child import modules, running
from contract_tests.events import Event
from contract_tests.gate.recorder import Recorder
from contract_tests.guarded import guarded
from contract_tests.progress import Told, follow, shown
from contract_tests.reports.folder import SecretLeaked, rows_of, write_all
from contract_tests.reports.model import Report
from contract_tests.reports.terminal import print_summary
from contract_tests.secrets import Scrubber
from contract_tests.targets.opening import open_target
from contract_tests.targets.target import Target, TargetUnusable

TOKEN = "UNDERSTUDY_CONTROL_TOKEN"  # noqa: S105  (the variable's name)
#: In this order: the laws need money and quotas that generated requests spend.
PARTS = ("laws", "ownership", "forgeries", "error_shapes", "limits", "webhooks", "stories", "conformance")
FINE, FOUND, UNUSABLE = 0, 1, 2


def run(
    apis: Sequence[str],
    target: str,
    report_dir: Path | None = None,
    seed: int = 0,
    part: str | None = None,
    config: Path | None = None,
) -> int:
    """Test the APIs (none named: all that the target serves) and return the exit status: 0 fine, 1 something was found, 2 the
    run could not start, with one line on standard error. ``target``: ``mock``, a name or a URL; ``part``: one of PARTS, None
    for all; ``config``: the file that names targets, if it is not in the working folder.
    """
    token = os.environ.get(TOKEN) or None
    try:
        _make(report_dir)
        with open_target(target, apis, token, config) as (opened, chosen):
            if token is not None and opened.control_token is None:
                print(f"The token in {TOKEN} is not this mock's: nothing is reset, and some laws are left out.", file=sys.stderr)
            return _tested(opened, chosen, report_dir, seed, PARTS if part is None else (part,))
    except TargetUnusable as problem:
        print(problem, file=sys.stderr)
        return UNUSABLE


def planned(apis: Sequence[str], target: str, config: Path | None = None) -> int:
    """Print what a run of this command may do and spend at most, and return 0; 2 with one line if no target is meant."""
    try:
        plan.tell(target, apis, config)
    except TargetUnusable as problem:
        print(problem, file=sys.stderr)
        return UNUSABLE
    return FINE


def _make(folder: Path | None) -> None:
    try:
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise TargetUnusable(f"No report can be written to {folder}: {problem.strerror}.") from None


def _tested(target: Target, apis: Sequence[str], report_dir: Path | None, seed: int, parts: Sequence[str]) -> int:
    files = modules(parts, apis)
    if not files:
        print(f"There are no {' and '.join(parts)} for {', '.join(apis)}.", file=sys.stderr)
        return UNUSABLE
    report = Report(target.name, seed, profile=target.profile)
    with tempfile.TemporaryDirectory(prefix="understudy-") as scratch, guarded(target, apis) as standing:
        seen = target.seen_from(standing.url)
        with running(seen, apis, seed, files, Path(scratch)) as child, shown(Console()) as show:

            def see(event: Event) -> None:
                report.saw(event, standing.gate.recorder)
                show(event)

            follow(Told(child.events), lambda: child.process.poll() is None, see)
        if child.process.returncode not in (FINE, FOUND):
            print(standing.scrubber().clean(child.last_words()), file=sys.stderr)
            print(f"The run broke off (pytest says {child.process.returncode}); the lines above say why.", file=sys.stderr)
            return UNUSABLE
    return _tell(report, apis, report_dir, standing.scrubber(), standing.gate.recorder)


def _tell(report: Report, apis: Sequence[str], folder: Path | None, scrubber: Scrubber, recorder: Recorder) -> int:
    """Print and write what was found, and return the exit status."""
    rows = rows_of(report, apis)
    print_summary(report, rows, scrubber, file=sys.stdout)
    if folder is not None:
        try:
            write_all(folder, report, rows, scrubber, recorder)
        except SecretLeaked as problem:
            print(problem, file=sys.stderr)
            return UNUSABLE
        print(f"Report: {folder}")
    return FOUND if report.failed() else FINE
