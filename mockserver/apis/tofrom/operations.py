"""The operations of tofrom's contract: each finds out what the caller may do in the workspace and asks the state."""

from __future__ import annotations

from typing import Any

from mockserver.apis.tofrom import keys, members, messages, numbers, provider, sending, sessions, state, wire
from mockserver.apis.tofrom.lists import Slice
from mockserver.exchange import Call, Reply


def _seen(call: Call, workspace_id: str) -> str:
    """The workspace, once it is clear that the caller is in it. Whatever lies in a workspace is reached through here or below."""
    state.membership(call.tx, call.actor.user_id, workspace_id)
    return workspace_id


def _managed(call: Call, workspace_id: str) -> str:
    """The workspace, once it is clear that the caller may change it."""
    state.management(call.tx, call.actor.user_id, workspace_id)
    return workspace_id


def send_message(call: Call, *, body: dict[str, Any]) -> Reply:
    """Queue one message of the key's workspace."""
    draft = sending.Draft(body["to"], body["body"], body.get("from"), body.get("mediaUrls", ()))
    return Reply(wire.receipt(sending.send(call.tx, call.actor.workspace_id, draft)))


def log_in(call: Call, *, body: dict[str, Any]) -> Reply:
    """Open a session."""
    return Reply(wire.session(sessions.log_in(call.tx, body["email"], call.true(body["password"]))))


def log_out(call: Call) -> Reply:
    """End the session that the request came with."""
    sessions.log_out(call.tx, call.actor.session)
    return Reply({"status": "logged_out"})


def list_workspaces(call: Call, *, page: int, limit: int) -> Reply:
    """List the caller's workspaces."""
    return Reply(wire.page(state.workspaces(call.tx, call.actor.user_id, Slice(page, limit)), wire.workspace))


def create_workspace(call: Call, *, body: dict[str, Any]) -> Reply:
    """Make a workspace for the caller."""
    return Reply(wire.workspace(state.create_workspace(call.tx, call.actor.user_id, body["name"])))


def get_workspace(call: Call, *, workspace_id: str) -> Reply:
    """Read a workspace."""
    return Reply(wire.workspace(state.workspace(call.tx, call.actor.user_id, workspace_id)))


def list_members(call: Call, *, workspace_id: str, page: int, limit: int) -> Reply:
    """List a workspace's members and invitations."""
    return Reply(wire.page(members.page(call.tx, _seen(call, workspace_id), Slice(page, limit)), wire.member))


def add_member(call: Call, *, workspace_id: str, body: dict[str, Any]) -> Reply:
    """Invite somebody."""
    invited = members.invite(call.tx, _managed(call, workspace_id), body["email"], body.get("role", "member"))
    return Reply(wire.member(invited))


def list_api_keys(call: Call, *, workspace_id: str, page: int, limit: int) -> Reply:
    """List a workspace's keys without their secrets."""
    return Reply(wire.page(keys.page(call.tx, _seen(call, workspace_id), Slice(page, limit)), wire.api_key))


def create_api_key(call: Call, *, workspace_id: str, body: dict[str, Any]) -> Reply:
    """Make a key and show its secret, this once."""
    return Reply(wire.new_api_key(keys.make(call.tx, _managed(call, workspace_id), call.actor.user_id, body["name"])))


def revoke_api_key(call: Call, *, workspace_id: str, api_key_id: str) -> Reply:
    """Take a key out of force."""
    revoked = keys.revoke(call.tx, _managed(call, workspace_id), api_key_id)
    return Reply(wire.revoked_api_key(revoked, call.tx.now))


def get_provider(call: Call, *, workspace_id: str) -> Reply:
    """Read a workspace's provider settings."""
    return Reply(wire.provider(provider.settings(call.tx, _seen(call, workspace_id))))


def set_provider(call: Call, *, workspace_id: str, body: dict[str, Any]) -> Reply:
    """Store provider credentials."""
    return Reply(wire.provider(provider.configure(call.tx, _managed(call, workspace_id), body)))


def list_phone_numbers(call: Call, *, workspace_id: str, page: int, limit: int) -> Reply:
    """List a workspace's numbers."""
    return Reply(wire.page(numbers.page(call.tx, _seen(call, workspace_id), Slice(page, limit)), wire.phone_number))


def buy_phone_number(call: Call, *, workspace_id: str, body: dict[str, Any]) -> Reply:
    """Get a number from the stock."""
    return Reply(wire.phone_number(numbers.buy(call.tx, _managed(call, workspace_id), body["phone_number"])))


def list_available_phone_numbers(call: Call, *, workspace_id: str, page: int, limit: int, country: str | None) -> Reply:
    """List the stock, which is the same for every workspace."""
    _seen(call, workspace_id)
    return Reply(wire.page(numbers.stock(call.tx, Slice(page, limit), country), wire.available_phone_number))


def release_phone_number(call: Call, *, workspace_id: str, phone_number_id: str) -> Reply:
    """Give a number back."""
    released = numbers.release(call.tx, _managed(call, workspace_id), phone_number_id)
    return Reply(wire.released_phone_number(released, call.tx.now))


def list_messages(
    call: Call,
    *,
    workspace_id: str,
    page: int,
    limit: int,
    direction: str | None,
    status: str | None,
    from_: str | None,
    to: str | None,
    start_date: str | None,
    end_date: str | None,
) -> Reply:
    """List what a workspace sent and received."""
    filters = messages.Filters(direction, status, from_, to, start_date, end_date)
    found = messages.page(call.tx, _seen(call, workspace_id), filters, Slice(page, limit))
    return Reply(wire.page(found, wire.message))
