"""Recorder: every exchange of a run by its number, as long as there is room."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import replace

from contract_tests.gate.exchange import Exchange

#: In bytes of bodies; the oldest exchanges go first.
ROOM = 256 * 1024 * 1024
_EACH = 1024
#: One body gets no more than this part of the room.
_SHARE = 16


class Recorder:
    """Written by the gate's thread, read by any other."""

    def __init__(self, room: int = ROOM) -> None:
        self._room = room
        self._held = 0
        self._kept: dict[int, Exchange] = {}
        self._lock = threading.Lock()

    def keep(self, exchange: Exchange) -> None:
        """Keep what is complete; of bodies that would need much of the room, the beginning."""
        exchange = _cut(exchange, self._room // _SHARE)
        with self._lock:
            self._kept[exchange.number] = exchange
            self._held += _size(exchange)
            while self._held > self._room and len(self._kept) > 1:
                self._held -= _size(self._kept.pop(next(iter(self._kept))))

    def of(self, numbers: Iterable[int]) -> list[Exchange]:
        """Those of these numbers that are still there, in their order."""
        with self._lock:
            return [self._kept[number] for number in numbers if number in self._kept]

    def all(self) -> list[Exchange]:
        """All that are still there, oldest first."""
        with self._lock:
            return list(self._kept.values())


def _size(exchange: Exchange) -> int:
    lines = sum(len(name) + len(value) for name, value in (*exchange.headers, *exchange.reply_headers))
    return _EACH + lines + len(exchange.url) + len(exchange.body) + len(exchange.reply_body)


def _cut(exchange: Exchange, most: int) -> Exchange:
    if len(exchange.body) <= most and len(exchange.reply_body) <= most:
        return exchange
    return replace(exchange, body=exchange.body[:most], reply_body=exchange.reply_body[:most])
