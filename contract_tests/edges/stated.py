"""Stated: every limit that a contract sets for what is sent, with its place in the request."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from contract_tests.contracts import Operation, Place, Spec, operations, parameters, resolve

#: Keywords whose value is a limit. ``pattern`` is one where it counts characters.
KEYWORDS = ("minLength", "maxLength", "minimum", "maximum", "minItems", "maxItems", "minProperties", "maxProperties")
SIZE = "x-max-bytes"
#: In a pattern: so many of what stands before.
_COUNTED = re.compile(r"\{\d+(,\d+)?\}")
#: Steps of a way into a body that are no names: each of a list, each value of an object without names.
EACH, ANY = "[]", "{}"


@dataclass(frozen=True)
class Branch:
    """A step of a way: the alternative of this number is taken."""

    number: int


Step = str | Branch


@dataclass(frozen=True, eq=False)
class Limit:
    """``where``: path, query, header, body (JSON) or form; ``way``: from there to what is limited, a parameter's name or a body's
    steps; ``low``: whether the limit is the least that is allowed; ``schema``: of what is limited; ``facts``: the refusals that
    the contract names for it, or for what holds it.
    """

    place: Place
    operation: Operation
    where: str
    way: tuple[Step, ...]
    keyword: str
    bound: Any
    low: bool
    schema: Mapping[str, Any]
    facts: frozenset[str] = frozenset()

    @cached_property
    def name(self) -> str:
        """In words, the same in every run and different from every other of the operation."""
        steps = "".join(_spelt(step) for step in self.way)
        end = "" if self.keyword != "pattern" else (" shortest" if self.low else " longest")
        said = "" if self.keyword == "pattern" else f" {self.bound}"
        return f"{self.where}{steps} {self.keyword}{said}{end}"


def _spelt(step: Step) -> str:
    if isinstance(step, Branch):
        return f"({step.number + 1})"
    return step if step in (EACH, ANY) else f".{step}"


def stated(spec: Spec) -> list[Limit]:
    """All limits of a contract, in its order. A schema that holds itself is followed once."""
    return [limit for place, operation in operations(spec) for limit in _of_operation(spec, place, operation)]


def _of_operation(spec: Spec, place: Place, operation: Operation) -> Iterator[Limit]:
    for parameter in parameters(spec, operation):
        for found in _schemas(spec, parameter["schema"], Found((parameter["name"],), _facts(parameter))):
            yield from _limits(place, operation, parameter["in"], found)
    for media_type, media in resolve(spec, operation.get("requestBody", {})).get("content", {}).items():
        where = "body" if media_type == "application/json" else "form"
        if SIZE in spec and where == "body":
            yield Limit(place, operation, where, (), SIZE, spec[SIZE], False, media["schema"])
        for found in _schemas(spec, media["schema"], Found()):
            yield from _limits(place, operation, where, found)


class Found(NamedTuple):
    """A schema on the way; ``above``: the identities of those that hold it."""

    way: tuple[Step, ...] = ()
    facts: frozenset[str] = frozenset()
    above: tuple[int, ...] = ()
    schema: Mapping[str, Any] = {}

    def within(self, schema: Mapping[str, Any], shown: Mapping[str, Any]) -> Found:
        """The schema found there, as it stands in the contract and with its items in full."""
        return Found(self.way, self.facts | _facts(schema), (*self.above, id(schema)), shown)

    def along(self, step: Step) -> Found:
        """One step further."""
        return Found((*self.way, step), self.facts, self.above)


def _facts(said: Mapping[str, Any]) -> frozenset[str]:
    return frozenset(filter(None, (said.get("x-refusal"), *said.get("x-refusals-by-keyword", {}).values())))


def _schemas(spec: Spec, node: Any, found: Found) -> Iterator[Found]:
    schema = resolve(spec, node)
    if not isinstance(schema, dict) or id(schema) in found.above or schema.get("readOnly"):
        return
    here = found.within(schema, {**schema, "items": resolve(spec, schema["items"])} if "items" in schema else schema)
    yield here
    for part in schema.get("allOf", ()):
        yield from _schemas(spec, part, here)
    for key in ("oneOf", "anyOf"):
        for number, part in enumerate(schema.get(key, ())):
            yield from _schemas(spec, part, here.along(Branch(number)))
    for name, part in schema.get("properties", {}).items():
        yield from _schemas(spec, part, here.along(name))
    for key, step in (("items", EACH), ("additionalProperties", ANY)):
        yield from _schemas(spec, schema.get(key), here.along(step))


def _limits(place: Place, operation: Operation, where: str, found: Found) -> Iterator[Limit]:
    schema = found.schema

    def limit(keyword: str, *, low: bool) -> Limit:
        return Limit(place, operation, where, found.way, keyword, schema[keyword], low, schema, found.facts)

    for keyword in (*KEYWORDS, SIZE):
        # Nothing is shorter than nothing: no request can break such a limit.
        if keyword in schema and not (keyword in ("minLength", "minItems", "minProperties") and schema[keyword] == 0):
            yield limit(keyword, low=keyword.startswith("min"))
    if _COUNTED.search(schema.get("pattern", "")):
        yield from (limit("pattern", low=low) for low in (True, False))
