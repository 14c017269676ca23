"""The wire: restlink's entities and refusals in the words of its contract."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mockserver.apis.restlink.periods import Days
from mockserver.apis.restlink.sending import ACCEPTED, BLOCKED, UNROUTED, Recipient, Sent
from mockserver.apis.restlink.state import Entity
from mockserver.apis.restlink.stats import Stats
from mockserver.apis.restlink.webhooks import USUAL_FIELDS
from mockserver.engine.clock import parse_rfc3339
from mockserver.engine.paging import pages
from mockserver.engine.refusals import Refusal

Json = dict[str, Any]
_MONEY = {"balance", "estimated_cost"}
_ITEM = (
    "id", "client_message_id", "recipient", "sender_id", "message", "status", "status_code", "segments", "created_at",
    "delivered_at",
)  # fmt: skip
_DETAIL = (
    "telecom_message_id", "recipient", "segments", "message", "sender_id", "status", "status_code", "created_at", "delivered_at"
)  # fmt: skip
_WORKSPACE = ("id", "name", "is_main", "color", "account_id", "product_id")


def refuse(refusal: Refusal, body: Json) -> Json:
    """The contract's words; a missing sum is told in figures."""
    if refusal.name != "InsufficientBalance":
        return body
    return {**body, **{fact: money(value) if fact in _MONEY else value for fact, value in refusal.facts.items()}}


def money(millionths: int) -> float:
    """An amount as JSON shows it."""
    return millionths / 1_000_000


def send_result(sent: Sent) -> Json:
    """What became of a request to send."""
    body = {
        "status": True,
        "messages": [
            {"dnis": to.number, "message_id": to.message_id, "segment_num": sent.parts.segments} for to in sent.accepted
        ],
        "results": [_recipient(to, sent.parts.segments) for to in sent.recipients],
        "summary": _summary(sent),
    }
    return {**body, "sandbox": True} if sent.sandbox else body


def _recipient(to: Recipient, segments: int) -> Json:
    return {"dnis": to.number, "message_id": to.message_id, "segments": segments, "status": to.status}


def _summary(sent: Sent) -> Json:
    statuses = [to.status for to in sent.recipients]
    return {
        "total_recipients": len(statuses),
        "total_segments": sent.parts.segments * statuses.count(ACCEPTED),
        "total_cost": money(sent.cost),
        "encoding": sent.parts.encoding,
        "accepted_count": statuses.count(ACCEPTED),
        "blocked_count": statuses.count(BLOCKED),
        "queue_error_count": 0,
        "config_error_count": statuses.count(UNROUTED),
        "db_error_count": 0,
    }


def status_result(message: Entity) -> Json:
    """One message."""
    detail = {"message_id": message["client_message_id"], **{key: message[key] for key in _DETAIL}}
    return {"status": True, "message": {**detail, "cost": money(message["cost"])}}


def message_list(messages: Sequence[Entity], total: int, page: int, limit: int) -> Json:
    """A page of messages."""
    items = [{**{key: message[key] for key in _ITEM}, "cost": money(message["cost"])} for message in messages]
    return {"messages": items, **_paging(total, page, limit)}


def stats_result(stats: Stats, days: Days, currency: str) -> Json:
    """The figures of a span of days."""
    total_cost = money(stats.cost)
    left = stats.total - stats.figures["pending"] - stats.figures["failed"]
    figures = {
        "total_sent": stats.total,
        **stats.figures,
        "not_billed": stats.not_billed,
        "click_count": stats.clicks,
        "unique_click_count": stats.clicked,
        "action_count": stats.conversions,
        "sent_rate": stats.percentage(left),
        "delivery_rate": stats.percentage(stats.figures["delivered"]),
        "total_cost": total_cost,
        "avg_cost_per_msg": round(total_cost / stats.total, 6) if stats.total else 0.0,
        "currency": currency,
    }
    return {"status": True, "stats": figures, "period": {"from": days.first, "to": days.last}}


def balance(account: Entity) -> Json:
    """What is left to spend."""
    updated = parse_rfc3339(account["balance_updated_at"])
    body = {
        "balance": money(account["balance"]),
        "currency": account["currency"],
        "updated": updated.strftime("%Y.%m.%d %H:%M:%S"),
    }
    return {**body, "credit_blocked": True} if account["balance"] <= 0 else body


def profile(account: Entity, workspaces: Sequence[Entity]) -> Json:
    """The person and the workspaces."""
    user: Json = {key: value for key, value in account["user"].items() if value is not None}
    return {**user, "account_id": account["id"], "workspaces": workspace_list(workspaces)}


def workspace_list(workspaces: Sequence[Entity]) -> list[Json]:
    """Workspaces, each as its owner sees it."""
    return [workspace(found) for found in workspaces]


def workspace(found: Entity) -> Json:
    """A workspace; one without a tint does not mention it."""
    return {key: found[key] for key in _WORKSPACE if key in found}


def webhook_settings(settings: Entity) -> Json:
    """The settings, the usual fields filled in and the secret kept back."""
    body: Json = {}
    for event, usual in USUAL_FIELDS.items():
        body[f"{event}_url"] = settings[f"{event}_url"]
        body[f"{event}_fields"] = settings[f"{event}_fields"] or list(usual)
    return {
        **body,
        "unique_clicks_only": settings["unique_clicks_only"],
        "signing_secret_set": settings["signing_secret"] is not None,
    }


def webhook_test_result(entry: Entity) -> Json:
    """Where the sample event goes."""
    return {"status": True, "event": entry["event"], "url": entry["url"], "log_id": entry["id"]}


def webhook_log_list(entries: Sequence[Entity], total: int, page: int, limit: int) -> Json:
    """A page of the log."""
    return {"logs": list(entries), **_paging(total, page, limit)}


def _paging(total: int, page: int, limit: int) -> Json:
    return {"total": total, "page": page, "limit": limit, "total_pages": pages(total, limit)}
