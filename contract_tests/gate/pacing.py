"""Pacing: no more calls in a second than the target bears, and none while it asks for a pause."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Awaitable, Callable, Mapping

from contract_tests.gate.exchange import Exchange
from contract_tests.gate.pauses import pause
from contract_tests.gate.rule import Rule

#: In seconds: longer than this no request is held back, it is refused instead; those who send for a run wait for half a minute.
LONGEST = 20.0

Key = tuple[str, str]


class Pacing(Rule):
    """``per_second``: calls to the whole target, None for any number; ``bases``: API → its base URL; ``credential``: what of a
    request tells one caller from another. A pause that the target asks for counts for one base and credential.
    """

    def __init__(
        self,
        per_second: float | None,
        bases: Mapping[str, str],
        credential: Callable[[Exchange], str],
        *,
        longest: float = LONGEST,
        now: Callable[[], float] = time.time,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._gap = 1 / per_second if per_second else 0.0
        self._bases, self._credential = bases, credential
        self._longest, self._now, self._sleep = longest, now, sleep
        self._next = 0.0
        self._until: dict[Key, float] = {}

    def ask(self, exchange: Exchange) -> str | None:
        return self._too_long(exchange, self._rest(exchange))

    async def wait(self, exchange: Exchange) -> str | None:
        while True:
            turn = max(0.0, self._next + self._gap - self._now()) if self._gap else 0.0
            if turn > self._longest:
                return f"More calls wait than the target bears: {1 / self._gap:g} in a second"
            self._next = self._now() + turn
            await self._hold(turn)
            rest = self._rest(exchange)
            if rest <= 0 or rest > self._longest:
                return self._too_long(exchange, rest)
            await self._hold(rest)

    def _too_long(self, exchange: Exchange, rest: float) -> str | None:
        return f"{exchange.api} asked for a pause that is too long to wait for" if rest > self._longest else None

    async def _hold(self, seconds: float) -> None:
        if seconds > 0:
            await self._sleep(seconds)

    def _rest(self, exchange: Exchange) -> float:
        return self._until.get(self._key(exchange), 0.0) - self._now() if self._until else 0.0

    def saw(self, exchange: Exchange) -> None:
        now = self._now()
        asked = pause(exchange, now)
        if asked > 0:
            key = self._key(exchange)
            self._until[key] = max(self._until.get(key, 0.0), now + asked)

    def _key(self, exchange: Exchange) -> Key:
        said = hashlib.sha256(self._credential(exchange).encode("utf-8", "surrogateescape")).hexdigest()
        return self._bases.get(exchange.api or "", ""), said
