"""Schemas: requests as the contract writes them, replies closed to what it does not name."""

from __future__ import annotations

from typing import Any

import pytest

from mockserver.serving.schemas import Schemas, issues

RAW: dict[str, Any] = {
    "components": {
        "schemas": {
            "Open": {
                "type": "object",
                "required": ["a"],
                "properties": {"a": {"type": "string", "nullable": True, "maxLength": 3}},
            },
            "Both": {
                "allOf": [
                    {"$ref": "#/components/schemas/Open"},
                    {"type": "object", "properties": {"n": {"type": "integer", "minimum": 0, "exclusiveMinimum": True}}},
                ]
            },
            "List": {"type": "array", "items": {"$ref": "#/components/schemas/Both"}},
            "Shape": {
                "oneOf": [{"$ref": "#/components/schemas/Circle"}, {"$ref": "#/components/schemas/Square"}],
                "discriminator": {
                    "propertyName": "type",
                    "mapping": {"circle": "#/components/schemas/Circle", "square": "#/components/schemas/Square"},
                },
            },
            "Circle": {
                "type": "object",
                "required": ["type", "r"],
                "properties": {"type": {"type": "string", "enum": ["circle"]}, "r": {"type": "number"}},
            },
            "Square": {
                "type": "object",
                "required": ["type"],
                "additionalProperties": False,
                "properties": {"type": {"type": "string", "enum": ["square"]}},
            },
            "Free": {"type": "object", "properties": {"meta": {"type": "object"}}, "additionalProperties": {"type": "integer"}},
            "Either": {"oneOf": [{"type": "integer", "maximum": 5}, {"type": "string", "pattern": "^[0-5]$"}]},
            "Maybe": {"nullable": True, "allOf": [{"$ref": "#/components/schemas/Open"}]},
            "Node": {
                "type": "object",
                "properties": {"child": {"$ref": "#/components/schemas/Node"}, "id": {"type": "string", "format": "uuid"}},
            },
        }
    }
}


def found(role: str, name: str, value: object) -> list[tuple[str, str]]:
    schemas = Schemas(RAW)
    validator = getattr(schemas, role)({"$ref": f"#/components/schemas/{name}"})
    return [(".".join(map(str, issue.path)), issue.reason) for issue in issues(validator, value)]


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("Open", {"a": None}, []),
        ("Open", {"a": "abc", "more": 1}, []),
        ("Open", {"a": "abcd"}, [("a", "must be at most 3 characters long")]),
        ("Open", {}, [("a", "is required")]),
        ("Both", {"a": "x", "n": 0}, [("n", "must be greater than 0")]),
        ("List", [{"a": "x"}, {}], [("1.a", "is required")]),
        ("Shape", {"type": "circle"}, [("r", "is required")]),
        ("Shape", {"type": "hexagon"}, [("type", "must be one of circle, square")]),
        ("Shape", {}, [("type", "is required")]),
        ("Shape", {"type": "square", "size": 1}, [("", 'property "size" is unsupported')]),
        ("Shape", {"type": "square", "<script>": 1}, [("", "property of that name is unsupported")]),
        ("Shape", 5, [("", "must be of type object")]),
        ("Maybe", None, []),
        ("Either", 6, [("", "must be at most 5")]),
        ("Either", "6", [("", "must have the documented form")]),
        ("Either", [], [("", "must be exactly one of the documented forms")]),
        ("Node", {"child": {"child": {"id": "x"}}}, [("child.child.id", "must be a valid uuid")]),
    ],
)
def test_a_request_is_judged_as_written(name: str, value: object, expected: list[tuple[str, str]]) -> None:
    assert found("request", name, value) == expected


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("Open", {"a": "abc"}, []),
        ("Open", {"a": "abc", "more": 1}, [("", 'property "more" is unsupported')]),
        ("Both", {"a": "x", "n": 1}, []),
        ("Both", {"a": "x", "n": 1, "more": 1}, [("", 'property "more" is unsupported')]),
        ("List", [{"a": "x", "more": 1}], [("0", 'property "more" is unsupported')]),
        ("Shape", {"type": "circle", "r": 1}, []),
        ("Shape", {"type": "circle", "r": 1, "more": 1}, [("", 'property "more" is unsupported')]),
        ("Shape", {"type": "square"}, []),
        ("Free", {"meta": {"anything": 1}, "more": 1}, []),
        ("Free", {"more": "x"}, [("more", "must be of type integer")]),
        ("Maybe", {"a": "x"}, []),
        ("Maybe", {"a": "x", "more": 1}, [("", 'property "more" is unsupported')]),
        ("Node", {"child": {"child": {"more": 1}}}, [("child.child", 'property "more" is unsupported')]),
    ],
)
def test_a_reply_may_say_only_what_the_contract_names(name: str, value: object, expected: list[tuple[str, str]]) -> None:
    assert found("reply", name, value) == expected


def test_no_reason_repeats_what_was_sent() -> None:
    secret = "s3cr3t-value"
    for name in RAW["components"]["schemas"]:
        for value in (secret, {"a": secret}, {"type": secret}, {"n": secret}, [secret], {"id": secret}, {"child": secret}):
            assert secret not in str(found("request", name, value))
