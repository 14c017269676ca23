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
    body = {
        "workspace_id": workspace["workspace_id"],
        "event_type": event,
        "partner_id": known["partner_id"],
        "triggered_at": second(tx.now),
        **facts,
    }
    signing = {"partner_id": known["partner_id"], "secret": known["secret"]}
    outbox.post(tx, webhook=event, event=event, owner=known["partner_id"], url=url, body=body, facts=signing)
    return True


def tell_once(tx: Transaction, workspace: Entity, event: str, period_start: str, facts: Mapping[str, Any]) -> None:
    """The same, unless the partner was told in this period."""
    owner, told = workspace["workspace_id"], {"period_start": period_start}
    if tx.get("told", owner, event) != told and tell(tx, workspace, event, facts):
        tx.put("told", owner, event, told)
