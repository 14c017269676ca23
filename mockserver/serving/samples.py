"""Samples: values made up after a schema, each held against it before anybody sees it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mockserver.serving.schemas import Schema, Schemas
from mockserver.serving.strings import Strings

# Below this many levels only what is required is made, so that schemas which hold themselves come to an end.
_DEEP, _DEEPEST = 4, 12
_ATTEMPTS = 40
_MERGED_BY = {"minimum": max, "minLength": max, "minItems": max, "maximum": min, "maxLength": min, "maxItems": min}


class Samples:
    """Makes values for the schemas of one contract."""

    def __init__(self, schemas: Schemas) -> None:
        from faker import Faker  # noqa: PLC0415  (a tenth of a second that only generated replies pay)

        self._schemas = schemas
        self._faker = Faker("en_GB", use_weighting=False)
        # Until its first seed a Faker shares its chance with all others.
        self._faker.seed_instance(0)
        self._random = self._faker.random
        self._strings = Strings(self._faker)

    def sample(self, schema: Schema, seed: str) -> Any:
        """A value that the mock may send for this schema, the same for the same seed. LookupError if none is found."""
        validator = self._schemas.reply(schema)
        for attempt in range(_ATTEMPTS):
            self._faker.seed_instance(f"{seed}/{attempt}")
            made = self._value(schema, "", 0)
            if validator.is_valid(made):
                return made
        raise LookupError("no value was found that this schema admits")

    def _value(self, schema: Schema, name: str, depth: int) -> Any:
        schema = self._chosen(schema)
        if depth > _DEEPEST:
            return None
        if schema.get("nullable") and self._random.random() < 0.2:
            return None
        if "enum" in schema:
            return self._random.choice([option for option in schema["enum"] if option is not None] or [None])
        kind = schema.get("type") or _meant_type(schema)
        if kind in ("object", "array"):
            return self._object(schema, depth) if kind == "object" else self._array(schema, name, depth)
        if kind == "string":
            return self._strings.text(schema, name)
        return self._random.random() < 0.5 if kind == "boolean" else self._number(schema, kind)

    def _chosen(self, schema: Schema) -> dict[str, Any]:
        """The schema in one piece: references followed, ``allOf`` joined, one branch of each ``oneOf`` and ``anyOf`` taken."""
        chosen: dict[str, Any] = {}
        for part in self._parts(schema):
            chosen = _merged(chosen, part)
        return chosen

    def _parts(self, schema: Schema) -> Iterator[Schema]:
        schema = self._schemas.resolve(schema)
        yield {word: value for word, value in schema.items() if word not in ("allOf", "oneOf", "anyOf", "discriminator")}
        for part in schema.get("allOf", ()):
            yield from self._parts(part)
        discriminator = schema.get("discriminator", {})
        if "mapping" in discriminator:
            value = self._random.choice(list(discriminator["mapping"]))
            yield from self._parts({"$ref": discriminator["mapping"][value]})
            yield {"properties": {discriminator["propertyName"]: {"enum": [value]}}, "required": [discriminator["propertyName"]]}
        else:
            for word in ("oneOf", "anyOf"):
                if word in schema:
                    yield from self._parts(self._random.choice(schema[word]))

    def _object(self, schema: Schema, depth: int) -> dict[str, Any]:
        required = set(schema.get("required", ()))
        properties: Mapping[str, Schema] = schema.get("properties", {})
        wanted = [name for name, child in properties.items() if name in required or self._is_given(child, depth)]
        made = {name: self._value(properties[name], name, depth + 1) for name in wanted}
        beyond = schema.get("additionalProperties")
        if isinstance(beyond, Mapping) and beyond and depth < _DEEP:
            for _ in range(self._random.randint(schema.get("minProperties", 1), 2)):
                name = self._faker.word()
                made[name] = self._value(beyond, name, depth + 1)
        return made

    def _is_given(self, child: Schema, depth: int) -> bool:
        return depth < _DEEP and not self._schemas.resolve(child).get("writeOnly") and self._random.random() < 0.7

    def _array(self, schema: Schema, name: str, depth: int) -> list[Any]:
        least = schema.get("minItems", 0)
        most = min(schema.get("maxItems", least + 3), least + 3) if depth < _DEEP else least
        made = [self._value(schema.get("items", {}), name, depth + 1) for _ in range(self._random.randint(least, most))]
        return [one for place, one in enumerate(made) if one not in made[:place]] if schema.get("uniqueItems") else made

    def _number(self, schema: Schema, kind: str) -> float | int:
        lowest = schema.get("minimum", min(0, schema.get("maximum", 0)))
        highest = schema.get("maximum", lowest + 1000)
        if kind == "number" and "multipleOf" not in schema:
            return float(round(self._random.uniform(lowest, highest), 2))
        step = schema.get("multipleOf", 1)
        drawn = self._random.randint(-(-lowest // step), highest // step)
        return int(drawn * step) if kind == "integer" else drawn * step


def _meant_type(schema: Schema) -> str:
    if "properties" in schema or "additionalProperties" in schema:
        return "object"
    return "array" if "items" in schema else "string"


def _merged(one: Schema, other: Schema) -> dict[str, Any]:
    """What both schemas admit, as far as one schema can say it."""
    both = {**one, **other}
    for word in one.keys() & other.keys():
        if word in _MERGED_BY:
            both[word] = _MERGED_BY[word](one[word], other[word])
        elif word == "required":
            both[word] = [*one[word], *other[word]]
        elif word == "enum":
            both[word] = [option for option in one[word] if option in other[word]]
        elif word == "nullable":
            both[word] = one[word] and other[word]
        elif word == "properties":
            both[word] = _merged_properties(one[word], other[word])
    return both


def _merged_properties(one: Mapping[str, Schema], other: Mapping[str, Schema]) -> dict[str, Schema]:
    shared = one.keys() & other.keys()
    return {**one, **other, **{name: {"allOf": [one[name], other[name]]} for name in shared}}
