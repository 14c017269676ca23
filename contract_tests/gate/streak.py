"""Streak: a target that only fails is left alone."""

from __future__ import annotations

from collections import Counter

from contract_tests.gate.exchange import Exchange
from contract_tests.gate.rule import Rule

_BROKEN, _BUSY, _ERRORS = "replies that broke", "times of being asked to slow down", "server errors"


class Streak(Rule):
    """Refuses everything of an API after so many broken replies, 5xx or 429 in a row."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._kinds: dict[str | None, Counter[str]] = {}
        #: API → why it is left alone.
        self.stopped: dict[str | None, str] = {}

    def ask(self, exchange: Exchange) -> str | None:
        return None if exchange.closing else self.stopped.get(exchange.api)

    async def wait(self, exchange: Exchange) -> str | None:
        # Those who were held back meanwhile hear it, too.
        return self.ask(exchange)

    def saw(self, exchange: Exchange) -> None:
        kind = _kind(exchange)
        if kind is None:
            self._kinds.pop(exchange.api, None)
            return
        kinds = self._kinds.setdefault(exchange.api, Counter())
        kinds[kind] += 1
        if kinds.total() >= self._most and exchange.api not in self.stopped:
            words = " and ".join(kinds)
            self.stopped[exchange.api] = f"The run stopped calling {exchange.api} after {kinds.total()} {words} in a row"


def _kind(exchange: Exchange) -> str | None:
    if exchange.broken is not None:
        return _BROKEN
    if exchange.status == 429:
        return _BUSY
    return _ERRORS if exchange.status >= 500 else None
