"""Created: which things a reply says that the request has made, read from the contract."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit

from contract_tests.contracts import resolve
from contract_tests.gate import payload
from contract_tests.gate.exchange import Exchange
from contract_tests.gate.routes import Routes
from contract_tests.gate.terms import Term, Terms, prefix

_EXPRESSION = re.compile(r"\{?(\$[^}]*)\}?")


@dataclass(frozen=True)
class Thing:
    """What can be called by a path. ``template``: as far as the parameter that holds its id (``/a/{b}/c/{d}``); ``values``: of
    all parameters in it, as text.
    """

    api: str
    template: str
    values: tuple[str, ...]

    @property
    def id(self) -> str:
        return self.values[-1]


def things(api: str, term: Term, values: Mapping[str, str]) -> list[Thing]:
    """What a request's path names, the outermost first."""
    named = [(prefix(term.place.path, name), term.names[: place + 1]) for place, name in enumerate(term.names)]
    return [Thing(api, template, tuple(values[each] for each in names)) for template, names in named]


def created(terms: Terms, term: Term, exchange: Exchange, base: str, routes: Routes) -> list[Thing]:
    """What the reply names and the request did not. Where the contract has things below the operation's own path, those alone:
    a reply may tell of what was there before, such as who receives. Else what its Location or its links lead to.
    """
    document = payload.reply_document(exchange.reply_headers, exchange.reply_body)
    found = [*_by_location(terms, exchange, base, routes), *_by_links(terms, term, exchange, document)]
    found += below(terms, term, exchange, document)
    new = [thing for thing in dict.fromkeys(found) if not _named(exchange, thing.id)]
    own = [thing for thing in new if thing.template.startswith(term.place.path + "/{")]
    return own or [thing for thing in new if term.effect == "create"]


def shown_id(exchange: Exchange) -> str | None:
    """What a reply calls ``id``, if anything."""
    return next(_ids(payload.reply_document(exchange.reply_headers, exchange.reply_body), "id"), None)


def _named(exchange: Exchange, value: str) -> bool:
    """Whether the request itself names this id: then the reply only repeats it."""
    try:
        said = payload.document(exchange.body) if exchange.body else None
    except payload.Unreadable:
        said = None
    return value in exchange.values.values() or value in exchange.query or value in set(_scalars(said))


def _scalars(value: Any) -> Iterator[str]:
    if isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _scalars(part)
    elif value is not None:
        yield str(value)


def _by_location(terms: Terms, exchange: Exchange, base: str, routes: Routes) -> Iterator[Thing]:
    said = exchange.reply_header("location")
    if said is None:
        return
    url = urljoin(base + exchange.url, said)
    if url.startswith(base + "/"):
        for found in routes.matching(urlsplit(url[len(base) :]).path):
            term = terms.find(found.operation["operationId"])
            if term is not None and term.place.path.endswith("}"):
                yield things(terms.api, term, found.values)[-1]
                return


def _by_links(terms: Terms, term: Term, exchange: Exchange, document: Any) -> Iterator[Thing]:
    responses = term.operation["responses"]
    response = resolve(terms.spec, responses.get(str(exchange.status), responses.get(f"{exchange.status // 100}XX", {})))
    for link in response.get("links", {}).values():
        named = resolve(terms.spec, link)
        there = terms.find(named.get("operationId"))
        if there is not None and there.names:
            yield from _linked(there, named.get("parameters", {}), exchange, document)


def _linked(there: Term, expressions: Mapping[str, Any], exchange: Exchange, document: Any) -> Iterator[Thing]:
    """Each thing on the way to the linked operation whose id the reply's body holds; where it is one of several, all of them."""
    known: dict[str, list[str]] = {}
    for name in there.names:
        said = expressions.get(name, expressions.get(f"path.{name}"))
        if "$response.body#" in str(said) and not _near(str(said)):
            return
        known[name] = _values(said, exchange, document)
        if not known[name]:
            return
        if "$response." in str(said):
            outer = tuple(known[each][0] for each in there.names[: there.names.index(name)])
            for value in known[name]:
                yield Thing(there.api, prefix(there.place.path, name), (*outer, value))


def _near(expression: str) -> bool:
    """Whether a pointer leads to what ``_ids`` would look at."""
    parts = expression.partition("#/")[2].rstrip("}").split("/")
    return len(parts) == 1 or (len(parts) == 2 and parts[0] in ("data", "0")) or (len(parts) == 3 and parts[1] == "0")


def _values(expression: Any, exchange: Exchange, document: Any) -> list[str]:
    """What a runtime expression (OpenAPI 3.0.3, 4.7.20.3) stands for, as far as links need it."""
    matched = _EXPRESSION.fullmatch(str(expression))
    if matched is None:
        return [] if expression is None else [str(expression)]
    said = matched.group(1)
    if said.startswith("$response.body#"):
        return list(_each(document, said.partition("#")[2].split("/")[1:]))
    if said.startswith("$response.header."):
        return [value for value in [exchange.reply_header(said.rpartition(".")[2].lower())] if value is not None]
    value = exchange.values.get(said.removeprefix("$request.path.")) if said.startswith("$request.path.") else None
    return [] if value is None else [value]


def _each(value: Any, parts: list[str]) -> Iterator[str]:
    if not parts:
        if isinstance(value, str | int) and not isinstance(value, bool):
            yield str(value)
    elif isinstance(value, list) and parts[0].isdecimal():
        for item in value:
            yield from _each(item, parts[1:])
    elif isinstance(value, dict):
        yield from _each(value.get(parts[0].replace("~1", "/").replace("~0", "~")), parts[1:])


def below(terms: Terms, term: Term, exchange: Exchange, document: Any) -> Iterator[Thing]:
    """Things directly below the operation's own path: what the reply calls by their parameter's name, or ``id``."""
    outer = tuple(exchange.values[name] for name in term.names)
    for name in {there.names[len(outer)] for there in terms.all() if _is_below(there, term)}:
        for value in (*_ids(document, name), *_ids(document, "id")):
            yield Thing(terms.api, f"{term.place.path}/{{{name}}}", (*outer, value))


def _is_below(there: Term, term: Term) -> bool:
    return there.place.path.startswith(term.place.path + "/{")


def _ids(document: Any, name: str) -> Iterator[str]:
    """Values of that name in the document itself, in its ``data``, or in the items of a list; not of what those only refer to."""
    lists = [[key, "0", name] for key in document] if isinstance(document, dict) else []
    for parts in ([name], ["data", name], ["0", name], *lists):
        yield from _each(document, parts)
