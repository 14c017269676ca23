"""The control plane's words: where and why a request breaks its contract."""

from __future__ import annotations

from typing import Any

from mockserver.engine.refusals import InvalidRequest, Refusal
from mockserver.sandboxes import WorldRejected


def refuse(refusal: Refusal, body: dict[str, Any]) -> dict[str, Any]:
    """The contract's words, with every issue of an invalid request as ``field: reason``."""
    if isinstance(refusal, InvalidRequest):
        where = [(".".join(map(str, issue.path)) or "body", issue.reason) for issue in refusal.issues]
        return {**body, "issues": [f"{path}: {reason}" for path, reason in where]}
    if isinstance(refusal, WorldRejected):
        return {**body, "issues": list(refusal.facts["mistakes"])}
    return body
