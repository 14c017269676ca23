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
        known = look.known
        old, new = (_still(reply, known.spoken - known.table.moving) for reply in (json.loads(before[2]), look.reply))
        difference = _difference(old, new, "")
        if difference is not None:
            where, one, other = difference
            secret = where.rpartition("/")[2] in known.secret
            words = f"says {shown(other, secret=secret)} at {where or '/'}, and said {shown(one, secret=secret)} before"
            look.against(terms.REPEAT, None, f"asked again, with no change in between, {exchange.place} {words}")

    def forget(self) -> None:
        """All of them."""
        self._known.clear()


def _still(value: Any, names: frozenset[str]) -> Any:
    """What does not move by itself: the properties of these names, lists in whichever order."""
    if isinstance(value, dict):
        return {name: _still(part, names) for name, part in value.items() if name in names}
    if isinstance(value, list):
        return sorted((_still(part, names) for part in value), key=lambda part: json.dumps(part, sort_keys=True))
    return value


def _difference(one: Any, other: Any, where: str) -> tuple[str, Any, Any] | None:
    """Where they differ, and how."""
    if isinstance(one, dict) and isinstance(other, dict):
        parts = (_difference(one.get(name), other.get(name), f"{where}/{name}") for name in sorted(one.keys() | other.keys()))
        return next((part for part in parts if part is not None), None)
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        parts = (_difference(*pair, f"{where}/{place}") for place, pair in enumerate(zip(one, other, strict=True)))
        return next((part for part in parts if part is not None), None)
    return None if same(one, other) else (where, one, other)
