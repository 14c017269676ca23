"""``understudy faults``: calls that go wrong on purpose, armed at the prompt."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.cli.conftest import Command
from tests.conftest import RunningMock


@pytest.fixture(autouse=True)
def opening_state(mock: RunningMock) -> Iterator[None]:
    mock.reset()
    yield
    mock.reset()


def test_a_fault_is_armed_listed_felt_and_taken_back(understudy: Command, mock: RunningMock) -> None:
    assert understudy("faults", "list").stdout == "no faults\n"
    armed = understudy(
        "faults", "arm", "--api", "restlink", "--operation", "send_sms", "--refusal", "RateLimitExceeded", "--next", "1"
    )
    assert armed.stdout == "f1  error RateLimitExceeded on restlink send_sms, 1 left\n", armed.stderr
    key = {"X-API-Key": mock.cast("restlink")["owner"]["api_keys"]["16"]}
    sms = {"to": ["+14155551234"], "message": "hi", "sender_id": "MyApp"}
    answers = [httpx.post(f"{mock.base('restlink')}/sms/send", headers=key, json=sms).status_code for _ in range(2)]
    assert answers == [429, 200]
    head, row = understudy("faults", "list").stdout.splitlines()
    assert head.split() == ["id", "rule", "calls", "hits", "left"]
    assert row.split()[0] == "f1"
    assert row.split()[-2:] == ["1", "done"]
    understudy("faults", "arm", "--latency", "0s")
    assert understudy("faults", "clear", "f1").returncode == 0
    (left,) = json.loads(understudy("faults", "list", "--json").stdout)["faults"]
    assert (left["id"], left["rule"]) == ("f2", {"latency": {"seconds": 0.0}})
    assert understudy("faults", "clear").returncode == 0
    assert understudy("faults", "list").stdout == "no faults\n"


@pytest.mark.parametrize(
    ("words", "rule"),
    [
        (
            ["--status", "404", "--api", "bird", "--operation", "get_contact"],
            {"api": "bird", "operation": "get_contact", "error": {"status": 404}},
        ),
        (["--status", "418", "--undocumented"], {"error": {"status": 418, "undocumented": True}}),
        (["--status", "500", "--at", "after_work"], {"error": {"status": 500, "at": "after_work"}}),
        (["--latency", "1.5s", "--every", "3"], {"latency": {"seconds": 1.5}, "every": 3}),
        (["--latency", "uniform:0.1,0.5"], {"latency": {"uniform": {"lower": 0.1, "upper": 0.5}}}),
        (["--latency", "lognormal:0.2,0.6"], {"latency": {"lognormal": {"median": 0.2, "sigma": 0.6}}}),
        (["--hang", "--share", "0.25", "--actor", "owner"], {"hang": {}, "share": 0.25, "actor": "owner"}),
        (["--reset", "--at", "after_work", "--nth", "2"], {"reset": {"at": "after_work"}, "nth": 2}),
        (["--reset-in-body"], {"reset": {"at": "in_body"}}),
        (["--truncated"], {"truncated": {}}),
        (["--malformed"], {"malformed": {}}),
        (["--content-type", "text/plain"], {"content_type": {"value": "text/plain"}}),
        (["--duplicate"], {"duplicate": {}}),
        (["--rate-limit", "--api", "tofrom"], {"rate_limit": {}, "api": "tofrom"}),
        (["--maintenance", "--undocumented"], {"maintenance": {"undocumented": True}}),
        (["--hang", "--header", "User-Agent: curl/*"], {"hang": {}, "header": {"name": "User-Agent", "value": "curl/*"}}),
        (["--hang", "--header", "X-Trace"], {"hang": {}, "header": {"name": "X-Trace"}}),
        (["--hang", "--body", "to.0=+14155551234"], {"hang": {}, "body": {"at": "to.0", "equals": "+14155551234"}}),
        (["--hang", "--body", "/limit=5"], {"hang": {}, "body": {"at": "/limit", "equals": 5}}),
        (["--hang", "--body", "to.0"], {"hang": {}, "body": {"at": "to.0"}}),
        (["--rule", '{"api": "bird", "error": {"status": 422}}'], {"api": "bird", "error": {"status": 422}}),
    ],
)
def test_every_flag_says_what_the_control_plane_understands(understudy: Command, words: list[str], rule: dict[str, Any]) -> None:
    armed = understudy("faults", "arm", *words, "--json")
    assert armed.returncode == 0, armed.stderr
    assert json.loads(armed.stdout)["rule"] == rule


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["arm"], "A rule has exactly one effect: one of error"),
        (["arm", "--hang", "--truncated"], "A rule has exactly one effect"),
        (["arm", "--api", "nobody", "--hang"], "'nobody' is not one of"),
        (["arm", "--latency", "soon"], "is no length of time such as"),
        (["arm", "--latency", "uniform:1"], "is no latency such as 1.5s, uniform:0.1,0.5"),
        (["arm", "--latency", "normal:1,2"], "is no latency such as"),
        (["arm", "--share", "2", "--hang"], "2.0 is not in the range"),
        (["arm", "--rule", "{"], "is no JSON, such as"),
        (["arm", "--rule", "{}", "--reset-in-body"], "--rule says all there is to say: leave out --reset-in-body."),
        (["clear", "f99"], "understudy: "),
    ],
)
def test_mistakes_end_with_2_and_one_clear_line(understudy: Command, words: list[str], message: str) -> None:
    ended = understudy("faults", *words)
    assert (ended.returncode, ended.stdout, ended.stderr.count("\n")) == (2, "", 1), ended.stderr
    assert message in ended.stderr
