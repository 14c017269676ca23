"""``Prefer`` on the wire of all five APIs: the contract's words, made up ones, and a state that knows nothing of it."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from mockserver import apis
from mockserver.app import cast
from mockserver.data import MOUNTS, load_spec
from mockserver.serving.contract import Contract

from .conftest import RunningMock

APPLIED, DECLINED = "preference-applied", "x-understudy-preference"


@pytest.fixture(autouse=True)
def opening_state(mock: RunningMock) -> None:
    mock.reset()


def read(mock: RunningMock, api: str, prefer: str, prefix: str = "") -> httpx.Response:
    words = apis.room(api, "credentials").first_call(cast(api)["owner"], f"{mock.url}{prefix}{MOUNTS[api]}")
    fields = [words[place + 1].partition(": ") for place, word in enumerate(words) if word == "-H"]
    return httpx.get(words[-1], headers={**{name: value for name, _, value in fields}, "Prefer": prefer}, timeout=20)


@pytest.mark.parametrize("api", MOUNTS)
def test_an_error_and_a_made_up_reply_are_had_for_the_asking(mock: RunningMock, api: str) -> None:
    words = Contract(api, load_spec(api)).refusals_anywhere["InternalError"]
    for prefer in ("code=500", "example=InternalError"):
        failed = read(mock, api, prefer)
        assert (failed.status_code, failed.json(), failed.headers[APPLIED]) == (500, words.body, prefer)
    made_up, again = read(mock, api, "dynamic=true"), read(mock, api, "dynamic=true")
    assert (made_up.status_code, made_up.headers[APPLIED]) == (200, "dynamic=true")
    assert made_up.content != again.content
    mock.reset()
    assert read(mock, api, "dynamic=true").content == made_up.content


@pytest.mark.parametrize("api", MOUNTS)
def test_what_an_operation_does_not_document_is_not_pretended(mock: RunningMock, api: str) -> None:
    honest, ignored = read(mock, api, ""), read(mock, api, "code=418")
    assert (ignored.status_code, ignored.content) == (200, honest.content)
    assert APPLIED not in ignored.headers
    assert " documents 200, " in ignored.headers[DECLINED]


def test_a_message_that_was_preferred_was_never_sent(mock: RunningMock) -> None:
    key, base = {"X-API-Key": cast("restlink")["owner"]["api_keys"]["16"]}, mock.base("restlink")
    sms = {"to": ["+14155551234"], "message": "hi", "sender_id": "MyApp"}

    def state() -> Any:
        balance = httpx.get(f"{base}/user/balance", headers=key).json()["balance"]
        return balance, httpx.get(f"{base}/sms/messages", headers=key).json()["total"], mock.control.get("/ready").json()["drawn"]

    before = state()
    for prefer in ("code=200", "dynamic=true", "code=402", "example=InsufficientBalance, wait=0.01"):
        reply = httpx.post(f"{base}/sms/send", json=sms, headers={**key, "Prefer": prefer})
        assert reply.headers[APPLIED] == prefer
    assert state() == before
    wrong = httpx.post(f"{base}/sms/send", json={**sms, "to": []}, headers={**key, "Prefer": "code=200"})
    assert (wrong.status_code, APPLIED in wrong.headers) == (400, False)


def test_the_callers_allowance_is_told_as_ever(mock: RunningMock) -> None:
    reply = read(mock, "tofrom", "code=404, dynamic=true")
    assert {"x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"} <= set(reply.headers)


def test_a_fault_decides_before_a_preference(mock: RunningMock) -> None:
    mock.control.post("/faults", json={"api": "bird", "error": {"status": 401}, "next": 1}).raise_for_status()
    mock.control.post("/faults", json={"api": "bird", "latency": {"seconds": 0}}).raise_for_status()
    struck, late = read(mock, "bird", "code=404"), read(mock, "bird", "code=404")
    assert (struck.status_code, APPLIED in struck.headers) == (401, False)
    assert (late.status_code, late.headers["x-understudy-fault"], late.headers[APPLIED]) == (404, "f2", "code=404")
    mock.control.delete("/faults")


def test_the_control_plane_does_as_it_is_told(mock: RunningMock) -> None:
    mock.control.put("/clock", json={"mode": "frozen"}, headers={"Prefer": "code=400"}).raise_for_status()
    assert mock.control.get("/clock", headers={"Prefer": "dynamic=true"}).json()["mode"] == "frozen"
    mock.reset()


def test_each_sandbox_makes_up_its_own_series(mock: RunningMock) -> None:
    here = [read(mock, "restlink", "dynamic=true").content for _ in range(2)]
    assert [read(mock, "restlink", "dynamic=true", "/~other").content for _ in range(2)] == here
    assert mock.control.delete("/sandboxes/other").status_code == 204
