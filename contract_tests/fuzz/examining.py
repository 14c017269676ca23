"""Examining: whether a failure shows again, and the fewest requests that show it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from contract_tests.fuzz.exploring import Stage, Turn
from contract_tests.fuzz.failures import Failure
from contract_tests.fuzz.minimising import minimised
from contract_tests.fuzz.sequence import Sequence

#: It failed again; it failed once and then no more; it was not tried again.
STEADY, ONCE, UNTRIED = "steady", "once", "untried"
#: So often it may pass before it counts as seen once.
TRIES = 3


@dataclass(frozen=True)
class Examined:
    """A failure, the sequence that shows it, the numbers of its exchanges at the gate, and how sure it is."""

    failure: Failure
    sequence: Sequence
    numbers: tuple[int, ...]
    state: str

    def document(self) -> dict[str, Any]:
        """As JSON, for the parent of the process and for the folder of findings."""
        return {
            "id": self.failure.id,
            "failure": self.failure.document(),
            "sequence": self.sequence.document(),
            "numbers": list(self.numbers),
            "state": self.state,
        }

    @classmethod
    def of(cls, document: dict[str, Any]) -> Examined:
        """The reverse of ``document``. ValueError if it is none."""
        try:
            failure = Failure.of(document["failure"])
            return cls(failure, Sequence.of(document["sequence"]), tuple(document.get("numbers", ())), document["state"])
        except (KeyError, TypeError) as problem:
            raise ValueError(f"This is no finding: {problem}") from None


def seen(turn: Turn, failure: Failure) -> Examined:
    """The failure as it was met first."""
    return Examined(failure, turn.sequence.keeping(lambda place: place <= failure.step), _numbers(turn, failure), UNTRIED)


def _numbers(turn: Turn, failure: Failure) -> tuple[int, ...]:
    return tuple(reply.number for one in turn.played[: failure.step + 1] for reply in one.replies)


def examine(stage: Stage, found: Examined, allowed: Callable[[], bool]) -> Examined:
    """The same finding, tried again and made small. ``allowed``: whether one more attempt may be made."""
    shown: dict[str, Examined] = {}

    def fails(candidate: Sequence) -> bool:
        if not allowed():
            return False
        turn = stage.play(candidate)
        again = next((each for each in turn.failures if each.id == found.failure.id), None)
        if again is not None:
            shown[candidate.text()] = Examined(again, candidate, _numbers(turn, again), STEADY)
        return again is not None

    tries = 0
    while allowed() and tries < TRIES:
        tries += 1
        if fails(found.sequence):
            smallest = minimised(found.sequence, fails)
            return shown[smallest.text()]
    return Examined(found.failure, found.sequence, found.numbers, ONCE if tries == TRIES else UNTRIED)
