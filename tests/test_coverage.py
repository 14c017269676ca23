"""Coverage: counts over contracts, told as table, JSON and JUnit, with a threshold."""

from __future__ import annotations

import json
from xml.etree import ElementTree
from typing import Any

import pytest

from mockserver.coverage.counts import Counts
from mockserver.coverage.rendering import FORMS, MEASURES, render
from mockserver.coverage.report import report
from mockserver.data import MOUNTS, load_spec
from mockserver.serving.contract import Contract


def covered(*apis: str, counts: Counts | None = None) -> dict[str, Any]:
    return report([Contract(api, load_spec(api)) for api in apis or MOUNTS], counts or Counts())


def operation_of(told: dict[str, Any], name: str) -> dict[str, Any]:
    return next(one for api in told["apis"] for one in api["operations"] if one["operation"] == name)


def test_what_never_happened_stands_there() -> None:
    told = covered()
    for api in told["apis"]:
        contract = Contract(api["api"], load_spec(api["api"]))
        assert {one["operation"] for one in api["operations"]} == {one.id for one in contract.answering}
        assert [one["webhook"] for one in api["webhooks"]] == list(contract.raw.get("x-webhooks", ()))
    assert [one["frame"] for api in told["apis"] for one in api["frames"]] == ["ready", "message.created", "message.updated"]
    assert all(total["exercised"] == 0 < total["of"] for total in told["totals"].values())
    assert covered("bird")["totals"]["frames"] == {"exercised": 0, "of": 0, "percent": 100.0}


def test_only_a_success_exercises_an_operation_but_every_status_counts() -> None:
    counts = Counts()
    counts.answered("restlink", "send_sms", 401)
    assert operation_of(covered("restlink", counts=counts), "send_sms")["exercised"] is False
    counts.answered("restlink", "send_sms", 200)
    counts.answered("restlink", "send_sms", 200)
    counts.answered("restlink", "send_sms", 599)
    told = covered("restlink", counts=counts)
    answers = {answer["status"]: (answer["count"], answer["documented"]) for answer in operation_of(told, "send_sms")["answers"]}
    assert answers[200] == (2, True)
    assert answers[401] == (1, True)
    assert answers[599] == (1, False)
    assert operation_of(told, "send_sms")["exercised"] is True
    assert told["totals"]["statuses"]["exercised"] == 2


def test_a_sandbox_counts_in_the_run_and_not_in_another() -> None:
    run = Counts()
    one, other = Counts(run), Counts(run)
    one.answered("bird", "send_message", 202)
    one.delivered("bird", "message")
    one.told("tofrom", "ready")
    assert run.answers["bird", "send_message", 202] == run.webhooks["bird", "message"] == run.frames["tofrom", "ready"] == 1
    assert not other.answers
    assert covered("tofrom", counts=run)["totals"]["frames"] == {"exercised": 1, "of": 3, "percent": 33.3}
    assert covered("bird", counts=run)["totals"]["webhooks"] == {"exercised": 1, "of": 1, "percent": 100.0}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("measure", MEASURES)
def test_the_threshold_decides(form: str, measure: str) -> None:
    counts = Counts()
    counts.answered("tofrom", "log_in", 200)
    counts.told("tofrom", "ready")
    told = covered("tofrom", counts=counts)
    share = told["totals"][measure]["percent"]
    assert render(told, form, share, measure)[1] is True
    assert render(told, form, 0, measure)[1] is True
    assert render(told, form, share + 0.1, measure)[1] is (False)


@pytest.mark.parametrize("measure", MEASURES)
def test_the_junit_fails_exactly_if_the_threshold_is_not_met(measure: str) -> None:
    counts = Counts()
    counts.answered("tofrom", "log_in", 200)
    counts.told("tofrom", "ready")
    told = covered("tofrom", "restlink", counts=counts)
    for threshold in (0, 100):
        text, met = render(told, "junit", threshold, measure)
        suites = ElementTree.fromstring(text)
        failed = suites.findall("testsuite/testcase/failure")
        assert bool(failed) is not met
        total = told["totals"][measure]
        assert len(failed) == (0 if met else total["of"] - total["exercised"])
        cases = suites.findall("testsuite/testcase")
        assert len(cases) == sum(told["totals"][one]["of"] for one in ("operations", "statuses", "webhooks", "frames"))
        for suite in suites:
            assert int(suite.get("tests", "")) == len(suite)
            assert int(suite.get("failures", "")) == len(suite.findall("testcase/failure"))
    named = {(case.get("classname"), case.get("name")) for case in cases if len(case) == 0}
    assert named == {("tofrom.log_in", "succeeds"), ("tofrom.log_in", "200"), ("tofrom.frames", "ready")}


def test_the_json_is_the_report_with_the_threshold_beside() -> None:
    told = covered("bird")
    text, met = render(told, "json", 50, "webhooks")
    assert json.loads(text) == {**told, "threshold": {"percent": 50, "of": "webhooks", "met": False}}
    assert met is False


def test_the_table_names_what_was_and_what_was_not_exercised() -> None:
    counts = Counts()
    counts.answered("bird", "send_message", 202)
    counts.answered("bird", "send_message", 422)
    text, _ = render(covered("bird", counts=counts), "table", 90)
    (line,) = (line for line in text.splitlines() if line.strip().startswith("send_message "))
    assert "202:1" in line
    assert "422:1" in line
    assert "401" in line.partition("422")[2]
    assert f"webhook message{' ' * 3}" in text
    assert "90 % wanted: NOT met" in text
