"""The wire: timelines' entities and refusals in the words of its contract."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mockserver.apis.timelines.connections import NewLink
from mockserver.apis.timelines.state import Entity
from mockserver.apis.timelines.workspaces import Overview, Summary
from mockserver.engine.refusals import Refusal

Json = dict[str, Any]
_QUOTA = ("total", "used", "period_start", "period_end")


def refuse(refusal: Refusal, body: Json) -> Json:
    """The contract's words, as they are."""
    return body


def details(seen: Overview) -> Json:
    """A workspace with all that is in it."""
    return {
        "workspace_id": seen.workspace["workspace_id"],
        "display_name": seen.workspace["display_name"],
        "seats": _quota(seen.seats),
        "messages_quota": _quota(seen.messages_quota),
        "api_calls_quota": _quota(seen.api_calls_quota),
        "non_recurring_quota": seen.workspace["non_recurring_quota"],
        "users": seen.users,
        "whatsapp_accounts": [_account(account) for account in seen.accounts],
        "qr_links": seen.links,
    }


def _quota(quota: Entity) -> Json:
    return {name: quota[name] for name in _QUOTA}


def _account(account: Entity) -> Json:
    connected = account["disconnected_at"] is None
    return {
        "connected": connected,
        "whatsapp_account_id": account["whatsapp_account_id"],
        "phone_number_e164": account["phone_number_e164"],
        "connection_status": "connected" if connected else "disconnected",
        "user_id": str(account["user_id"]),
        "connected_at": account["connected_at"],
    }


def workspace(seen: Summary) -> Json:
    """A workspace after it was made or changed."""
    found = seen.workspace
    return {
        "workspace_id": found["workspace_id"],
        "display_name": found["display_name"],
        "plan_id": seen.plan_id,
        "seats_total": found["seats"]["total"],
        "seats_available": seen.free_seats,
        "updated_at": found["updated_at"],
        "owner_user_id": seen.owner_id,
        "group_id": found["group_id"],
        "created_at": found["created_at"],
        "suspended_members": [_suspended(user_id, account) for user_id, account in seen.suspended],
    }


def _suspended(user_id: int, account: Entity | None) -> Json:
    return {
        "user_id": user_id,
        "whatsapp_account_id": account["whatsapp_account_id"] if account else None,
        "phone_numbers": [account["phone_number_e164"]] if account else [],
    }


def users_created(workspace: Entity, free_seats: int, users: Sequence[Entity]) -> Json:
    """New users, and the seats after them."""
    return {
        "workspace_id": workspace["workspace_id"],
        "seats_total": workspace["seats"]["total"],
        "seats_available": free_seats,
        "users": list(users),
    }


def qr_link_created(workspace_id: str, made: NewLink) -> Json:
    """A new QR link."""
    ended = {"whatsapp_disconnected": made.disconnected is not None, "previous_qr_revoked": made.revoked}
    return {"workspace_id": workspace_id, **made.link, **ended}


def disconnection(workspace_id: str, user_id: int, account: Entity | None) -> Json:
    """What disconnecting did."""
    told = account or {}
    return {
        "workspace_id": workspace_id,
        "user_id": user_id,
        "disconnected": account is not None,
        "disconnected_at": told.get("disconnected_at"),
        "whatsapp_account_id": told.get("whatsapp_account_id"),
        "phone_number": told.get("phone_number_e164"),
        "description": "The WhatsApp account was disconnected." if account else "The user has no connected WhatsApp account.",
    }


def api_token(workspace_id: str, token: Entity) -> Json:
    """A Public API token in full."""
    return {"workspace_id": workspace_id, **token}
