"""The wire: tofrom's refusals and the headers that every recognised caller gets, in the words of its contract."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mockserver.apis.tofrom.credentials import Person, Program
from mockserver.engine.refusals import Refusal


def refuse(refusal: Refusal, body: dict[str, Any]) -> dict[str, Any]:
    """The contract's words, as they are."""
    return body


def headers(caller: Program | Person | None, refused: Refusal | None) -> Mapping[str, str]:
    """The caller's allowance; nothing for a caller who was not recognised."""
    exhausted = refused.facts.get("allowance") if refused else None
    allowance = exhausted or (caller.allowance if caller else None)
    if allowance is None:
        return {}
    return {
        "X-RateLimit-Limit": str(allowance.limit),
        "X-RateLimit-Remaining": str(allowance.remaining),
        "X-RateLimit-Reset": str(allowance.reset),
    }
