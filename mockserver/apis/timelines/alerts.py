"""Alerts: partners are told when quotas run low or out, of each once in a period."""

from __future__ import annotations

from typing import Any

from mockserver.apis.timelines import webhooks
from mockserver.apis.timelines.state import Entity
from mockserver.engine.sandbox import Transaction

_MESSAGES = ("messaging_quota_total", "messaging_quota_used")
#: Each event with the quota that it tells of, the percentage from which on, and how it calls total and used.
_LEVELS = (
    ("workspace:quota_near_full:messaging", "messages_quota", 90, _MESSAGES),
    ("workspace:quota_full:messaging", "messages_quota", 100, _MESSAGES),
    ("workspace:quota_full:api_calls", "api_calls_quota", 100, ("api_calls_limit", "api_calls_used")),
)


def report(tx: Transaction, before: Entity, after: Entity) -> None:
    """Let the partner know of which quotas more was used, so that little or nothing is left; both are of the current period."""
    for event, name, percent, words in _LEVELS:
        quota = after[name]
        if quota["used"] > before[name]["used"] and 100 * quota["used"] >= percent * quota["total"]:
            webhooks.tell_once(tx, after, event, quota["period_start"], _facts(quota, words))
    if after.get("transactions") != before.get("transactions"):
        _report_transactions(tx, after)


def _report_transactions(tx: Transaction, workspace: Entity) -> None:
    if workspace["non_recurring_quota"]["remaining_balance"] < 1:
        # Not enough for another one: what there was is what was used.
        period = {**workspace["transactions"], "total": workspace["transactions"]["used"]}
        facts = _facts(period, ("transactions_total", "transactions_used"))
        webhooks.tell_once(tx, workspace, "workspace:quota_full:transactions", period["period_start"], facts)


def _facts(quota: Entity, words: tuple[str, str]) -> dict[str, Any]:
    total, used = words
    return {
        total: quota["total"],
        used: quota["used"],
        "current_period_start": quota["period_start"],
        "current_period_end": quota["period_end"],
        # Rounded down: nothing is full before it is.
        "utilization_pct": 100 * quota["used"] // quota["total"],
    }
