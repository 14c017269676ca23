"""Requests: an operation's documented request as one actor sends it, and the same with one value changed."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote

from contract_tests import credentials
from contract_tests.aim import accepted
from contract_tests.contracts import Operation, Place, Spec, parameters, resolve
from contract_tests.edges.samples import Samples
from contract_tests.edges.stated import ANY, EACH, SIZE, Branch, Limit, Step

ABSENT = object()
PADDING = b" "


@dataclass(frozen=True)
class Request:
    """``path``: values of the template's parameters; ``body``: JSON, or ABSENT; ``size``: bytes that the body is to have."""

    place: Place
    path: Mapping[str, Any] = field(default_factory=dict)
    query: Mapping[str, Any] = field(default_factory=dict)
    header: Mapping[str, Any] = field(default_factory=dict)
    body: Any = ABSENT
    size: int | None = None

    @property
    def url(self) -> str:
        """Below the API's base, without the query."""
        return self.place.path.format(**{name: quote(str(value), safe="") for name, value in self.path.items()})

    def having(self, where: str, name: str, value: Any) -> Request:
        """With another value of a parameter. ``where``: path, query or header."""
        if where == "path":
            return replace(self, path={**self.path, name: value})
        if where == "query":
            return replace(self, query={**self.query, name: value})
        return replace(self, header={**self.header, name: value})

    def sent(self) -> dict[str, Any]:
        """As httpx takes it."""
        said: dict[str, Any] = {"method": self.place.method.upper(), "url": self.url}
        said["params"] = {name: _text(value) for name, value in self.query.items()}
        said["headers"] = {name: _text(value) for name, value in self.header.items()}
        if self.body is not ABSENT:
            said["content"] = self.content()
            said["headers"] = {"Content-Type": "application/json", **said["headers"]}
        return said

    def content(self) -> bytes:
        """The body's bytes; spaces after it, which mean nothing, make it as long as it is to be."""
        written = json.dumps(self.body).encode()
        return written.ljust(self.size, PADDING) if self.size is not None else written


def _text(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, list) else str(value)


class Documented:
    """Requests of one contract by one actor. ``recipients``: kind of address (phone, email) → those that may be written to; none
    named: any.
    """

    def __init__(
        self, spec: Spec, api: str, actor: Mapping[str, Any], recipients: Mapping[str, Sequence[str]] | None = None
    ) -> None:
        self._spec, self._api, self._actor = spec, api, actor
        self._recipients = recipients or {}
        self._samples = Samples(spec)

    def with_value(self, limit: Limit, request: Request, value: Any) -> Request:
        """A request with this value where the limit is."""
        if limit.keyword == SIZE:
            return replace(request, size=value)
        if limit.where == "body":
            return replace(request, body=put(request.body, limit.way, value))
        return request.having(limit.where, str(limit.way[0]), value)

    def asking(self, limit: Limit) -> Iterator[Request]:
        """The documented requests that have something where the limit is, those that have it of themselves first."""
        plain = list(self.requests(limit.place, limit.operation, limit))
        if limit.where != "body" or not limit.way:
            yield from plain
            return
        schema = self._media(limit.operation)["schema"]
        for request in sorted(plain, key=lambda each: not _has(each.body, limit.way)):
            yield replace(request, body=self._grafted(schema, request.body, limit.way))

    def requests(self, place: Place, operation: Operation, limit: Limit | None = None) -> Iterator[Request]:
        """The documented requests: what is required, and the body of each example."""
        ids = credentials.tenant_ids(self._api, self._actor) | credentials.caller_ids(self._api, self._actor)
        declared = parameters(self._spec, operation)
        wanted = {limit.way[0]} if limit is not None and limit.where in ("path", "query", "header") else set()
        request = Request(place)
        for each in declared:
            if each.get("required") or each["name"] in wanted:
                value = ids[each["name"]][0] if each["name"] in ids else self._example(each)
                request = request.having(each["in"], each["name"], value)
        request = self._with_credential(operation, request, [each for each in declared if each["name"] in wanted])
        for body in self._bodies(operation, ids):
            yield replace(request, body=body)

    def _example(self, parameter: Mapping[str, Any]) -> Any:
        value = parameter["example"] if "example" in parameter else self._samples.of(parameter["schema"])
        return self._own_address(parameter.get("x-recipient"), value)

    def _own_address(self, kind: str | None, value: Any) -> Any:
        """An address that may be written to, in place of the documented one."""
        meant = ("email" if "@" in str(value) else "phone") if kind == "address" else kind
        known = self._recipients.get(meant or "", ())
        if not known:
            return value
        return list(known[: len(value)]) if isinstance(value, list) else known[0]

    def _bodies(self, operation: Operation, ids: Mapping[str, Sequence[Any]]) -> Iterator[Any]:
        media = self._media(operation)
        if media is None:
            yield ABSENT
            return
        said = [resolve(self._spec, each)["value"] for each in media.get("examples", {}).values()]
        said += [media["example"]] if "example" in media else []
        known = self._samples.properties(resolve(self._spec, media["schema"]))
        for body in said or [self._samples.of(media["schema"])]:
            own = {name: _like(values[0], body.get(name)) for name, values in ids.items() if name in body and name in known}
            yield self._pinned(media["schema"], {**copy.deepcopy(body), **own})

    def _pinned(self, node: Any, value: Any) -> Any:
        """The value with the addresses that may be written to in place of the documented ones."""
        schema = resolve(self._spec, node)
        if isinstance(schema, dict) and "x-recipient" in schema and not isinstance(value, dict):
            return self._own_address(schema["x-recipient"], value)
        if isinstance(value, dict):
            known = self._samples.properties(schema)
            return {name: self._pinned(known[name], part) if name in known else part for name, part in value.items()}
        if isinstance(value, list) and "items" in schema:
            return [self._pinned(schema["items"], part) for part in value]
        return value

    def _media(self, operation: Operation) -> Any:
        return resolve(self._spec, operation.get("requestBody", {})).get("content", {}).get("application/json")

    def _grafted(self, node: Any, value: Any, way: Sequence[Step]) -> Any:
        """The value with something at the end of the way, as little else changed as can be."""
        schema = resolve(self._spec, node)
        if not way or value is ABSENT:
            return value if value is not ABSENT else self._samples.along(schema, way)
        step, *rest = way
        if isinstance(step, Branch):
            part = self._samples.alternatives(schema)[step.number]
            fits = _has(value, rest) if rest else False
            return self._grafted(part, value, rest) if fits else self._samples.along(part, rest)
        if step == EACH:
            return [self._grafted(schema["items"], (value or [ABSENT])[0], rest), *value[1:]]
        if step == ANY:
            return {**value, "key": self._grafted(schema["additionalProperties"], ABSENT, rest)}
        return {**value, step: self._grafted(self._samples.properties(schema)[step], value.get(step, ABSENT), rest)}

    def _with_credential(self, operation: Operation, request: Request, wanted: Sequence[Mapping[str, Any]]) -> Request:
        """By the first kind that the operation takes and that does not make the API ignore what is wanted."""
        ignoring = {scheme for each in wanted for scheme in each.get("x-ignored-with", ())}
        scheme = next((each for each in accepted(self._spec, operation) if each not in ignoring), None)
        declared = self._spec["components"].get("securitySchemes", {}).get(scheme)
        if scheme is None or declared is None:
            return request
        secret = credentials.secret(self._api, scheme, self._actor)
        if declared["type"] == "http":
            return request.having("header", "Authorization", f"Bearer {secret}")
        return request.having(declared["in"], declared["name"], secret)


def _like(value: Any, example: Any) -> Any:
    return str(value) if isinstance(example, str) else value


def _has(value: Any, way: Sequence[Step]) -> bool:
    """Whether something stands at the end of the way."""
    return at(value, way) is not ABSENT


def standing(request: Request, limit: Limit) -> Any:
    """What the request has where the limit is, or ABSENT."""
    if limit.where == "body":
        return at(request.body, limit.way)
    return {**request.path, **request.query, **request.header}.get(str(limit.way[0]), ABSENT)


def at(value: Any, way: Sequence[Step]) -> Any:
    """What stands at the end of the way, the first of each list; ABSENT if nothing does."""
    for step in way:
        if step == EACH:
            value = value[0] if isinstance(value, list) and value else ABSENT
        elif step == ANY:
            value = next(iter(value.values()), ABSENT) if isinstance(value, dict) else ABSENT
        elif isinstance(step, str):
            value = value.get(step, ABSENT) if isinstance(value, dict) else ABSENT
    return value


def put(value: Any, way: Sequence[Step], wanted: Any) -> Any:
    """The value with something else at the end of the way."""
    if not way:
        return wanted
    step, *rest = way
    if isinstance(step, Branch):
        return put(value, rest, wanted)
    if step == EACH:
        return [put(value[0], rest, wanted), *value[1:]]
    name = next(iter(value)) if step == ANY else step
    return {**value, name: put(value.get(name), rest, wanted)}
