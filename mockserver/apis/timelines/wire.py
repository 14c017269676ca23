"""The wire: timelines' refusals in the words of its contract."""

from __future__ import annotations

from typing import Any

from mockserver.engine.refusals import Refusal


def refuse(refusal: Refusal, body: dict[str, Any]) -> dict[str, Any]:
    """The contract's words, as they are."""
    return body
