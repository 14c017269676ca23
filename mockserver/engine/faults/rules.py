"""Rules: those that a sandbox keeps, and what they did so far."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from mockserver.engine.faults.conditions import Rule
from mockserver.engine.faults.draws import fraction
from mockserver.engine.refusals import Refusal
from mockserver.engine.sandbox import Transaction

#: What a rule can do to a call: each is the name of one of its properties. Only the first does not decide.
LATENCY = "latency"
EFFECTS = (
    LATENCY, "error", "hang", "reset", "truncated", "malformed", "content_type", "duplicate", "rate_limit", "maintenance"
)  # fmt: skip

#: A sandbox keeps no more rules than this. What has nothing left to do makes room.
MOST = 100


class FaultUnknown(Refusal):
    """There is no rule of this id."""


class TooManyFaults(Refusal):
    """The sandbox has as many rules as it can keep, and all of them have something left to do."""


@dataclass
class Kept:
    """A rule with its id. ``calls``: how many fitted its conditions; ``hits``: on how many of them it acted."""

    id: str
    rule: Rule
    calls: int = 0
    hits: int = 0

    @property
    def effect(self) -> str:
        """What it does."""
        return next(name for name in EFFECTS if name in self.rule)

    @property
    def left(self) -> int | None:
        """On how many calls it can still act; None if there is no end."""
        ends = [self.rule["next"] - self.hits] if "next" in self.rule else []
        if "nth" in self.rule:
            ends.append(1 if self.calls < self.rule["nth"] else 0)
        return min(ends) if ends else None

    @property
    def is_armed(self) -> bool:
        """Whether it has something left to do."""
        return self.left != 0

    def acts_next(self, seed: int | str) -> bool:
        """Whether it is for the next call that fits: the nth, every so manieth, one of the drawn share, one of the next."""
        number = self.calls + 1
        return (
            self.is_armed
            and number == self.rule.get("nth", number)
            and number % self.rule.get("every", 1) == 0
            and ("share" not in self.rule or fraction(seed, self.rule, "share", number) < self.rule["share"])
        )


def arm(room: Transaction, rule: Rule) -> Kept:
    """Keep one more rule, after all others. TooManyFaults."""
    kept = kept_rules(room)
    if len(kept) >= MOST:
        _make_room(room, kept)
    added = Kept(f"f{room.increment('fault')}", rule)
    room.put("fault", "", added.id, _body(added))
    return added


def _make_room(room: Transaction, kept: Sequence[Kept]) -> None:
    spent = next((one for one in kept if not one.is_armed), None)
    if spent is None:
        raise TooManyFaults
    room.delete("fault", "", spent.id)


def kept_rules(room: Transaction) -> list[Kept]:
    """All rules in the order in which they were armed, those with nothing left to do, too."""
    return [Kept(record.id, **record.body) for record in room.find("fault", "")]


def read(room: Transaction, id: str) -> Kept:
    """One rule. FaultUnknown."""
    body = room.get("fault", "", id)
    if body is None:
        raise FaultUnknown
    return Kept(id, **body)


def disarm(room: Transaction, id: str) -> None:
    """Take a rule back. FaultUnknown."""
    if not room.delete("fault", "", id):
        raise FaultUnknown


def disarm_all(room: Transaction) -> None:
    """Take all rules back."""
    for kept in kept_rules(room):
        room.delete("fault", "", kept.id)


def keep_count(room: Transaction, kept: Kept) -> None:
    """Keep what the rule did so far, if nobody took it back."""
    if room.get("fault", "", kept.id) is not None:
        room.put("fault", "", kept.id, _body(kept))


def _body(kept: Kept) -> dict[str, Any]:
    return {"rule": dict(kept.rule), "calls": kept.calls, "hits": kept.hits}
