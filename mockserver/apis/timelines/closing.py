"""The closing: the state told as a world's fixture, from which the opening makes the same state again."""

from __future__ import annotations

from typing import Any

from mockserver.apis.timelines import connections, users, webhooks
from mockserver.apis.timelines.state import Entity
from mockserver.engine import outbox
from mockserver.engine.sandbox import Transaction

_QUOTA = ("total", "used", "period_start", "period_end")


def gather(tx: Transaction) -> dict[str, Any]:
    """The state as a document that is valid against the contract's ``x-world`` and that ``furnish`` takes."""
    partners = [record.body for record in tx.find("partner", "")]
    workspaces = [record for partner in partners for record in tx.find("workspace", partner["partner_id"])]
    return {
        "continued": True,
        "cast": tx.get("world", "", "cast"),
        "last_group_id": tx.increment("group id", 0),
        "plans": [record.body for record in tx.find("plan", "")],
        "partners": [_known(partner) for partner in partners],
        "workspaces": [_workspace(tx, record.body) for record in sorted(workspaces, key=lambda one: one.seq)],
        "deliveries": [_delivery(delivery) for delivery in outbox.under_way(tx)],
    }


def _workspace(tx: Transaction, workspace: Entity) -> Entity:
    place = workspace["workspace_id"]
    told = webhooks.noted(tx, workspace)
    return {
        **workspace,
        # How many seats are held is counted.
        "seats": {name: workspace["seats"][name] for name in _QUOTA if name != "used"},
        **({"told": told} if told else {}),
        "users": users.users(tx, workspace),
        "whatsapp_accounts": [_known(account) for account in connections.accounts(tx, workspace)],
        "qr_links": [record.body for record in tx.find("qr link", place)],
    }


def _delivery(delivery: Entity) -> Entity:
    return {
        "partner_id": delivery["owner"],
        **{name: delivery[name] for name in ("event", "url", "body", "queued_at")},
        **({"held": True} if delivery["held"] else {}),
        "tries": delivery["tries"],
    }


def _known(entity: Entity) -> Entity:
    return {name: value for name, value in entity.items() if value is not None}
