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
from contract_tests.gate.marked import marked
from contract_tests.gate.rule import Rule
from contract_tests.gate.terms import Term, Terms

_MARK = "x-secret"
_HEADERS = frozenset({"authorization", "proxy-authorization", "cookie", "x-api-key"})


class Observed(Rule):
    """Collects only; nothing is refused or changed."""

    def __init__(self, terms: Mapping[str, Terms]) -> None:
        self._terms = terms
        self._found: set[str] = set()
        self._lock = threading.Lock()

    @property
    def secrets(self) -> frozenset[str]:
        """All that was seen so far."""
        with self._lock:
            return frozenset(self._found)

    def ask(self, exchange: Exchange) -> str | None:
        self._add(sent(self._terms[exchange.api or ""], exchange))
        return None

    def saw(self, exchange: Exchange) -> None:
        self._add(answered(self._terms[exchange.api or ""], exchange))

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


def answered(terms: Terms, exchange: Exchange) -> Iterator[str]:
    """The secrets of a reply: its cookies, and what the contract marks in headers and body."""
    yield from (part for name, value in exchange.reply_headers if name.lower() == "set-cookie" for part in _cookies(value))
    term = terms.of(exchange)
    if term is None or not exchange.status:
        return
    responses = term.operation["responses"]
    said = responses.get(str(exchange.status), responses.get(f"{exchange.status // 100}XX", responses.get("default", {})))
    response = resolve(terms.spec, said)
    for name, header in response.get("headers", {}).items():
        if _is_secret(terms, resolve(terms.spec, header)):
            yield exchange.reply_header(name.lower()) or ""
    document = payload.reply_document(exchange.reply_headers, exchange.reply_body)
    for media in response.get("content", {}).values():
        yield from (str(site.value) for site in marked(terms.spec, media.get("schema"), document, _MARK))
