"""The harness receives webhooks wherever a target can reach it, knows a right one, and finds a sender that lies."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest

import mockserver.app
from contract_tests import contracts, signatures
from contract_tests.command import FOUND, run
from contract_tests.deployment import Deployment
from contract_tests.hooks.judged import Judged
from contract_tests.hooks.senders import SENDERS
from contract_tests.receiver import Received, Says, receiving
from mockserver.apis.restlink import deliveries
from mockserver.data import MOUNTS, load_spec

BODY = b'{"a":1}'
REPORT = {
    "message_id": "api_1041_1771841700123456789_9f86d081884c7d65",
    "recipient": "+14155551234",
    "sender_id": "MyApp",
    "status": "DELIVRD",
    "status_code": "000",
    "num_parts": 1,
    "cost": 0.008,
    "timestamp": "2026-02-23T10:15:04Z",
}
HEADERS = {"content-type": "application/json", "user-agent": "23Telecom-Webhooks/1.0"}


def test_signatures_are_those_of_another_tool() -> None:
    # printf '1771841704.{"a":1}' | openssl dgst -sha256 -hmac s3cret; the other one likewise, over three lines.
    digest = "814a3d44f623d8391b0031393dfaaad1078c8a62568f923dea0301326db7883c"
    assert signatures.restlink("s3cret", "1771841704", BODY) == f"sha256={digest}"
    assert (
        signatures.bird("s3cret", "1771841704", "https://hooks.example/sms", BODY)
        == "4niXScRAP+cs7bciG3Hg14yoRbLvW3tIJSDgLOAf3wo="
    )


def test_a_token_of_the_partners_secret_tells_its_claims_whenever_it_is_read() -> None:
    said = {"partner_id": "p", "nbf": 1, "exp": 2}
    token = jwt.encode(said, "a secret of enough characters, 32+", algorithm="HS256")
    assert signatures.timelines("a secret of enough characters, 32+", token) == said
    assert signatures.timelines("another secret of enough characters", token) is None
    assert signatures.timelines("a secret of enough characters, 32+", "no token") is None


def problems(body: dict[str, Any], headers: dict[str, str]) -> list[str]:
    received = Received("/delivery", headers, json.dumps(body).encode())
    return list(Judged(contracts.load("restlink")).problems("delivery", received))


def test_a_right_webhook_may_tell_more_than_the_contract_says() -> None:
    assert problems(REPORT, HEADERS) == []
    assert problems({**REPORT, "carrier": {"mcc": 310}}, {**HEADERS, "x-more": "1"}) == []


def test_a_wrong_webhook_is_named() -> None:
    (body,) = problems({**REPORT, "num_parts": "1"}, HEADERS)
    assert body.startswith("the body at /num_parts: ")
    assert problems(REPORT, {"content-type": "application/json"}) == ["the header User-Agent is missing"]
    assert problems(REPORT, {**HEADERS, "user-agent": "curl"}) == ["the header User-Agent is not what the contract says"]
    assert problems(REPORT, {**HEADERS, "x-webhook-signature": "abc"}) == [
        "the header X-Webhook-Signature is not what the contract says"
    ]
    assert problems(REPORT, {**HEADERS, "content-type": "text/plain"}) == ["the body is text/plain, not application/json"]


def deployment(base: str, **can: Any) -> Deployment:
    return Deployment("http://127.0.0.1:1", {"restlink": base}, {}, can=can)


def test_a_target_elsewhere_that_cannot_reach_us_skips_the_test() -> None:
    with (
        pytest.raises(pytest.skip.Exception, match="cannot reach this machine"),
        receiving(deployment=deployment("https://api.example")),
    ):
        pass


def test_a_target_on_this_machine_is_given_a_loopback_address() -> None:
    with receiving(deployment=deployment("http://localhost:4010/restlink")) as receiver:
        assert receiver.url.startswith("http://127.0.0.1:")


@pytest.mark.parametrize("kept", [True, False])
def test_a_target_that_can_reach_us_is_given_the_public_url(kept: bool) -> None:
    """``kept``: whether what leads requests here keeps the public URL's own path."""
    can = {"webhooks": {"listen": "127.0.0.1:0", "url": "https://tunnel.example/hooks"}}
    with receiving(deployment=deployment("https://api.example", **can)) as receiver:
        assert receiver.url.startswith("https://tunnel.example/hooks/")
        here = f"http://127.0.0.1:{receiver.port}"
        path = receiver.url.removeprefix("https://tunnel.example" if kept else "https://tunnel.example/hooks")
        assert httpx.post(f"{here}{path}/delivery", content=b"own").status_code == 204
        assert httpx.post(f"{here}/hooks/1234/delivery", content=b"of an earlier one").status_code == 404
        assert [(one.path, one.body) for one in receiver.received] == [("/delivery", b"own")]


def test_a_receiver_answers_as_it_was_told() -> None:
    answers: Iterator[int | Says] = iter([Says(302, {"Location": "/elsewhere"}), Says(0), 500])
    with receiving(lambda _: next(answers)) as receiver:
        reply = httpx.post(receiver.url)
        assert (reply.status_code, reply.headers["location"]) == (302, "/elsewhere")
        with pytest.raises(httpx.RemoteProtocolError):
            httpx.post(receiver.url)
        assert httpx.get(receiver.url).status_code == 500
        assert [one.method for one in receiver.received] == ["POST", "POST", "GET"]


@pytest.mark.parametrize("api", MOUNTS)
def test_every_contract_that_knows_of_webhooks_has_a_sender(api: str) -> None:
    assert (api in SENDERS) is ("x-webhooks" in load_spec(api))


@pytest.mark.slow
def test_a_sender_that_lies_is_found_out(start_mock: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """It signs another body, tries again too early and once too often, and waits too long."""
    lying = copy.deepcopy(load_spec("restlink"))
    lying["x-delivery"] |= {"retries": [8, 30, 60], "timeout": 8}
    monkeypatch.setattr(mockserver.app, "load_spec", lambda name: lying if name == "restlink" else load_spec(name))
    honest = deliveries.headers
    monkeypatch.setattr(
        deliveries, "headers", lambda delivery, now: honest({**delivery, "body": delivery["body"].strip() + " "}, now)
    )
    mock = start_mock(apis=("restlink",))
    monkeypatch.setenv("UNDERSTUDY_CONTROL_TOKEN", mock.app.settings.control_token)
    assert run(["restlink"], mock.url, tmp_path, part="webhooks") == FOUND
    findings = json.loads((tmp_path / "statements.json").read_text("utf-8"))["findings"]
    caught = {finding["test"].partition("_webhooks_")[2] for finding in findings}
    assert caught >= {"are_signed", "come_again_until_they_are_taken", "end_after_the_last_attempt", "wait_for_no_late_answer"}
