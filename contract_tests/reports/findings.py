"""Findings: everything that a run found, for programs; its schema is ``findings.schema.json`` beside this file."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from contract_tests.events import FAILED, PASSED, SKIPPED
from contract_tests.gate.exchange import Exchange
from contract_tests.reports import bodies, curl, headers
from contract_tests.reports.finding import Finding
from contract_tests.reports.model import Report, Row
from contract_tests.secrets import Scrubber

#: Of one body. In characters.
LARGEST = 32 * 1024
VERSION = 1


def document(report: Report, rows: Sequence[Row], scrubber: Scrubber, replays: Sequence[str | None]) -> dict[str, Any]:
    """Everything, as JSON has it. ``replays``: the path of each finding's replay file. Times stand in ``timings`` alone."""
    return {
        "version": VERSION,
        "target": report.target,
        "profile": report.profile,
        "seed": report.seed,
        "failed": report.failed(),
        "tests": {outcome: report.counts[outcome] for outcome in (PASSED, SKIPPED, FAILED)},
        "skipped": dict(sorted(report.skipped.items())),
        "statements": [asdict(row) for row in rows],
        "findings": [_finding(each, scrubber, replay) for each, replay in zip(report.findings, replays, strict=True)],
        "timings": {event.test: event.seconds for event in report.events},
    }


def text(report: Report, rows: Sequence[Row], scrubber: Scrubber, replays: Sequence[str | None]) -> str:
    """The document as it is written. It is not scrubbed yet."""
    return json.dumps(document(report, rows, scrubber, replays), indent=2, ensure_ascii=False) + "\n"


def _finding(finding: Finding, scrubber: Scrubber, replay: str | None) -> dict[str, Any]:
    rests = finding.grounds
    return {
        "id": finding.id,
        "severity": finding.severity,
        "api": finding.api,
        "part": finding.part,
        "test": finding.test,
        "check": finding.check,
        "message": finding.message,
        "operation": finding.operation,
        "statements": list(finding.statements),
        "pointer": finding.pointer,
        "place": str(rests.spot) if rests is not None else None,
        "says": rests.says if rests is not None else "",
        "provenance": finding.provenance,
        "sequence": [_exchange(each) for each in finding.sequence],
        "curl": curl.commands(finding.sequence, scrubber),
        "replay": replay,
        "detail": finding.detail,
    }


def _exchange(exchange: Exchange) -> dict[str, Any]:
    return {
        "number": exchange.number,
        "operation": exchange.place,
        "request": {
            "method": exchange.method,
            "url": exchange.url,
            "headers": [list(pair) for pair in headers.sent(exchange.headers)],
            "body": bodies.words(bodies.sent(exchange), LARGEST),
        },
        "reply": {
            "status": exchange.status,
            "headers": [list(pair) for pair in headers.received(exchange.reply_headers)],
            "body": bodies.words(bodies.readable(exchange), LARGEST),
        },
        "refused": exchange.refused,
        "broken": exchange.broken,
        "objections": [asdict(each) for each in exchange.objections],
    }
