"""Links: what recipients do with the tracked links of a message, counted and told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mockserver.apis.restlink import messages, webhooks
from mockserver.apis.restlink.state import Entity
from mockserver.engine.clock import rfc3339
from mockserver.engine.sandbox import Transaction

#: What is told of a visitor of whom nothing else is known.
USUAL: Mapping[str, str] = {
    "url": "https://example.com/",
    "action": "conversion",
    "ip": "203.0.113.7",
    "user_agent": "Mozilla/5.0",
}


def record(tx: Transaction, message_id: str, event: str, visit: Mapping[str, Any]) -> Entity:
    """Let a recipient do something, of which ``visit`` may say url, action, ip and user_agent. MessageNotFound."""
    workspace_id, message = messages.anybodys(tx, message_id)
    first = count_of(message, event) == 0
    messages.store(tx, workspace_id, {**message, "links": {**_counts(message), event: count_of(message, event) + 1}})
    wanted = first or event != "click" or not webhooks.settings(tx, workspace_id)["unique_clicks_only"]
    entry = webhooks.report(tx, workspace_id, event, message, {**USUAL, **visit}) if wanted else None
    return {
        "message_id": message_id,
        "workspace_id": workspace_id,
        "event": event,
        "timestamp": rfc3339(tx.now),
        "reported": entry is not None,
    }


def count_of(message: Entity, event: str) -> int:
    """How often it happened with the links of a message."""
    return _counts(message).get(event, 0)


def _counts(message: Entity) -> Mapping[str, int]:
    # A message that was never followed has no counts, which keeps large populations small.
    counts: Mapping[str, int] = message.get("links", {})
    return counts
