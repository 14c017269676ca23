"""Budget: how many calls, messages and how much money a run may spend, kept to the last one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from contract_tests.contracts import Spec, resolve
from contract_tests.gate import payload
from contract_tests.gate.exchange import Exchange
from contract_tests.gate.rule import Rule
from contract_tests.gate.terms import Term, Terms

#: Calls that teardown may make beyond the budget.
RESERVE = 500
_NONE = Decimal(0)


@dataclass(frozen=True)
class Allowance:
    """The most that may be spent; None: as much as it takes. ``price``: of one message, in the currency of ``cost``."""

    calls: int | None = None
    messages: int | None = None
    cost: Decimal | None = None
    price: Decimal | None = None
    closing: int = RESERVE


class Budget(Rule):
    """Takes what a request may cost before it leaves, so that any number of them at once cannot exceed it.

    Messages are given back when the target refuses the request with a 4xx: it did nothing. Not after 408 and 429, which something
    in front of the API may say of a request that went on, and not after a 5xx or no reply: it may have been sent. A call was
    made whatever came back.
    """

    def __init__(self, terms: Mapping[str, Terms], allowance: Allowance) -> None:
        self._terms, self._allowance = terms, allowance
        self.calls, self.messages, self.closing = 0, 0, 0
        self._reserved: dict[int, int] = {}

    @property
    def cost(self) -> Decimal:
        """What the messages cost; 0 where their price is not known."""
        return self.messages * (self._allowance.price or _NONE)

    def ask(self, exchange: Exchange) -> str | None:
        if exchange.closing:
            return self._close()
        if self._allowance.calls is not None and self.calls >= self._allowance.calls:
            return f"The budget of {self._allowance.calls} calls is spent"
        terms = self._terms[exchange.api or ""]
        term = terms.of(exchange)
        wanted = messages_of(terms.spec, term, exchange.body) if term is not None else 0
        refused = self._too_many(wanted)
        if refused is None:
            self.calls += 1
            self.messages += wanted
            self._reserved[exchange.number] = wanted
        return refused

    def _close(self) -> str | None:
        if self.closing >= self._allowance.closing:
            return f"The {self._allowance.closing} calls for tidying up are spent"
        self.closing += 1
        return None

    def _too_many(self, wanted: int) -> str | None:
        may = self._allowance
        if wanted and may.messages is not None and self.messages + wanted > may.messages:
            return f"The budget of {may.messages} messages does not cover it"
        if wanted and may.cost is not None:
            if may.price is None:
                return "The price of a message is not known, so no cost can be kept to"
            if (self.messages + wanted) * may.price > may.cost:
                return f"The budget of {may.cost} for messages does not cover it"
        return None

    def undo(self, exchange: Exchange) -> None:
        if exchange.closing:
            self.closing -= 1
            return
        self.calls -= 1
        self.messages -= self._reserved.pop(exchange.number, 0)

    def saw(self, exchange: Exchange) -> None:
        reserved = self._reserved.pop(exchange.number, 0)
        if 400 <= exchange.status < 500 and exchange.status not in (408, 429):
            self.messages -= reserved


def messages_of(spec: Spec, term: Term, body: bytes) -> int:
    """How many messages a request may send: at least one where the operation sends; as many as the contract allows at once where
    the body does not tell.
    """
    counted = term.operation.get("x-cost", {}).get("messages", 1 if term.effect == "send" else 0)
    if isinstance(counted, int):
        return counted
    try:
        found = payload.at(payload.document(body), counted)
    except payload.Unreadable:
        return _most(spec, term, counted)
    if isinstance(found, list) or found is None:
        return max(1, len(found or ()))
    return _most(spec, term, counted)


def _most(spec: Spec, term: Term, pointer: str) -> int:
    """``maxItems`` of the array at the pointer."""
    found = [_length(spec, schema) for schema in _below(spec, term.body_schema(spec), pointer.split("/")[1:])]
    return max(found, default=1)


def _length(spec: Spec, schema: Any) -> int:
    return int(resolve(spec, schema).get("maxItems", 1))


def _below(spec: Spec, schema: Any, names: list[str]) -> list[Any]:
    schema = resolve(spec, schema)
    if not isinstance(schema, dict):
        return []
    if not names:
        return [schema]
    parts = [part for kind in ("allOf", "oneOf", "anyOf") for part in schema.get(kind, ())]
    own = schema.get("properties", {}).get(names[0])
    return [*_below(spec, own, names[1:]), *(found for part in parts for found in _below(spec, part, names))]
