"""A finding says what in the contract it rests on, and how well that is known."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest

from contract_tests.events import FAILED, Caught, Event
from contract_tests.gate.exchange import Exchange
from contract_tests.gate.recorder import Recorder
from contract_tests.reports import grounds
from contract_tests.reports.finding import finding_of
from mockserver.data import load_spec

RESTLINK, BIRD, TOFROM = load_spec("restlink"), load_spec("bird"), load_spec("tofrom")
BALANCE, SEND, MESSAGES = "GET /user/balance", "POST /sms/send", "GET /sms/messages"


def exchange(operation: str, status: int, reply: Any = None, **more: Any) -> Exchange:
    method, _, path = operation.partition(" ")
    made = Exchange(1, "restlink", method, path, [], b"", operation, status=status, reply_body=json.dumps(reply).encode())
    for name, value in more.items():
        setattr(made, name, value)
    return made


def test_a_missing_field_is_found_where_the_contract_names_it() -> None:
    message = 'Response violates schema. "currency" is a required property Validated against …'
    probes = [exchange(BALANCE, 200, {"status": True, "balance": 1.5}), exchange(BALANCE, 401), exchange(BALANCE, 401)]
    found = grounds.of(RESTLINK, "response_schema_conformance", message, BALANCE, probes, "x-bundled/schema000001/required")
    assert str(found.spot) == "GET /user/balance#/responses/200/body/currency"
    assert found.pointer == "/components/schemas/Balance/properties/currency"
    assert (found.provenance, found.failing) == ("published", 0)
    assert '"type": "string"' in found.says


def test_a_wrong_value_is_found_inside_lists_and_compressed_replies_and_by_what_the_message_says() -> None:
    page = {"messages": [{"id": "x", "segments": "two"}], "total": 1, "page": 1, "limit": 25, "total_pages": 1}
    body = gzip.compress(json.dumps(page).encode())
    packed = exchange(MESSAGES, 200, reply_headers=[("Content-Encoding", "gzip")], reply_body=body)
    for value, name in (('"x" is not of type "integer"', "id"), ('"two" is not of type "integer"', "segments")):
        found = grounds.of(RESTLINK, "response_schema_conformance", f"Response violates schema. {value}", MESSAGES, [packed])
        assert found.spot.steps == ("responses", "200", "body", "messages", name)
        assert (found.pointer or "").endswith(f"/properties/{name}")


@pytest.mark.parametrize(
    ("status", "steps"),
    [
        (201, ("responses", "200")),
        (418, ("responses", "4XX")),
        (302, ("responses", "3XX")),
    ],
)
def test_a_status_that_nobody_documented_stands_in_anothers_place(status: int, steps: tuple[str, ...]) -> None:
    message = f"Undocumented HTTP status code. Received: {status} Documented: 200, 400, 401"
    found = grounds.of(RESTLINK, "status_code_conformance", message, SEND, [exchange(SEND, status)])
    assert (found.spot.steps, found.provenance) == (steps, "documented")
    assert (found.pointer, found.says) == (
        "/paths/~1sms~1send/post/responses",
        "documented are 200, 400, 401, 402, 403, 413, 429, 500",
    )


def test_what_should_have_been_refused_is_found_in_the_request() -> None:
    message = "Schema-violating request accepted. Invalid data should have been rejected Expected: 400"
    bad = exchange(MESSAGES, 200, url="/sms/messages?limit=ten&page=2", headers=[("X-Workspace-ID", "16")])
    found = grounds.of(RESTLINK, "negative_data_rejection", message, MESSAGES, [bad])
    assert (found.spot.steps, found.pointer) == (("parameters", "limit"), "/components/parameters/Limit")
    sent = exchange(
        SEND, 200, headers=[("X-Workspace-ID", "16")], body=b'{"to": ["+14155551234"], "message": 5, "sender_id": "a"}'
    )
    found = grounds.of(RESTLINK, "negative_data_rejection", message, SEND, [sent])
    assert found.spot.steps == ("request", "message")
    missing = exchange(SEND, 200, body=b'{"message": "hi", "sender_id": "a"}')
    assert grounds.of(RESTLINK, "negative_data_rejection", message, SEND, [missing]).spot.steps == ("request", "to")
    headed = exchange(
        SEND, 200, headers=[("X-Workspace-ID", "-1")], body=b'{"to": ["+14155551234"], "message": "", "sender_id": "a"}'
    )
    two = f"{message} Invalid component: parameter `X-Workspace-ID` in header - violates pattern"
    assert grounds.of(RESTLINK, "negative_data_rejection", two, SEND, [headed]).spot.steps == ("parameters", "X-Workspace-ID")


def test_a_header_that_is_missing_is_found_among_those_of_the_reply() -> None:
    message = "The following required headers are missing from the response: - `X-RateLimit-Remaining`"
    found = grounds.of(
        TOFROM, "response_headers_conformance", message, "POST /api/messages", [exchange("POST /api/messages", 200)]
    )
    assert found.spot.steps == ("responses", "200", "headers", "X-RateLimit-Remaining")
    assert found.pointer == "/components/headers/RateLimitRemaining" or (found.pointer or "").endswith(
        "/headers/X-RateLimit-Remaining"
    )


def test_a_right_request_that_was_refused_is_owed_the_success() -> None:
    message = "A request that keeps the contract was refused with 422 as BodyInvalid"
    operation = "POST /workspaces/{workspaceId}/channels/{channelId}/messages"
    found = grounds.of(BIRD, "valid_requests_are_accepted", message, operation, [exchange(operation, 422)])
    assert (found.spot.steps, found.provenance) == (("responses", "202"), "documented")


def test_an_error_in_other_words_is_found_in_the_body_even_where_the_status_is_documented_nowhere() -> None:
    message = 'The body of this 404 is not the contract\'s Error: "error_code" is a required property'
    known = exchange("GET /sms/status/{message_id}", 404, {"status": False, "description": "no"})
    found = grounds.of(RESTLINK, "errors_keep_their_shape", message, known.place or "", [known])
    assert found.pointer == "/components/schemas/Error/properties/error_code"
    found = grounds.of(RESTLINK, "errors_keep_their_shape", message, BALANCE, [exchange(BALANCE, 404, {})])
    assert found.spot.steps == ("responses", "4XX", "body")


def test_strangers_things_are_about_whose_they_are() -> None:
    message = "GET /user/balance let the owner's credential in with a stranger's X-Workspace-ID"
    found = grounds.of(RESTLINK, "AssertionError", message, BALANCE, [exchange(BALANCE, 200)])
    assert found.spot.steps == ("security", "owner")


@pytest.mark.parametrize(
    ("message", "steps"),
    [
        (
            "{} by the stranger (header): the contract says WorkspaceNotOwned (403), but came 200 …",
            "responses/403/refusals/WorkspaceNotOwned",
        ),
        ("{} by the owner (header): shows what is the owner's: id ws_1", "security/owner"),
        ("{} by nobody: can be told from what does not exist. It came 403 …", "security/owner"),
        ("{} with a forged Jwt (no signature): must be refused with 401, but came 200 TokenInvalid", "security"),
        ("{} with a forged Jwt (old): the contract says TokenExpired, but came 200", "responses/401/refusals/TokenExpired"),
        ("{} must be refused as PermissionMissing with 403, but came 500", "responses/403/refusals/PermissionMissing"),
        ("the balance is what it was", ""),
    ],
)
def test_what_our_own_tests_say_is_understood(message: str, steps: str) -> None:
    found = grounds.of(RESTLINK, "AssertionError", message.format(BALANCE), BALANCE, [exchange(BALANCE, 200)])
    assert "/".join(found.spot.steps) == steps


def test_what_was_beyond_a_limit_is_found_in_the_request() -> None:
    beyond = exchange(MESSAGES, 200, url="/sms/messages?page=0")
    found = grounds.of(RESTLINK, "AssertionError", "page: one beyond the limit is taken with 200", MESSAGES, [beyond])
    assert found.spot.steps == ("parameters", "page")


def test_a_message_may_begin_with_the_operation_that_it_is_about() -> None:
    recorder = Recorder()
    recorder.keep(exchange(MESSAGES, 200))
    event = Event("t", "restlink", "ownership", FAILED, exchanges=(1,))

    def operation(message: str) -> str | None:
        return finding_of(event, Caught("AssertionError", message), recorder, {"restlink": RESTLINK}, "mock").operation

    assert operation("GET /user/balance by nobody: must be served, but came 500") == BALANCE
    assert operation("GET /elsewhere: must be served") == MESSAGES


def test_who_finds_something_may_know_the_place_better() -> None:
    found = grounds.of(RESTLINK, "effects", "it is gone", BALANCE, [], "/components/schemas/Balance/properties/balance")
    assert found.pointer == "/components/schemas/Balance/properties/balance"
    assert grounds.of(RESTLINK, "effects", "it is gone", BALANCE, [], "/nowhere").pointer == "/paths/~1user~1balance/get"


def test_what_holds_everywhere_rests_on_no_assumption() -> None:
    failed = exchange("GET /media/{mediaId}", 500)
    found = grounds.of(BIRD, "not_a_server_error", "Server error", "GET /media/{mediaId}", [failed])
    assert found.provenance is None
    assert grounds.of(BIRD, "status_code_conformance", "418", failed.place or "", [failed]).provenance == "assumed"


def test_provenance_is_inherited_and_what_is_inside_may_say_otherwise() -> None:
    toy = {"a": {"x-provenance": "documented", "b": [{"c": {"x-provenance": "assumed", "d": {}}}]}}
    assert [grounds.provenance(toy, pointer) for pointer in ("/a", "/a/b/0", "/a/b/0/c", "/a/b/0/c/d")] == [
        "documented",
        "documented",
        "assumed",
        "assumed",
    ]
    assert grounds.provenance({"a": {}}, "/a") is None


def test_a_custom_checks_own_name_is_in_its_title() -> None:
    assert grounds.check_of("Custom check failed: `errors_keep_their_shape`") == "errors_keep_their_shape"
    assert grounds.check_of("status_code_conformance") == "status_code_conformance"
