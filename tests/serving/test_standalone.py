"""Schemas that stand alone: they say yes and no as the mock does, to any program."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest

from mockserver.data import MOUNTS, fixtures_path, load_spec, load_yaml
from mockserver.serving.contract import Contract
from mockserver.serving.schemas import issues
from mockserver.serving.standalone import standalone

CONTRACTS = {api: Contract(api, load_spec(api)) for api in MOUNTS}


def references(value: Any) -> Iterator[str]:
    for key, child in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        if key == "$ref" and isinstance(child, str):
            yield child
        yield from references(child)


@pytest.mark.parametrize("api", MOUNTS)
def test_all_that_it_refers_to_is_in_it_and_nothing_else(api: str) -> None:
    schema = standalone(CONTRACTS[api], CONTRACTS[api].raw["x-world"])
    assert jsonschema_rs.meta.is_valid(schema)
    assert {reference.removeprefix("#/$defs/") for reference in references(schema)} == set(schema["$defs"])


def spoiled(value: Any) -> Iterator[Any]:
    """Copies of a fixture with one thing wrong at a time: a member gone, one too many, another kind of value."""
    for name in value:
        yield {**value, name: {"no": "such"}}
        yield {**value, name: "soon"}
        yield {key: child for key, child in value.items() if key != name}
        if isinstance(value[name], list) and value[name] and isinstance(value[name][0], dict):
            for wrong in spoiled(value[name][0]):
                yield {**value, name: [wrong, *value[name][1:]]}
    yield {**value, "unknown": 1}


@pytest.mark.parametrize("api", MOUNTS)
def test_it_says_yes_and_no_as_the_mock_does(api: str) -> None:
    contract = CONTRACTS[api]
    ours = contract.schemas.request(contract.raw["x-world"])
    validator = jsonschema_rs.Draft202012Validator(standalone(contract, contract.raw["x-world"]), validate_formats=True)
    verdicts = set()
    for world in ("default", "empty"):
        fixture = load_yaml((fixtures_path() / world / f"{api}.yaml").read_text("utf-8"))
        assert validator.is_valid(fixture)
        for wrong in spoiled(fixture):
            verdict = not issues(ours, wrong)
            assert validator.is_valid(wrong) == verdict
            verdicts.add(verdict)
    assert verdicts == {True, False}


def test_a_moment_is_a_date_or_so_far_from_now() -> None:
    toy = Contract("toy", {"paths": {}, "x-world": {"type": "string", "format": "moment"}})
    validator = jsonschema_rs.Draft202012Validator(standalone(toy, toy.raw["x-world"]), validate_formats=True)
    assert [validator.is_valid(text) for text in ("now-2d3h", "2026-02-13T12:00:00Z", "soon", 5)] == [True, True, False, False]


def test_a_schema_that_refers_to_itself_ends() -> None:
    tree = {"type": "object", "properties": {"below": {"$ref": "#/components/schemas/Tree"}}, "additionalProperties": False}
    raw = {"paths": {}, "components": {"schemas": {"Tree": tree}}, "x-world": {"$ref": "#/components/schemas/Tree"}}
    schema = standalone(Contract("toy", raw), raw["x-world"])
    validator = jsonschema_rs.Draft202012Validator(schema)
    assert [validator.is_valid(value) for value in ({"below": {"below": {}}}, {"below": {"beyond": {}}})] == [True, False]
