"""Findings: what a run has found, each failure once, kept as files from which it is replayed."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from contract_tests.fuzz.examining import ONCE, STEADY, UNTRIED, Examined
from contract_tests.gate.exchange import Exchange
from contract_tests.gate.recorder import Recorder
from contract_tests.reports.finding import Finding, grounded
from contract_tests.secrets import Scrubber
from mockserver.data import load_spec

#: Below a corpus or a report's folder.
FOLDER = "findings"
_STATES = {
    STEADY: "it failed again, and this is the smallest way to it that was found",
    ONCE: "seen once: it did not fail again",
    UNTRIED: "not tried again: the budget was spent",
}
_SURER = (UNTRIED, ONCE, STEADY)


class NoSuchFinding(Exception):
    """Nothing is stored under this name; the message is one line for the user."""


@dataclass
class Seen:
    """One finding. ``exchanges``: what was sent and came back, the failing one last; ``count``: how often it was met."""

    examined: Examined
    exchanges: tuple[Exchange, ...]
    count: int = 1

    @property
    def id(self) -> str:
        return self.examined.failure.id

    def told(self) -> str:
        """How sure it is, and how often it came."""
        return f"{_STATES[self.examined.state]}; met {'once' if self.count == 1 else f'{self.count} times'}"

    def finding(self, profile: str) -> Finding:
        """As reports show it, with what it rests on in the contract; ``profile``: how careful the run is."""
        failure = self.examined.failure
        signature = failure.signature
        found = Finding(
            signature.api,
            "fuzz",
            f"fuzz::{signature.api}::{self.id}",
            signature.check,
            failure.message,
            signature.operation,
            None,
            failure.statements,
            self.exchanges,
            f"{signature.words()}\n{self.told()}\n\n{failure.detail or failure.message}",
        )
        return grounded(found, {signature.api: load_spec(signature.api)}, profile)


@dataclass
class Findings:
    """By id, in the order in which they were met."""

    seen: dict[str, Seen] = field(default_factory=dict)

    def saw(self, examined: Examined, recorder: Recorder) -> None:
        """Note a finding, or what became of one: the surest word counts, of two the one with fewer steps."""
        one = Seen(examined, tuple(recorder.of(examined.numbers)))
        known = self.seen.get(one.id)
        if known is None:
            self.seen[one.id] = one
        elif _better(examined, known.examined):
            self.seen[one.id] = Seen(examined, one.exchanges, known.count)

    def again(self, id: str) -> None:
        """It was met once more."""
        if id in self.seen:
            self.seen[id].count += 1

    def write(self, folders: Iterable[Path], scrubber: Scrubber) -> None:
        """A file for each in every folder, from which it can be replayed."""
        for folder in folders:
            (folder / FOLDER).mkdir(parents=True, exist_ok=True)
            for id, one in self.seen.items():
                document = {key: value for key, value in one.examined.document().items() if key != "numbers"}
                # At length it repeats replies, which hold what nobody needs to replay it.
                document["failure"]["detail"] = ""
                text = json.dumps(document, indent=1, sort_keys=True)
                (folder / FOLDER / f"{id}.json").write_text(scrubber.clean(text) + "\n", "utf-8")


def _better(new: Examined, old: Examined) -> bool:
    return (_SURER.index(new.state), -len(new.sequence.steps)) >= (_SURER.index(old.state), -len(old.sequence.steps))


def stored(folder: Path) -> list[Examined]:
    """All that can be read of the findings in a folder, in the order of their ids."""
    found = []
    for path in sorted((folder / FOLDER).glob("*.json")):
        with suppress(NoSuchFinding):
            found.append(find(str(path), []))
    return found


def find(name: str, folders: Sequence[Path]) -> Examined:
    """The finding of this id in one of the folders, or in the file of this path. NoSuchFinding if there is none."""
    path = Path(name)
    places = [path] if path.suffix == ".json" else [folder / FOLDER / f"{name}.json" for folder in folders]
    place = next((each for each in places if each.is_file()), None)
    if place is None:
        raise NoSuchFinding(f"There is no finding {name!r} in {', '.join(map(str, places))}.")
    try:
        document: dict[str, Any] = json.loads(place.read_text("utf-8"))
        return Examined.of(document)
    except (OSError, ValueError, TypeError, AttributeError) as problem:
        raise NoSuchFinding(f"{place} holds no finding: {problem}") from None


def replaying(id: str, said: Mapping[str, str | None]) -> str:
    """The line that replays a finding. ``said``: option → what the run was told, None for what it was not."""
    words = ["understudy", "fuzz", "--replay", id]
    for option, value in said.items():
        words += [option, value] if value is not None else []
    return shlex.join(words)
