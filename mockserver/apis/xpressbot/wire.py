"""The wire: xpressbot's refusals in the words of its contract."""

from __future__ import annotations

from typing import Any

from mockserver.engine.refusals import InvalidRequest, Refusal

_ABOUT_A_PARAMETER = ("BodyInvalid", "ParameterInvalid")


def refuse(refusal: Refusal, body: dict[str, Any]) -> dict[str, Any]:
    """The contract's words; for a wrong parameter the message says which one it is, and what it must be."""
    if isinstance(refusal, InvalidRequest) and refusal.name in _ABOUT_A_PARAMETER:
        for issue in refusal.issues[:1]:
            # Only the first step: what is deeper may be a name of the caller's own making.
            return {**body, "message": f"{issue.path[0]} {issue.reason}"} if issue.path else body
    return body
