"""Repeats: the same question asked again while nothing changed has the same answer."""

from __future__ import annotations

import json
from collections import OrderedDict
from typing import Any

from contract_tests.shadow import terms
from contract_tests.shadow.look import Look, shown
from contract_tests.shadow.values import same

#: Answers that are remembered, and the largest of them in bytes.
MOST, LARGEST = 256, 65_536
_DAY = 86_400


class Repeats:
    """The latest answers of one API."""

    def __init__(self) -> None:
        self._known: OrderedDict[Any, tuple[int, int, bytes]] = OrderedDict()

    def look(self, look: Look) -> None:
        """Hold the answer against the one before, and remember it. Only for what was asked while nothing was changing."""
        exchange = look.exchange
        body = exchange.reply_body
        if len(body) > LARGEST:
            return
        # Many lists show a span of days.
        day = int(exchange.started // _DAY)
        caller = look.asked.caller
        key = (exchange.place, exchange.url, caller.credential, str(caller.facts), exchange.body, day)
        before = self._known.pop(key, None)
        self._known[key] = (look.known.changed, look.tick, body)
        if len(self._known) > MOST:
            self._known.popitem(last=False)
        if before is None or before[0] != look.known.changed or before[1] >= look.asked.begun or before[2] == body:
            return
        difference = _difference(json.loads(before[2]), look.reply, look.known.table.moving, "")
        if difference is not None:
            look.against(terms.REPEAT, None, f"asked again, with no change in between, {exchange.place} says {difference}")

    def forget(self) -> None:
        """All of them."""
        self._known.clear()


def _difference(one: Any, other: Any, moving: frozenset[str], where: str) -> str | None:
    """What differs, in words."""
    if one == other:
        return None
    if isinstance(one, dict) and isinstance(other, dict):
        for name in sorted((one.keys() | other.keys()) - moving):
            found = _difference(one.get(name), other.get(name), moving, f"{where}/{name}")
            if found is not None:
                return found
        return None
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        parts = (_difference(*pair, moving, f"{where}/{place}") for place, pair in enumerate(zip(one, other, strict=True)))
        return next((part for part in parts if part is not None), None)
    return None if same(one, other) else f"{shown(other)} at {where or '/'}, and said {shown(one)} before"
