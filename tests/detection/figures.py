"""Figures: what many rows say together, for a terminal, a program and a page."""

from __future__ import annotations

import io
import statistics
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.detection.defect import Defect
from tests.detection.sources import REST_FAULTS

Result = dict[str, Any]
COMMAND = "python benchmarks/detection.py --variants all --seeds 0-19 --markdown docs/detection.md"


@dataclass
class Figures:
    """``defects``: those that were told; ``results``: of all rows."""

    defects: Sequence[Defect]
    results: Sequence[Result]

    def of(self, defect: Defect) -> Result | None:
        """The row of a defect, if it was run and did not break."""
        return next((each for each in self._kind("defect") if each["row"]["name"] == defect.key and each["status"] >= 0), None)

    def stock(self, defect: Defect) -> bool | None:
        """Whether Schemathesis as it comes found what it does not find in the clean mock; None if it was not run."""
        baseline = {pair for each in self._kind("stock") if each["row"]["name"].startswith("clean/") for pair in _pairs(each)}
        found = next((each for each in self._kind("stock") if each["row"]["name"] == defect.key), None)
        return None if found is None else bool(_pairs(found) - baseline)

    @property
    def told(self) -> list[tuple[Defect, Result]]:
        return [(defect, result) for defect in self.defects if (result := self.of(defect)) is not None]

    @property
    def killed(self) -> list[tuple[Defect, Result]]:
        return [(defect, result) for defect, result in self.told if result["caught"]]

    @property
    def survivors(self) -> list[Defect]:
        return [defect for defect, result in self.told if not result["caught"]]

    @property
    def unnamed(self) -> list[tuple[Defect, set[str]]]:
        """Defects that were caught, and the statements that they break and no finding named."""
        named = ((defect, {name for each in result["caught"] for name in each["statements"]}) for defect, result in self.killed)
        return [
            (defect, set(defect.breaks) - names) for defect, names in named if defect.breaks and not names & set(defect.breaks)
        ]

    @property
    def alarms(self) -> list[Result]:
        """Rows of the clean mock and of variants in which something was found."""
        return [each for each in self.honest if each["caught"]]

    @property
    def honest(self) -> list[Result]:
        return [*self._kind("clean"), *self._kind("variant")]

    @property
    def broken(self) -> list[Result]:
        return [each for each in self.results if each["status"] < 0 and each["row"]["kind"] != "stock"]

    @property
    def idle(self) -> list[tuple[str, str]]:
        """Parts that ran and killed nothing."""
        parts = {part for _, result in self.told for part in result["parts"]}
        busy = {each["part"] for _, result in self.killed for each in result["caught"]}
        return [(part, "killed nothing") for part in sorted(parts - busy)]

    def kills(self) -> Counter[tuple[str, str]]:
        """(part, check) → how many defects it caught."""
        return Counter(pair for _, result in self.killed for pair in {(each["part"], each["check"]) for each in result["caught"]})

    def alone(self) -> Counter[tuple[str, str]]:
        """(part, check) → how many defects nothing else caught."""
        sets = [{(each["part"], each["check"]) for each in result["caught"]} for _, result in self.killed]
        return Counter(next(iter(pairs)) for pairs in sets if len(pairs) == 1)

    def _kind(self, kind: str) -> list[Result]:
        return [each for each in self.results if each["row"]["kind"] == kind]


def _pairs(result: Result) -> set[tuple[str, str]]:
    return {(each["check"], each["test"]) for each in result["caught"]}


def shares(figures: Figures, by: Callable[[Defect], str]) -> list[tuple[str, int, int, int, int]]:
    """Group → told, killed, told to Schemathesis, killed by it."""
    groups = sorted({by(defect) for defect, _ in figures.told})
    rows = []
    for group in groups:
        members = [(defect, result) for defect, result in figures.told if by(defect) == group]
        stock = [figures.stock(defect) for defect, _ in members]
        rows.append(
            (
                group,
                len(members),
                sum(bool(result["caught"]) for _, result in members),
                len(stock) - stock.count(None),
                stock.count(True),
            )
        )
    return rows


def rest_faults(figures: Figures) -> tuple[int, int]:
    """How many of the ten types were told, and of how many every defect or some was killed: told, killed."""
    told: dict[str, list[bool]] = {}
    for defect, result in figures.told:
        if defect.source.work == REST_FAULTS:
            told.setdefault(defect.source.item, []).append(bool(result["caught"]))
    return len(told), sum(all(kills) for kills in told.values())


def summary(figures: Figures) -> list[str]:
    """The figures that count, a sentence each."""
    told, killed = len(figures.told), len(figures.killed)
    types, caught = rest_faults(figures)
    stock = [figures.stock(defect) for defect, _ in figures.told]
    firsts = [result["first"] for _, result in figures.killed if result["first"]]
    lines = [f"{killed} of {told} defects were caught{f' ({killed / told:.1%})' if told else ''}."]
    if types:
        lines.append(f"Of {types} types of rest-faults {caught} were caught wherever they were told.")
    if firsts:
        seconds, requests = (statistics.median(each[name] for each in firsts) for name in ("seconds", "requests"))
        lines.append(f"The first finding came after {seconds:.0f} seconds and {requests:.0f} requests (median).")
    if any(each is not None for each in stock):
        lines.append(f"Schemathesis as it comes caught {stock.count(True)} of {len(stock) - stock.count(None)}.")
    lines.append(f"{len(figures.alarms)} of {len(figures.honest)} runs of honest deployments raised an alarm.")
    if figures.broken:
        lines.append(f"{len(figures.broken)} rows broke off and are not counted.")
    return lines


def terminal(figures: Figures) -> str:
    """Tables of words."""
    page = io.StringIO()
    console = Console(file=page, width=150)
    for title, columns, rows in tables(figures):
        if rows:
            grid = Table(*columns, title=title, title_justify="left")
            for row in rows:
                grid.add_row(*map(str, row))
            console.print(grid)
    return page.getvalue() + "\n".join(summary(figures))


def tables(figures: Figures) -> list[tuple[str, tuple[str, ...], list[tuple[Any, ...]]]]:
    """Title, columns and rows of every table."""
    share = ("told", "killed", "told to stock", "killed by stock")
    alarms = [
        (each["key"], caught["part"], caught["check"], caught["message"][:90])
        for each in figures.alarms
        for caught in each["caught"]
    ]
    kills, alone = figures.kills(), figures.alone()
    return [
        ("By area", ("area", *share), shares(figures, lambda defect: defect.area)),
        ("By API", ("API", *share), shares(figures, lambda defect: defect.api)),
        ("By source", ("source", *share), shares(figures, lambda defect: defect.source.work)),
        ("Checks", ("part", "check", "kills", "alone"), [(*pair, count, alone[pair]) for pair, count in kills.most_common()]),
        ("Parts that killed nothing", ("part", ""), list(figures.idle)),
        ("Defects", ("defect", "caught by", "seconds", "requests", "stock"), list(_matrix(figures))),
        ("Survivors", ("defect", "source", "what it does", "lies told"), list(_survived(figures))),
        (
            "Caught without the statement's name",
            ("defect", "statements"),
            [(d.key, " ".join(sorted(s))) for d, s in figures.unnamed],
        ),
        ("False alarms", ("row", "part", "check", "message"), alarms),
        ("Broken off", ("row", "last words"), [(each["key"], each.get("words", "")[-200:]) for each in figures.broken]),
    ]


def _matrix(figures: Figures) -> Iterable[tuple[Any, ...]]:
    for defect, result in figures.told:
        by = Counter(each["part"] for each in result["caught"])
        first = result["first"] or {"seconds": "", "requests": ""}
        stock = {True: "caught", False: "", None: "not run"}[figures.stock(defect)]
        yield (
            defect.key,
            ", ".join(f"{part} {count}" for part, count in by.items()) or "SURVIVED",
            first["seconds"],
            first["requests"],
            stock,
        )


def _survived(figures: Figures) -> Iterable[tuple[Any, ...]]:
    for defect, result in figures.told:
        if not result["caught"]:
            yield defect.key, str(defect.source), defect.does, result["lied"] or "never: nobody asked"


def plain(figures: Figures) -> dict[str, Any]:
    """All figures for programs: tables as lists of objects, and every row."""
    told = {title: [dict(zip(columns, row, strict=True)) for row in rows] for title, columns, rows in tables(figures)}
    return {"summary": summary(figures), "tables": told, "rows": list(figures.results)}


def markdown(figures: Figures) -> str:
    """The page."""
    lines = [
        "# What the contract tests catch",
        "",
        *(f"- {line}" for line in summary(figures)),
        "",
        "```",
        COMMAND,
        "```",
        "",
        _HOW,
        "",
    ]
    for title, columns, rows in tables(figures):
        if rows:
            lines += [f"## {title}", "", f"| {' | '.join(columns)} |", f"|{'---|' * len(columns)}"]
            lines += [f"| {' | '.join(str(part).replace('|', '/') for part in row)} |" for row in rows]
            lines.append("")
    return "\n".join(lines)


_HOW = """\
Each row is one run against a fresh mock behind a proxy that tells one lie. A defect counts as caught if the run found anything,
since the same run finds nothing without the lie. Schemathesis as it comes is given the same contract, the owner's credentials
and its default checks; it is asked for as many examples as spend, on the clean mock, the requests of our own run, and is
interrupted when it has spent them. It is said to have caught a defect if a check failed for an operation where none fails on
the clean mock. Defects are taken from published lists, not from what the checks look for; the catalogue is `tests/detection`."""
