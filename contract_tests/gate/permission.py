"""Permission: which operations may be called at all, in every meaning that a server may give to a request."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from urllib.parse import parse_qsl, unquote

from contract_tests.gate.exchange import Exchange
from contract_tests.gate.routes import Routes
from contract_tests.gate.rule import Rule
from contract_tests.gate.terms import SAFE, Term, Terms

#: Says of an operation why it may not be called, None if it may.
WhyNot = Callable[[Term], str | None]

#: Headers by which a request means another method or path than it has.
_DISGUISES = frozenset(
    {"x-http-method-override", "x-http-method", "x-method-override", "x-original-url", "x-rewrite-url", "x-original-method"}
)
_METHOD_FIELDS = frozenset({"_method", "_httpmethod", "x-http-method-override"})
_UNKNOWN = "The contract has no {} here, and nobody knows what it would do"
_READINGS = 8


class Permission(Rule):
    """For targets that are no mock. ``why_not``: what the target's profile says of one operation."""

    def __init__(self, terms: Mapping[str, Terms], why_not: WhyNot) -> None:
        self._terms, self._why_not = terms, why_not
        self._routes = {api: Routes(each.spec) for api, each in terms.items()}

    def ask(self, exchange: Exchange) -> str | None:
        terms = self._terms[exchange.api or ""]
        refused = self._allowed(terms.of(exchange), exchange.method)
        return refused or _disguised(exchange) or self._ambiguous(terms, exchange)

    def _allowed(self, term: Term | None, method: str) -> str | None:
        if term is not None:
            return self._why_not(term)
        return None if method.upper() in SAFE else _UNKNOWN.format(method.upper()[:10])

    def _ambiguous(self, terms: Terms, exchange: Exchange) -> str | None:
        """Why a path may not leave that a server can read as another one. Reads may, if every reading is a permitted read."""
        for path in readings(exchange.path):
            if path is None:
                return "The path leads out of the API"
            found = self._routes[terms.api].find(exchange.method, path)
            term = terms.find(found.operation["operationId"]) if found else None
            if term is not terms.of(exchange) and (refused := self._otherwise(term, exchange)) is not None:
                return refused
        return None

    def _otherwise(self, term: Term | None, exchange: Exchange) -> str | None:
        if self._allowed(term, exchange.method) is None and (term is None or term.effect == "none"):
            return None
        return f"A server may read the path as {term.place if term else 'one that the contract does not know'}"


def readings(path: str) -> set[str | None]:
    """Every path that a server may make of this one; None: one that is not below the API's base any more."""
    found: set[str | None] = set()
    new: set[str | None] = {path}
    while new and len(found) < _READINGS * _READINGS:
        found |= new
        new = {other for known in new if known is not None for other in _turns(known)} - found
    return found - {path}


def _turns(path: str) -> set[str | None]:
    if not path.isascii() or len(path) > 4096:
        path = path[:4096]
    turned: set[str | None] = {unquote(path, errors="surrogateescape"), path.replace("\\", "/"), re.sub(r"/{2,}", "/", path)}
    turned |= {re.sub(r";[^/]*", "", path), path.rstrip("/") or path, path.split("\x00")[0], re.split("[?#]", path)[0]}
    return turned | {_without_dots(path)}


def _without_dots(path: str) -> str | None:
    kept: list[str] = []
    for part in path.split("/"):
        if part == "..":
            # The first part is what stands before the leading slash.
            if len(kept) < 2:
                return None
            kept.pop()
        elif part != ".":
            kept.append(part)
    return "/".join(kept)


def _disguised(exchange: Exchange) -> str | None:
    """Why a request may not leave that asks for another method or path than its own."""
    if any(name.lower() in _DISGUISES for name, _ in exchange.headers):
        return "A header asks for another method or path than the request has"
    pairs = parse_qsl(exchange.query, keep_blank_values=True)
    if "form" in (exchange.header("content-type") or "") or exchange.body.startswith(b"_"):
        pairs += parse_qsl(exchange.body[:4096].decode("latin-1"), keep_blank_values=True)
    if any(name.lower() in _METHOD_FIELDS for name, _ in pairs) or b'name="_method"' in exchange.body:
        return "A field asks for another method than the request has"
    if exchange.body and exchange.method.upper() in SAFE:
        return "A read has a body, which servers read in different ways"
    return None
