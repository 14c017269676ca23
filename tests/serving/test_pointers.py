"""Pointers: every objection leads back to a keyword that stands in the written contract."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest

from mockserver.data import MOUNTS, load_spec
from mockserver.engine.refusals import Issue, ParameterInvalid
from mockserver.serving.contract import Contract, Operation
from mockserver.serving.pointers import locate, of_body, of_parameter, pointer, provenance, steps_of, written
from mockserver.serving.schemas import issues
from tests.serving.test_schemas import RAW

TOY = Contract("toy", {**RAW, "paths": {}})


def pointers(schema: dict[str, Any], value: object, role: str = "request") -> list[str]:
    raw = {**RAW, "paths": {}, "here": schema}
    contract = Contract("toy", raw)
    validator = getattr(contract.schemas, role)(raw["here"])
    return [pointer(written(contract, ("here",), issue.at)) for issue in issues(validator, value)]


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("Open", {"a": "abcd"}, "/components/schemas/Open/properties/a/maxLength"),
        ("Open", {}, "/components/schemas/Open/required"),
        ("Both", {"a": "x", "n": 0}, "/components/schemas/Both/allOf/1/properties/n/exclusiveMinimum"),
        ("Both", {"n": 1}, "/components/schemas/Open/required"),
        ("List", [{"a": "x"}, {}], "/components/schemas/Open/required"),
        ("Shape", {"type": "circle"}, "/components/schemas/Circle/required"),
        ("Shape", {"type": "hexagon"}, "/components/schemas/Shape/discriminator/mapping"),
        ("Shape", {}, "/components/schemas/Shape/discriminator/propertyName"),
        ("Shape", {"type": "square", "size": 1}, "/components/schemas/Square/additionalProperties"),
        ("Shape", 5, "/components/schemas/Shape/oneOf"),
        ("Free", {"more": "x"}, "/components/schemas/Free/additionalProperties/type"),
        ("Either", 6, "/components/schemas/Either/oneOf/0/maximum"),
        ("Either", [], "/components/schemas/Either/oneOf"),
        ("Maybe", {"a": 5}, "/components/schemas/Open/properties/a/type"),
        ("Node", {"child": {"id": "x"}}, "/components/schemas/Node/properties/id/format"),
    ],
)
def test_an_objection_leads_to_the_keyword_as_written(name: str, value: object, expected: str) -> None:
    assert pointers({"$ref": f"#/components/schemas/{name}"}, value)[0] == expected


@pytest.mark.parametrize(
    ("schema", "value", "expected"),
    [
        ({"type": "array", "items": {"type": "string", "nullable": True, "minLength": 2}}, ["a"], "/here/items/minLength"),
        ({"nullable": True, "properties": {"a/b": {"not": {"type": "string"}}}}, {"a/b": "x"}, "/here/properties/a~1b/not"),
        ({"nullable": True, "anyOf": [{"type": "integer", "minimum": 2}, {"type": "boolean"}]}, 1, "/here/anyOf/0/minimum"),
        ({"allOf": [{"$ref": "#/components/schemas/Open"}]}, {}, "/components/schemas/Open/required"),
    ],
)
def test_a_schema_that_stands_in_place_is_found_there(schema: dict[str, Any], value: object, expected: str) -> None:
    assert pointers(schema, value)[0] == expected


def test_what_a_reply_must_not_say_leads_to_the_properties_that_it_may() -> None:
    assert pointers({"$ref": "#/components/schemas/Open"}, {"a": "x", "more": 1}, "reply") == [
        "/components/schemas/Open/properties"
    ]


def test_a_pointer_is_escaped_and_read_back() -> None:
    assert pointer(("paths", "/a/{b}", "get", "a~b", 0)) == "/paths/~1a~1{b}/get/a~0b/0"
    assert steps_of("#/paths/~1a~1{b}/a~0b") == ("paths", "/a/{b}", "a~b")


def operations() -> list[Operation]:
    return [operation for api in MOUNTS for operation in Contract(api, load_spec(api)).answering]


def mutants(value: Any) -> Iterator[Any]:
    """The value with something wrong in every place of it."""
    yield from (None, 5, "", [], {}, "x" * 70_000)
    if isinstance(value, dict):
        for key, child in value.items():
            yield {name: other for name, other in value.items() if name != key}
            yield from ({**value, key: wrong} for wrong in mutants(child))
        yield {**value, "nobody_knows": 1}
    elif isinstance(value, list) and value:
        yield value * 1000
        yield from ([wrong, *value[1:]] for wrong in mutants(value[0]))


def examples(media: dict[str, Any], contract: Contract) -> Iterator[Any]:
    if "example" in media:
        yield copy.deepcopy(media["example"])
    for example in media.get("examples", {}).values():
        yield copy.deepcopy(contract.schemas.resolve(example)["value"])


@pytest.mark.parametrize(
    "operation", [one for one in operations() if one.request_body], ids=lambda one: f"{one.contract.name}-{one.id}"
)
def test_whatever_is_wrong_with_a_body_is_found_in_the_contract(operation: Operation) -> None:
    assert operation.request_body is not None
    tried = 0
    for media_type, media in operation.request_body["content"].items():
        validator = operation.contract.schemas.request(media["schema"])
        for example in ({}, *examples(media, operation.contract)):
            for mutant in mutants(example):
                for issue in issues(validator, mutant):
                    place = of_body(operation, media_type, issue)
                    locate(operation.contract.raw, *place)
                    assert provenance(operation.contract.raw, place) in ("documented", "published", "assumed")
                    tried += 1
    assert tried


@pytest.mark.parametrize(
    "operation", [one for one in operations() if one.parameters], ids=lambda one: f"{one.contract.name}-{one.id}"
)
def test_whatever_is_wrong_with_a_parameter_is_found_in_the_contract(operation: Operation) -> None:
    for parameter in operation.parameters:
        for texts in ([], ["x" * 5000], ["\n"], ["-1.5"], ["a", "b"], ["a"] * 2000):
            try:
                parameter.value(texts)
            except ParameterInvalid as refused:
                for issue in refused.issues:
                    place = of_parameter(operation, issue)
                    _, found = locate(operation.contract.raw, *place)
                    whole = issue.keyword == "uniqueItems" and not issue.at
                    assert (found["name"] == parameter.name) if whole else place[-1] == issue.keyword


def test_what_no_validator_said_leads_to_the_part_that_it_is_about() -> None:
    (send,) = (one for one in operations() if (one.contract.name, one.id) == ("bird", "send_message"))
    assert pointer(of_body(send, "", Issue((), "required", "")))[-21:] == "/requestBody/required"
    assert pointer(of_body(send, "", Issue((), "type", "")))[-20:] == "/requestBody/content"
    assert of_parameter(send, Issue(("unheard-of",), "type", ""))[-1] == "parameters"
