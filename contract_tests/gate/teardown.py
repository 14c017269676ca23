"""Teardown: what a run has created is removed, the last first; what stays is told."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from contract_tests.gate.created import Thing
from contract_tests.gate.ledger import Entry, Ledger
from contract_tests.gate.proxy import Gate
from contract_tests.gate.terms import Term, Terms

#: Headers that describe the body of the request that made something, or that one request alone.
_ITS_OWN = frozenset({"content-type", "content-encoding", "expect", "idempotency-key", "x-idempotency-key", "prefer"})
_GONE = frozenset({404, 410})


@dataclass(frozen=True)
class Leak:
    """What a run has left behind. ``operation``: the one that made it (``POST /things``); ``id``: None where nobody knows it."""

    api: str
    operation: str
    id: str | None
    why: str


def teardown(gate: Gate, ledger: Ledger) -> list[Leak]:
    """Remove all that the ledger holds, through the gate and by the credentials that made it; what could not be removed."""
    # What is under way may still make something, although who sent it is gone.
    gate.settle()
    leaks = [Leak(each.api, each.made_by, each.id, each.why) for each in ledger.unknown]
    for entry in reversed(ledger.entries):
        why = None if entry.gone or _is_within_gone(entry, ledger) else _remove(gate, ledger, entry)
        if why is not None and not entry.kept:
            leaks.append(Leak(entry.thing.api, entry.made_by, entry.thing.id, why))
    return leaks


def _is_within_gone(entry: Entry, ledger: Ledger) -> bool:
    """Whether something that held it is removed already."""
    return any(
        other.gone
        and other.thing.api == entry.thing.api
        and entry.thing.template.startswith(other.thing.template + "/")
        and entry.thing.values[: len(other.thing.values)] == other.thing.values
        for other in ledger.entries
    )


def _remove(gate: Gate, ledger: Ledger, entry: Entry) -> str | None:
    """Why it could not be removed; None: it is gone."""
    term = _removing(ledger.terms(entry.thing.api), entry.thing)
    if term is None:
        return "No operation of the contract removes it"
    exchange = gate.send(entry.thing.api, term.place.method.upper(), _url(term, entry), _headers(entry))
    if exchange.refused is not None:
        return exchange.refused
    if 200 <= exchange.status < 300 or exchange.status in _GONE:
        return None
    return exchange.broken or f"{term.place} was answered with {exchange.status}"


def _removing(terms: Terms, thing: Thing) -> Term | None:
    """The operation that removes it: the one at its own path, DELETE before others."""
    fitting = [term for term in terms.all() if term.effect == "remove" and term.place.path == thing.template]
    return min(fitting, key=lambda term: term.place.method != "delete", default=None)


def _url(term: Term, entry: Entry) -> str:
    path = term.place.path
    for name, value in zip(term.names, entry.thing.values, strict=True):
        path = path.replace("{" + name + "}", quote(value, safe=""))
    return f"{path}?{entry.query}" if entry.query else path


def _headers(entry: Entry) -> list[tuple[str, str]]:
    return [(name, value) for name, value in entry.headers if name.lower() not in _ITS_OWN]
