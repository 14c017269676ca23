"""The contract: one OpenAPI document, compiled to what a request needs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from mockserver.serving.parameters import Parameter
from mockserver.serving.samples import Samples
from mockserver.serving.schemas import Schema, Schemas

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
DEFAULT_MAX_BYTES = 1024 * 1024


class ContractBroken(Exception):
    """The mock was about to say what its contract does not: a bug of the mock. The message names operation and pointer."""


@dataclass(frozen=True, slots=True)
class Words:
    """What the contract says for a refusal: the status and the body, before the moment's facts are added."""

    status: int
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Scheme:
    """Where a credential stands: ``place`` header, query, bearer or body; ``name`` of the field (bearer has none)."""

    key: str
    place: str
    name: str = ""


@dataclass(frozen=True)
class Operation:
    """One operation: what it takes, whom it lets in, what it may answer."""

    contract: Contract = field(repr=False)
    id: str
    method: str
    path: str
    raw: Schema = field(repr=False)

    @cached_property
    def parameters(self) -> tuple[Parameter, ...]:
        """Its parameters, each with its rules."""
        resolved = (self.contract.schemas.resolve(raw) for raw in self.raw.get("parameters", ()))
        return tuple(Parameter.of(raw, self.contract.schemas) for raw in resolved)

    @cached_property
    def security(self) -> tuple[Scheme, ...]:
        """The places where a credential may stand, the one that wins first; empty where none is needed."""
        required = self.raw.get("security", self.contract.raw.get("security", ()))
        in_body = self.contract.raw.get("x-credential-in-body")
        schemes = [self.contract.scheme(name) for alternative in required for name in alternative]
        if schemes and in_body:
            schemes.append(Scheme(in_body["scheme"], "body", in_body["name"]))
        return tuple(schemes)

    @cached_property
    def request_body(self) -> Schema | None:
        """The Request Body Object, or None."""
        return self.contract.schemas.resolve(self.raw["requestBody"]) if "requestBody" in self.raw else None

    @cached_property
    def streams(self) -> bool:
        """Whether its body is a form with files, to be read in pieces."""
        return self.request_body is not None and "multipart/form-data" in self.request_body["content"]

    @cached_property
    def responses(self) -> Mapping[int, Schema]:
        """Its Response Objects by status."""
        return {int(status): self.contract.schemas.resolve(raw) for status, raw in self.raw["responses"].items()}

    @cached_property
    def success(self) -> int:
        """Its (first) success status."""
        return min(status for status in self.responses if status < 400)

    @cached_property
    def refusals(self) -> Mapping[str, Words]:
        """What it may refuse, by the name of the fact."""
        own = {name: words for status, response in self.responses.items() for name, words in self._words(status, response)}
        return {**self.contract.refusals_anywhere, **own}

    def _words(self, status: int, response: Schema) -> Iterator[tuple[str, Words]]:
        if status >= 400:
            for media in response.get("content", {}).values():
                for name, example in media.get("examples", {}).items():
                    yield name, Words(status, self.contract.schemas.resolve(example)["value"])

    @cached_property
    def rivals(self) -> tuple[re.Pattern[str], ...]:
        """Earlier paths that its template covers: where one of them fits, that path is meant, whatever methods it has."""
        patterns = self.contract.patterns
        own, paths = patterns[self.path], list(patterns)
        return tuple(patterns[path] for path in paths[: paths.index(self.path)] if own.fullmatch(path))

    def arguments(self) -> set[str]:
        """The names that its function takes, beside the call."""
        return {parameter.argument for parameter in self.parameters} | ({"body"} if self.request_body else set())


class Contract:
    """One OpenAPI 3.0 document and all that can be computed from it before the first request."""

    def __init__(self, name: str, raw: Mapping[str, Any]) -> None:
        self.name = name
        self.raw = raw
        self.schemas = Schemas(raw)
        self.max_bytes: int = raw.get("x-max-bytes", DEFAULT_MAX_BYTES)
        self.operations = {operation.id: operation for operation in self._operations()}

    def _operations(self) -> Iterator[Operation]:
        for path, item in self.raw["paths"].items():
            for method in METHODS:
                if method in item:
                    yield Operation(self, item[method]["operationId"], method, path, item[method])

    @cached_property
    def refusals_anywhere(self) -> Mapping[str, Words]:
        """Refusals that need no operation (``x-refusals`` at the root): no such path, too large, …"""
        return {name: Words(entry["status"], entry["value"]) for name, entry in self.raw.get("x-refusals", {}).items()}

    @cached_property
    def samples(self) -> Samples:
        """What makes up values for its schemas."""
        return Samples(self.schemas)

    @cached_property
    def websocket(self) -> Operation | None:
        """The live updates (``x-websocket`` at the root), which are written down like an operation; None if there are none."""
        raw = self.raw.get("x-websocket")
        return Operation(self, raw["operationId"], "get", raw["path"], raw) if raw else None

    @property
    def answering(self) -> list[Operation]:
        """All that answers requests: the operations, and the handshake of the WebSocket."""
        return [*self.operations.values(), *([self.websocket] if self.websocket else [])]

    def scheme(self, key: str) -> Scheme:
        """Where the credential of a security scheme stands."""
        raw = self.raw["components"]["securitySchemes"][key]
        return Scheme(key, "bearer") if raw["type"] == "http" else Scheme(key, raw["in"], raw["name"])

    @cached_property
    def patterns(self) -> dict[str, re.Pattern[str]]:
        """What fits each path template, in the contract's order."""
        return {path: re.compile(re.sub(r"\\{[^}]*\\}", "[^/]+", re.escape(path))) for path in self.raw["paths"]}

    def allow(self, path: str) -> list[str]:
        """The methods at a concrete path below the API's root: those of the path that fits first, as OpenAPI wants it."""
        fitting = next((template for template, pattern in self.patterns.items() if pattern.fullmatch(path)), None)
        offered = {method.upper() for method in METHODS if fitting and method in self.raw["paths"][fitting]}
        return sorted(offered | ({"HEAD"} if "GET" in offered else set()))
