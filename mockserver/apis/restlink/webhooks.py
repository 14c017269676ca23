"""Webhooks: where each workspace wants its events, what they tell, and the log of what was sent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mockserver.apis.restlink.state import Entity, is_live
from mockserver.engine import outbox
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
#: What a sample event tells, whichever event it is.
_SAMPLE: Entity = {
    "message_id": "api_0_0_0000000000000000",
    "recipient": "+14155550100",
    "sender_id": "Sample",
    "status": "DELIVRD",
    "status_code": "000",
    "num_parts": 1,
    "cost": 0.0,
    "url": "https://example.com/sample",
    "action": "sample",
    "ip": "203.0.113.7",
    "user_agent": "Mozilla/5.0 (sample)",
}
#: By the vendor's schedule; one that is sent again by hand shows no more.
_MOST_ATTEMPTS = 3
#: The settings of a workspace that chose nothing.
NOTHING: Entity = {
    **{f"{event}_{part}": None for event in USUAL_FIELDS for part in ("url", "fields")},
    "unique_clicks_only": False,
    "signing_secret": None,
}


class WebhookNotConfigured(Refusal):
    """The workspace has no address for this event."""


def settings(tx: Transaction, workspace_id: int) -> Entity:
    """The workspace's settings; no field selection (None) means the usual fields."""
    return tx.get("webhook settings", workspace_id, "settings") or NOTHING


def change(tx: Transaction, workspace_id: int, changes: Mapping[str, Any]) -> Entity:
    """Change what is named and keep the rest; an empty address is none."""
    known = {name: value for name, value in changes.items() if name in NOTHING}
    for event in USUAL_FIELDS:
        if known.get(f"{event}_url") == "":
            known[f"{event}_url"] = None
    if changes.get("clear_signing_secret"):
        known["signing_secret"] = None
    changed = {**settings(tx, workspace_id), **known}
    tx.put("webhook settings", workspace_id, "settings", changed)
    return changed


def send_sample(tx: Transaction, workspace_id: int, event: str) -> Entity:
    """Send a made-up event to the workspace's own address: its entry in the log."""
    if settings(tx, workspace_id)[f"{event}_url"] is None:
        raise WebhookNotConfigured
    entry = notify(tx, workspace_id, event, {**_SAMPLE, "workspace_id": workspace_id, "timestamp": rfc3339(tx.now)}, None)
    assert entry is not None, "there is an address"
    return entry


def report_delivery(tx: Transaction, workspace_id: int, message: Entity) -> None:
    """Tell of a message's new status."""
    status = {
        "status": message["status"],
        "status_code": message["status_code"],
        "num_parts": message["segments"],
        "cost": message["cost"] / 1_000_000,
    }
    report(tx, workspace_id, "delivery", message, status)


def report(tx: Transaction, workspace_id: int, event: str, message: Entity, more: Mapping[str, Any]) -> Entity | None:
    """Tell of an event that is about a message: the log's entry, None where nobody wants to know."""
    facts = {
        "message_id": message["client_message_id"],
        "recipient": message["recipient"],
        "sender_id": message["sender_id"],
        "timestamp": rfc3339(tx.now),
        "workspace_id": workspace_id,
        **more,
    }
    return notify(tx, workspace_id, event, facts, message["client_message_id"])


def notify(tx: Transaction, workspace_id: int, event: str, facts: Mapping[str, Any], message_id: str | None) -> Entity | None:
    """Queue what the workspace wants to know of an event for the address that it named: the log's entry, None without one."""
    chosen = settings(tx, workspace_id)
    url = chosen[f"{event}_url"]
    if url is None or not is_live(tx, workspace_id):
        return None
    fields = chosen[f"{event}_fields"] or USUAL_FIELDS[event]
    entry = {
        "id": tx.increment("webhook log id"),
        "event": event,
        "url": url,
        "message_id": message_id,
        "status": "queued",
        "attempts": 0,
        "http_status": None,
        "created_at": rfc3339(tx.now),
        "finished_at": None,
    }
    log(tx, workspace_id, entry)
    body = {name: facts[name] for name in fields if name in facts}
    signing = {"secret": chosen["signing_secret"], "log_id": entry["id"]}
    outbox.post(tx, webhook=event, event=event, owner=workspace_id, url=url, body=body, facts=signing)
    return entry


def log_attempt(tx: Transaction, workspace_id: int, id: int, *, status: str, http_status: int | None, at: str) -> None:
    """Note in the log what an attempt came to."""
    entry = tx.get("webhook log", workspace_id, id)
    if entry is not None:
        finished = None if status == "queued" else at
        attempts = min(entry["attempts"] + 1, _MOST_ATTEMPTS)
        log(
            tx,
            workspace_id,
            {**entry, "status": status, "attempts": attempts, "http_status": http_status, "finished_at": finished},
        )


def log(tx: Transaction, workspace_id: int, entry: Entity) -> None:
    """Keep an entry of the log, new or changed."""
    tx.put("webhook log", workspace_id, entry["id"], entry, {"event": entry["event"]})


def log_page(tx: Transaction, workspace_id: int, event: str | None, number: int, limit: int) -> tuple[list[Entity], int]:
    """The ``number``-th page of the log, newest first, and how many entries there are in all."""
    where = {"event": event} if event else {}
    records = tx.find("webhook log", workspace_id, where, newest_first=True, limit=limit, offset=(number - 1) * limit)
    return [record.body for record in records], tx.count("webhook log", workspace_id, where)
