"""Marked: the values of a document that stand where a schema bears an extension."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from contract_tests.contracts import Spec, resolve


class Site(NamedTuple):
    """One scalar: ``container[key]``; ``mark``: what the extension says."""

    container: Any
    key: Any
    mark: Any

    @property
    def value(self) -> Any:
        return self.container[self.key]


def marked(spec: Spec, schema: Any, document: Any, extension: str) -> Iterator[Site]:
    """Every scalar of the document below a schema with the extension, whichever variant of the schema has it.

    Names count without regard to case, as lenient servers read them.
    """
    seen: set[tuple[int, Any]] = set()
    for site in _walk(spec, schema, [document], 0, extension, frozenset()):
        if (id(site.container), site.key) not in seen:
            seen.add((id(site.container), site.key))
            yield site


def bears(spec: Spec, schema: Any, extension: str) -> bool:
    """Whether the extension stands anywhere below the schema."""
    open_still, seen = [schema], set[int]()
    while open_still:
        node = resolve(spec, open_still.pop())
        if not isinstance(node, dict | list) or id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, dict) and node.get(extension):
            return True
        open_still += node.values() if isinstance(node, dict) else node
    return False


def _walk(spec: Spec, schema: Any, container: Any, key: Any, extension: str, above: frozenset[int]) -> Iterator[Site]:
    schema = _unfolded(spec, schema, extension)
    if not isinstance(schema, dict) or id(schema) in above:
        return
    if schema.get(extension):
        yield from _scalars(container, key, schema[extension])
        return
    for part in (*schema.get("allOf", ()), *schema.get("oneOf", ()), *schema.get("anyOf", ())):
        yield from _walk(spec, part, container, key, extension, above | {id(schema)})
    value = container[key]
    if isinstance(value, dict):
        named = {name.casefold(): part for name, part in schema.get("properties", {}).items()}
        for name in list(value):
            part = named.get(name.casefold(), schema.get("additionalProperties"))
            yield from _walk(spec, part, value, name, extension, frozenset())
    elif isinstance(value, list):
        for place in range(len(value)):
            yield from _walk(spec, schema.get("items"), value, place, extension, frozenset())


def _unfolded(spec: Spec, schema: Any, extension: str) -> Any:
    """The schema that a reference means; the mark may stand beside the reference."""
    if isinstance(schema, dict) and "$ref" in schema:
        full = resolve(spec, schema)
        return {**full, extension: schema[extension]} if schema.get(extension) else full
    return schema


def _scalars(container: Any, key: Any, mark: Any) -> Iterator[Site]:
    value = container[key]
    if isinstance(value, dict):
        for name in list(value):
            yield from _scalars(value, name, mark)
    elif isinstance(value, list):
        for place in range(len(value)):
            yield from _scalars(value, place, mark)
    elif value is not None and not isinstance(value, bool):
        yield Site(container, key, mark)
