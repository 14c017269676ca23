"""Parameters: from the text of paths, queries and headers to the values that a schema means."""

from __future__ import annotations

import keyword
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import jsonschema_rs

from mockserver.engine.refusals import Issue, ParameterInvalid
from mockserver.serving.schemas import Schema, Schemas, issues

# The number grammar of JSON (RFC 8259): no "1_0", no "+1", no Arabic digits, as JSON Schema means a number.
_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]{0,18})")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,30})(?:\.[0-9]{1,30})?(?:[eE][+-]?[0-9]{1,3})?")
_BOOLEANS = {"true": True, "false": False}


def _integer(text: str) -> int | str:
    return int(text) if _INTEGER.fullmatch(text) else text


def _number(text: str) -> float | int | str:
    return _integer(text) if _INTEGER.fullmatch(text) else float(text) if _NUMBER.fullmatch(text) else text


def _boolean(text: str) -> bool | str:
    return _BOOLEANS.get(text, text)


_READ: Mapping[str, Callable[[str], Any]] = {"integer": _integer, "number": _number, "boolean": _boolean}


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of an operation. ``argument``: what its function calls it; ``read``: from text to value."""

    name: str
    place: str
    argument: str
    required: bool
    is_array: bool
    explode: bool
    read: Callable[[str], Any]
    validator: jsonschema_rs.Validator
    default: Any
    raw: Schema
    ignored_with: frozenset[str]
    also_named: str | None

    @classmethod
    def of(cls, raw: Schema, schemas: Schemas) -> Parameter:
        """Compile a (resolved) Parameter Object."""
        schema = schemas.resolve(raw["schema"])
        is_array = schema.get("type") == "array"
        scalar = schemas.resolve(schema["items"]) if is_array else schema
        return cls(
            name=raw["name"],
            place=raw["in"],
            argument=argument_name(raw["name"]),
            required=raw.get("required", False),
            is_array=is_array,
            explode=raw.get("explode", raw.get("style", "form") == "form" and raw["in"] == "query"),
            read=_READ.get(scalar.get("type", ""), str),
            validator=schemas.request(raw["schema"]),
            default=schema.get("default"),
            raw=raw,
            ignored_with=frozenset(raw.get("x-ignored-with", ())),
            also_named=raw.get("x-also-named"),
        )

    def value(self, texts: Sequence[str]) -> Any:
        """The value that the texts found in the request stand for; ParameterInvalid where they do not fit."""
        if not texts:
            if self.required:
                raise self._refusal(Issue((self.name,), "required", "is required"))
            return self.default
        if len(texts) > 1 and not (self.is_array and self.explode):
            raise self._refusal(Issue((self.name,), "uniqueItems", "must be given once"))
        value = self._read(texts)
        if not self.validator.is_valid(value):
            raise self._refusal(*(replace(i, path=(self.name, *i.path)) for i in issues(self.validator, value)))
        return value

    def _read(self, texts: Sequence[str]) -> Any:
        if not self.is_array:
            return self.read(texts[0])
        parts = texts if self.explode else texts[0].split(",")
        return [self.read(part) for part in parts]

    def _refusal(self, *found: Issue) -> ParameterInvalid:
        return ParameterInvalid(refusal_name([self.raw], found[0], "ParameterInvalid"), found)


def refusal_name(marks: Sequence[Schema], issue: Issue, otherwise: str) -> str:
    """The fact that the deepest ``x-refusal`` mark names for this issue (by its keyword first), or ``otherwise``."""
    for schema in reversed(marks):
        by_keyword = schema.get("x-refusals-by-keyword", {})
        if issue.keyword in by_keyword:
            return str(by_keyword[issue.keyword])
        if "x-refusal" in schema:
            return str(schema["x-refusal"])
    return otherwise


def argument_name(name: str) -> str:
    """``X-Workspace-ID`` → ``x_workspace_id``, ``pageToken`` → ``page_token``, ``from`` → ``from_``."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|-", "_", name).lower()
    return f"{spaced}_" if keyword.iskeyword(spaced) else spaced
