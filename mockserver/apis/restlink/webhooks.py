"""Webhooks: where each workspace wants its events, what they tell, and the log of what was sent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mockserver.apis.restlink.state import Entity
from mockserver.engine.clock import rfc3339
from mockserver.engine.refusals import Refusal
from mockserver.engine.sandbox import Transaction

_LINK = ("message_id", "recipient", "sender_id", "url", "timestamp")
#: What each event tells when the workspace chose nothing.
USUAL_FIELDS: Mapping[str, tuple[str, ...]] = {
    "impression": _LINK,
    "click": _LINK,
    "conversion": ("message_id", "recipient", "sender_id", "action", "timestamp"),
    "delivery": ("message_id", "recipient", "sender_id", "status", "status_code", "num_parts", "cost", "timestamp"),
}
_NOTHING: Entity = {
    **{f"{event}_{part}": None for event in USUAL_FIELDS for part in ("url", "fields")},
    "unique_clicks_only": False,
    "signing_secret": None,
}


class WebhookNotConfigured(Refusal):
    """The workspace has no address for this event."""


def settings(tx: Transaction, workspace_id: int) -> Entity:
    """The workspace's settings; no field selection (None) means the usual fields."""
    return tx.get("webhook settings", workspace_id, "settings") or _NOTHING


def change(tx: Transaction, workspace_id: int, changes: Mapping[str, Any]) -> Entity:
    """Change what is named and keep the rest; an empty address is none."""
    known = {name: value for name, value in changes.items() if name in _NOTHING}
    for event in USUAL_FIELDS:
        if known.get(f"{event}_url") == "":
            known[f"{event}_url"] = None
    if changes.get("clear_signing_secret"):
        known["signing_secret"] = None
    changed = {**settings(tx, workspace_id), **known}
    tx.put("webhook settings", workspace_id, "settings", changed)
    return changed


def send_sample(tx: Transaction, workspace_id: int, event: str) -> Entity:
    """Queue a made-up event for the workspace's own address: its entry in the log."""
    url = settings(tx, workspace_id)[f"{event}_url"]
    if url is None:
        raise WebhookNotConfigured
    entry = {
        "id": tx.increment("webhook log id"),
        "event": event,
        "url": url,
        "message_id": None,
        "status": "queued",
        "attempts": 0,
        "http_status": None,
        "created_at": rfc3339(tx.now),
        "finished_at": None,
    }
    log(tx, workspace_id, entry)
    return entry


def log(tx: Transaction, workspace_id: int, entry: Entity) -> None:
    """Keep an entry of the log, new or changed."""
    tx.put("webhook log", workspace_id, entry["id"], entry, {"event": entry["event"]})


def log_page(tx: Transaction, workspace_id: int, event: str | None, number: int, limit: int) -> tuple[list[Entity], int]:
    """The ``number``-th page of the log, newest first, and how many entries there are in all."""
    where = {"event": event} if event else {}
    records = tx.find("webhook log", workspace_id, where, newest_first=True, limit=limit, offset=(number - 1) * limit)
    return [record.body for record in records], tx.count("webhook log", workspace_id, where)
