"""The checks say yes to what the contract promises and no to everything else."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest

from contract_tests import checks
from contract_tests.contracts import load

GOOD = {"status": False, "error_code": "INVALID_BODY", "description": "This operation needs a JSON body"}
JSON = "application/json"


@pytest.fixture(autouse=True)
def restlink() -> None:
    checks.register(load("restlink"))


def reply(status: int, body: Any, media_type: str | None = JSON, method: str = "POST") -> Any:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {"content-type": [media_type]} if media_type else {}
    return SimpleNamespace(status_code=status, content=content, headers=headers, request=SimpleNamespace(method=method))


def asked(*, positive: bool = True, **parts: Any) -> Any:
    schema = SimpleNamespace(title=load("restlink")["info"]["title"])
    generated = SimpleNamespace(generation=SimpleNamespace(mode=SimpleNamespace(is_positive=positive)))
    given = {"path_parameters": {}, "headers": {}, "query": {}, "body": None, "meta": generated} | parts
    return SimpleNamespace(operation=SimpleNamespace(schema=schema, label="POST /sms/send", method="post"), **given)


@pytest.mark.parametrize(
    "bad",
    [
        reply(400, {**GOOD, "status": "false"}),
        reply(400, {"error_code": "X"}),
        reply(418, {"detail": "teapot"}),
        reply(500, b"Internal Server Error", "text/plain"),
        reply(500, b"{not json"),
        reply(404, b"", None),
    ],
)
def test_an_error_of_another_shape_is_caught(bad: Any) -> None:
    with pytest.raises(AssertionError):
        checks.errors_keep_their_shape(None, bad, asked())


@pytest.mark.parametrize(
    "good",
    [
        reply(400, GOOD),
        reply(400, {**GOOD, "a field that a vendor adds": 1}),
        reply(503, GOOD, "application/json; charset=utf-8"),
        reply(200, b"<xml>no error</xml>", "text/xml"),
        reply(405, b"", None, "HEAD"),
    ],
)
def test_the_apis_own_shape_passes(good: Any) -> None:
    checks.errors_keep_their_shape(None, good, asked())


@pytest.mark.parametrize(
    "bad",
    [
        reply(500, {**GOOD, "description": 'Traceback (most recent call last): File "/srv/app.py", line 1'}),
        reply(400, {**GOOD, "description": "no such thing as sesame-open-4711"}),
        reply(400, {**GOOD, "details": ["sesame-open-4711"]}),
    ],
)
def test_an_error_that_gives_something_away_is_caught(bad: Any) -> None:
    with pytest.raises(AssertionError):
        checks.errors_give_nothing_away(None, bad, asked(body={"message": ["sesame-open-4711"]}))


@pytest.mark.parametrize(
    "good",
    [
        reply(400, GOOD),
        reply(400, {**GOOD, "details": {"sesame-open-4711": "property names may be named"}}),
        reply(200, {"echo": "sesame-open-4711"}),
        reply(400, {**GOOD, "description": "Give the sender_id"}),
    ],
)
def test_an_error_in_the_contracts_own_words_gives_nothing_away(good: Any) -> None:
    body = {"message": "sesame-open-4711", "sender_id": "description", "spaced": " sender_id"}
    checks.errors_give_nothing_away(None, good, asked(body=body))


def test_a_right_request_must_be_served_or_meet_a_named_refusal() -> None:
    refused = {"status": False, "error_code": "CROSS_TENANT_WORKSPACE", "description": "Another sentence"}
    checks.valid_requests_are_accepted(None, reply(200, {}), asked())
    checks.valid_requests_are_accepted(None, reply(403, refused), asked())
    for status, body in ((400, GOOD), (404, {**GOOD, "error_code": "NOT_FOUND"}), (401, GOOD), (409, GOOD)):
        with pytest.raises(AssertionError):
            checks.valid_requests_are_accepted(None, reply(status, body), asked())
        checks.valid_requests_are_accepted(None, reply(status, body), asked(positive=False))
