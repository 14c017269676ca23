"""The report: a verdict for each statement, and everything that was found."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from contract_tests import report
from contract_tests.report import Finding, Report

STATEMENTS = {"bird": {"B01": "keys [open] doors", "B02": "b"}}
LAWS = {"bird": {"B01": {"test_one", "test_two"}}}


@pytest.mark.parametrize(
    ("outcomes", "verdict"),
    [
        ({"bird.test_one": "passed", "bird.test_two": "passed"}, report.PROVEN),
        ({"bird.test_one": "passed", "bird.test_two": "failed"}, report.FAILED),
        ({"bird.test_one": "skipped", "bird.test_two": "failed"}, report.FAILED),
        ({"bird.test_one": "passed", "bird.test_two": "skipped"}, report.NOT_RUN),
        ({"bird.test_one": "passed"}, report.NOT_RUN),
        ({}, report.NOT_RUN),
    ],
)
def test_a_statement_is_proven_when_all_of_its_laws_passed(outcomes: dict[str, str], verdict: str) -> None:
    first, second = Report("u", 0, outcomes).rows(STATEMENTS, LAWS)
    assert (first.id, first.verdict) == ("B01", verdict)
    assert (second.id, second.verdict, second.laws) == ("B02", report.NOT_YET_PROVEN, ())


@pytest.fixture
def written(tmp_path: Path) -> Path:
    finding = Finding("conformance", "conformance.py::test[GET /x]", ("GET /x: wrong",), "curl …")
    seen = Report("http://127.0.0.1:4010", 7, {"bird.test_one": "passed", "bird.test_two": "passed"}, [finding])
    report.write(tmp_path / "new" / "folder", seen, seen.rows(STATEMENTS, LAWS))
    return tmp_path / "new" / "folder"


def test_the_statements_are_written_for_programs(written: Path) -> None:
    document = json.loads((written / "statements.json").read_text("utf-8"))
    assert (document["target"], document["seed"]) == ("http://127.0.0.1:4010", 7)
    assert [row["verdict"] for row in document["statements"]] == ["proven", "not yet proven"]
    assert document["findings"][0]["caught"] == ["GET /x: wrong"]


def test_and_for_people(written: Path) -> None:
    page = (written / "statements.md").read_text("utf-8")
    assert "| bird B01 | proven | keys [open] doors |" in page
    assert "1 proven, 1 not yet proven" in page
    assert "- GET /x: wrong" in page


def test_the_table_is_plain_without_a_terminal_and_shows_texts_as_they_are() -> None:
    rows = Report("u", 0).rows(STATEMENTS, LAWS)
    plain = report.table(rows, colour=False, width=100)
    assert "\x1b" not in plain
    assert "keys [open] doors" in plain
    assert "\x1b" in report.table(rows, colour=True, width=100)
    assert plain.rstrip().endswith("1 not yet proven, 1 not run.")
