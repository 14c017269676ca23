"""Model: which documented statements a run proved, and everything that it found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from contract_tests.contracts import Spec
from contract_tests.events import FAILED, PASSED, SKIPPED, Event
from contract_tests.gate.recorder import Recorder
from contract_tests.reports.finding import ERROR, Finding, finding_of
from mockserver.data import MOUNTS, load_spec

#: Verdicts, worst first.
BROKEN, NOT_RUN, NOT_YET_PROVEN, PROVEN = "failed", "not run", "not yet proven", "proven"
VERDICTS = (BROKEN, NOT_RUN, NOT_YET_PROVEN, PROVEN)


@dataclass(frozen=True)
class Row:
    """One documented statement and its verdict; ``laws``: the tests that bear on it."""

    api: str
    id: str
    says: str
    verdict: str
    laws: tuple[str, ...] = ()


class _Bundled(Mapping[str, Spec]):
    """The project's own contracts, read when they are asked for."""

    def __getitem__(self, api: str) -> Spec:
        if api not in MOUNTS:
            raise KeyError(api)
        return load_spec(api)

    def __iter__(self) -> Iterator[str]:
        return iter(MOUNTS)

    def __len__(self) -> int:
        return len(MOUNTS)


@dataclass
class Report:
    """What a run has seen. ``outcomes``: law (``bird.test_…``) → passed, skipped or failed, the worst of its cases; ``skipped``:
    why tests were skipped → how many; ``counts``: outcome → tests; ``profile``: how careful the run is; ``contracts``: API → its
    contract as it is written.
    """

    target: str
    seed: int
    outcomes: dict[str, str] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    skipped: Counter[str] = field(default_factory=Counter)
    counts: Counter[str] = field(default_factory=Counter)
    events: list[Event] = field(default_factory=list)
    profile: str = "mock"
    contracts: Mapping[str, Spec] = field(default_factory=_Bundled)

    def saw(self, event: Event, exchanges: Recorder) -> None:
        """Note how one test ended."""
        self.events.append(event)
        self.counts[event.outcome] += 1
        if event.law is not None:
            worst = self.outcomes.get(event.law, PASSED)
            self.outcomes[event.law] = max(event.outcome, worst, key=(PASSED, SKIPPED, FAILED).index)
        if event.outcome == SKIPPED:
            self.skipped[event.reason] += 1
        self.findings += [finding_of(event, caught, exchanges, self.contracts, self.profile) for caught in event.caught]

    def failed(self) -> bool:
        """Whether the deployment breaks more than what is only assumed of it."""
        unexplained = any(event.outcome == FAILED and not event.caught for event in self.events)
        return unexplained or any(finding.severity == ERROR for finding in self.findings)

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


def tally(rows: Sequence[Row]) -> str:
    """How many statements have which verdict, in a line."""
    counts = {verdict: sum(row.verdict == verdict for row in rows) for verdict in reversed(VERDICTS)}
    return ", ".join(f"{count} {verdict}" for verdict, count in counts.items() if count) or "No statements"


__all__ = ["BROKEN", "NOT_RUN", "NOT_YET_PROVEN", "PROVEN", "Finding", "Report", "Row", "tally"]
