"""Validation: a request held against its operation's contract; what passes is typed and ready for its function."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl

import orjson

from mockserver.engine.refusals import (
    BodyInvalid,
    BodyMalformed,
    BodyMissing,
    BodyTooLarge,
    Issue,
    MediaTypeUnsupported,
    ParameterInvalid,
)
from mockserver.exchange import UploadedFile
from mockserver.serving.contract import Operation
from mockserver.serving.media_types import MediaType
from mockserver.serving.multipart import discard_files, read_form
from mockserver.serving.parameters import Parameter, refusal_name
from mockserver.serving.passage import Passage, Rooms, Scope, passage_of
from mockserver.serving.schemas import Schema, issues

# Deeper than any documented body, and far from where parsers and writers give up.
_MAX_DEPTH = 64


class Validation:
    """Parameters first, then the body's media type, then the body."""

    def __init__(self, operation: Operation, rooms: Rooms, next_app: Any) -> None:
        self._operation = operation
        self._parameters = operation.parameters
        self._body = operation.request_body
        self._beside = _names_beside(operation)
        # Who declares nothing in the query string does not read it: what stands there means nothing here.
        self._reads_query = bool(self._beside) or any(parameter.place == "query" for parameter in self._parameters)
        self._next_app = next_app

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        """Fill in the arguments, or refuse."""
        passage = passage_of(scope)
        texts = Texts(scope, passage, scope["query_string"] if self._reads_query else b"")
        arguments = {p.argument: p.value(texts.of(p)) for p in self._parameters}
        if self._body is not None:
            arguments["body"] = await self._read_body(self._body, passage, receive, texts.beside(self._beside))
        passage.arguments = arguments
        await self._next_app(scope, receive, send)

    async def _read_body(self, rules: Schema, passage: Passage, receive: Any, beside: Mapping[str, str]) -> Any:
        if passage.oversize:
            raise BodyTooLarge
        header = "" if beside and not passage.request.body else passage.request.headers.get("content-type", "")
        content: dict[str, Schema] = rules["content"]
        media_type = MediaType.parse(header) if header else MediaType.parse(next(iter(content)))
        if media_type is None or media_type.essence not in content or not media_type.is_utf8:
            raise MediaTypeUnsupported
        schema = content[media_type.essence]["schema"]
        if self._operation.streams:
            value = await read_form(receive, media_type, schema, self._operation.contract.schemas, passage.uploads)
        elif passage.request.body:
            value = parse_json(passage.request.body)
        elif not self._beside:
            return self._without_body(rules)
        else:
            value = {}
        if beside and isinstance(value, dict):
            value = {**beside, **value}
        try:
            self._check(schema, value)
        except BodyInvalid:
            discard_files(value if self._operation.streams else {})
            raise
        return value

    def _without_body(self, rules: Schema) -> None:
        if rules.get("required"):
            raise BodyMissing(issues=[Issue((), "required", "a body is required")])

    def _check(self, schema: Schema, value: Any) -> None:
        schemas = self._operation.contract.schemas
        validator = schemas.request(schema)
        plain = _without_files(value) if self._operation.streams else value
        if not validator.is_valid(plain):
            # The contract's own order of fields is the order in which a client hears of its mistakes.
            order = list(schemas.resolve(schema).get("properties", ()))
            found = sorted(issues(validator, plain), key=lambda issue: _place(issue, order))
            marks = list(schemas.marks(schema, found[0].path))
            raise BodyInvalid(refusal_name(marks, found[0], "BodyInvalid"), found)


def _names_beside(operation: Operation) -> Sequence[str]:
    """Fields of the body that may stand in the query string instead (``x-query-equals-body``); a credential has its own rule."""
    if operation.request_body is None or not operation.raw.get("x-query-equals-body"):
        return ()
    schema = next(iter(operation.request_body["content"].values()))["schema"]
    credentials = {scheme.name for scheme in operation.security}
    return [name for name in operation.contract.schemas.resolve(schema)["properties"] if name not in credentials]


def _place(issue: Issue, order: list[str]) -> int:
    field = issue.path[0] if issue.path else None
    return order.index(field) if isinstance(field, str) and field in order else len(order)


def _without_files(form: dict[str, Any]) -> dict[str, Any]:
    return {name: "" if isinstance(value, UploadedFile) else value for name, value in form.items()}


def parse_json(body: bytes) -> Any:
    """The JSON value; BodyMalformed for what RFC 8259 forbids, and for nesting beyond any documented body."""
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise BodyMalformed(issues=[Issue((), "type", "is not valid JSON")]) from None
    if body.count(b"[") + body.count(b"{") > _MAX_DEPTH and _depth(value) > _MAX_DEPTH:
        raise BodyMalformed(issues=[Issue((), "type", f"is nested more than {_MAX_DEPTH} levels deep")])
    return value


def _depth(value: Any) -> int:
    depth, level = 0, [value]
    while level:
        depth += 1
        level = [child for node in level for child in _children(node)]
    return depth


def _children(node: Any) -> Iterable[Any]:
    if isinstance(node, dict):
        return node.values()
    return node if isinstance(node, list) else ()


class Texts:
    """Where the texts of path, query and header parameters are found, each looked up at most once."""

    def __init__(self, scope: Scope, passage: Passage, query_string: bytes) -> None:
        self._path = scope.get("path_params", {})
        self._headers = passage.request.headers
        self._raw_headers = scope["headers"]
        self._scheme = passage.scheme
        self._query: dict[str, list[str]] = {}
        for name, value in _query(query_string):
            self._query.setdefault(name, []).append(value)

    def beside(self, names: Sequence[str]) -> dict[str, str]:
        """The fields of the body that stand in the query string, as text."""
        given = {name: self._query[name] for name in names if name in self._query}
        for name, texts in given.items():
            if len(texts) > 1:
                raise ParameterInvalid(issues=[Issue((name,), "uniqueItems", "must be given once")])
        return {name: texts[0] for name, texts in given.items()}

    def of(self, parameter: Parameter) -> list[str]:
        """The texts given for a parameter: none, one, or more."""
        if self._scheme in parameter.ignored_with:
            return []
        if parameter.place == "query":
            also = self._query.get(parameter.also_named, []) if parameter.also_named else []
            return [*self._query.get(parameter.name, []), *also]
        if parameter.place == "path":
            return [self._path[parameter.name.replace("-", "_")]]
        wanted = parameter.name.lower().encode("latin-1")
        return [value.decode("latin-1").strip() for name, value in self._raw_headers if name.lower() == wanted]


def _query(query_string: bytes) -> list[tuple[str, str]]:
    try:
        text = query_string.decode("ascii")
        return parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=1000)
    except ValueError:
        raise ParameterInvalid(issues=[Issue(("query",), "format", "is not a valid query string")]) from None
