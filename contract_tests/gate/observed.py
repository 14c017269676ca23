"""Observed: the secrets that pass the gate, for those who must not show them."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qsl

from contract_tests.contracts import parameters, resolve
from contract_tests.gate import payload
from contract_tests.gate.exchange import Exchange, Headers
from contract_tests.gate.marked import bears, marked
from contract_tests.gate.rule import Rule
from contract_tests.gate.terms import Term, Terms

_MARK = "x-secret"
_HEADERS = frozenset({"authorization", "proxy-authorization", "cookie", "x-api-key"})


class Observed(Rule):
    """Collects only; nothing is refused or changed."""

    def __init__(self, terms: Mapping[str, Terms]) -> None:
        self._terms = terms
        self._replies = {api: _Replies(each) for api, each in terms.items()}
        self._found: set[str] = set()
        self._lock = threading.Lock()

    @property
    def secrets(self) -> frozenset[str]:
        """All that was seen so far."""
        with self._lock:
            return frozenset(self._found)

    def saw(self, exchange: Exchange) -> None:
        terms = self._terms[exchange.api or ""]
        # What lets nobody in is no secret: forged and made-up credentials would fill a report with names.
        if exchange.status < 400:
            self._add(sent(terms, exchange))
        self._add(self._replies[exchange.api or ""].secrets(exchange))

    def _add(self, found: Iterator[str]) -> None:
        with self._lock:
            self._found.update(filter(None, found))


def sent(terms: Terms, exchange: Exchange) -> Iterator[str]:
    """The secrets of a request: credentials wherever the contract takes them, signatures, and what it marks."""
    schemes = terms.spec["components"].get("securitySchemes", {}).values()
    headers = _HEADERS | {name.lower() for scheme in schemes for name in scheme.get("x-secret-headers", ())}
    headers |= {scheme["name"].lower() for scheme in schemes if scheme.get("in") == "header"}
    queries = {scheme["name"] for scheme in schemes if scheme.get("in") == "query"}
    term = terms.of(exchange)
    if term is not None:
        marks = {(each["in"], each["name"].lower()) for each in parameters(terms.spec, term.operation) if _is_secret(terms, each)}
        headers |= {name for where, name in marks if where == "header"}
        queries |= {name for where, name in marks if where == "query"}
        yield from (value for name, value in exchange.values.items() if ("path", name.lower()) in marks)
    yield from _of_headers(exchange.headers, headers)
    yield from (value for name, value in parse_qsl(exchange.query) if name in queries)
    yield from _of_body(terms, term, exchange)


def _is_secret(terms: Terms, parameter: Mapping[str, Any]) -> bool:
    return bool(parameter.get(_MARK) or resolve(terms.spec, parameter.get("schema", {})).get(_MARK))


def _of_headers(headers: Headers, named: set[str] | frozenset[str]) -> Iterator[str]:
    for name, value in headers:
        if name.lower() == "cookie":
            yield from _cookies(value)
        elif name.lower() in named:
            yield value
            # A scheme's own word is none.
            yield value.partition(" ")[2]


def _cookies(value: str) -> Iterator[str]:
    try:
        yield from (morsel.value for morsel in SimpleCookie(value).values())
    except CookieError:
        yield value


def _of_body(terms: Terms, term: Term | None, exchange: Exchange) -> Iterator[str]:
    try:
        said = [payload.document(exchange.body)] if exchange.body else []
    except payload.Unreadable:
        return
    for each in said:
        named = terms.spec.get("x-credential-in-body", {}).get("name")
        if isinstance(each, dict) and isinstance(each.get(named), str):
            yield each[named]
        schema = term.body_schema(terms.spec) if term is not None else None
        yield from (str(site.value) for site in marked(terms.spec, schema, each, _MARK))


class _Replies:
    """Where the contract marks secrets in the replies of its operations, looked for once."""

    def __init__(self, terms: Terms) -> None:
        self._terms = terms
        self._marked: dict[tuple[str, int], tuple[list[str], list[Any]]] = {}

    def secrets(self, exchange: Exchange) -> Iterator[str]:
        """Those of a reply: its cookies, and what is marked in headers and body."""
        yield from (part for name, value in exchange.reply_headers if name.lower() == "set-cookie" for part in _cookies(value))
        term = self._terms.of(exchange)
        if term is None or not exchange.status:
            return
        headers, schemas = self._known(term, exchange.status)
        yield from (exchange.reply_header(name) or "" for name in headers)
        document = payload.reply_document(exchange.reply_headers, exchange.reply_body) if schemas else None
        for schema in schemas:
            yield from (str(site.value) for site in marked(self._terms.spec, schema, document, _MARK))

    def _known(self, term: Term, status: int) -> tuple[list[str], list[Any]]:
        """Names of the headers, in lower case, and the schemas."""
        key = (str(term.place), status)
        if key not in self._marked:
            self._marked[key] = self._look(term.operation["responses"], status)
        return self._marked[key]

    def _look(self, responses: Mapping[str, Any], status: int) -> tuple[list[str], list[Any]]:
        spec = self._terms.spec
        said = responses.get(str(status), responses.get(f"{status // 100}XX", responses.get("default", {})))
        response = resolve(spec, said)
        headers = response.get("headers", {}).items()
        schemas = [media.get("schema") for media in response.get("content", {}).values()]
        return (
            [name.lower() for name, header in headers if _is_secret(self._terms, resolve(spec, header))],
            [schema for schema in schemas if bears(spec, schema, _MARK)],
        )
