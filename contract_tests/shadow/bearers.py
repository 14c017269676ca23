"""Bearers: what the credentials of a request say of who asks, without any check whether they are genuine."""

from __future__ import annotations

import base64
import json
from typing import Any

from contract_tests.shadow.asked import Asked


def bearer(asked: Asked) -> str | None:
    """The token after ``Bearer``; None if there is none."""
    scheme, _, token = (asked.exchange.header("authorization") or "").strip().partition(" ")
    return token.strip() if scheme.lower() == "bearer" and token else None


def claims(token: str) -> dict[str, Any]:
    """What a JWT says; nothing if it is none."""
    parts = token.split(".")
    if len(parts) != 3:
        return {}
    try:
        said = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}
