"""The report: a verdict for each statement, and everything that was found."""

from __future__ import annotations

import base64
import copy
import gzip
import io
import json
import re
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import jsonschema_rs
import pytest

from contract_tests.events import FAILED, PASSED, SKIPPED, Caught, Event
from contract_tests.gate.exchange import Exchange
from contract_tests.gate.recorder import Recorder
from contract_tests.reports import findings, folder, har, html, junit, model, terminal
from contract_tests.reports.model import Report
from contract_tests.secrets import Scrubber

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
    folder.write_all(tmp_path / "new" / "folder", seen, seen.rows(STATEMENTS, LAWS), Scrubber({}), Recorder())
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
    text = failure.text or ""
    assert "B02 GET /x/{id}: 201 is not documented (error)\n" in text
    assert """curl -sS -i -g --path-as-is -X POST "$BIRD_BASE_URL"/x \\\n  --data-raw '{}'\n""" in text
    assert """curl -sS -i -g --path-as-is -X GET "$BIRD_BASE_URL"/x/1\n""" in text
    assert "To send it again: pytest replays/test_002_bird_get_x_id_status.py" in text
    assert text.endswith("the story")


def test_a_failure_without_a_finding_is_one_in_junit_too() -> None:
    report = Report("u", 0)
    report.saw(Event("a.py::test_a", "bird", "laws", FAILED), Recorder())
    assert "<failure" in junit.xml(report, Scrubber({}))
    assert report.failed()


def test_and_for_people(written: Path) -> None:
    page = (written / "statements.md").read_text("utf-8")
    assert "| bird B01 | not run | keys [open] doors |" in page
    assert "1 not yet proven, 1 not run" in page
    assert "- B02 GET /x/{id}: 201 is not documented (error)" in page


def test_every_finding_is_written_as_the_schema_says(written: Path) -> None:
    schema = json.loads(Path(findings.__file__).with_name("findings.schema.json").read_text("utf-8"))
    jsonschema_rs.meta.validate(schema)
    document = json.loads((written / "findings.json").read_text("utf-8"))
    assert [error.message for error in jsonschema_rs.validator_for(schema).iter_errors(document)] == []
    first = document["findings"][0]
    assert [each["request"]["url"] for each in first["sequence"]] == ["/x", "/x/1"]
    assert (written / first["replay"]).is_file()
    assert document["tests"] == {"passed": 1, "skipped": 1, "failed": 1}
    assert [error.message for error in jsonschema_rs.validator_for(schema).iter_errors({**document, "findings": [{}]})] != []


def test_two_runs_alike_leave_the_same_bytes_but_for_times(seen: Report, tmp_path: Path) -> None:
    rows, later = seen.rows(STATEMENTS, LAWS), copy.deepcopy(seen)
    later.events = [replace(event, seconds=event.seconds + 1.5) for event in seen.events]
    for name, report in (("one", seen), ("two", later)):
        folder.write_all(tmp_path / name, report, rows, Scrubber({}), Recorder())
    for path in sorted(each for each in (tmp_path / "one").rglob("*") if each.is_file()):
        one, two = path.read_text("utf-8"), (tmp_path / "two" / path.relative_to(tmp_path / "one")).read_text("utf-8")
        if path.name == "junit.xml":
            one, two = (re.sub(r' time="[0-9.]+"', "", text) for text in (one, two))
        if path.name == "findings.json":
            one, two = (json.dumps({**json.loads(text), "timings": {}}) for text in (one, two))
        assert one == two, path.name


def test_nothing_of_an_earlier_run_stays_and_what_is_not_ours_does(seen: Report, tmp_path: Path) -> None:
    rows = seen.rows(STATEMENTS, LAWS)
    (tmp_path / "notes.txt").write_text("mine")
    folder.write_all(tmp_path, seen, rows, Scrubber({}), Recorder(), har=True)
    assert (tmp_path / "traffic.har").is_file()
    paths = folder.write_all(tmp_path, Report("u", 0), rows, Scrubber({}), Recorder())
    left = {path.name for path in tmp_path.rglob("*") if path.is_file()}
    assert left == {"notes.txt", "findings.json", "junit.xml", "report.html", "statements.json", "statements.md"}
    assert {path.name for path in paths} == left - {"notes.txt"}


SECRET = "q7HnT2vXc9LwZr4KfYbD1sMgA8eUj3RiPo6N"


@pytest.fixture
def loose(seen: Report) -> tuple[Report, Recorder]:
    """A run in which a secret stands in every part of an exchange, plainly and in base64."""
    recorder, encoded = Recorder(), base64.b64encode(f"bird:{SECRET}".encode()).decode()
    said = json.dumps({"message": f"no {SECRET}", "token": encoded}).encode()
    headers = [("Authorization", f"AccessKey {SECRET}"), ("Cookie", encoded)]
    recorder.keep(
        Exchange(
            9, "bird", "GET", f"/x?key={SECRET}", headers, said, "GET /x", status=500, reply_headers=headers, reply_body=said
        )
    )
    caught = Caught("not_a_server_error", f"it said {encoded}", "GET /x")
    seen.saw(
        Event(f"a.py::test_bird[{SECRET}]", "bird", "conformance", FAILED, 0, None, (), "", (caught,), (9,), said.decode()),
        recorder,
    )
    seen.saw(Event("a.py::test_b", "bird", "laws", SKIPPED, reason=f"because of {SECRET}"), recorder)
    return seen, recorder


def test_no_secret_reaches_a_file_or_the_terminal(loose: tuple[Report, Recorder], tmp_path: Path) -> None:
    report, recorder = loose
    scrubber = Scrubber({"BIRD_OWNER_ACCESS_KEY": SECRET})
    paths = folder.write_all(tmp_path, report, [], scrubber, recorder, har=True)
    page = io.StringIO()
    terminal.print_summary(report, [], scrubber, file=page)
    core = base64.b64encode(SECRET.encode()).decode()[:40], base64.b64encode(f"bird:{SECRET}".encode()).decode()[8:40]
    for text in (page.getvalue(), *(path.read_text("utf-8") for path in paths)):
        assert not any(each in text for each in (SECRET, *core))
    assert all(
        "$BIRD_OWNER_ACCESS_KEY" in path.read_text("utf-8") for path in paths if path.suffix in (".json", ".xml", ".html", ".har")
    )


class Blind(Scrubber):
    """One that cleans nothing and still sees."""

    def clean(self, text: str, after: int = 0) -> str:
        return text[after:]


def test_what_still_holds_a_secret_is_withheld_and_told_by_name(loose: tuple[Report, Recorder], tmp_path: Path) -> None:
    report, recorder = loose
    (tmp_path / "findings.json").write_text("of an earlier run")
    with pytest.raises(folder.SecretLeaked, match=r"findings.json held \$BIRD_OWNER_ACCESS_KEY") as raised:
        folder.write_all(tmp_path, report, [], Blind({"BIRD_OWNER_ACCESS_KEY": SECRET}), recorder)
    assert SECRET not in str(raised.value)
    assert {path.name for path in tmp_path.rglob("*") if path.is_file() and "test_00" not in path.name} == {
        "statements.md"
    } - set(raised.value.leaks)


def test_the_page_believes_nothing_and_needs_nothing(seen: Report, tmp_path: Path) -> None:
    hostile = '<script>alert(1)</script>"><img src=x onerror=alert(1)>'
    recorder = Recorder()
    recorder.keep(
        Exchange(3, "bird", "GET", f"/x?{hostile}", [(hostile, hostile)], hostile.encode(), "GET /x", reply_body=hostile.encode())
    )
    caught = Caught(hostile, hostile, "GET /x")
    seen.saw(Event(hostile, "bird", "laws", FAILED, 0, None, (), "", (caught,), (3,), hostile), recorder)
    seen.skipped[hostile] += 1
    rows = [model.Row("bird", "B01", hostile, model.NOT_RUN)]
    page = html.page(seen, rows, Scrubber({}), [None] * len(seen.findings))
    assert "<script" not in page
    assert "<img" not in page
    assert "://" not in page.replace("http://127.0.0.1:4010", "")
    assert page.count("&lt;script&gt;alert(1)") >= 9
    assert page.count("<details") == page.count("</details>")
    assert "default-src 'none'" in page


def test_a_har_is_bounded_and_holds_text_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    packed = gzip.compress(b'{"said": "packed"}')
    exchanges = [
        Exchange(1, "bird", "GET", "/old", [], b"x" * 900),
        Exchange(2, "bird", "POST", "/a?b=c", [("Content-Type", "text/plain")], b"sent", status=200, reply_body=b"\x89PNG\0\0"),
        Exchange(3, "bird", "GET", "/z", [], b"", status=200, reply_headers=[("Content-Encoding", "gzip")], reply_body=packed),
    ]
    monkeypatch.setattr(har, "ROOM", 600)
    log = json.loads(har.text(exchanges))["log"]
    assert log["comment"] == "1 older exchanges are left out"
    first, second = log["entries"]
    assert (first["request"]["url"], first["request"]["postData"]["text"]) == ("BIRD_BASE_URL/a?b=c", "sent")
    assert first["response"]["content"]["text"] == "(6 bytes that are no text)"
    assert second["response"]["content"]["text"] == '{"said": "packed"}'


def test_the_summary_begins_with_what_is_broken_and_counts_what_was_left_out(seen: Report) -> None:
    for count, reason in ((3, "The gate refused it: not yours"), (2, "there is no clock")):
        for _ in range(count):
            seen.saw(Event("a.py::t", "bird", "laws", SKIPPED, reason=reason), Recorder())
    text = terminal.summary(seen, seen.rows(STATEMENTS, LAWS), colour=False, leaks={"junit.xml": ["KEY"]})
    assert text.startswith("Found: 2 errors, 0 remarks\n\nB02 GET /x/{id}  shape (error, documented; 1 test)\n")
    assert "Refused by the gate: 3 tests\n      3  not yours\n" in text
    assert "Skipped: 3 tests\n      3  there is no clock\n" in text
    assert "Leaked: junit.xml held $KEY and is withheld." in text


def test_findings_alike_are_told_once() -> None:
    report, recorder = Report("u", 0), Recorder()
    for number in range(3):
        caught = Caught("not_a_server_error", f"Server error {number}", "GET /user/balance")
        report.saw(Event(f"conformance.py::t{number}", "restlink", "conformance", FAILED, caught=(caught,)), recorder)
    text = terminal.summary(report, [], colour=False)
    assert text.count("GET /user/balance") == 1
    assert "(error; 3 tests)" in text


def test_only_what_is_assumed_of_a_deployment_is_a_remark() -> None:
    def severity(profile: str, operation: str, check: str = "AssertionError", statements: tuple[str, ...] = ()) -> str:
        report = Report("u", 0, profile=profile)
        caught = Caught(check, "it is gone", operation, None, statements)
        report.saw(Event("t", "tofrom", "stories", FAILED, caught=(caught,)), Recorder())
        assert report.failed() == (report.findings[0].severity == "error")
        return report.findings[0].severity

    assumed, documented = "POST /api/auth/logout", "POST /api/messages"
    assert severity("mock", assumed) == "error"
    assert severity("sandbox", assumed) == "remark"
    assert severity("sandbox", documented) == "error"
    assert severity("sandbox", assumed, "not_a_server_error") == "error"
    assert severity("sandbox", assumed, statements=("T05",)) == "error"


def test_the_table_is_plain_without_a_terminal_and_shows_texts_as_they_are() -> None:
    report = Report("u", 0, {"bird.test_one": FAILED})
    rows = report.rows(STATEMENTS, LAWS)
    plain = terminal.summary(report, rows, colour=False)
    assert "\x1b" not in plain
    assert "keys [open] doors" in plain
    assert "\x1b" in terminal.summary(report, rows, colour=True)
    assert plain.rstrip().endswith("1 not yet proven, 1 failed.")


def test_what_is_proven_is_told_only_if_it_is_asked_for() -> None:
    report = Report("u", 0, {"bird.test_one": PASSED, "bird.test_two": PASSED})
    rows = report.rows(STATEMENTS, LAWS)
    assert "B01" not in terminal.summary(report, rows, colour=False)
    assert "B01" in terminal.summary(report, rows, colour=False, everything=True)


def test_a_message_says_what_is_wrong_and_leaves_values_and_the_gate_to_others() -> None:
    long = (
        'Response violates schema. "a" is a required property Validated against the response schema for 200. Schema: { "b": 1 }'
    )
    named = "Custom check failed: `errors_keep_their_shape`. It came from http://127.0.0.1:43210/bird/x"
    report = Report("u", 0)
    event = Event("t", "bird", "stories", FAILED, caught=(Caught("response_schema_conformance", long), Caught("shape", named)))
    report.saw(event, Recorder())
    assert [finding.message for finding in report.findings] == [
        'Response violates schema. "a" is a required property',
        "It came from $BIRD_BASE_URL/x",
    ]
