"""Views: what a reply shows of a thing, by the contract."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from contract_tests.contracts import Operation, Spec, resolve


@dataclass(frozen=True)
class View:
    """``number``: of one role of one operation; ``names``: the properties that the contract names there."""

    number: int
    names: frozenset[str]


def names_at(spec: Spec, operation: Operation, pointer: str) -> frozenset[str]:
    """The properties of the things at this place of the operation's successful reply."""
    nodes = list(_replies(spec, operation))
    for step in [step for step in pointer.split("/") if step]:
        nodes = [found for node in nodes for found in _step(spec, node, step)]
    things = [item for node in nodes for item in _items(spec, node)]
    return frozenset(name for thing in things for part in _parts(spec, thing) for name in part.get("properties", {}))


def properties(node: Any) -> Iterator[tuple[str, Any]]:
    """Every property that a contract names, wherever that is, with its schema."""
    if isinstance(node, Mapping):
        named = node.get("properties")
        yield from named.items() if isinstance(named, Mapping) else ()
        for part in node.values():
            yield from properties(part)
    elif isinstance(node, list):
        for part in node:
            yield from properties(part)


def at(reply: Any, pointer: str) -> Any:
    """What stands at a JSON pointer of a reply; None if nothing does."""
    for step in pointer.split("/")[1:]:
        if isinstance(reply, Mapping):
            reply = reply.get(step)
        elif isinstance(reply, list) and step.isdigit() and int(step) < len(reply):
            reply = reply[int(step)]
        else:
            return None
    return reply


def _replies(spec: Spec, operation: Operation) -> Iterator[Any]:
    for status, response in operation["responses"].items():
        if status.startswith("2"):
            for media in resolve(spec, response).get("content", {}).values():
                yield media.get("schema", {})


def _parts(spec: Spec, node: Any) -> Iterator[Mapping[str, Any]]:
    """The schema and all that it is put together from, whichever alternative holds."""
    known = resolve(spec, node)
    if isinstance(known, Mapping):
        yield known
        for key in ("allOf", "anyOf", "oneOf"):
            for part in known.get(key, ()):
                yield from _parts(spec, part)


def _step(spec: Spec, node: Any, step: str) -> Iterator[Any]:
    for part in _parts(spec, node):
        if step in part.get("properties", {}):
            yield part["properties"][step]
        elif step.isdigit() and "items" in part:
            yield part["items"]


def _items(spec: Spec, node: Any) -> Iterator[Any]:
    arrays = [part["items"] for part in _parts(spec, node) if "items" in part]
    yield from arrays or [node]
