"""A schema of a contract as a JSON Schema document that stands alone, for editors and other programs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mockserver.serving.contract import Contract
from mockserver.serving.schemas import MOMENT, Schema, as_json_schema

_MOMENT = {
    "anyOf": [
        {"type": "string", "pattern": MOMENT, "description": "How far from now: now, now-2d3h, now+30m"},
        {"type": "string", "format": "date-time"},
    ]
}


def standalone(contract: Contract, schema: Schema) -> dict[str, Any]:
    """JSON Schema 2020-12 with everything that the schema refers to under ``$defs``."""
    definitions: dict[str, Any] = {}
    words = _gathered(as_json_schema(schema), contract.raw.get("components", {}).get("schemas", {}), definitions)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **words, "$defs": definitions}


def _gathered(value: Any, components: Mapping[str, Schema], definitions: dict[str, Any]) -> Any:
    """The value with its references led to ``definitions``, which take in what they name."""
    if isinstance(value, list):
        return [_gathered(child, components, definitions) for child in value]
    if not isinstance(value, Mapping):
        return value
    if isinstance(value.get("$ref"), str):
        name = value["$ref"].rpartition("/")[2]
        if name not in definitions:
            # It may lead back to itself.
            definitions[name] = {}
            definitions[name] = _gathered(as_json_schema(components[name]), components, definitions)
        return {"$ref": f"#/$defs/{name}"}
    words = {key: _gathered(child, components, definitions) for key, child in value.items()}
    if words.get("format") == "moment":
        # No other program knows this format.
        return {**{key: child for key, child in words.items() if key != "format"}, "allOf": [*words.get("allOf", ()), _MOMENT]}
    return words
