"""Folder: the files that a run leaves behind."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from contract_tests.reports import junit
from contract_tests.reports.finding import Finding
from contract_tests.reports.model import Report, Row, tally


def write(folder: Path, report: Report, rows: Sequence[Row]) -> None:
    """``statements.json``, ``statements.md`` and ``junit.xml`` in the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    document: dict[str, Any] = {
        "target": report.target,
        "seed": report.seed,
        "statements": [asdict(row) for row in rows],
        "findings": [_plain(finding) for finding in report.findings],
    }
    (folder / "statements.json").write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", "utf-8")
    (folder / "statements.md").write_text(markdown(report, rows), "utf-8")
    (folder / "junit.xml").write_text(junit.xml(report), "utf-8")


def _plain(finding: Finding) -> dict[str, Any]:
    return {key: value for key, value in vars(finding).items() if key not in ("sequence", "grounds")}


def markdown(report: Report, rows: Sequence[Row]) -> str:
    """The report as a page."""
    lines = [f"# Contract run against {report.target}", "", f"Seed {report.seed}. {tally(rows)}.", ""]
    lines += ["| statement | verdict | it says |", "|---|---|---|"]
    lines += [f"| {row.api} {row.id} | {row.verdict} | {row.says} |" for row in rows]
    lines += ["", f"## Findings: {len(report.findings)}", ""]
    for finding in report.findings:
        lines += [f"### {finding.test}", "", f"- {finding.message}", "", "```", finding.detail, "```", ""]
    return "\n".join(lines).rstrip() + "\n"
