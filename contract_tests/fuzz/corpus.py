"""Corpus: the smallest sequence for each feature that was ever seen, kept in a folder between runs."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Container, Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from contract_tests.fuzz.sequence import Sequence

#: Where a run keeps it, below the working folder.
FOLDER = Path(".understudy") / "corpus"
#: Sequences of one API.
MOST = 1500


@dataclass(frozen=True, eq=False)
class Entry:
    """A sequence and the features for which it is kept."""

    sequence: Sequence
    features: tuple[str, ...]

    @cached_property
    def name(self) -> str:
        """The same for the same sequence."""
        return hashlib.sha256(self.sequence.text().encode()).hexdigest()[:16]

    @cached_property
    def size(self) -> tuple[int, int, str]:
        """Fewer steps are smaller, then less text; the text itself decides where that is the same."""
        text = self.sequence.text()
        return len(self.sequence.steps), len(text), text


class Corpus:
    """The sequences of one API. ``secrets``: texts that must not be kept."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._best: dict[str, Entry] = {}
        self._kept: list[Entry] | None = None
        self._secrets = [text for text in secrets if text]

    def __len__(self) -> int:
        return len(self.entries())

    def entries(self) -> list[Entry]:
        """All that are kept, each once, in the order in which they were learned."""
        if self._kept is None:
            self._kept = list({entry.name: entry for entry in self._best.values()}.values())
        return self._kept

    def offer(self, entry: Entry) -> bool:
        """Keep it for the features that no smaller one has; whether it was of use."""
        better = [name for name in entry.features if name not in self._best or entry.size < self._best[name].size]
        if not better or any(secret in entry.sequence.text() for secret in self._secrets):
            return False
        if len(self._best.keys() | set(better)) > MOST:
            better = [name for name in better if name in self._best]
        self._best |= dict.fromkeys(better, entry)
        self._kept = None
        return bool(better)

    def new(self, features: Iterable[str]) -> list[str]:
        """Those of the features that nothing here has."""
        return [name for name in features if name not in self._best]

    def read(self, folder: Path, known: Container[str]) -> list[str]:
        """Take in what lies in the folder, of the ``known`` operations alone; a line for each file that is of no use."""
        complaints: list[str] = []
        for path in sorted(folder.glob("*.json")):
            try:
                document = json.loads(path.read_text("utf-8"))
                self.offer(Entry(fitting(Sequence.of(document), known), tuple(map(str, document["features"]))))
            except (OSError, ValueError, KeyError, TypeError) as problem:
                complaints.append(f"{path} is left out: {problem}")
        return complaints

    def write(self, folder: Path) -> None:
        """Make the folder hold these sequences and no others."""
        folder.mkdir(parents=True, exist_ok=True)
        kept = {f"{entry.name}.json": entry for entry in self.entries()}
        for path in folder.glob("*.json"):
            if path.name not in kept:
                path.unlink()
        for name, entry in kept.items():
            features = sorted(feature for feature, best in self._best.items() if best.name == entry.name)
            written = json.dumps(entry.sequence.document() | {"features": features}, indent=1, sort_keys=True)
            (folder / name).write_text(written + "\n", "utf-8")


def fitting(sequence: Sequence, known: Container[str]) -> Sequence:
    """The sequence without steps of operations that the contract does not have (any more). ValueError if none is left."""
    left = sequence.keeping(lambda place: sequence.steps[place].operation in known)
    if not left.steps:
        raise ValueError("the contract knows none of its operations")
    return left


def document_of(entry: Entry) -> dict[str, Any]:
    """As JSON."""
    return entry.sequence.document() | {"features": list(entry.features)}
