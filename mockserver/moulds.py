"""Moulds: worlds that were opened once, to fill many sandboxes with."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime

from mockserver.engine.clock import Clock
from mockserver.engine.sandbox import DEFAULT, Sandbox
from mockserver.engine.store import SqliteStore
from mockserver.engine.store.port import Mould
from mockserver.worlds import World

#: Opens a world in an empty sandbox, as of an instant.
Open = Callable[[Sandbox, World, datetime], None]
#: In seconds: by so much the dates of a sandbox that opens in real time may lie before its beginning.
OLDEST = 90.0
#: In seconds: a mould of this age is made anew before anybody waits for it.
_STALE = 45.0
#: So many are kept, those that were used last.
_KEPT = 8
_Key = tuple[str, int, datetime | None]


class Moulds:
    """Keeps what each opening gave. ``open``: how a world is opened; it is done in a store that nobody else sees."""

    def __init__(self, open: Open) -> None:
        self._open = open
        self._kept: dict[_Key, tuple[float, World, Mould]] = {}

    def of(self, world: World, seed: int, at: datetime | None) -> Mould:
        """A world as of an instant, or as of now; WorldInvalid for what only an opening can see."""
        key = (world.name, seed, at)
        made, _, mould = self._kept.pop(key, None) or (0.0, world, None)
        if mould is None or (at is None and time.monotonic() - made > OLDEST):
            made, mould = time.monotonic(), self._made(world, seed, at)
        # Put in again, it stands behind those that were used before it.
        self._kept[key] = (made, world, mould)
        while len(self._kept) > _KEPT:
            del self._kept[next(iter(self._kept))]
        return mould

    def freshen(self) -> None:
        """Make those of now anew that are about to be too old."""
        for (name, seed, at), (made, world, _) in list(self._kept.items()):
            if at is None and time.monotonic() - made > _STALE:
                self._kept[name, seed, at] = (time.monotonic(), world, self._made(world, seed, at))

    def _made(self, world: World, seed: int, at: datetime | None) -> Mould:
        moment = at or datetime.now(UTC)
        store = SqliteStore()
        try:
            sandbox = Sandbox(store, DEFAULT, seed, Clock(frozen_at=moment))
            self._open(sandbox, world, moment)
            with sandbox.transaction("") as tx:
                return tx.mould()
        finally:
            store.close()
