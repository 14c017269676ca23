"""Likeness: what of a reply the contract names, so that laws compare that and leave a vendor what it adds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

import httpx

from contract_tests.contracts import Spec, resolve
from contract_tests.gate.routes import Routes
from contract_tests.run import spec
from mockserver.data import MOUNTS

Schema = Mapping[str, Any]


def documented(api: str, response: httpx.Response) -> Any:
    """The reply's JSON without the fields that the contract does not name; whole if it is no reply of a documented operation."""
    body = response.json()
    found = _routes(api).find(
        response.request.method, response.request.url.raw_path.decode().partition("?")[0].removeprefix(MOUNTS[api])
    )
    if found is None:
        return body
    replies = found.operation["responses"]
    reply = resolve(spec(api), replies.get(str(response.status_code), replies.get("default", {})))
    schema = reply.get("content", {}).get("application/json", {}).get("schema")
    return body if schema is None else named(spec(api), [schema], body)


@cache
def _routes(api: str) -> Routes:
    return Routes(spec(api))


def named(contract: Spec, schemas: Sequence[Any], value: Any) -> Any:
    """The part of a value that any of these schemas names. Maps whose keys are somebody's own words stay whole."""
    known = [each for schema in schemas for each in _parts(contract, schema)]
    if isinstance(value, list):
        items = [each["items"] for each in known if "items" in each]
        return [named(contract, items, part) for part in value]
    if not isinstance(value, dict):
        return value
    properties: dict[str, list[Any]] = {}
    for each in known:
        for name, part in each.get("properties", {}).items():
            properties.setdefault(name, []).append(part)
    if not properties or any(isinstance(each.get("additionalProperties"), dict) for each in known):
        return value
    return {name: named(contract, properties[name], part) for name, part in value.items() if name in properties}


def _parts(contract: Spec, node: Any) -> Iterator[Schema]:
    """The schema and all that it is made of."""
    schema = resolve(contract, node)
    yield schema
    for key in ("allOf", "anyOf", "oneOf"):
        for part in schema.get(key, ()):
            yield from _parts(contract, part)


def tells(shown: Any, said: Any) -> bool:
    """Whether a value says all this; its objects may say more."""
    if isinstance(said, Mapping):
        return isinstance(shown, Mapping) and all(name in shown and tells(shown[name], part) for name, part in said.items())
    if isinstance(said, list):
        return isinstance(shown, list) and len(shown) == len(said) and all(map(tells, shown, said))
    return bool(shown == said)
