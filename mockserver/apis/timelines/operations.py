"""The operations of timelines' contract: each finds the partner's workspace and asks the state."""

from __future__ import annotations

from typing import Any

from mockserver.apis.timelines import connections, seats, state, tokens, wire, workspaces
from mockserver.apis.timelines.state import Entity
from mockserver.exchange import Call, Reply


def _workspace(call: Call, workspace_id: str) -> Entity:
    return state.workspace(call.tx, call.actor.partner_id, workspace_id)


def _whole(number: int | float | None) -> int | None:
    # To JSON 3 and 3.0 are the same whole number.
    return None if number is None else int(number)


def create_workspace(call: Call, *, x_tl_partner_id: str, body: dict[str, Any]) -> Reply:
    """Make a workspace with its owner."""
    made = workspaces.create(call.tx, call.actor.partner_id, body["display_name"], int(body["seats_purchased"]))
    return Reply(wire.workspace(workspaces.summary(call.tx, made)))


def get_workspace(call: Call, *, x_tl_partner_id: str, workspace_id: str) -> Reply:
    """Read a workspace and all that is in it."""
    return Reply(wire.details(workspaces.overview(call.tx, _workspace(call, workspace_id))))


def update_workspace(call: Call, *, x_tl_partner_id: str, workspace_id: str, body: dict[str, Any]) -> Reply:
    """Rename or resize a workspace."""
    found = _workspace(call, workspace_id)
    changed = workspaces.update(call.tx, found, body.get("display_name"), _whole(body.get("seats_purchased")))
    return Reply(wire.workspace(workspaces.summary(call.tx, changed)))


def create_users(call: Call, *, x_tl_partner_id: str, workspace_id: str, body: dict[str, Any]) -> Reply:
    """Fill free seats."""
    found = _workspace(call, workspace_id)
    made = seats.create_users(call.tx, found, int(body["count"]))
    return Reply(wire.users_created(found, seats.free(call.tx, found), made))


def create_qr_link(call: Call, *, x_tl_partner_id: str, workspace_id: str, user_id: int, body: dict[str, Any] | None) -> Reply:
    """Let a user connect a WhatsApp account."""
    hours = int((body or {}).get("expires_in_hours", 24))
    made = connections.create_link(call.tx, _workspace(call, workspace_id), user_id, hours)
    return Reply(wire.qr_link_created(workspace_id, made))


def disconnect_whatsapp(call: Call, *, x_tl_partner_id: str, workspace_id: str, user_id: int) -> Reply:
    """End a user's WhatsApp connection."""
    account = connections.disconnect(call.tx, _workspace(call, workspace_id), user_id)
    return Reply(wire.disconnection(workspace_id, user_id, account))


def get_api_token(call: Call, *, x_tl_partner_id: str, workspace_id: str) -> Reply:
    """Read the Public API token."""
    return Reply(wire.api_token(workspace_id, tokens.token(call.tx, _workspace(call, workspace_id))))


def rotate_api_token(call: Call, *, x_tl_partner_id: str, workspace_id: str) -> Reply:
    """Replace the Public API token."""
    return Reply(wire.api_token(workspace_id, tokens.rotate(call.tx, _workspace(call, workspace_id))))
