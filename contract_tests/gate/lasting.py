"""Lasting: how many things a run may make that no operation of the contract removes again."""

from __future__ import annotations

import re
from collections.abc import Mapping

from contract_tests.gate.exchange import Exchange
from contract_tests.gate.rule import Rule
from contract_tests.gate.terms import Terms

_ITEM = re.compile(r"/\{[^}]+\}")


class Lasting(Rule):
    """Takes a place before a request leaves, and gives it back when nothing was made. ``most``: for the whole run; None: any
    number.
    """

    def __init__(self, terms: Mapping[str, Terms], most: int | None) -> None:
        self._most, self.made = most, 0
        self._lasting = {api: lasting(each) for api, each in terms.items()}
        self._taken: set[int] = set()

    def ask(self, exchange: Exchange) -> str | None:
        if exchange.operation_id not in self._lasting[exchange.api or ""]:
            return None
        if self._most is not None and self.made >= self._most:
            return f"{self._most} things that no operation removes were made already"
        self.made += 1
        self._taken.add(exchange.number)
        return None

    def undo(self, exchange: Exchange) -> None:
        self._give_back(exchange)

    def saw(self, exchange: Exchange) -> None:
        # After a 5xx, or no reply, it may have been made.
        if 400 <= exchange.status < 500:
            self._give_back(exchange)
        self._taken.discard(exchange.number)

    def _give_back(self, exchange: Exchange) -> None:
        if exchange.number in self._taken:
            self._taken.discard(exchange.number)
            self.made -= 1


def lasting(terms: Terms) -> frozenset[str]:
    """The operationIds that make something which nothing removes: no ``remove`` stands at a path of one thing below theirs."""
    removed = {term.place.path for term in terms.all() if term.effect == "remove"}
    made = (term for term in terms.all() if term.effect == "create")
    return frozenset(
        term.id
        for term in made
        if not any(path.startswith(term.place.path) and _ITEM.fullmatch(path[len(term.place.path) :]) for path in removed)
    )
