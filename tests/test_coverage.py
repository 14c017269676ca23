"""Coverage: counts over contracts, told as table, JSON and JUnit, with a threshold."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from xml.etree import ElementTree

import httpx
import pytest
from websockets.sync.client import connect

from mockserver.coverage.counts import Counts
from mockserver.coverage.rendering import FORMS, MEASURES, render
from mockserver.coverage.report import report
from mockserver.data import MOUNTS, load_spec
from mockserver.serving.contract import Contract

from .conftest import RunningMock


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


@pytest.fixture
def taker() -> Iterator[str]:
    """The address of somebody who takes every webhook."""

    class Taker(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Taker)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/"
    server.shutdown()
    server.server_close()


SMS = {"to": ["+14155551234"], "message": "hi", "sender_id": "MyApp"}


def read(mock: RunningMock, prefix: str = "", **wishes: str) -> dict[str, Any]:
    reply = httpx.get(f"{mock.url}{prefix}/_understudy/coverage", params=wishes, headers=mock.control.headers)
    assert reply.status_code == 200, reply.text
    told: dict[str, Any] = reply.json()
    return told


def answers(told: dict[str, Any], name: str) -> dict[int, int]:
    return {answer["status"]: answer["count"] for answer in operation_of(told, name)["answers"] if answer["count"]}


def test_the_run_counts_all_sandboxes_and_forgets_none(start_mock: Callable[..., RunningMock]) -> None:
    mock = start_mock(apis=("restlink", "tofrom"))
    assert [api["api"] for api in read(mock)["apis"]] == ["restlink", "tofrom"]
    key = mock.cast("restlink")["owner"]["api_keys"]["16"]
    with httpx.Client(base_url=mock.url, headers={"X-API-Key": key}, trust_env=False) as client:
        for prefix in ("", "/~one", "/~two"):
            client.post(f"{prefix}/restlink/api/v1/sms/send", json=SMS)
        client.post("/~one/restlink/api/v1/sms/send", json={})
        client.get("/~one/restlink/api/v1/nothing")
        client.get("/~two/restlink/api/v1/sms/messages", headers={"Prefer": "code=429"})
    assert answers(read(mock, of="sandbox"), "send_sms") == {200: 1}
    assert answers(read(mock, "/~one", of="sandbox"), "send_sms") == {200: 1, 400: 1}
    assert answers(read(mock, "/~one"), "send_sms") == {200: 3, 400: 1}
    mock.control.delete("/sandboxes/one")
    mock.reset()
    mock.control.delete("/journal")
    told = read(mock, api="restlink")
    assert answers(told, "send_sms") == {200: 3, 400: 1}
    assert answers(told, "list_messages") == {429: 1}
    assert not operation_of(told, "list_messages")["exercised"]
    assert told["totals"]["operations"]["exercised"] == 1
    assert mock.control.get("/coverage", params={"api": "bird"}).json()["error"] == "api_not_served"


def test_webhooks_count_when_a_receiver_took_them(start_mock: Callable[..., RunningMock], taker: str) -> None:
    mock = start_mock(apis=("restlink",))
    owner = mock.cast("restlink")["owner"]

    def taken(prefix: str) -> dict[str, int]:
        (api,) = read(mock, prefix, of="sandbox")["apis"]
        return {one["webhook"]: one["count"] for one in api["webhooks"] if one["count"]}

    for url, prefix in (("http://127.0.0.1:9/", "/~deaf"), (taker, "/~mine")):
        base = f"{mock.url}{prefix}/restlink/api/v1"
        portal = {"Authorization": f"Bearer {owner['jwt']}", "X-Workspace-ID": "16"}
        assert httpx.put(f"{base}/user/webhooks", json={"delivery_url": url}, headers=portal).status_code == 200
        sent = httpx.post(f"{base}/sms/send", json=SMS, headers={"X-API-Key": owner["api_keys"]["16"]})
        assert sent.status_code == 200, sent.text
        advance = httpx.post(
            f"{mock.url}{prefix}/_understudy/clock/advance", json={"seconds": 300}, headers=mock.control.headers, timeout=30
        )
        assert advance.status_code == 200, advance.text
    assert taken("/~deaf") == {}
    assert taken("/~mine").keys() == {"delivery"}
    assert taken("") == {}
    assert read(mock)["totals"]["webhooks"]["exercised"] == 1


def test_frames_count_when_they_are_sent(start_mock: Callable[..., RunningMock]) -> None:
    mock = start_mock(apis=("tofrom",))
    owner = mock.cast("tofrom")["owner"]
    url = f"{mock.base('tofrom')}/api/ui/workspaces/{owner['workspace_id']}/live".replace("http", "ws")
    with connect(url, additional_headers={"Authorization": f"Bearer {owner['session_token']}"}, proxy=None) as live:
        live.recv(timeout=10)
    (api,) = read(mock)["apis"]
    assert {one["frame"]: one["count"] for one in api["frames"]} == {"ready": 1, "message.created": 0, "message.updated": 0}
    assert answers(read(mock), "watch_workspace") == {101: 1}
