"""Armed: the rules of one sandbox as a request finds them, read from the store only when they have changed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from mockserver.engine.faults import rules
from mockserver.engine.faults.conditions import Asked, Rule, fits
from mockserver.engine.faults.draws import seconds
from mockserver.engine.faults.rules import LATENCY, Kept
from mockserver.engine.sandbox import Sandbox, Transaction

#: The share of the store in which a sandbox keeps its rules.
ROOM = "faults"

#: Whether a rule can act on an operation (API, operationId) at all.
Covers = Callable[[Rule, str, str], bool]


@dataclass
class Strike:
    """What befalls a call.

    ``ids``: the rules that act, in their order; ``before``, ``after``: seconds to wait before and after the work; ``rule``: the
    one that decides, None if the call is only late.
    """

    ids: list[str] = field(default_factory=list)
    before: float = 0
    after: float = 0
    rule: Rule | None = None

    @property
    def effect(self) -> str:
        """What the deciding rule does."""
        return next(name for name in rules.EFFECTS if name in (self.rule or {}))

    @property
    def terms(self) -> Any:
        """How it does it."""
        return (self.rule or {})[self.effect]


class Armed:
    """The rules in force. ``covers``: whether a rule can act on an operation at all; asked once for each pair."""

    def __init__(self, sandbox: Sandbox, covers: Covers) -> None:
        self._sandbox = sandbox
        self._covers = covers
        self._kept: list[Kept] | None = None
        self._by_operation: dict[tuple[str, str], Sequence[Kept]] = {}

    def forget(self) -> None:
        """The rules have changed: they are read anew when the next request comes."""
        self._kept = None
        self._by_operation = {}

    @property
    def rules(self) -> Sequence[Kept]:
        """Those that have something left to do, in their order."""
        if self._kept is None:
            with self._sandbox.transaction(ROOM) as tx:
                self._kept = [kept for kept in rules.kept_rules(tx) if kept.is_armed]
        return self._kept

    def strike(self, asked: Asked, concerned: Callable[[Rule], bool]) -> Strike | None:
        """What befalls a call by those rules that are ``concerned``; None if nothing does.

        Delays add up until the first other rule decides. Every rule whose conditions fit counts the call, also one that comes
        after the rule that decides.
        """
        fitting = [kept for kept in self._on(asked) if concerned(kept.rule) and fits(kept.rule, asked)]
        if not fitting:
            return None
        acting = list(_until_decided([kept for kept in fitting if kept.acts_next(self._sandbox.seed)]))
        struck = self._strike(acting)
        self._count(fitting, acting)
        return struck

    def _on(self, asked: Asked) -> Sequence[Kept]:
        armed, place = self.rules, (asked.api, asked.operation)
        if armed and place not in self._by_operation:
            self._by_operation[place] = [kept for kept in armed if self._covers(kept.rule, *place)]
        return self._by_operation.get(place, ())

    def _strike(self, acting: Sequence[Kept]) -> Strike | None:
        struck = Strike([kept.id for kept in acting])
        for kept in acting:
            if kept.effect != LATENCY:
                struck.rule = kept.rule
                continue
            latency = kept.rule[LATENCY]
            wait = seconds(self._sandbox.seed, kept.rule, latency, kept.calls + 1)
            if latency.get("at") == "after_work":
                struck.after += wait
            else:
                struck.before += wait
        return struck if acting else None

    def _count(self, fitting: Sequence[Kept], acting: Sequence[Kept]) -> None:
        with self._sandbox.transaction(ROOM) as tx:
            counted = [replace(kept, calls=kept.calls + 1, hits=kept.hits + (kept in acting)) for kept in fitting]
            for kept in counted:
                rules.keep_count(tx, kept)
        for kept, after in zip(fitting, counted, strict=True):
            kept.calls, kept.hits = after.calls, after.hits
        if not all(kept.is_armed for kept in fitting):
            self.forget()


def _until_decided(acting: Sequence[Kept]) -> Sequence[Kept]:
    decider = next((place for place, kept in enumerate(acting) if kept.effect != LATENCY), len(acting))
    return acting[: decider + 1]


def room(tx: Transaction) -> Transaction:
    """The rules' share of the store, in a transaction of another one."""
    return tx.within(ROOM)
