"""Conditions: which calls a rule is about."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import orjson

#: A rule as it was armed: conditions (``api``, ``operation``, ``actor``, ``header``, ``body``), when it acts (``nth``, ``share``,
#: ``every``, ``next``), and one effect.
Rule = Mapping[str, Any]

#: What is not there; null is something.
NOTHING = object()


@dataclass
class Asked:
    """One call, as far as rules look at it. ``headers`` by lower-case name; ``plays``: whether its caller is this actor."""

    api: str
    operation: str
    headers: Mapping[str, str]
    body: bytes
    plays: Callable[[str], bool] = lambda _actor: False

    @cached_property
    def document(self) -> Any:
        """The JSON of its body; nothing that any condition fits where it has none."""
        try:
            return orjson.loads(self.body)
        except orjson.JSONDecodeError:
            return NOTHING


def fits(rule: Rule, asked: Asked) -> bool:
    """Whether the call has the header, the body and the caller that the rule names."""
    header, body, actor = rule.get("header"), rule.get("body"), rule.get("actor")
    return (
        (header is None or _has_header(asked.headers, header))
        and (body is None or _has_value(asked.document, body))
        and (actor is None or asked.plays(actor))
    )


def _has_header(headers: Mapping[str, str], wanted: Mapping[str, str]) -> bool:
    value = headers.get(wanted["name"].lower())
    return value is not None and is_like(value, wanted.get("value", "*"))


def is_like(text: str, wanted: str) -> bool:
    """Whether the text is what is wanted, where ``*`` stands for anything, also for nothing."""
    first, *pieces = wanted.split("*")
    if not pieces:
        return text == wanted
    *inner, last = pieces
    if not text.startswith(first) or not text.endswith(last) or len(text) < len(first) + len(last):
        return False
    place, end = len(first), len(text) - len(last)
    for piece in inner:
        found = text.find(piece, place, end)
        if found < 0:
            return False
        place = found + len(piece)
    return True


def _has_value(document: Any, wanted: Mapping[str, Any]) -> bool:
    found = value_at(document, wanted["at"])
    if not wanted.get("present", True):
        return document is not NOTHING and found is NOTHING
    return found is not NOTHING and ("equals" not in wanted or is_same(found, wanted["equals"]))


def value_at(document: Any, at: str) -> Any:
    """What stands at a JSON Pointer (RFC 6901, ``/to/0``) or a dotted path (``to.0``); ``NOTHING`` if nothing does."""
    for step in _steps(at):
        document = _child(document, step)
    return document


def _steps(at: str) -> list[str]:
    if at.startswith("/"):
        return [step.replace("~1", "/").replace("~0", "~") for step in at[1:].split("/")]
    return at.split(".")


def _child(node: Any, step: str) -> Any:
    if isinstance(node, dict):
        return node.get(step, NOTHING)
    if isinstance(node, list) and step.isascii() and step.isdigit() and int(step) < len(node):
        return node[int(step)]
    return NOTHING


def is_same(one: Any, other: Any) -> bool:
    """Whether two JSON values are equal: 1 and 1.0 are, 1 and true are not."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(is_same(value, other[name]) for name, value in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(is_same, one, other))
    return bool(one == other)
