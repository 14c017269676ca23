"""Rows: one run of the contract tests against one deployment, in a process of its own: ``python -m tests.detection.rows JSON``.

What it saw is one line of JSON on standard output; whatever else is said goes to standard error.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from contract_tests import command
from contract_tests.events import Event
from contract_tests.reports.model import Report
from mockserver.app import cast
from mockserver.testing import process
from tests.detection import catalogue, stock
from tests.detection.proxy import Proxy, in_front_of
from tests.detection.variants import VARIANTS

CLEAN, DEFECT, VARIANT, STOCK = "clean", "defect", "variant", "stock"


@dataclass(frozen=True)
class Row:
    """``kind``: one of the four; ``name``: of a defect (its key) or a variant, empty for the clean mock; ``part``: None for all;
    ``quick``: no part is run after one that found something; ``budget``: requests that stock Schemathesis may send,
    ``examples``: how many it is asked for.
    """

    kind: str
    api: str
    name: str = ""
    seed: int = 0
    part: str | None = None
    quick: bool = False
    budget: int = 0
    examples: int = 0

    @property
    def key(self) -> str:
        words = [self.kind, self.api, self.name.removeprefix(f"{self.api}/"), str(self.seed), self.part, "quick" * self.quick]
        return " ".join(filter(None, [*words, f"examples={self.examples}" * bool(self.examples)]))


@dataclass
class Seen:
    """What a row saw. ``caught``: each finding's part, check, statements, test and message; ``first``: after how many seconds and
    requests there was one; ``lied``: how often the deployment did; ``parts``: how many tests of each part ended how; ``status``:
    of the run.
    """

    row: Row
    status: int = -1
    caught: list[dict[str, Any]] = field(default_factory=list)
    first: dict[str, Any] | None = None
    parts: dict[str, dict[str, int]] = field(default_factory=dict)
    requests: int = 0
    lied: int = 0
    seconds: float = 0.0


def ran(row: Row) -> Seen:
    """Run a row here."""
    with _mock(row.api) as (root, token):
        os.environ[command.TOKEN] = token
        with _deployment(row, root) as proxy:
            return stock.ran(row, proxy) if row.kind == STOCK else _tested(row, proxy)


@contextmanager
def _mock(api: str) -> Iterator[tuple[str, str]]:
    token, folder = secrets.token_urlsafe(18), Path(tempfile.mkdtemp(prefix="understudy-mock-"))
    try:
        yield process.start(process.Wish((api,)), folder, token, os.getpid()).url, token
    finally:
        process.end(folder, token)


@contextmanager
def _deployment(row: Row, root: str) -> Iterator[Proxy]:
    defect = next((each for each in catalogue.DEFECTS if each.key == row.name), None)
    if defect is not None:
        with catalogue.told(defect, root, cast(row.api, "default")) as proxy:
            yield proxy
        return
    variant = VARIANTS[row.name](row.api) if row.kind == VARIANT else None
    if variant is None:
        with in_front_of(root) as (_, proxy):
            yield proxy
    else:
        with in_front_of(root, variant.lie, variant.frames) as (_, proxy):
            yield proxy


def _tested(row: Row, proxy: Proxy) -> Seen:
    seen, began = Seen(row), time.monotonic()
    with _watched(seen, proxy, began), contextlib.redirect_stdout(sys.stderr):
        for part in command.PARTS if row.quick else (row.part,):
            with tempfile.TemporaryDirectory(prefix="understudy-row-") as folder:
                seen.status = command.run([row.api], proxy.url, Path(folder), seed=row.seed, part=part)
            if seen.caught:
                break
    seen.requests, seen.lied, seen.seconds = len(proxy.seen), proxy.lied, round(time.monotonic() - began, 1)
    return seen


@contextmanager
def _watched(seen: Seen, proxy: Proxy, began: float) -> Iterator[None]:
    """Note each test as the report hears of it."""
    saw = Report.saw

    def noted(report: Report, event: Event, *rest: Any) -> None:
        count = seen.parts.setdefault(event.part, {})
        count[event.outcome] = count.get(event.outcome, 0) + 1
        if event.caught and seen.first is None:
            seen.first = {"seconds": round(time.monotonic() - began, 1), "requests": len(proxy.seen), "part": event.part}
        before = len(report.findings)
        saw(report, event, *rest)
        seen.caught += [_told(finding) for finding in report.findings[before:]]

    Report.saw = noted  # type: ignore[method-assign]
    try:
        yield
    finally:
        Report.saw = saw  # type: ignore[method-assign]


def _told(finding: Any) -> dict[str, Any]:
    return {
        "part": finding.part,
        "check": _check(finding),
        "statements": list(finding.statements),
        "test": finding.test,
        "message": finding.message[:300],
    }


def _check(finding: Any) -> str:
    """What noticed it: a check by its name, a plain assertion by the function that it stands in."""
    name = str(finding.test).rpartition("::")[2].partition("[")[0]
    return name if finding.check in ("AssertionError", "Failed", "KeyError") else str(finding.check)


def plain(seen: Seen) -> Mapping[str, Any]:
    """For a line of JSON; ``row_of`` reads its row."""
    return {"key": seen.row.key, **asdict(seen)}


if __name__ == "__main__":
    told = ran(Row(**json.loads(sys.argv[1])))
    print(json.dumps(plain(told)))
