"""Violations: what in a request or a reply breaks its schema, by the contract's own names."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import parse_qs, unquote

import jsonschema_rs

from contract_tests import contracts
from contract_tests.contracts import Spec, operations, parameters, resolve
from contract_tests.gate.exchange import Exchange

#: Kept compiled: the schemas that the findings of a run are about.
_COMPILED = 256


class Violation(NamedTuple):
    """``steps``: to the property that is wrong or missing, without places in lists; ``keyword``: of the schema."""

    steps: tuple[str, ...]
    keyword: str
    message: str


def of_reply(spec: Spec, exchange: Exchange, text: bytes) -> list[Violation]:
    """What of the reply's JSON body (``text``) breaks the schema of its documented status."""
    operation = _operation(spec, exchange)
    response = resolve(spec, operation["responses"].get(str(exchange.status), {})) if operation else {}
    schema = response.get("content", {}).get("application/json", {}).get("schema")
    return list(_broken(_Known(spec), contracts.open_schema(schema), _json(text))) if schema is not None else []


def of_request(spec: Spec, exchange: Exchange) -> list[Violation]:
    """What of the request breaks the contract: ``parameters/NAME`` or ``request/PROPERTY…``."""
    operation = _operation(spec, exchange)
    if operation is None:
        return []
    found = [each for parameter in parameters(spec, operation) for each in _of_parameter(spec, parameter, exchange)]
    request = resolve(spec, operation.get("requestBody", {}))
    schema = request.get("content", {}).get("application/json", {}).get("schema")
    if schema is None or (not exchange.body and not request.get("required")):
        return found
    wrong = _broken(_Known(spec), schema, _json(exchange.body))
    return found + [Violation(("request", *each.steps), each.keyword, each.message) for each in wrong]


def _operation(spec: Spec, exchange: Exchange) -> dict[str, Any] | None:
    return next((operation for place, operation in operations(spec) if str(place) == exchange.place), None)


def _of_parameter(spec: Spec, parameter: Mapping[str, Any], exchange: Exchange) -> Iterator[Violation]:
    steps = ("parameters", parameter["name"])
    value = _sent(parameter, exchange)
    if value is None:
        if parameter.get("required"):
            yield Violation(steps, "required", f"{parameter['name']} is missing")
        return
    schema = parameter.get("schema", {})
    for wrong in _broken(_Known(spec), schema, _typed(resolve(spec, schema), value)):
        yield Violation((*steps, "schema", wrong.keyword), wrong.keyword, wrong.message)


def _sent(parameter: Mapping[str, Any], exchange: Exchange) -> str | None:
    name = parameter["name"]
    if parameter["in"] == "path":
        return exchange.values.get(name)
    if parameter["in"] == "query":
        return next(iter(parse_qs(exchange.query, keep_blank_values=True).get(name, ())), None)
    return exchange.header(name.lower()) if parameter["in"] == "header" else None


def _typed(schema: Mapping[str, Any], text: str) -> Any:
    """The value as its schema would have it, or as text."""
    if schema.get("type") not in ("integer", "number", "boolean"):
        return unquote(text) if schema.get("type") == "array" else text
    try:
        return json.loads(text)
    except ValueError:
        return text


def _json(text: bytes) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None


class _Known:
    """A contract by identity, so that its schemas are compiled once."""

    def __init__(self, spec: Spec) -> None:
        self.spec = spec

    def __hash__(self) -> int:
        return id(self.spec)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Known) and other.spec is self.spec


def _broken(known: _Known, schema: Any, value: Any) -> Iterator[Violation]:
    for error in _validator(known, json.dumps(schema)).iter_errors(value):
        steps = [str(step) for step in error.instance_path if isinstance(step, str)]
        missing = getattr(error.kind, "property", None) if error.kind.name == "required" else None
        yield Violation((*steps, *([missing] if missing else [])), error.kind.name, error.message)


@lru_cache(_COMPILED)
def _validator(known: _Known, schema: str) -> Any:
    document = {"components": _components(known), "allOf": [_plain(json.loads(schema))]}
    return jsonschema_rs.Draft4Validator(document, validate_formats=True)


@lru_cache(16)
def _components(known: _Known) -> Any:
    return {"schemas": _plain(contracts.opened(known.spec)["components"].get("schemas", {}))}


def _plain(schema: Any) -> Any:
    """OpenAPI 3.0's ``nullable`` in JSON Schema's words, without another level in between where it can be helped."""
    if isinstance(schema, list):
        return [_plain(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    plain = {key: _plain(value) for key, value in schema.items() if key != "nullable"}
    if schema.get("nullable") is not True:
        return plain
    if isinstance(plain.get("type"), str) and "enum" not in plain:
        return {**plain, "type": [plain["type"], "null"]}
    return {"anyOf": [plain, {"type": "null"}]}
