"""Schemas: OpenAPI 3.0 schemas compiled into validators, for requests as written and for replies closed to unnamed fields."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from sys import intern
from typing import Any

import jsonschema_rs

from mockserver.engine.refusals import Issue

#: Words of the OpenAPI dialect (3.0.3, "Schema Object") that say nothing to a validator.
_SILENT = {"example", "discriminator", "xml", "externalDocs", "deprecated", "readOnly", "writeOnly", "nullable", "default"}
_IN_PLACE = ("allOf", "oneOf", "anyOf")
#: What a fixture may say in the place of a date-time.
MOMENT = r"^now(?:[+-](?:[0-9]+[dhms])+)*$"

Schema = Mapping[str, Any]


class Schemas:
    """All schemas of one contract, compiled when first used.

    ``request`` validators take a schema as it is written. ``reply`` validators also refuse every property that the
    contract does not name, for the mock may only say what its contract knows, while the contract itself stays
    open to what a vendor adds.
    """

    def __init__(self, raw: Mapping[str, Any]) -> None:
        components = raw.get("components", {}).get("schemas", {})
        self._raw = raw
        self._registry = jsonschema_rs.Registry(
            [
                (
                    f"urn:{role}",
                    {"components": {"schemas": {name: _translate(schema, role) for name, schema in components.items()}}},
                )
                for role in ("request", "reply", "inner")
            ]
        )
        self._compiled: dict[tuple[str, int], tuple[Schema, jsonschema_rs.Validator]] = {}

    def request(self, schema: Schema) -> jsonschema_rs.Validator:
        """A validator for what a caller sends."""
        return self._validator(schema, "request")

    def reply(self, schema: Schema) -> jsonschema_rs.Validator:
        """A validator for what the mock sends."""
        return self._validator(schema, "reply")

    def _validator(self, schema: Schema, role: str) -> jsonschema_rs.Validator:
        # The schema is kept beside its validator: an id is only good while the object lives.
        key = (role, id(schema))
        if key not in self._compiled:
            compiled = jsonschema_rs.validator_for(
                {"$schema": "https://json-schema.org/draft/2020-12/schema", **_translate(schema, role)},
                registry=self._registry,
                validate_formats=True,
                formats={"moment": _is_moment},
                pattern_options=jsonschema_rs.RegexOptions(),
            )
            self._compiled[key] = (schema, compiled)
        return self._compiled[key][1]

    def resolve(self, schema: Schema) -> Schema:
        """The schema behind any ``$ref``."""
        while "$ref" in schema:
            target: Any = self._raw
            for step in schema["$ref"].removeprefix("#/").split("/"):
                target = target[step.replace("~1", "/").replace("~0", "~")]
            schema = target
        return schema

    def marks(self, schema: Schema, path: tuple[str | int, ...]) -> Iterator[Schema]:
        """The schemas that hold the value at ``path``, outermost first: where ``x-refusal`` marks are looked for."""
        holders = self.holding([schema])
        yield from holders
        for step in path:
            holders = self.inside(holders, step)
            yield from holders

    def holding(self, schemas: Iterable[Schema]) -> list[Schema]:
        """All that holds of a value which these hold of: they, what they refer to, and what they are put together from."""
        return [found for schema in schemas for found in self._alternatives(schema)]

    def inside(self, holders: Iterable[Schema], step: str | int) -> list[Schema]:
        """All that holds of what lies at a key or an index of a value, of which ``holders`` hold."""
        return self.holding(child for holder in holders for child in _children(holder, step))

    def _alternatives(self, schema: Schema) -> Iterator[Schema]:
        schema = self.resolve(schema)
        yield schema
        for word in _IN_PLACE:
            for part in schema.get(word, ()):
                yield from self._alternatives(part)


def _children(holder: Schema, step: str | int) -> Iterator[Schema]:
    if isinstance(step, int):
        children = [holder.get("items")]
    else:
        children = [holder.get("properties", {}).get(step, holder.get("additionalProperties"))]
    yield from (child for child in children if isinstance(child, Mapping))


def _is_moment(text: object) -> bool:
    return not isinstance(text, str) or jsonschema_rs.is_valid(
        {"anyOf": [{"pattern": MOMENT}, {"format": "date-time"}]}, text, validate_formats=True
    )


def as_json_schema(schema: Schema) -> dict[str, Any]:
    """What a caller may send, in JSON Schema 2020-12; a reference leads to ``urn:request#/components/schemas/NAME``."""
    return _translate(schema, "request")


def _translate(schema: Schema, role: str) -> dict[str, Any]:
    """The schema in JSON Schema 2020-12, its references led to the resource of its role."""
    if "$ref" in schema:
        return {"$ref": f"urn:{role}{schema['$ref']}"}
    words = {word: value for word, value in schema.items() if word not in _SILENT and not word.startswith("x-")}
    inside = "reply" if role == "inner" else role
    if "properties" in words:
        words["properties"] = {name: _translate(child, inside) for name, child in words["properties"].items()}
    for word in ("items", "additionalProperties"):
        if isinstance(words.get(word), Mapping):
            words[word] = _translate(words[word], inside)
    _translate_composition(words, schema, role)
    _translate_bounds(words)
    if role == "reply" and "additionalProperties" not in words and ("properties" in words or any(w in schema for w in _IN_PLACE)):
        words["unevaluatedProperties"] = False
    return _translate_nullable(words, schema)


def _translate_composition(words: dict[str, Any], schema: Schema, role: str) -> None:
    in_place = "inner" if role == "reply" else role
    if "not" in words:
        words["not"] = _translate(words["not"], "request")
    for word in _IN_PLACE:
        if word in words:
            words[word] = [_translate(part, in_place) for part in words[word]]
    discriminator = schema.get("discriminator", {})
    if "oneOf" in words and "mapping" in discriminator:
        words.pop("oneOf")
        words["allOf"] = [*words.get("allOf", ()), *_by_discriminator(discriminator, in_place)]


def _by_discriminator(discriminator: Schema, role: str) -> Iterator[dict[str, Any]]:
    """One branch for each value: says which property of the meant branch is wrong, where oneOf says "none fits"."""
    name, mapping = discriminator["propertyName"], discriminator["mapping"]
    yield {"type": "object", "required": [name], "properties": {name: {"enum": list(mapping)}}}
    for value, reference in mapping.items():
        condition = {"properties": {name: {"const": value}}, "required": [name]}
        yield {"if": condition, "then": {"$ref": f"urn:{role}{reference}"}}


def _translate_bounds(words: dict[str, Any]) -> None:
    for exclusive, plain in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
        if words.get(exclusive) is True:
            words[exclusive] = words.pop(plain)
        elif exclusive in words and isinstance(words[exclusive], bool):
            words.pop(exclusive)


def _translate_nullable(words: dict[str, Any], schema: Schema) -> dict[str, Any]:
    if not schema.get("nullable"):
        return words
    return {"anyOf": [{"type": "null"}, words]} if words else words


def issues(validator: jsonschema_rs.Validator, value: object) -> list[Issue]:
    """Every way in which ``value`` is invalid, each once, those nearest to the root first; empty if it is valid."""
    found = dict.fromkeys(issue for error in validator.iter_errors(value) for issue in _issues_of(error))
    # A branch that fails leaves its properties "unsupported" too: the failure itself is the news.
    return sorted(found, key=lambda issue: (issue.keyword == "additionalProperties", len(issue.path)))


def _issues_of(error: jsonschema_rs.ValidationError) -> Iterator[Issue]:
    path, kind, at = tuple(error.instance_path), error.kind, _shared(error.schema_path)
    if isinstance(kind, jsonschema_rs.ValidationErrorKind.Required):
        yield Issue((*path, str(kind.property)), "required", "is required", at)
    elif isinstance(
        kind, jsonschema_rs.ValidationErrorKind.AdditionalProperties | jsonschema_rs.ValidationErrorKind.UnevaluatedProperties
    ):
        for name in kind.unexpected:
            yield Issue(path, "additionalProperties", f"property {_shown(name)} is unsupported", at)
    elif isinstance(kind, jsonschema_rs.ValidationErrorKind.AnyOf) and _nullable_branch(kind) is not None:
        for inner in _nullable_branch(kind) or ():
            yield from _issues_of(inner)
    elif (meant := _meant_branch(kind, len(path))) is not None:
        for inner in meant:
            yield from _issues_of(inner)
    else:
        yield Issue(path, kind.name, _reason(kind), at)


def _shared(steps: Sequence[str | int]) -> tuple[str | int, ...]:
    """The same steps, each text of them once in memory: whoever remembers many issues remembers few texts."""
    return tuple(intern(step) if isinstance(step, str) else step for step in steps)


def _nullable_branch(kind: Any) -> list[jsonschema_rs.ValidationError] | None:
    """The errors of X in "null or X" as ``_translate_nullable`` writes it; None for an anyOf of the contract's own."""
    branches: list[list[jsonschema_rs.ValidationError]] = kind.context
    null = len(branches) == 2 and len(branches[0]) == 1 and branches[0][0].kind
    return branches[1] if null and getattr(null, "types", None) == ["null"] else None


def _meant_branch(kind: Any, depth: int) -> list[jsonschema_rs.ValidationError] | None:
    """The errors of the one alternative that the value has the type of: they say more than "none fits"."""
    if kind.name not in ("anyOf", "oneOf") or not hasattr(kind, "context"):
        return None
    fitting = [
        branch
        for branch in kind.context
        if branch and not any(error.kind.name == "type" and len(error.instance_path) == depth for error in branch)
    ]
    return fitting[0] if len(fitting) == 1 else None


def _shown(name: str) -> str:
    """A property's name as a caller may see it again: short and plain, or not at all."""
    plain = len(name) <= 64 and name.isascii() and name.replace("_", "").replace("-", "").isalnum()
    return f'"{name}"' if plain else "of that name"


def _reason(kind: Any) -> str:
    """What was expected, in words; never what was given."""
    limit = getattr(kind, "limit", None)
    words: dict[str, Callable[[], str]] = {
        "type": lambda: "must be of type " + " or ".join(kind.types),
        "enum": lambda: "must be one of " + ", ".join(str(option) for option in kind.options),
        "const": lambda: "must be a fixed value",
        "format": lambda: f"must be a valid {kind.format}",
        "pattern": lambda: "must have the documented form",
        "minLength": lambda: f"must be at least {limit} characters long",
        "maxLength": lambda: f"must be at most {limit} characters long",
        "minItems": lambda: f"must have at least {limit} items",
        "maxItems": lambda: f"must have at most {limit} items",
        "minimum": lambda: f"must be at least {limit}",
        "maximum": lambda: f"must be at most {limit}",
        "exclusiveMinimum": lambda: f"must be greater than {limit}",
        "exclusiveMaximum": lambda: f"must be less than {limit}",
        "multipleOf": lambda: "must be a multiple of the documented step",
        "uniqueItems": lambda: "must not hold the same item twice",
        "oneOf": lambda: "must be exactly one of the documented forms",
        "anyOf": lambda: "must be one of the documented forms",
        "not": lambda: "must not be of a form that the contract excludes",
        "minProperties": lambda: "has too few properties",
        "maxProperties": lambda: "has too many properties",
    }
    return words.get(kind.name, lambda: "is invalid")()
