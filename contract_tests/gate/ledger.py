"""Ledger: what a run has created, and that it changes and removes nothing else."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from contract_tests.gate import payload
from contract_tests.gate.created import Thing, below, created, shown_id, things
from contract_tests.gate.exchange import Exchange, Headers
from contract_tests.gate.routes import Routes
from contract_tests.gate.rule import Rule
from contract_tests.gate.terms import SAFE, Term, Terms

#: Requests that make something, whatever the contract says of their effect.
_MAKING = frozenset({"create", "send"})


@dataclass
class Entry:
    """One thing, and how it was made. ``headers`` and ``query``: of the request that made it; ``kept``: it is what the run was
    for and cannot be taken back (a message), so it is nothing that was left behind; ``gone``: it is removed.
    """

    thing: Thing
    made_by: str
    headers: Headers = field(repr=False)
    query: str = field(repr=False)
    kept: bool = False
    gone: bool = False


@dataclass(frozen=True)
class Unknown:
    """Something was made, or may have been, that no path leads to. ``id``: what the reply calls it; ``why``: in words."""

    api: str
    made_by: str
    id: str | None
    why: str


class Ledger(Rule):
    """``bases``: API → its base URL; ``freed``: what may be used although it changes what the run did not make; ``pinned``:
    whether all that a request is about is a pinned recipient.

    What was seen before it is said to have been made was not made by this run.
    """

    def __init__(
        self,
        terms: Mapping[str, Terms],
        bases: Mapping[str, str],
        freed: Callable[[Term], bool],
        pinned: Callable[[Exchange], bool],
    ) -> None:
        self._terms, self._bases, self._freed, self._pinned = terms, bases, freed, pinned
        self._routes = {api: Routes(each.spec) for api, each in terms.items()}
        self._entries: dict[Thing, Entry] = {}
        #: What was there before → when it was first seen; the time is the number of things that happened.
        self._foreign: dict[Thing, int] = {}
        self._left: dict[int, int] = {}
        self._time = 0
        self._at_stake = {
            thing.template for each in terms.values() for term in each.all() for thing in _templates(term) if self._touches(term)
        }
        self._unknown: list[Unknown] = []
        self._lock = threading.Lock()

    @property
    def entries(self) -> list[Entry]:
        """What was made, oldest first."""
        with self._lock:
            return list(self._entries.values())

    @property
    def unknown(self) -> list[Unknown]:
        """What may have been made besides."""
        with self._lock:
            return list(self._unknown)

    def terms(self, api: str) -> Terms:
        """The contract of an API."""
        return self._terms[api]

    def holds(self, api: str, value: str) -> bool:
        """Whether the run made a thing of this id."""
        return any(thing.api == api and thing.id == value for thing in self._entries)

    def ask(self, exchange: Exchange) -> str | None:
        term = self._terms[exchange.api or ""].of(exchange)
        if term is None or not self._needs_own(term, exchange) or self._freed(term):
            return None
        named = things(term.api, term, exchange.values)
        if any(thing in self._entries for thing in named) or (not self._things(term) and self._pinned(exchange)):
            return None
        return f"{term.place} may change what this run did not create"

    def _needs_own(self, term: Term, exchange: Exchange) -> bool:
        """Whether the operation touches what its path names. What creates or sends does so if it names more than a tenant."""
        if term.effect in _MAKING:
            return term.destructive or bool(self._things(term)) or exchange.method.upper() in ("PUT", "PATCH", "DELETE")
        # The end of a session takes away the credential that it came with, which may be the cast's.
        return term.destructive or term.effect not in ("none", "session")

    def _things(self, term: Term) -> list[str]:
        return [name for name in term.names if name not in self._terms[term.api].tenants]

    def _touches(self, term: Term) -> bool:
        return term.effect in ("change", "remove") or term.destructive

    async def wait(self, exchange: Exchange) -> str | None:
        # The last of the rules that hold back: what is seen from now on may be what this request makes.
        self._left[exchange.number] = self._time
        return None

    def saw(self, exchange: Exchange) -> None:
        term = self._terms[exchange.api or ""].of(exchange)
        left = self._left.pop(exchange.number, 0)
        if term is None:
            return
        self._time += 1
        with self._lock:
            if term.effect in _MAKING:
                self._enter(term, exchange, left)
            elif term.effect == "remove" and (200 <= exchange.status < 300 or exchange.status in (404, 410)):
                self._strike(term, exchange)
            elif exchange.method.upper() in SAFE and 200 <= exchange.status < 300:
                self._note_foreign(term, exchange)

    def _enter(self, term: Term, exchange: Exchange, left: int) -> None:
        if 200 <= exchange.status < 300:
            api = term.api
            made = created(self._terms[api], term, exchange, self._bases[api], self._routes[api])
            new = [thing for thing in made if self._foreign.get(thing, left + 1) > left]
            for thing in new:
                self._foreign.pop(thing, None)
                entry = Entry(thing, str(term.place), list(exchange.headers), exchange.query, kept=term.effect == "send")
                self._entries.setdefault(thing, entry)
            if not new:
                self._note_unknown(term, exchange, "It was there before" if made else "No operation of the contract names it")
        elif exchange.broken or exchange.status >= 500:
            self._note_unknown(term, exchange, exchange.broken or f"The reply was {exchange.status}")

    def _note_unknown(self, term: Term, exchange: Exchange, why: str) -> None:
        own = any(thing in self._entries for thing in things(term.api, term, exchange.values))
        if term.effect == "create" and not own:
            self._unknown.append(Unknown(term.api, str(term.place), shown_id(exchange), why))

    def _strike(self, term: Term, exchange: Exchange) -> None:
        named = things(term.api, term, exchange.values)
        if named and named[-1] in self._entries and term.place.path.endswith("}"):
            self._entries[named[-1]].gone = True

    def _note_foreign(self, term: Term, exchange: Exchange) -> None:
        """What a read shows that the ledger does not hold was there before, or is somebody else's."""
        seen = things(term.api, term, exchange.values)
        if any(f"{term.place.path}/{{" in template for template in self._at_stake):
            document = payload.reply_document(exchange.reply_headers, exchange.reply_body)
            seen += below(self._terms[term.api], term, exchange, document)
        for thing in seen:
            if thing.template in self._at_stake and thing not in self._entries:
                self._foreign.setdefault(thing, self._time)


def _templates(term: Term) -> list[Thing]:
    return things(term.api, term, dict.fromkeys(term.names, ""))
