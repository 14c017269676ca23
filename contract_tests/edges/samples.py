"""Samples: one right value for a schema, from the contract's own examples where it has any."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any

from contract_tests.contracts import Spec, resolve
from contract_tests.edges.stated import ANY, EACH, Branch, Step
from contract_tests.edges.values import TEXTS, rule

DEEPEST = 12


class NoSample(Exception):
    """The contract has no example and the usual texts do not fit."""


class Samples:
    """Right values of one contract. ``along``: a value that has something at the end of a way."""

    def __init__(self, spec: Spec) -> None:
        self._spec = spec

    def of(self, node: Any, depth: int = 0) -> Any:
        """A value, as small as it can be."""
        return self.along(node, (), depth=depth)

    def along(self, node: Any, way: Sequence[Step], depth: int = 0) -> Any:
        """A value in which the way leads to something."""
        schema = resolve(self._spec, node)
        if depth > DEEPEST:
            raise NoSample("the schema is too deep")
        if way:
            return self._holding(schema, way, depth)
        given = self._given(schema)
        if given is not None:
            return copy.deepcopy(given)
        choice = self.alternatives(schema)
        if choice and "properties" not in schema:
            return self.of(choice[0], depth + 1)
        return self._made(schema, depth)

    def _given(self, schema: Mapping[str, Any]) -> Any:
        said = [schema[key] for key in ("example", "default") if key in schema] + list(schema.get("enum", ()))
        return next((each for each in said if each is not None), None)

    def _holding(self, schema: Mapping[str, Any], way: Sequence[Step], depth: int) -> Any:
        step, *rest = way
        if isinstance(step, Branch):
            return self.along(self.alternatives(schema)[step.number], rest, depth)
        part = self._part(schema, step)
        if step == EACH:
            return [self.along(part, rest, depth)]
        made = {} if step == ANY else self._named(schema, depth, but=step)
        return {**made, "key" if step == ANY else step: self.along(part, rest, depth)}

    def _part(self, schema: Mapping[str, Any], step: str) -> Any:
        if step in (EACH, ANY):
            return schema["items" if step == EACH else "additionalProperties"]
        return self.properties(schema)[step]

    def properties(self, schema: Mapping[str, Any]) -> dict[str, Any]:
        """All named properties, those of its parts included."""
        parts = [self.properties(resolve(self._spec, part)) for part in schema.get("allOf", ())]
        return {name: value for each in (*parts, schema.get("properties", {})) for name, value in each.items()}

    def alternatives(self, schema: Mapping[str, Any]) -> list[Any]:
        """What the schema leaves to choose between, be it in one of its parts."""
        parts = (self.alternatives(resolve(self._spec, part)) for part in schema.get("allOf", ()))
        return schema.get("oneOf") or schema.get("anyOf") or next(filter(None, parts), [])

    def _required(self, schema: Mapping[str, Any]) -> list[str]:
        parts = [name for part in schema.get("allOf", ()) for name in self._required(resolve(self._spec, part))]
        # Where one of several alternatives must be kept and the properties are named beside them, the first is.
        choice = resolve(self._spec, next(iter(self.alternatives(schema)), {})) if "properties" in schema else {}
        return [*parts, *schema.get("required", ()), *choice.get("required", ())]

    def _named(self, schema: Mapping[str, Any], depth: int, but: str | None = None) -> dict[str, Any]:
        known = self.properties(schema)
        return {name: self.of(known[name], depth + 1) for name in self._required(schema) if name != but and name in known}

    def _made(self, schema: Mapping[str, Any], depth: int) -> Any:
        parts = schema.get("allOf", ())
        if len(parts) == 1 and "properties" not in schema:
            return self.of(parts[0], depth + 1)
        kind = schema.get("type", "object" if "properties" in schema or parts else "string")
        if kind == "object":
            return self._named(schema, depth)
        if kind == "array":
            return [self.of(schema["items"], depth + 1)] * max(1, schema.get("minItems", 1))
        if kind == "boolean":
            return True
        if kind in ("integer", "number"):
            return schema.get("minimum", min(1, schema.get("maximum", 1)))
        return text_for(schema)


def text_for(schema: Mapping[str, Any]) -> str:
    """A text that keeps the schema. NoSample if none of the usual ones does."""
    wanted = (*TEXTS, "a" * schema.get("minLength", 1))
    found = next((text for text in wanted if rule(schema)(text)), None)
    if found is None:
        raise NoSample(f"no example, and no usual text fits {schema.get('pattern') or schema.get('format')}")
    return found
