"""Validity: whether a request keeps the contract, breaks it, or may be read either way.

Told from what is sent, not from how it was made: a mutated request has no history. In doubt nothing is said, for a wrong word
here is a false alarm.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import jsonschema_rs

from contract_tests.contracts import resolve
from contract_tests.fuzz.surface import Surface

#: What is certainly of a format; much else is, too, but not to every reader.
_CERTAIN = {
    "date": r"(19|20)\d\d-(0[1-9]|1[0-2])-(0[1-9]|1\d|2[0-8])",
    "date-time": r"20\d\d-(0[1-9]|1[0-2])-(0[1-9]|1\d|2[0-8])T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,3})?Z",
    "email": r"[a-z0-9]+(\.[a-z0-9]+)*@([a-z0-9]+\.)+[a-z]{2,}",
    "uri": r"https?://([a-z0-9]+\.)+[a-z]{2,}(/[A-Za-z0-9_.-]*)*",
    "uuid": r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}",
}
_CERTAIN["moment"] = f"{_CERTAIN['date']}|{_CERTAIN['date-time']}"
_WHOLE = re.compile(r"-?(0|[1-9]\d{0,17})")
#: Deeper bodies, and texts that are no Unicode, are refused by parsers, whatever the contract says.
_DEEP = 30


@dataclass
class Request:
    """What is sent, all marks resolved. ``media``: of the body, None for no body."""

    path: Mapping[str, Any] = field(default_factory=dict)
    query: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, Any] = field(default_factory=dict)
    body: Any = None
    media: str | None = None


class Validity:
    """Reads requests by one contract. The validators are made when they are first needed."""

    def __init__(self, surface: Surface) -> None:
        self._surface = surface
        self._components = {"schemas": as_json_schema(surface.spec["components"].get("schemas", {}))}
        self._made: dict[Any, tuple[Any, Any]] = {}

    def of(self, name: str, scheme: str | None, request: Request) -> bool | None:
        """True: it keeps the contract of this operation; False: it breaks it; None: who knows."""
        operation = self._surface[name]
        declared = [each for each in self._surface.parameters(name) if scheme not in each.get("x-ignored-with", ())]
        verdicts = [self._parameter(each, request) for each in declared]
        verdicts.append(self._body(name, request))
        if self._unknown_of(declared, request) or "x-also-named" in json.dumps(declared):
            verdicts.append(None)
        if operation.get("x-query-equals-body"):
            # What the body lacks may stand in the query, and the other way round.
            verdicts.append(None)
        if None in verdicts:
            return None
        return all(verdicts)

    def _unknown_of(self, declared: list[dict[str, Any]], request: Request) -> bool:
        known = {each["name"].lower() for each in declared}
        return any(name.lower() not in known for name in (*request.query, *request.headers))

    def _parameter(self, declared: Mapping[str, Any], request: Request) -> bool | None:
        container = {"path": request.path, "query": request.query, "header": request.headers}.get(declared["in"], {})
        sent = next((value for name, value in container.items() if name.lower() == declared["name"].lower()), None)
        if sent is None:
            return not declared.get("required", False)
        schema = resolve(self._surface.spec, declared["schema"])
        value = _read(sent, schema.get("type"))
        if value is None:
            return None
        if isinstance(value, bool):
            return value
        return self._judged((declared["in"], declared["name"], json.dumps(declared["schema"])), declared["schema"], value[0])

    def _body(self, name: str, request: Request) -> bool | None:
        declared = resolve(self._surface.spec, self._surface[name].get("requestBody", {}))
        if request.media is None:
            return not declared.get("required", False)
        content = declared.get("content", {})
        if request.media not in content or "json" not in request.media or isinstance(request.body, bytes):
            return None
        if not _plain(request.body):
            return None
        return self._judged((name, request.media), content[request.media].get("schema", {}), request.body)

    def _judged(self, key: Any, schema: Any, value: Any) -> bool | None:
        strict, loose = self._validators(key, schema)
        try:
            if strict.is_valid(value):
                return True
            return None if loose.is_valid(value) else False
        except ValueError:
            return None

    def _validators(self, key: Any, schema: Any) -> tuple[Any, Any]:
        if key not in self._made:
            whole = {**as_json_schema(schema), "components": self._components}
            formats = {name: re.compile(pattern).fullmatch for name, pattern in _CERTAIN.items()}
            certain = {name: (lambda text, read=read: read(text) is not None) for name, read in formats.items()}
            self._made[key] = (
                jsonschema_rs.validator_for(whole, validate_formats=True, formats=certain),
                jsonschema_rs.validator_for(whole, validate_formats=False),
            )
        return self._made[key]


def _read(sent: Any, kind: str | None) -> tuple[Any] | bool | None:
    """The value that this text is on the wire, in a tuple; False: it cannot be one; None: readers differ."""
    text = wire_text(sent)
    if text is None or text != text.strip() or not text.isprintable():
        return None
    if kind == "string":
        # A dot segment is gone before the server sees it, and what is empty was perhaps not sent.
        return (text,) if text not in ("", ".", "..") else None
    if kind == "integer":
        if _WHOLE.fullmatch(text):
            return (int(text),)
        return False if text.isascii() and text.isalpha() else None
    if kind == "boolean":
        return (text == "true",) if text in ("true", "false") else None
    return None


def wire_text(value: Any) -> str | None:
    """A plain value as a URL or header carries it; None if none can."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int):
        return None if any("\ud800" <= letter <= "\udfff" for letter in str(value)) else str(value)
    return None


def _plain(value: Any, depth: int = 0) -> bool:
    """Whether every JSON parser reads the value alike."""
    if depth > _DEEP:
        return False
    if isinstance(value, str):
        return not any("\ud800" <= letter <= "\udfff" or letter == "\0" for letter in value)
    if isinstance(value, float) or (isinstance(value, int) and abs(value) >= 2**53):
        return False
    if isinstance(value, Mapping):
        return all(_plain(name) and _plain(part, depth + 1) for name, part in value.items())
    return not isinstance(value, list) or all(_plain(part, depth + 1) for part in value)


def as_json_schema(schema: Any) -> Any:
    """OpenAPI 3.0's ``nullable`` in JSON Schema's words."""
    if isinstance(schema, list):
        return [as_json_schema(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    plain = {key: as_json_schema(value) for key, value in schema.items() if key != "nullable" or not isinstance(value, bool)}
    return {"anyOf": [plain, {"type": "null"}]} if schema.get("nullable") is True else plain
