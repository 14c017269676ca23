"""Asking: a right request of an operation, made from its contract, that can be turned into a wrong one."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote

import httpx

from contract_tests.contracts import Operation, Place, Spec, json_body, parameters, resolve

Json = dict[str, Any]
#: What an id is looked up by: the name under which requests carry it.
Known = Callable[[str], Any]


@dataclass(frozen=True)
class Asked:
    """One request. ``path``: values of the path's parameters; ``body``: a JSON value, None for no body; ``raw``: sent instead of
    it, as it is.
    """

    place: Place
    operation_id: str
    path: Mapping[str, Any] = field(default_factory=dict)
    query: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    raw: bytes | None = None

    def placing(self, where: str, name: str, value: Any) -> Asked:
        """The same with another value there; ``where``: path, query, header or body. None takes it away."""
        attribute = "headers" if where == "header" else where
        held = {key: kept for key, kept in (getattr(self, attribute) or {}).items() if key != name}
        changed: Any = {**held, name: str(value) if where == "header" else value} if value is not None else held
        return replace(self, **{attribute: changed})

    def where(self, name: str) -> str | None:
        """Where the request carries the name; None if nowhere."""
        parts = {"path": self.path, "query": self.query, "header": self.headers, "body": self.body}
        return next((where for where, part in parts.items() if isinstance(part, Mapping) and name in part), None)

    def by(self, spec: Spec, scheme: str | None, secret: str | None) -> Asked:
        """The same with this credential, where the scheme carries it; None: with none."""
        if scheme is None or secret is None:
            return self
        declared = spec["components"].get("securitySchemes", {}).get(scheme)
        if declared is None:
            return replace(self, body={**(self.body or {}), spec["x-credential-in-body"]["name"]: secret})
        if declared["type"] == "apiKey":
            return self.placing(declared["in"], declared["name"], secret)
        return self.placing("header", "Authorization", f"Bearer {secret}")

    @property
    def url(self) -> str:
        """The path below the API's base."""
        return self.place.path.format_map({name: quote(str(value), safe="") for name, value in self.path.items()})

    def send(self, client: httpx.Client) -> httpx.Response:
        """Ask; what the client's hooks raise goes through."""
        query = {name: value if isinstance(value, str | list) else json.dumps(value) for name, value in self.query.items()}
        content, headers = self.raw, dict(self.headers)
        if content is None and self.body is not None:
            content = json.dumps(self.body).encode()
        if content is not None and not any(name.lower() == "content-type" for name in headers):
            headers["Content-Type"] = "application/json"
        return client.request(self.place.method.upper(), self.url, params=query or None, headers=headers, content=content)

    def said(self) -> list[str]:
        """Every value that was sent, as text."""
        parts = (self.path, self.query, self.headers, self.body if isinstance(self.body, Mapping) else {})
        return [str(value) for part in parts for value in part.values() if isinstance(value, str | int)]


def right(spec: Spec, place: Place, operation: Operation, known: Known, ids: Mapping[str, Any], body: Json | None) -> Asked:
    """A request with all ids that the operation takes. ``ids``: names of such; ``body``: in place of the contract's example."""
    asked = Asked(place, operation["operationId"])
    fields = body if body is not None else example(spec, operation)
    schema = json_body(spec, operation)
    for parameter in parameters(spec, operation):
        name, where = parameter["name"], parameter["in"]
        if fields and name in fields and schema is None:
            asked = asked.placing(where, name, fields[name])
        elif name in ids:
            asked = asked.placing(where, name, known(name))
        elif parameter.get("required"):
            asked = asked.placing(where, name, parameter["example"])
    if schema is not None and fields is not None:
        own = {name: known(name) for name in schema["properties"] if name in ids and name not in fields}
        asked = replace(asked, body={**fields, **own})
    return asked


def example(spec: Spec, operation: Operation) -> Json | None:
    """The first documented JSON body of the operation."""
    media = resolve(spec, operation.get("requestBody", {})).get("content", {}).get("application/json", {})
    examples = [resolve(spec, each)["value"] for each in media.get("examples", {}).values()]
    found: Json | None = media.get("example") or next(iter(examples), None)
    return found
