"""Telling: what a run says at its end, on the terminal and in files."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from contract_tests.events import FAILED, PASSED, SKIPPED, Caught, Event
from contract_tests.fuzz.baseline import Verdict
from contract_tests.fuzz.findings import Seen
from contract_tests.gate.recorder import Recorder
from contract_tests.gate.teardown import Leak
from contract_tests.reports.finding import ERROR, grounded
from contract_tests.reports.folder import write_all
from contract_tests.reports.model import Report
from contract_tests.secrets import Scrubber

NEW, ACCEPTED, EXPIRED = "new", "accepted", "expired"


@dataclass(frozen=True)
class Outcome:
    """What a run came to. ``learned``: sequences that are new in the corpus; ``died``: a line for each worker that did;
    ``stopped``: it was interrupted; ``refused``: why the gate refused requests → how many.
    """

    target: str
    profile: str
    apis: Sequence[str]
    seed: int
    sent: int
    seconds: float
    operations: int
    of: int
    seen: Mapping[str, Seen]
    verdict: Verdict
    learned: int
    died: Sequence[str]
    leaks: Sequence[Leak]
    refused: Mapping[str, int]
    stopped: bool

    @property
    def fails(self) -> bool:
        """Whether something was found that nobody accepts (any more), and that is more than a remark."""
        return any(self.severity(id) == ERROR for id in (*self.verdict.new, *self.verdict.expired))

    def severity(self, id: str) -> str:
        """Of a finding: an error, or a remark where only what is assumed is broken."""
        return self.seen[id].finding(self.profile).severity

    def standing(self, id: str) -> str:
        """What the baseline says of a finding."""
        return NEW if id in self.verdict.new else ACCEPTED if id in self.verdict.accepted else EXPIRED


def lines(outcome: Outcome, replaying: Callable[[str], str]) -> Iterator[str]:
    """The end of a run for people, those findings last that need somebody. ``replaying``: the line that replays a finding."""
    verdict = outcome.verdict
    for id, entry in verdict.accepted.items():
        yield f"{id} {outcome.seen[id].examined.failure.signature.words()}\n  {entry.words()}"
    for id in (*verdict.expired, *verdict.new):
        yield from _finding(outcome.seen[id], outcome.severity(id), replaying(id))
        if id in verdict.expired:
            yield f"  No longer {verdict.expired[id].words()}"
    yield from (f"Not met: {entry.id} {entry.signature}, {entry.words()}" for entry in verdict.unused)
    yield from outcome.died
    yield from (f"Left behind: {leak.api}, made by {leak.operation}, id {leak.id}: {leak.why}" for leak in outcome.leaks)
    yield from (f"Refused by the gate, {count} times: {why}" for why, count in sorted(outcome.refused.items()))
    yield summary(outcome)


def _finding(one: Seen, severity: str, replay: str) -> Iterator[str]:
    failure = one.examined.failure
    steps = len(one.examined.sequence.steps)
    yield f"{one.id} {failure.signature.words()}" + ("" if severity == ERROR else f" ({severity})")
    yield f"  {failure.message}"
    yield f"  {steps} request{'' if steps == 1 else 's'}; {one.told()}"
    yield f"  {replay}"


def summary(outcome: Outcome) -> str:
    """All in one line."""
    verdict = outcome.verdict
    counts = {NEW: len(verdict.new), "no longer accepted": len(verdict.expired), ACCEPTED: len(verdict.accepted)}
    found = ", ".join(f"{count} {name}" for name, count in counts.items() if count) or "nothing found"
    began = "Stopped" if outcome.stopped else "Done"
    rate = outcome.sent / max(outcome.seconds, 0.001)
    return (
        f"{began} after {outcome.sent} requests in {outcome.seconds:.0f} s ({rate:.0f}/s), {outcome.operations} of {outcome.of} "
        f"operations, {outcome.learned} new sequences in the corpus, seed {outcome.seed}: {found}."
    )


def write(where: Path, outcome: Outcome, replaying: Callable[[str], str], scrubber: Scrubber, recorder: Recorder) -> None:
    """``fuzz.json`` and the reports that every run leaves in the folder. SecretLeaked if one had to be withheld."""
    document: dict[str, Any] = {
        "target": outcome.target,
        "apis": list(outcome.apis),
        "seed": outcome.seed,
        "requests": outcome.sent,
        "operations": outcome.operations,
        "stopped": outcome.stopped,
        "findings": [_plain(one, outcome.standing(id), outcome.severity(id), replaying(id)) for id, one in outcome.seen.items()],
    }
    (where / "fuzz.json").write_text(scrubber.clean(json.dumps(document, indent=2)) + "\n", "utf-8")
    write_all(where, report_of(outcome), [], scrubber, recorder)


def _plain(one: Seen, standing: str, severity: str, replay: str) -> dict[str, Any]:
    failure = one.examined.failure
    return {
        "id": one.id,
        "standing": standing,
        "severity": severity,
        "signature": failure.signature._asdict(),
        "message": failure.message,
        "state": one.examined.state,
        "count": one.count,
        "replay": replay,
        "sequence": one.examined.sequence.document(),
    }


def report_of(outcome: Outcome) -> Report:
    """A test for each finding, and one for each API that stood: accepted findings are skipped, with the words of who accepted."""
    report = Report(outcome.target, outcome.seed, profile=outcome.profile)
    for event in _events(outcome):
        report.events.append(event)
        report.counts[event.outcome] += 1
        if event.outcome == SKIPPED:
            report.skipped[event.reason] += 1
    found = [one.finding(outcome.profile) for id, one in outcome.seen.items() if outcome.standing(id) != ACCEPTED]
    report.findings += [grounded(each, report.contracts, report.profile) for each in found]
    return report


def _events(outcome: Outcome) -> Iterator[Event]:
    for id, one in outcome.seen.items():
        finding = one.finding(outcome.profile)
        if outcome.standing(id) == ACCEPTED:
            yield Event(finding.test, finding.api, "fuzz", SKIPPED, reason=outcome.verdict.accepted[id].words())
            continue
        caught = Caught(finding.check, finding.message, finding.operation, finding.pointer, finding.statements)
        yield Event(finding.test, finding.api, "fuzz", FAILED, caught=(caught,), detail=finding.detail)
    failing = {one.examined.failure.signature.api for id, one in outcome.seen.items() if outcome.standing(id) != ACCEPTED}
    yield from (Event(f"fuzz::{api}", api, "fuzz", PASSED) for api in outcome.apis if api not in failing)
