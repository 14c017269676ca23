"""Contracts: a spec as a run reads it, with replies open to what a vendor adds."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from mockserver.data import load_spec

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
SCHEMAS = "#/components/schemas/"
#: The twin of a component schema that replies use where requests use the schema itself.
REPLY = ".reply"

Spec = dict[str, Any]
Operation = dict[str, Any]


class Place(NamedTuple):
    """Where an operation stands: method in lower case, and path template."""

    method: str
    path: str

    def __str__(self) -> str:
        return f"{self.method.upper()} {self.path}"


def load(api: str) -> Spec:
    """The API's contract as a run reads it."""
    return opened(load_spec(api))


def operations(spec: Spec) -> Iterator[tuple[Place, Operation]]:
    """Every operation, in the contract's order."""
    for path, item in spec["paths"].items():
        for method in METHODS:
            if method in item:
                yield Place(method, path), item[method]


def resolve(spec: Spec, node: Any) -> Any:
    """What the node says, or the component that it refers to."""
    while isinstance(node, dict) and "$ref" in node:
        target: Any = spec
        for part in node["$ref"].removeprefix("#/").split("/"):
            target = target[part.replace("~1", "/").replace("~0", "~")]
        node = target
    return node


def parameters(spec: Spec, operation: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The operation's parameters, each in full."""
    return [resolve(spec, parameter) for parameter in operation.get("parameters", [])]


def json_body(spec: Spec, operation: Mapping[str, Any]) -> dict[str, Any] | None:
    """The schema of the operation's JSON body, if it is an object with named properties."""
    request = resolve(spec, operation.get("requestBody", {}))
    schema = resolve(spec, request.get("content", {}).get("application/json", {}).get("schema"))
    return schema if isinstance(schema, dict) and "properties" in schema else None


def opened(spec: Spec) -> Spec:
    """A copy with replies open to fields that a vendor adds; requests stay as closed as they are.

    ``additionalProperties: false`` goes from whatever a reply refers to, and there ``oneOf`` becomes ``anyOf``, since variants
    that differ only by what they forbid overlap once they are open. Component schemas get a twin for replies.
    """
    spec = copy.deepcopy(spec)
    components = spec["components"]
    schemas = components.get("schemas", {})
    schemas.update({name + REPLY: open_schema(schema) for name, schema in list(schemas.items())})
    _open_holders(components.get("headers", {}))
    for response in components.get("responses", {}).values():
        _open_response(response)
    for _, operation in operations(spec):
        for response in operation["responses"].values():
            _open_response(response)
    return spec


def _open_response(response: dict[str, Any]) -> None:
    _open_holders(response.get("content", {}))
    _open_holders(response.get("headers", {}))


def _open_holders(holders: dict[str, dict[str, Any]]) -> None:
    for holder in holders.values():
        if "schema" in holder:
            holder["schema"] = open_schema(holder["schema"])


def open_schema(schema: Any) -> Any:
    """The schema as a reply is held against it; component schemas by their twins."""
    if not isinstance(schema, dict):
        return schema
    opened: dict[str, Any] = {}
    for key, value in schema.items():
        if key == "$ref":
            opened[key] = value + REPLY if value.startswith(SCHEMAS) else value
        elif key in ("allOf", "anyOf"):
            opened[key] = [open_schema(part) for part in value]
        elif key == "oneOf":
            opened["anyOf"] = [open_schema(part) for part in value]
        elif key in ("items", "not") or (key == "additionalProperties" and value is not False):
            opened[key] = open_schema(value)
        elif key == "properties":
            opened[key] = {name: open_schema(part) for name, part in value.items()}
        elif key not in ("additionalProperties", "discriminator"):
            opened[key] = copy.deepcopy(value)
    return opened


def as_json_schema(schema: Any) -> Any:
    """OpenAPI 3.0's ``nullable`` in JSON Schema's words."""
    if isinstance(schema, list):
        return [as_json_schema(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    plain = {key: as_json_schema(value) for key, value in schema.items() if key != "nullable"}
    return {"anyOf": [plain, {"type": "null"}]} if schema.get("nullable") is True else plain
