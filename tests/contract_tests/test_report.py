"""The report: a verdict for each statement, and everything that was found."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from contract_tests.events import FAILED, PASSED, SKIPPED, Caught, Event
from contract_tests.gate.exchange import Exchange
from contract_tests.gate.recorder import Recorder
from contract_tests.reports import folder, junit, model
from contract_tests.reports.model import Report

STATEMENTS = {"bird": {"B01": "keys [open] doors", "B02": "b"}}
LAWS = {"bird": {"B01": {"test_one", "test_two"}}}


@pytest.mark.parametrize(
    ("outcomes", "verdict"),
    [
        ({"bird.test_one": "passed", "bird.test_two": "passed"}, model.PROVEN),
        ({"bird.test_one": "passed", "bird.test_two": "failed"}, model.BROKEN),
        ({"bird.test_one": "skipped", "bird.test_two": "failed"}, model.BROKEN),
        ({"bird.test_one": "passed", "bird.test_two": "skipped"}, model.NOT_RUN),
        ({"bird.test_one": "passed"}, model.NOT_RUN),
        ({}, model.NOT_RUN),
    ],
)
def test_a_statement_is_proven_when_all_of_its_laws_passed(outcomes: dict[str, str], verdict: str) -> None:
    first, second = Report("u", 0, outcomes).rows(STATEMENTS, LAWS)
    assert (first.id, first.verdict) == ("B01", verdict)
    assert (second.id, second.verdict, second.laws) == ("B02", model.NOT_YET_PROVEN, ())


@pytest.fixture
def seen() -> Report:
    """A run of three tests: one passed, one was skipped, one found two things in its second request."""
    recorder = Recorder()
    recorder.keep(Exchange(4, "bird", "POST", "/x", [], b"{}", place="POST /x", status=201))
    recorder.keep(Exchange(5, "bird", "GET", "/x/1", [], b"", place="GET /x/{id}", status=200))
    report = Report("http://127.0.0.1:4010", 7)
    wrong = (Caught("shape", "no 'id' \x00 <b>", "GET /x/{id}"), Caught("status", "201 is not documented"))
    for event in (
        Event("laws/bird.py::test_one", "bird", "laws", PASSED, law="bird.test_one", statements=("B01",)),
        Event("laws/bird.py::test_two", "bird", "laws", SKIPPED, 0.5, "bird.test_two", ("B01",), "there is no clock"),
        Event(
            "stories.py::test_bird",
            "bird",
            "stories",
            FAILED,
            caught=wrong,
            exchanges=(4, 5),
            detail="the story",
            statements=("B02",),
        ),
    ):
        report.saw(event, recorder)
    return report


@pytest.fixture
def written(tmp_path: Path, seen: Report) -> Path:
    folder.write(tmp_path / "new" / "folder", seen, seen.rows(STATEMENTS, LAWS))
    return tmp_path / "new" / "folder"


def test_the_statements_are_written_for_programs(written: Path) -> None:
    document = json.loads((written / "statements.json").read_text("utf-8"))
    assert (document["target"], document["seed"]) == ("http://127.0.0.1:4010", 7)
    assert [row["verdict"] for row in document["statements"]] == ["not run", "not yet proven"]
    assert [(each["check"], each["operation"], each["statements"]) for each in document["findings"]] == [
        ("shape", "GET /x/{id}", ["B02"]),
        ("status", "GET /x/{id}", ["B02"]),
    ]


def test_junit_has_a_case_for_each_test_and_names_the_statements(written: Path) -> None:
    suite = ElementTree.parse(written / "junit.xml").getroot()[0]
    assert {name: suite.attrib[name] for name in ("tests", "failures", "skipped", "errors")} == {
        "tests": "3",
        "failures": "1",
        "skipped": "1",
        "errors": "0",
    }
    passed, skipped, failed = suite.iter("testcase")
    assert [each.attrib["value"] for each in passed.iter("property")] == ["B01"]
    assert [child.tag for child in passed] == ["properties"]
    assert skipped.find("skipped").attrib["message"] == "there is no clock"  # type: ignore[union-attr]
    assert (failed.attrib["classname"], failed.attrib["name"]) == ("stories", "test_bird")
    failure = failed.find("failure")
    assert failure is not None
    told = "B02 GET /x/{id}: no 'id' \ufffd <b>; B02 GET /x/{id}: 201 is not documented"
    assert (failure.attrib["type"], failure.attrib["message"]) == ("shape", told)
    assert (failure.text or "").endswith("the story")


def test_a_failure_without_a_finding_is_one_in_junit_too() -> None:
    report = Report("u", 0)
    report.saw(Event("a.py::test_a", "bird", "laws", FAILED), Recorder())
    assert "<failure" in junit.xml(report)


def test_and_for_people(written: Path) -> None:
    page = (written / "statements.md").read_text("utf-8")
    assert "| bird B01 | not run | keys [open] doors |" in page
    assert "1 not yet proven, 1 not run" in page
    assert "- 201 is not documented" in page


def test_the_table_is_plain_without_a_terminal_and_shows_texts_as_they_are() -> None:
    rows = Report("u", 0).rows(STATEMENTS, LAWS)
    plain = model.table(rows, colour=False, width=100)
    assert "\x1b" not in plain
    assert "keys [open] doors" in plain
    assert "\x1b" in model.table(rows, colour=True, width=100)
    assert plain.rstrip().endswith("1 not yet proven, 1 not run.")
