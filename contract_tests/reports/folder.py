"""Folder: the files that a run leaves behind: written aside, searched for secrets, then moved into place."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from contract_tests import statements
from contract_tests.gate.recorder import Recorder
from contract_tests.reports import findings, html, junit, replay
from contract_tests.reports import har as archive
from contract_tests.reports.finding import Finding
from contract_tests.reports.model import Report, Row, tally
from contract_tests.secrets import Scrubber

REPLAYS = "replays"
HAR = "traffic.har"
#: All that a run writes; what it does not write this time is not left from another one.
FILES = ("findings.json", "junit.xml", "report.html", "statements.json", "statements.md", HAR)
#: The first findings of each cause suffice.
MOST_REPLAYS = 200


class SecretLeaked(Exception):
    """A file still held a secret and was withheld. ``leaks``: its path in the folder → names of the secrets; the message has no
    value.
    """

    def __init__(self, leaks: Mapping[str, Sequence[str]]) -> None:
        told = "; ".join(f"{file} held {', '.join(f'${name}' for name in names)}" for file, names in leaks.items())
        super().__init__(f"A secret was left in the report: {told}. What held one is withheld.")
        self.leaks = leaks


def rows_of(report: Report, apis: Sequence[str]) -> list[Row]:
    """The verdict on every documented statement of these APIs."""
    listed = {api: statements.documented().get(api, {}) for api in apis}
    return report.rows(listed, {api: statements.laws_of(api) for api in apis})


def write_all(
    folder: Path, report: Report, rows: Sequence[Row], scrubber: Scrubber, recorder: Recorder, *, har: bool = False
) -> list[Path]:
    """Write every file and return where they are. SecretLeaked, after the others are in place, if one could not be shown.

    ``har``: the traffic too. OSError if the folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    # In the folder itself: a file is only moved at once within one file system.
    aside = Path(tempfile.mkdtemp(prefix=".aside-", dir=folder))
    try:
        for path, text in _texts(report, rows, scrubber, recorder, har):
            (aside / path).parent.mkdir(exist_ok=True)
            (aside / path).write_bytes(scrubber.clean(text).encode("utf-8", "replace"))
        _clear(folder)
        return _moved(aside, folder, scrubber)
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _texts(
    report: Report, rows: Sequence[Row], scrubber: Scrubber, recorder: Recorder, traffic: bool
) -> Iterator[tuple[str, str]]:
    """Path in the folder and text of each file, not scrubbed yet."""
    replays: list[str | None] = []
    for place, finding in enumerate(report.findings, 1):
        replays.append(f"{REPLAYS}/{replay.name(place, finding)}" if place <= MOST_REPLAYS and replay.can(finding) else None)
        if (path := replays[-1]) is not None:
            yield path, replay.source(finding, report.contracts.get(finding.api), scrubber)
    yield "findings.json", findings.text(report, rows, scrubber, replays)
    yield "report.html", html.page(report, rows, scrubber, replays)
    yield "junit.xml", junit.xml(report, scrubber, replays)
    yield "statements.json", _statements(report, rows)
    yield "statements.md", markdown(report, rows)
    if traffic:
        yield HAR, archive.text(recorder.all())


def _clear(folder: Path) -> None:
    for name in FILES:
        (folder / name).unlink(missing_ok=True)
    for path in (folder / REPLAYS).glob("test_[0-9][0-9][0-9]_*.py"):
        path.unlink()


def _moved(aside: Path, folder: Path, scrubber: Scrubber) -> list[Path]:
    leaks: dict[str, list[str]] = {}
    moved: list[Path] = []
    for path in sorted(each for each in aside.rglob("*") if each.is_file()):
        place = path.relative_to(aside)
        if names := scrubber.leaks(path.read_bytes()):
            leaks[place.as_posix()] = names
            continue
        (folder / place).parent.mkdir(exist_ok=True)
        os.replace(path, folder / place)
        moved.append(folder / place)
    if leaks:
        raise SecretLeaked(leaks)
    return moved


def _statements(report: Report, rows: Sequence[Row]) -> str:
    document: dict[str, Any] = {
        "target": report.target,
        "seed": report.seed,
        "statements": [asdict(row) for row in rows],
        "findings": [_plain(finding) for finding in report.findings],
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _plain(finding: Finding) -> dict[str, Any]:
    return {key: value for key, value in vars(finding).items() if key not in ("sequence", "grounds", "id")}


def markdown(report: Report, rows: Sequence[Row]) -> str:
    """The statements as a page, and what was found in a line each."""
    lines = [f"# Contract run against {report.target}", "", f"Seed {report.seed}. {tally(rows)}.", ""]
    lines += ["| statement | verdict | it says |", "|---|---|---|"]
    lines += [f"| {row.api} {row.id} | {row.verdict} | {row.says} |" for row in rows]
    lines += ["", f"## Findings: {len(report.findings)}", ""]
    lines += [f"- {' '.join(finding.title.split())} ({finding.severity})" for finding in report.findings]
    return "\n".join(lines).rstrip() + "\n"
