"""Refusals are known by the words that the contract gives them, and on a deployment with other words by their code."""

from __future__ import annotations

from typing import Any

import pytest

from contract_tests.contracts import load, operations
from contract_tests.refusals import FORMAL, Refusals
from mockserver.data import MOUNTS, load_spec

SEND = "POST /sms/send"


@pytest.mark.parametrize(
    ("status", "body", "names"),
    [
        (
            400,
            {"status": False, "error_code": "INVALID_BODY", "description": "This operation needs a JSON body"},
            {"BodyMissing"},
        ),
        (404, {"status": False, "error_code": "NOT_FOUND", "description": "There is nothing at this path"}, {"PathUnknown"}),
        (400, {"status": False, "error_code": "NO_SUCH_CODE", "description": "?"}, set()),
        (403, {"status": False, "error_code": "INVALID_BODY", "description": "This operation needs a JSON body"}, set()),
        (400, ["not", "an", "error"], set()),
        (400, None, set()),
    ],
)
def test_a_reply_is_the_refusal_whose_words_it_has(status: int, body: Any, names: set[str]) -> None:
    assert Refusals(load("restlink")).named(SEND, status, body) == names


def test_a_refusal_in_other_words_is_known_by_its_code() -> None:
    body = {"status": False, "error_code": "INVALID_BODY", "description": "Alas!"}
    assert {"BodyMissing", "BodyMalformed", "BodyInvalid"} <= Refusals(load("restlink")).named(SEND, 400, body)


def test_where_a_contract_has_no_codes_the_status_tells() -> None:
    refusals = Refusals(load("xpressbot"))
    body = {"success": False, "error": "Alas!", "message": "No such contact."}
    assert {api: Refusals(load(api)).coded for api in MOUNTS} == {api: api != "xpressbot" for api in MOUNTS}
    assert "BodyInvalid" in refusals.named("POST /contacts/manage", 400, body)
    assert not refusals.named("POST /contacts/manage", 404, body) & FORMAL - {"PathUnknown"}
    assert refusals.named("POST /contacts/manage", 400, ["no", "error"]) == set()
    exact = {"success": False, "error": "Request too large", "message": "The request body is larger than this API takes"}
    assert refusals.named("POST /contacts/manage", 413, exact) == {"BodyTooLarge"}


def test_what_belongs_to_the_moment_does_not_count() -> None:
    refusals = Refusals(load("restlink"))
    spec = load_spec("restlink")
    example = spec["components"]["examples"]["InsufficientBalance"]["value"]
    assert refusals.named(SEND, 402, {**example, "balance": 1.25, "segments": 7}) == {"InsufficientBalance"}


@pytest.mark.parametrize("api", MOUNTS)
def test_every_contract_tells_wrong_forms_from_other_refusals(api: str) -> None:
    spec = load(api)
    refusals = Refusals(spec)
    declared = {name for place, _ in operations(spec) for name, _ in refusals.declared(str(place))}
    # Where fields may stand in the query string instead, a body is never missing: its fields are.
    assert declared | {"MediaTypeUnsupported", "BodyMissing"} >= FORMAL, "the contracts name the facts about form alike"
