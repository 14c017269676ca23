"""Permission: which operations a target's profile lets a run use at all. On what it uses them, the gate's ledger decides."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from contract_tests.targets.target import MOCK, PRODUCTION, STAGING, Target

NONE, CREATE, CHANGE, REMOVE, SEND, SESSION = "none", "create", "change", "remove", "send", "session"


def why_not(target: Target, operation: Mapping[str, Any]) -> str | None:
    """Why a run against this target must not use the operation (as its contract has it), in a sentence; None: it may."""
    effect = operation.get("x-side-effect")
    if target.profile == MOCK or effect == NONE:
        return None
    if effect is None:
        return "The contract does not say what this operation leaves behind"
    if target.profile == PRODUCTION:
        return f"Production is only read, and this operation is marked {effect!r}"
    return _too_dear(target, operation)


def _too_dear(target: Target, operation: Mapping[str, Any]) -> str | None:
    cost = operation.get("x-cost", {})
    if "purchases" in cost and operation["operationId"] not in target.changes:
        return f"It buys something; name {operation['operationId']} under `changes` of {target.name} to allow it"
    if "messages" in cost:
        nothing = next((name for name in ("messages", "cost") if getattr(target.limits, name) == 0), None)
        if nothing is not None:
            return f"It sends, and limits.{nothing} of {target.name} is 0"
        if not any(target.recipients.values()):
            return f"It sends, and {target.name} names nobody under `recipients`"
    return None


def alters(operation: Mapping[str, Any]) -> bool:
    """Whether the operation changes, ends or takes away something that was there before."""
    return operation.get("x-side-effect") in (CHANGE, REMOVE) or operation.get("x-destructive", False) is True


def freed(target: Target, operation: Mapping[str, Any]) -> bool:
    """Whether it may be used even on what the run did not make: on a mock, or by the target's ``changes``. In staging
    ``changes`` frees nothing that cannot be got back.
    """
    if target.profile == MOCK:
        return True
    lost = operation.get("x-destructive", False) is True and target.profile == STAGING
    return operation.get("operationId") in target.changes and not lost
