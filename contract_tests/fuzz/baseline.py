"""Baseline: failures that somebody accepted, why, and until when."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from contract_tests.fuzz.failures import Signature

FILE = Path("understudy-baseline.toml")
_HEAD = """\
# Failures that are known and accepted for the time being. Each entry lasts until its day is over; then the run fails again.
"""


class BaselineUnreadable(Exception):
    """The file is no baseline; the message is one line for the user."""


@dataclass(frozen=True)
class Accepted:
    """``id``: of the finding; ``signature``: the same in words; ``expires``: the last day on which it is accepted."""

    id: str
    api: str
    signature: str
    reason: str
    by: str
    expires: date

    def words(self) -> str:
        """Who accepts it, why and until when."""
        return f"accepted by {self.by} until {self.expires}: {self.reason}"


@dataclass(frozen=True)
class Verdict:
    """What the baseline says of a run. Each finding's id is in exactly one of ``new``, ``accepted`` and ``expired``; ``unused``:
    entries of the tested APIs that were not met.
    """

    new: tuple[str, ...]
    accepted: Mapping[str, Accepted]
    expired: Mapping[str, Accepted]
    unused: tuple[Accepted, ...]


class Baseline:
    """The entries by the finding's id; of several for one, the one that lasts longest."""

    def __init__(self, entries: Iterable[Accepted] = ()) -> None:
        self.entries: dict[str, Accepted] = {}
        for entry in entries:
            if entry.id not in self.entries or entry.expires >= self.entries[entry.id].expires:
                self.entries[entry.id] = entry

    def verdict(self, ids: Iterable[str], apis: Iterable[str], today: date) -> Verdict:
        """How the findings of a run of these APIs stand today."""
        found = list(dict.fromkeys(ids))
        known = {each: self.entries[each] for each in found if each in self.entries}
        accepted = {each: entry for each, entry in known.items() if entry.expires >= today}
        expired = {each: entry for each, entry in known.items() if entry.expires < today}
        tested = set(apis)
        unused = tuple(entry for entry in self.entries.values() if entry.api in tested and entry.id not in found)
        return Verdict(tuple(each for each in found if each not in known), accepted, expired, unused)


def read(path: Path) -> Baseline:
    """The file's entries; none if there is no file. BaselineUnreadable with the place of the mistake."""
    try:
        document = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return Baseline()
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as problem:
        raise BaselineUnreadable(f"{path} is no baseline: {problem}.") from None
    listed = document.get("accepted", [])
    if set(document) - {"accepted"} or not isinstance(listed, list):
        raise BaselineUnreadable(f"{path} is no baseline: it holds [[accepted]] entries and nothing else.")
    return Baseline(_entry(path, number, said) for number, said in enumerate(listed, 1))


def _entry(path: Path, number: int, said: Any) -> Accepted:
    words = ("id", "api", "signature", "reason", "by")
    wrong = [name for name in words if not isinstance(said.get(name), str) or not said[name].strip()]
    if type(said.get("expires")) is not date:
        wrong.append("expires (a day such as 2027-01-31)")
    wrong += [f"{name}, which means nothing here" for name in said if name not in (*words, "expires")]
    if wrong:
        raise BaselineUnreadable(f"{path}: entry {number} ({said.get('id', 'without id')}) is wrong in {', '.join(wrong)}.")
    return Accepted(**said)


def accept(path: Path, signature: Signature, reason: str, by: str, expires: date) -> Accepted:
    """Append an entry to the file, which is made if there is none. BaselineUnreadable if what is there is no baseline."""
    read(path)
    entry = Accepted(signature.id, signature.api, signature.words(), reason, by, expires)
    words = [f"{name} = {_text(value)}" for name, value in vars(entry).items() if name != "expires"]
    before = path.read_text("utf-8").rstrip("\n") + "\n" if path.exists() else _HEAD
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join([before, "[[accepted]]", *words, f"expires = {expires.isoformat()}", ""]), "utf-8")
    return entry


def _text(value: str) -> str:
    """A TOML string: JSON's is one, but for the control character that JSON leaves as it is."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
