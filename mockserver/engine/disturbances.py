"""Disturbances: rules by which webhooks arrive twice, late, in another order, or not at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mockserver.engine.sandbox import Transaction

TWICE, LATE, SWAP, DROP = "twice", "late", "swap", "drop"
EFFECTS = (TWICE, LATE, SWAP, DROP)

#: ``effect``; ``seconds``: how late, or how long a swapped one waits for its successor; ``next``: for so many deliveries, without
#: it for all that follow; ``api``, ``event``, ``url``, ``owner``: what a delivery must be, without them anything.
Rule = Mapping[str, Any]
_CONDITIONS = ("api", "event", "url", "owner")


def replace_all(room: Transaction, rules: Sequence[Rule]) -> None:
    """Put these rules in the place of all that were there."""
    for record in room.find("disturbance", ""):
        room.delete("disturbance", "", record.id)
    for place, rule in enumerate(rules):
        room.put("disturbance", "", place, rule)


def all_rules(room: Transaction) -> list[Rule]:
    """What is in force, with what is left of each ``next``."""
    return [record.body for record in room.find("disturbance", "")]


def effect(room: Transaction, delivery: Mapping[str, Any]) -> Rule:
    """What the first rule that fits does to this delivery, one of its ``next`` used up; nothing where none fits."""
    for record in room.find("disturbance", ""):
        rule = record.body
        if all(rule.get(name) in (None, delivery[name]) for name in _CONDITIONS):
            _use(room, record.id, rule)
            return rule
    return {}


def _use(room: Transaction, id: str, rule: Rule) -> None:
    left = rule.get("next")
    if left == 1:
        room.delete("disturbance", "", id)
    elif left is not None:
        room.put("disturbance", "", id, {**rule, "next": left - 1})
