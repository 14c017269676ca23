"""Faults: rules by which calls go wrong on purpose, armed and taken back."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from typing import Any

from mockserver.control.deeds import ApiNotServed, Deeds
from mockserver.engine.faults import rules
from mockserver.engine.faults.armed import room
from mockserver.engine.faults.conditions import Rule
from mockserver.engine.faults.rules import Kept
from mockserver.engine.faults.words import described
from mockserver.engine.refusals import InvalidRequest, Issue
from mockserver.exchange import Call, Reply

Place = tuple[str, str]


class FaultUnfit(InvalidRequest):
    """A rule that could not act on any call; ``issues`` says which of its properties is in the way."""


def _unfit(field: str, reason: str) -> FaultUnfit:
    return FaultUnfit(issues=[Issue((field,), "fault", reason)])


def _shown(kept: Kept) -> dict[str, Any]:
    told = {"id": kept.id, "description": described(kept), "rule": kept.rule, "calls": kept.calls, "hits": kept.hits}
    return {**told, "armed": kept.is_armed, **({} if kept.left is None else {"left": kept.left})}


class FaultDeeds(Deeds):
    """The rules of the sandbox."""

    def list_faults(self, call: Call) -> Reply:
        """All of them."""
        return Reply({"faults": [_shown(kept) for kept in rules.kept_rules(room(call.tx))]})

    def get_fault(self, call: Call, *, fault_id: str) -> Reply:
        """One of them."""
        return Reply(_shown(rules.read(room(call.tx), fault_id)))

    def arm_fault(self, call: Call, body: dict[str, Any]) -> Reply:
        """One more."""
        kept = self._arm(call, body)
        return Reply(_shown(kept))

    def replace_faults(self, call: Call, body: dict[str, Any]) -> Reply:
        """Others."""
        rules.disarm_all(room(call.tx))
        self._here(call).faults.forget()
        return Reply({"faults": [_shown(self._arm(call, rule)) for rule in body["faults"]]})

    def disarm_fault(self, call: Call, *, fault_id: str) -> Reply:
        """One less."""
        rules.disarm(room(call.tx), fault_id)
        self._here(call).faults.forget()
        return Reply()

    def disarm_faults(self, call: Call) -> Reply:
        """None."""
        rules.disarm_all(room(call.tx))
        self._here(call).faults.forget()
        return Reply()

    def _arm(self, call: Call, rule: Rule) -> Kept:
        if rule.get("api", next(iter(self._mock.settings.apis))) not in self._mock.settings.apis:
            raise ApiNotServed
        self._check_reach(rule, self._played(call, rule, self._named(rule)))
        self._here(call).faults.forget()
        return rules.arm(room(call.tx), rule)

    def _named(self, rule: Rule) -> Sequence[Place]:
        """The operations that a rule names, or leaves open."""
        meant = self._mock.reach.meant(rule)
        if not meant:
            known = sorted({operation for _, operation in self._mock.reach.meant({**rule, "operation": None})})
            near = difflib.get_close_matches(rule["operation"], known, 3)
            hint = f"the nearest: {', '.join(near)}" if near else f"there are {', '.join(known)}"
            raise _unfit("operation", f"{rule.get('api', 'no API of this run')} has no such operation; {hint}")
        return meant

    def _played(self, call: Call, rule: Rule, meant: Sequence[Place]) -> Sequence[Place]:
        """Those of them whose API has the actor in its cast."""
        if "actor" not in rule:
            return meant
        casts = {api: list(self._here(call).cast(api)) for api, _ in meant}
        if not any(rule["actor"] in cast for cast in casts.values()):
            known = "; ".join(f"{api}: {', '.join(cast)}" for api, cast in casts.items())
            raise _unfit("actor", f"the world has no such actor; it has {known}")
        return [(api, operation) for api, operation in meant if rule["actor"] in casts[api]]

    def _check_reach(self, rule: Rule, meant: Sequence[Place]) -> None:
        objections = [self._mock.reach.objection(rule, *place) for place in meant]
        reasons = [objection for objection in objections if objection is not None]
        if len(reasons) == len(meant):
            field, reason = reasons[0]
            raise _unfit(
                field, reason if len(meant) == 1 else f"none of {len(meant)} operations could be struck; the first: {reason}"
            )
