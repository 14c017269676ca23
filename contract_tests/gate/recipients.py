"""Recipients: nobody is reached but those whom the target pins."""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl, quote

from contract_tests.contracts import parameters
from contract_tests.gate import payload
from contract_tests.gate.exchange import Exchange
from contract_tests.gate.marked import Site, bears, marked
from contract_tests.gate.rule import Rule
from contract_tests.gate.terms import Term, Terms

PHONE, EMAIL, ADDRESS, CONTACT = "phone", "email", "address", "contact"
_MARK = "x-recipient"
#: Fewer digits reach nobody: the shortest numbers that are dialled have three, those that take messages from abroad five.
_DIGITS = 5
#: What is longer than E.164 (15 digits) and RFC 5321 (254 bytes) allow is sent to see it refused: another would be served.
_PHONE = re.compile(r"\+?\(?[0-9](?:[ ().-]{0,2}[0-9]){4,14}", re.ASCII)
_LONGEST_EMAIL = 254
_EMAIL = re.compile(r"[^@\s,;<>\"]+@[^@\s,;<>\"]+")
#: Headers that sign or sum up a body.
_SUMS = frozenset({"x-signature", "signature", "digest", "content-digest", "content-md5", "repr-digest", "x-hub-signature-256"})

#: Kind of recipient → the pinned ones.
Pinned = Callable[[str], Sequence[str]]
#: Whether a run created the thing of this API that has this id.
Created = Callable[[str, str], bool]


class Refused(Exception):
    """Why a request may not leave."""


class Recipients(Rule):
    """Puts pinned recipients in the place of generated ones, in what may reach somebody; reads are left alone.

    The same generated address always becomes the same pinned one.
    """

    def __init__(self, terms: Mapping[str, Terms], pinned: Pinned, created: Created) -> None:
        self._terms, self._pinned, self._created = terms, pinned, created

    def ask(self, exchange: Exchange) -> str | None:
        terms = self._terms[exchange.api or ""]
        term = terms.of(exchange)
        if term is None or term.effect == "none" or exchange.closing:
            return None
        try:
            self._elsewhere(terms, term, exchange)
            self._query(terms, term, exchange)
            self._body(terms, term, exchange)
        except Refused as reason:
            return str(reason)
        return None

    def reaches_pinned_alone(self, exchange: Exchange) -> bool:
        """Whether the request names recipients, and pinned ones only; asked after the rule."""
        terms = self._terms[exchange.api or ""]
        term = terms.of(exchange)
        if term is None:
            return False
        sites = [site for _, site in self._query_sites(terms, term, exchange.query)]
        try:
            body = [payload.document(exchange.body)] if exchange.body else []
        except payload.Unreadable:
            return False
        sites += [site for each in body for site in marked(terms.spec, term.body_schema(terms.spec), each, _MARK)]
        return bool(sites) and all(self._is_pinned(site.mark, str(site.value)) for site in sites)

    def _elsewhere(self, terms: Terms, term: Term, exchange: Exchange) -> None:
        """Nothing is replaced in a path or a header: what stands there has to be pinned."""
        for each in parameters(terms.spec, term.operation):
            kind = each.get(_MARK) or each.get("schema", {}).get(_MARK)
            if kind and each["in"] != "query":
                said = exchange.values.get(each["name"]) if each["in"] == "path" else exchange.header(each["name"].lower())
                if said is not None and self._instead(term.api, kind, said) != said:
                    raise Refused(f"A {kind} that nobody has pinned stands in the {each['in']}")

    def _query(self, terms: Terms, term: Term, exchange: Exchange) -> None:
        parts = exchange.query.split("&")
        for place, site in self._query_sites(terms, term, exchange.query):
            instead = self._instead(term.api, site.mark, site.value)
            if instead != site.value:
                parts[place] = f"{parts[place].partition('=')[0]}={quote(instead, safe='')}"
        if parts != exchange.query.split("&"):
            _unsigned(exchange)
            exchange.url = f"{exchange.path}?{'&'.join(parts)}"
            exchange.pinned = True

    def _query_sites(self, terms: Terms, term: Term, query: str) -> list[tuple[int, Site]]:
        """What the query says of recipients, by the place of its pair; the body's fields may stand there, too."""
        kinds = {
            name.casefold(): kind
            for each in parameters(terms.spec, term.operation)
            if each["in"] == "query" and (kind := each.get(_MARK) or each.get("schema", {}).get(_MARK))
            for name in (each["name"], *_also(each))
        }
        found: list[tuple[int, Site]] = []
        for place, part in enumerate(query.split("&")):
            for name, value in parse_qsl(part, keep_blank_values=True):
                said = {name: value}
                sites = marked(terms.spec, term.body_schema(terms.spec), said, _MARK)
                kind = kinds.get(name.casefold())
                found += [(place, Site(said, name, kind))] if kind else [(place, site) for site in sites]
        return found

    def _body(self, terms: Terms, term: Term, exchange: Exchange) -> None:
        schema = term.body_schema(terms.spec)
        if not exchange.body or schema is None:
            return
        try:
            said = [payload.document(exchange.body)]
        except payload.Unreadable:
            if bears(terms.spec, schema, _MARK) and can_reach(exchange.body.decode("latin-1")):
                raise Refused("The body cannot be read, and it may reach somebody") from None
            return
        replaced = False
        for site in marked(terms.spec, schema, said[0], _MARK):
            instead = self._instead(term.api, site.mark, site.value)
            if instead != site.value:
                site.container[site.key] = instead
                replaced = True
        if replaced:
            _unsigned(exchange)
            exchange.pinned = True
            exchange.body = json.dumps(said[0], ensure_ascii=False).encode("utf-8", "surrogatepass")

    def _instead(self, api: str, kind: str, value: Any) -> Any:
        """What is sent in the place of a value: itself, or a pinned recipient. Refused if it could reach somebody else."""
        text = str(value)
        if kind == CONTACT:
            if text and not self._created(api, text):
                raise Refused("A contact is named that this run did not create")
            return value
        if not can_reach(text) or self._is_pinned(kind, text):
            return value
        form = _form(text)
        if form is None or kind not in (form, ADDRESS):
            raise Refused(f"A value for the recipient is no plain {kind}, and it could reach somebody")
        pinned = self._pinned(form)
        if not pinned:
            raise Refused(f"No test recipient is pinned ({form})")
        chosen = pinned[zlib.crc32(text.encode("utf-8", "surrogatepass")) % len(pinned)]
        return _alike(chosen, value)

    def _is_pinned(self, kind: str, text: str) -> bool:
        kinds = (PHONE, EMAIL) if kind == ADDRESS else (kind,)
        return _plain(text) in {_plain(each) for kind in kinds for each in self._pinned(kind)}


def can_reach(text: str) -> bool:
    """Whether a text could be an address of somebody, or hold one."""
    return "@" in text or "\uff20" in text or sum(char.isdigit() for char in text) >= _DIGITS


def _form(text: str) -> str | None:
    """Which kind of plain address a text is."""
    if _PHONE.fullmatch(text):
        return PHONE
    return EMAIL if _EMAIL.fullmatch(text) and len(text.encode("utf-8", "surrogatepass")) <= _LONGEST_EMAIL else None


def _plain(text: str) -> str:
    return text if "@" in text else re.sub(r"[ ().+-]", "", text)


def _alike(chosen: str, value: Any) -> Any:
    """The pinned recipient in the shape of the value: a number, or with a plus sign only if that has one."""
    if isinstance(value, int | float):
        return int(_plain(chosen))
    return chosen if "@" in chosen or value.startswith("+") else chosen.removeprefix("+")


def _also(parameter: Mapping[str, Any]) -> Sequence[str]:
    named = parameter.get("x-also-named", ())
    return (named,) if isinstance(named, str) else named


def _unsigned(exchange: Exchange) -> None:
    if any(name.lower() in _SUMS for name, _ in exchange.headers):
        raise Refused("The request is signed, so no pinned recipient can be put into it")
