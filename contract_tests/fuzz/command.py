"""Command: ``understudy fuzz``, one run from the opening of the target to the report, or the replay of one finding."""

from __future__ import annotations

import os
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from rich.console import Console

from contract_tests import contracts, plan
from contract_tests.command import FINE, FOUND, TOKEN, UNUSABLE
from contract_tests.contracts import operations
from contract_tests.fuzz import baseline, corpus, findings, lanes, progress, telling
from contract_tests.fuzz.budget import SPENT
from contract_tests.fuzz.corpus import Corpus, Entry
from contract_tests.fuzz.crew import Crew
from contract_tests.fuzz.examining import Examined
from contract_tests.fuzz.findings import Findings, NoSuchFinding
from contract_tests.fuzz.people import People
from contract_tests.fuzz.permission import permitted
from contract_tests.fuzz.replaying import replay
from contract_tests.fuzz.sequence import Sequence as Program
from contract_tests.fuzz.telling import Outcome
from contract_tests.fuzz.worker import Task
from contract_tests.gate.recorder import Recorder
from contract_tests.gate.rules import secrets_of
from contract_tests.reports.folder import SecretLeaked
from contract_tests.secrets import Scrubber, configured
from contract_tests.targets.opening import open_target
from contract_tests.targets.target import Target, TargetUnusable

#: Of a run that has neither bound.
SECONDS = 600.0
#: A run that was stopped and has found nothing says neither yes nor no.
STOPPED = 130


@dataclass(frozen=True)
class Wish:
    """What a run is to do. ``seconds`` and ``requests``: the bounds, SECONDS if there is none; ``today``: by which the baseline
    is read.
    """

    apis: Sequence[str] = ()
    target: str = "mock"
    config: Path | None = None
    seconds: float | None = None
    requests: int | None = None
    workers: int = 1
    seed: int = 0
    corpus: Path = corpus.FOLDER
    report_dir: Path | None = None
    baseline: Path = baseline.FILE
    today: date = field(default_factory=date.today)

    @property
    def bound(self) -> float | None:
        """In seconds, None for no bound by time."""
        return SECONDS if self.seconds is None and self.requests is None else self.seconds

    @property
    def folders(self) -> list[Path]:
        """Where findings are kept."""
        return [self.corpus, *([self.report_dir] if self.report_dir is not None else [])]

    def replaying(self, id: str) -> str:
        """The line that replays a finding of this run."""
        said = {
            "--target": self.target if self.target != "mock" else None,
            "--config": str(self.config) if self.config is not None else None,
            "--corpus": str(self.corpus) if self.corpus != corpus.FOLDER else None,
        }
        return findings.replaying(id, said)


def run(wish: Wish) -> int:
    """Fuzz, and return the exit status: 0 nothing found that is not accepted, 1 something found, 2 the run could not start, with
    one line on standard error, 130 stopped without a finding.
    """
    try:
        accepted = baseline.read(wish.baseline)
        _writable(wish.folders)
        with _stoppable(), open_target(wish.target, wish.apis, os.environ.get(TOKEN) or None, wish.config) as (target, apis):
            allowed = {api: names for api in apis if (names := permitted(target, api)) and target.casts.get(api)}
            _some(allowed, target, apis)
            return _Run(wish, target, allowed, accepted).go()
    except (TargetUnusable, baseline.BaselineUnreadable, _Unwritable) as problem:
        print(problem, file=sys.stderr)
        return UNUSABLE
    except KeyboardInterrupt:
        return STOPPED


def _some(allowed: Mapping[str, Sequence[str]], target: Target, apis: Sequence[str]) -> None:
    if not allowed:
        names = ", ".join(apis)
        raise TargetUnusable(
            f"Nothing of {names} can be called at {target.name}: its profile permits none, or nobody has credentials."
        )


class _Unwritable(Exception):
    """A folder cannot be used."""


def _writable(folders: Sequence[Path]) -> None:
    for folder in folders:
        try:
            (folder / findings.FOLDER).mkdir(parents=True, exist_ok=True)
        except OSError as problem:
            raise _Unwritable(f"Nothing can be written to {folder}: {problem.strerror}.") from None


@contextmanager
def _stoppable() -> Iterator[None]:
    """A job that is told to end (SIGTERM) ends in the same order as by Ctrl-C."""

    def stop(*_: Any) -> None:
        raise KeyboardInterrupt

    try:
        before = signal.signal(signal.SIGTERM, stop)
    except ValueError:
        # Not the main thread: who runs it there stops it otherwise.
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


class _Run:
    """One run: ``go`` does it all."""

    def __init__(self, wish: Wish, target: Target, allowed: Mapping[str, Sequence[str]], accepted: baseline.Baseline) -> None:
        self._wish, self._target, self._allowed, self._accepted = wish, target, allowed, accepted
        self._scrubber = Scrubber(configured(target.casts) | {TOKEN: target.control_token or ""})
        self._findings = Findings()
        self._corpora = {api: self._corpus(api, names) for api, names in allowed.items()}
        self._before = sum(len(each) for each in self._corpora.values())
        self._stopped = False

    def _corpus(self, api: str, names: Sequence[str]) -> Corpus:
        people = People(api, contracts.load(api), self._target.casts.get(api, {}))
        found = Corpus(people.secrets())
        for complaint in found.read(self._wish.corpus / api, names):
            print(complaint, file=sys.stderr)
        return found

    def go(self) -> int:
        wish, began = self._wish, time.monotonic()
        until = began + wish.bound if wish.bound is not None else None
        with (
            tempfile.TemporaryDirectory(prefix="understudy-") as scratch,
            lanes.opened(self._target, list(self._allowed), wish.workers, wish.requests, until) as ways,
        ):
            crew = Crew([self._task(number, ways[number], until) for number in range(wish.workers)], ways, Path(scratch))
            self._work(crew, ways)
        # What was made has been removed now, or is known to be left behind.
        outcome = self._outcome(crew, ways, time.monotonic() - began)
        self._keep(ways)
        for line in telling.lines(outcome, wish.replaying):
            print(self._scrubber.clean(line))
        return self._ended(outcome, crew, ways[0].recorder)

    def _task(self, number: int, lane: lanes.Lane, until: float | None) -> Task:
        wish = self._wish
        folder = str(wish.corpus.absolute())
        share = lane.budget.left(number)
        return Task(self._allowed, wish.seed, folder, number, wish.workers, 0, share, until, lane.alone)

    def _work(self, crew: Crew, ways: Sequence[lanes.Lane]) -> None:
        """The workers at work, until they are done or somebody stops them."""

        def see(number: int, told: Mapping[str, Any]) -> None:
            self._saw(told, ways[number])

        bounds = self._wish.requests, self._wish.bound
        try:
            with (
                crew.at_work(),
                progress.shown(Console(stderr=True), ways, *bounds, lambda: len(self._findings.seen)) as look,
            ):
                crew.follow(see, look)
        except KeyboardInterrupt:
            self._stopped = True
        crew.drain(see)

    def _keep(self, ways: Sequence[lanes.Lane]) -> None:
        """What was learned and found, without a secret that anybody has seen."""
        for lane in lanes.all_of(ways):
            self._scrubber.learn(sorted(secrets_of(lane.standing.rules)))
        for api, known in self._corpora.items():
            known.write(self._wish.corpus / api)
        self._findings.write(self._wish.folders, self._scrubber)

    def _saw(self, told: Mapping[str, Any], lane: lanes.Lane) -> None:
        kind = told["told"]
        if kind == "finding":
            self._findings.saw(Examined.of(dict(told)), lane.recorder)
        elif kind == "again":
            self._findings.again(told["id"])
        elif kind == "learned":
            program = Program.of(told["sequence"])
            self._corpora[program.api].offer(Entry(program, tuple(told["features"])))

    def _outcome(self, crew: Crew, ways: Sequence[lanes.Lane], seconds: float) -> Outcome:
        each = lanes.all_of(ways)
        refused = sum((Counter(lane.standing.gate.refused) for lane in each), Counter[str]())
        return Outcome(
            self._target.name,
            self._target.profile,
            list(self._allowed),
            self._wish.seed,
            sum(lane.budget.sent for lane in each),
            seconds,
            len(set[tuple[str, str]]().union(*(lane.budget.operations for lane in each))),
            sum(len(list(operations(contracts.load(api)))) for api in self._allowed),
            self._findings.seen,
            self._accepted.verdict(self._findings.seen, self._allowed, self._wish.today),
            sum(len(known) for known in self._corpora.values()) - self._before,
            crew.died,
            [leak for lane in each for leak in lane.standing.leaks],
            {why: count for why, count in refused.items() if why != SPENT},
            self._stopped,
        )

    def _ended(self, outcome: Outcome, crew: Crew, recorder: Recorder) -> int:
        if self._wish.report_dir is not None:
            try:
                telling.write(self._wish.report_dir, outcome, self._wish.replaying, self._scrubber, recorder)
            except SecretLeaked as problem:
                print(problem, file=sys.stderr)
                return UNUSABLE
            print(f"Report: {self._wish.report_dir}")
        if outcome.fails:
            return FOUND
        if self._stopped:
            return STOPPED
        if crew.broken or not outcome.sent:
            print("The run is no proof of anything: the lines above say why.", file=sys.stderr)
            return UNUSABLE
        return FINE


def planned(wish: Wish) -> int:
    """Print what a run may do and spend at most; nothing is sent."""
    try:
        entries = baseline.read(wish.baseline).entries.values()
        plan.tell(wish.target, wish.apis, wish.config)
    except (TargetUnusable, baseline.BaselineUnreadable) as problem:
        print(problem, file=sys.stderr)
        return UNUSABLE
    bounds = [f"{wish.requests} requests"] if wish.requests is not None else []
    bounds += [f"{wish.bound:g} seconds"] if wish.bound is not None else []
    past = sum(entry.expires < wish.today for entry in entries)
    print(f"fuzz: at most {' and '.join(bounds)}, {wish.workers} worker{'' if wish.workers == 1 else 's'}, seed {wish.seed}")
    print(f"corpus: {wish.corpus}, {len(list(wish.corpus.glob('*/*.json')))} files")
    print(f"baseline: {wish.baseline}, {len(entries)} entries, {past} of them expired")
    return FINE


def replayed(wish: Wish, name: str) -> int:
    """Send one finding again and tell each request and reply; 1 if it fails still, 0 if not, 2 if it cannot be tried."""
    try:
        found = findings.find(name, wish.folders)
        api = found.failure.signature.api
        with _stoppable(), open_target(wish.target, [api], os.environ.get(TOKEN) or None, wish.config) as (target, _):
            verdict, lines = replay(target, found)
    except (TargetUnusable, NoSuchFinding) as problem:
        print(problem, file=sys.stderr)
        return UNUSABLE
    except KeyboardInterrupt:
        return STOPPED
    print("\n".join(lines))
    return FOUND if verdict else FINE


def accepted(wish: Wish, name: str, reason: str, by: str, expires: date) -> int:
    """Append a finding to the baseline; 2 if there is no such finding, or the baseline is none."""
    try:
        signature = findings.find(name, wish.folders).failure.signature
        entry = baseline.accept(wish.baseline, signature, reason, by, expires)
    except (NoSuchFinding, baseline.BaselineUnreadable) as problem:
        print(problem, file=sys.stderr)
        return UNUSABLE
    print(f"{wish.baseline}: {entry.id} {entry.signature}\n  {entry.words()}")
    return FINE
