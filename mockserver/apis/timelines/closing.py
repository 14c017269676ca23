"""The closing: the state told as a world's fixture, from which the opening makes the same state again."""

from __future__ import annotations

from typing import Any

from mockserver.apis.timelines import connections, users, webhooks
from mockserver.apis.timelines.state import Entity
from mockserver.engine import outbox
from mockserver.engine.sandbox import Transaction

_PARTNER = ("partner_id", "name", "secret", "plan_id", "webhook_url")
_WORKSPACE = (
    "workspace_id", "partner_id", "display_name", "group_id", "created_at", "updated_at", "seats", "messages_quota",
    "api_calls_quota", "non_recurring_quota", "transactions", "api_token",
)  # fmt: skip
_SEATS = ("total", "period_start", "period_end")
_ACCOUNT = ("whatsapp_account_id", "user_id", "phone_number_e164", "connected_at", "disconnected_at")


def gather(tx: Transaction) -> dict[str, Any]:
    """The state as a document that is valid against the contract's ``x-world`` and that ``furnish`` takes."""
    partners = [record.body for record in tx.find("partner", "")]
    workspaces = [record.body for partner in partners for record in tx.find("workspace", partner["partner_id"])]
    return {
        "continued": True,
        "cast": tx.get("world", "", "cast"),
        "last_group_id": tx.increment("group id", 0),
        "plans": [record.body for record in tx.find("plan", "")],
        "partners": [_said(partner, _PARTNER) for partner in partners],
        "workspaces": [_workspace(tx, workspace) for workspace in workspaces],
        "deliveries": [_delivery(delivery) for delivery in outbox.under_way(tx)],
    }


def _workspace(tx: Transaction, workspace: Entity) -> Entity:
    told = webhooks.noted(tx, workspace)
    return {
        **_said(workspace, _WORKSPACE),
        # How many are held is counted.
        "seats": _said(workspace["seats"], _SEATS),
        "api_token": workspace["api_token"],
        **({"told": told} if told else {}),
        "users": users.users(tx, workspace),
        "whatsapp_accounts": [_said(account, _ACCOUNT) for account in connections.accounts(tx, workspace)],
        "qr_links": connections.links(tx, workspace),
    }


def _delivery(delivery: Entity) -> Entity:
    return {
        "partner_id": delivery["owner"],
        "event": delivery["event"],
        "url": delivery["url"],
        # By the name that the partner has in the world, whatever it is called in this sandbox.
        "body": {**delivery["body"], "partner_id": delivery["owner"]},
        "queued_at": delivery["queued_at"],
        **({"held": True} if delivery["held"] else {}),
        "tries": delivery["tries"],
    }


def _said(entity: Entity, names: tuple[str, ...]) -> Entity:
    """What there is to say of it, in this order."""
    return {name: entity[name] for name in names if entity.get(name) is not None}
