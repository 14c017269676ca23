"""The operations of restlink's contract: each finds the workspace that the request is about and asks the state."""

from __future__ import annotations

from typing import Any

from mockserver.apis.restlink import messages, periods, sending, state, stats, webhooks, wire
from mockserver.apis.restlink.periods import Days
from mockserver.apis.restlink.state import Entity
from mockserver.exchange import Call, Reply


def _workspace(call: Call, wanted: str | None) -> int:
    """A key's own workspace, or the one that a person chose. Every operation asks, for an unreachable one refuses them all."""
    bound: int | None = call.actor.workspace_id
    return bound if bound is not None else state.choose_workspace(call.tx, call.actor.account_id, wanted)


def _account(call: Call) -> Entity:
    found = state.account(call.tx, call.actor.account_id)
    assert found is not None, "an authenticated caller has an account"
    return found


def _days(call: Call, period: str | None, first: str | None, last: str | None) -> Days:
    return periods.days(call.tx.now.date(), period, first, last)


def send_sms(call: Call, *, x_workspace_id: str | None, body: dict[str, Any]) -> Reply:
    """Send one text to up to 100 numbers."""
    workspace_id = _workspace(call, x_workspace_id)
    text = sending.Text(body["message"], body["sender_id"])
    sent = sending.send(call.tx, call.actor.account_id, workspace_id, body["to"], text, sandbox_key=call.actor.sandbox_key)
    return Reply(wire.send_result(sent))


def get_sms_status(call: Call, *, x_workspace_id: str | None, message_id: str) -> Reply:
    """Read one message."""
    return Reply(wire.status_result(messages.read(call.tx, _workspace(call, x_workspace_id), message_id)))


def list_messages(
    call: Call,
    *,
    x_workspace_id: str | None,
    page: int,
    limit: int,
    status: str | None,
    phone: str | None,
    country: str | None,
    sender: str | None,
    period: str | None,
    from_: str | None,
    to: str | None,
) -> Reply:
    """List a workspace's messages."""
    filters = messages.Filters(_days(call, period, from_, to), status, phone, country, sender)
    found, total = messages.page(call.tx, _workspace(call, x_workspace_id), filters, page, limit)
    return Reply(wire.message_list(found, total, page, limit))


def get_stats(call: Call, *, x_workspace_id: str | None, period: str | None, from_: str | None, to: str | None) -> Reply:
    """Sum up a workspace's traffic."""
    days = _days(call, period, from_, to)
    found = messages.sent_within(call.tx, _workspace(call, x_workspace_id), days)
    if days.first is None:
        days = Days(found[0]["created_at"][:10] if found else days.last, days.last)
    return Reply(wire.stats_result(stats.summarize(found), days, _account(call)["currency"]))


def get_balance(call: Call, *, x_workspace_id: str | None) -> Reply:
    """Read the account's balance."""
    _workspace(call, x_workspace_id)
    return Reply(wire.balance(_account(call)))


def get_profile(call: Call, *, x_workspace_id: str | None) -> Reply:
    """Read who is calling."""
    _workspace(call, x_workspace_id)
    return Reply(wire.profile(_account(call), state.live_workspaces(call.tx, call.actor.account_id)))


def list_workspaces(call: Call, *, x_workspace_id: str | None) -> Reply:
    """List the caller's live workspaces."""
    _workspace(call, x_workspace_id)
    return Reply(wire.workspace_list(state.live_workspaces(call.tx, call.actor.account_id)))


def get_webhooks(call: Call, *, x_workspace_id: str | None) -> Reply:
    """Read a workspace's webhook settings."""
    return Reply(wire.webhook_settings(webhooks.settings(call.tx, _workspace(call, x_workspace_id))))


def update_webhooks(call: Call, *, x_workspace_id: str | None, body: dict[str, Any]) -> Reply:
    """Change a workspace's webhook settings."""
    return Reply(wire.webhook_settings(webhooks.change(call.tx, _workspace(call, x_workspace_id), body)))


def test_webhooks(call: Call, *, x_workspace_id: str | None, body: dict[str, Any] | None) -> Reply:
    """Send a sample event to a configured address."""
    event = (body or {}).get("event", "delivery")
    return Reply(wire.webhook_test_result(webhooks.send_sample(call.tx, _workspace(call, x_workspace_id), event)))


def list_webhook_logs(call: Call, *, x_workspace_id: str | None, page: int, limit: int, event: str | None) -> Reply:
    """List what was delivered to a workspace's addresses."""
    found, total = webhooks.log_page(call.tx, _workspace(call, x_workspace_id), event, page, limit)
    return Reply(wire.webhook_log_list(found, total, page, limit))
