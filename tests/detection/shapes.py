"""What each value of a reply is by the contract, so that it can be changed within what the contract leaves open."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

from contract_tests import contracts
from tests.detection.proxy import Answer, Passing, value_of

Schemas = list[dict[str, Any]]
#: Sees a value, and all that the contract says of it; gives what it becomes. Parts were seen before their whole.
Change = Callable[[Any, Schemas], Any]


@cache
def _spec(api: str) -> contracts.Spec:
    return contracts.load(api)


def is_json(answer: Answer) -> bool:
    """Whether it calls itself JSON, and has a body."""
    return bool(answer.body) and (value_of(answer.headers, "content-type") or "").startswith("application/json")


def schema_of(passing: Passing, answer: Answer) -> Any:
    """The schema of this reply, None where the contract knows the operation or the status not."""
    found = passing.found
    if found is None or passing.api is None:
        return None
    spec = _spec(passing.api)
    response = contracts.resolve(spec, found.operation["responses"].get(str(answer.status)))
    content = (response or {}).get("content", {})
    return content.get("application/json", {}).get("schema")


def frame_schema(api: str, kind: str) -> Any:
    """The schema of a WebSocket's frame of this type."""
    return _spec(api).get("x-websocket", {}).get("frames", {}).get(kind)


def changed(api: str, schema: Any, value: Any, change: Change) -> Any:
    """The value with every part of it changed, innermost first."""
    schemas = list(_said(_spec(api), schema))
    if isinstance(value, dict):
        value = {name: changed(api, _part(schemas, name), part, change) for name, part in value.items()}
    elif isinstance(value, list):
        items = {"allOf": [each["items"] for each in schemas if "items" in each]}
        value = [changed(api, items, part, change) for part in value]
    return change(value, schemas)


def _said(spec: contracts.Spec, schema: Any) -> Iterator[dict[str, Any]]:
    """The schema and all that it is put together from, whichever alternative holds."""
    known = contracts.resolve(spec, schema)
    if not isinstance(known, dict):
        return
    yield known
    for key in ("allOf", "anyOf", "oneOf"):
        for part in known.get(key, ()):
            yield from _said(spec, part)


def _part(schemas: Schemas, name: str) -> Any:
    named = [each["properties"][name] for each in schemas if name in each.get("properties", {})]
    free = [each["additionalProperties"] for each in schemas if isinstance(each.get("additionalProperties"), dict)]
    return {"allOf": named or free}


def is_named(schemas: Schemas) -> bool:
    """Whether it is an object whose fields the contract names, and no map of somebody's own words."""
    maps = any(each.get("additionalProperties") not in (None, False) for each in schemas)
    return not maps and any("properties" in each for each in schemas)


def is_moment(schemas: Schemas) -> bool:
    """Whether it is a date-time of RFC 3339, with nothing said of its spelling."""
    return any(each.get("format") == "date-time" for each in schemas) and not any("pattern" in each for each in schemas)
