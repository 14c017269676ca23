"""Command: ``understudy test``, one run: the target behind its gate, a pytest process of its own, and the reports."""

from __future__ import annotations

import os
import signal
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from contract_tests import plan
from contract_tests.child import Child, modules, running
from contract_tests.events import PASSED, Event
from contract_tests.progress import Told, follow, shown
from contract_tests.reports.folder import SecretLeaked, rows_of, write_all
from contract_tests.reports.model import Report
from contract_tests.reports.terminal import print_summary
from contract_tests.shadow import Shadow
from contract_tests.standing import ENDING, Standing, standing
from contract_tests.targets.opening import open_target
from contract_tests.targets.target import Target, TargetUnusable

TOKEN = "UNDERSTUDY_CONTROL_TOKEN"  # noqa: S105  (the variable's name)
#: In this order: the laws need money and quotas that generated requests spend.
PARTS = ("laws", "ownership", "forgeries", "error_shapes", "limits", "webhooks", "stories", "conformance")
FINE, FOUND, UNUSABLE = 0, 1, 2


@dataclass(frozen=True)
class Wanted:
    """What a run is asked for beside its target. ``folder``: for reports, with the traffic in it if ``har``; ``everything``:
    statements that are proven are told too.
    """

    parts: Sequence[str]
    seed: int
    folder: Path | None
    har: bool
    everything: bool


def run(
    apis: Sequence[str],
    target: str,
    report_dir: Path | None = None,
    seed: int = 0,
    part: str | None = None,
    config: Path | None = None,
    *,
    har: bool = False,
    everything: bool = False,
) -> int:
    """Test the APIs (none named: all that the target serves) and return the exit status: 0 fine, 1 something was found, 2 the
    run could not start or proved nothing, with one line on standard error. ``target``: ``mock``, a name or a URL; ``part``:
    one of PARTS, None for all; ``config``: the file that names targets, if it is not in the working folder.
    """
    token = os.environ.get(TOKEN) or None
    wanted = Wanted(PARTS if part is None else (part,), seed, report_dir, har, everything)
    try:
        _make(report_dir)
        with _ended_in_order(), open_target(target, apis, token, config) as (opened, chosen):
            if token is not None and opened.control_token is None:
                print(f"The token in {TOKEN} is not this mock's: nothing is reset, and some laws are left out.", file=sys.stderr)
            return _tested(opened, chosen, wanted)
    except TargetUnusable as problem:
        print(problem, file=sys.stderr)
        return UNUSABLE
    except KeyboardInterrupt:
        print("The run was interrupted before it could tell what it found.", file=sys.stderr)
        return UNUSABLE


@contextmanager
def _ended_in_order() -> Iterator[None]:
    """Whoever ends the run by a signal, as CI does, gets what it has made removed and its reports like one who presses Ctrl-C."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    # What this process was told to ignore (nohup) it ignores.
    heard = [number for number in ENDING if signal.getsignal(number) is not signal.SIG_IGN]
    before = {number: signal.signal(number, signal.default_int_handler) for number in heard}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


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


def _tested(target: Target, apis: Sequence[str], wanted: Wanted) -> int:
    files = modules(wanted.parts, apis)
    report = Report(target.name, wanted.seed, profile=target.profile)
    shadow = Shadow(apis, target.casts, target.profile)
    with tempfile.TemporaryDirectory(prefix="understudy-") as scratch, standing(target, apis, more=[shadow]) as stand:
        with running(target.seen_from(stand.url), apis, wanted.seed, files, Path(scratch)) as child:
            whole = _followed(child, report, stand)
        words = stand.scrubber().clean(child.last_words())
    if not _told(report, apis, wanted, stand):
        return UNUSABLE
    if not whole:
        print("The run was interrupted; what it found until then is told above.", file=sys.stderr)
        return UNUSABLE
    if child.process.returncode not in (FINE, FOUND):
        print(f"{words}\nThe run broke off (pytest says {child.process.returncode}); the lines above say why.", file=sys.stderr)
        return UNUSABLE
    return _status(report)


def _followed(child: Child, report: Report, stand: Standing) -> bool:
    """Whether the tests came to their end before somebody interrupted them; what they told is in the report."""
    told = Told(child.events)
    with shown(Console()) as show:

        def see(event: Event) -> None:
            report.saw(event, stand.gate.recorder)
            show(event)

        try:
            follow(told, lambda: child.process.poll() is None, see)
        except KeyboardInterrupt:
            return False
    return True


def _told(report: Report, apis: Sequence[str], wanted: Wanted, stand: Standing) -> bool:
    """Print and write what was found; whether no secret stood in the way."""
    rows, scrubber, folder = rows_of(report, apis), stand.scrubber(), wanted.folder
    print_summary(report, rows, scrubber, file=sys.stdout, everything=wanted.everything)
    for line in stand.left_behind():
        print(scrubber.clean(line))
    if folder is not None:
        try:
            write_all(folder, report, rows, scrubber, stand.gate.recorder, har=wanted.har)
        except SecretLeaked as problem:
            print(problem, file=sys.stderr)
            return False
        print(f"Report: {folder}")
    return True


def _status(report: Report) -> int:
    if report.failed():
        return FOUND
    if not report.counts[PASSED]:
        print("Nothing was tested: every test was skipped, for the reasons above. That is no green run.", file=sys.stderr)
        return UNUSABLE
    return FINE
