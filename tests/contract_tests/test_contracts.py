"""A contract as a run reads it: replies open to what a vendor adds, requests as closed as they were."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from contract_tests import contracts
from mockserver.data import MOUNTS, load_spec

CLOSED: dict[str, Any] = {"type": "object", "additionalProperties": False, "properties": {"a": {"type": "string"}}}


def spec_of(request: Any, reply: Any, schemas: dict[str, Any]) -> contracts.Spec:
    operation = {
        "operationId": "do",
        "requestBody": {"content": {"application/json": {"schema": request}}},
        "responses": {"200": {"content": {"application/json": {"schema": reply}}}},
    }
    return {"info": {"title": "t"}, "paths": {"/x": {"post": operation}}, "components": {"schemas": schemas}}


def schemas_of(spec: contracts.Spec) -> tuple[Any, Any]:
    operation = spec["paths"]["/x"]["post"]
    reply = operation["responses"]["200"]["content"]["application/json"]["schema"]
    return operation["requestBody"]["content"]["application/json"]["schema"], reply


def test_a_schema_that_both_sides_share_is_opened_for_replies_alone() -> None:
    shared = {"$ref": "#/components/schemas/Thing"}
    read = contracts.opened(spec_of(shared, shared, {"Thing": CLOSED}))
    request, reply = schemas_of(read)
    assert contracts.resolve(read, request)["additionalProperties"] is False
    assert "additionalProperties" not in contracts.resolve(read, reply)
    assert contracts.resolve(read, reply)["properties"] == CLOSED["properties"]


@pytest.mark.parametrize(
    "reply",
    [
        CLOSED,
        {"type": "array", "items": CLOSED},
        {"type": "object", "properties": {"inner": CLOSED}},
        {"type": "object", "additionalProperties": CLOSED},
        {"allOf": [CLOSED, {"anyOf": [CLOSED]}]},
        {"oneOf": [CLOSED, {"$ref": "#/components/schemas/Thing"}]},
    ],
)
def test_replies_are_opened_however_deep_the_closing_stands(reply: dict[str, Any]) -> None:
    read = contracts.opened(spec_of(CLOSED, reply, {"Thing": CLOSED}))
    request, opened = schemas_of(read)
    assert "False" not in str(opened)
    assert "oneOf" not in opened, "open variants overlap, so none of them can be the only one"
    assert request == CLOSED


def test_what_a_map_holds_and_what_a_name_says_stay() -> None:
    reply = {
        "type": "object",
        "additionalProperties": {"type": "string"},
        "properties": {"additionalProperties": {"type": "boolean"}},
    }
    _, opened = schemas_of(contracts.opened(spec_of(CLOSED, reply, {})))
    assert opened == reply


@pytest.mark.parametrize("api", MOUNTS)
def test_opening_leaves_the_contract_itself_and_every_request_alone(api: str) -> None:
    before = copy.deepcopy(load_spec(api))
    read = contracts.load(api)
    assert load_spec(api) == before
    for (place, operation), (same, original) in zip(contracts.operations(read), contracts.operations(before), strict=True):
        assert place == same
        assert operation.get("requestBody") == original.get("requestBody")
        assert operation["responses"].keys() == original["responses"].keys()
    for name, schema in before["components"]["schemas"].items():
        assert read["components"]["schemas"][name] == schema


@pytest.mark.parametrize("api", MOUNTS)
def test_no_reply_of_the_five_is_closed_any_more(api: str) -> None:
    read = contracts.load(api)
    twins = {name: schema for name, schema in read["components"]["schemas"].items() if name.endswith(contracts.REPLY)}
    assert twins
    assert "'additionalProperties': False" not in str(twins)
    for _, operation in contracts.operations(read):
        for response in operation["responses"].values():
            content = contracts.resolve(read, response).get("content", {})
            assert "'additionalProperties': False" not in str([media.get("schema") for media in content.values()])
