"""Webhooks: where each partner wants to be told what happens in its workspaces, and what each event tells."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mockserver.apis.timelines.moments import second
from mockserver.apis.timelines.state import Entity, partner
from mockserver.engine import outbox
from mockserver.engine.sandbox import Transaction


def set_address(tx: Transaction, partner_id: str, url: str | None) -> None:
    """Send the partner's webhooks there from now on; None: nowhere."""
    tx.put("partner", "", partner_id, {**partner(tx, partner_id), "webhook_url": url})


def tell(tx: Transaction, workspace: Entity, event: str, facts: Mapping[str, Any]) -> bool:
    """Queue an event of a workspace for its partner; False if the partner named no address."""
    known = partner(tx, workspace["partner_id"])
    url = known.get("webhook_url")
    if url is None:
        return False
    name = (tx.get("known as", "", known["partner_id"]) or {}).get("name", known["partner_id"])
    body = {
        "workspace_id": workspace["workspace_id"],
        "event_type": event,
        "partner_id": name,
        "triggered_at": second(tx.now),
        **facts,
    }
    signing = {"partner_id": name, "secret": known["secret"]}
    outbox.post(tx, webhook=event, event=event, owner=known["partner_id"], url=url, body=body, facts=signing)
    return True


def tell_once(tx: Transaction, workspace: Entity, event: str, period_start: str, facts: Mapping[str, Any]) -> None:
    """The same, unless the partner was told in this period."""
    told = tx.get("told", workspace["workspace_id"], event)
    if told != {"period_start": period_start} and tell(tx, workspace, event, facts):
        note(tx, workspace, event, period_start)


def note(tx: Transaction, workspace: Entity, event: str, period_start: str) -> None:
    """Remember that the partner was told in this period."""
    tx.put("told", workspace["workspace_id"], event, {"period_start": period_start})


def noted(tx: Transaction, workspace: Entity) -> list[Entity]:
    """Of which events the partner was told, and in which period the last time."""
    return [{"event": record.id, **record.body} for record in tx.find("told", workspace["workspace_id"])]
