"""Quotas: what a workspace has for a period, what is used of it, and the balance outside of any period."""

from __future__ import annotations

from datetime import datetime, timedelta

from mockserver.apis.timelines.moments import second
from mockserver.apis.timelines.state import Entity, keep
from mockserver.engine.clock import parse_rfc3339
from mockserver.engine.refusals import Refusal
from mockserver.engine.sandbox import Transaction

_SECOND = timedelta(seconds=1)
MESSAGES_PERIOD, SEATS_PERIOD = timedelta(days=30), timedelta(days=365)


class QuotaExceeded(Refusal):
    """More was to happen than quota or balance have left."""


def opening(total: int, now: datetime, length: timedelta) -> Entity:
    """A quota of which nothing is used, for a period that begins now."""
    return {"total": total, "used": 0, "period_start": second(now), "period_end": second(now + length - _SECOND)}


def current(quota: Entity, now: datetime) -> Entity:
    """The quota of the period in which ``now`` lies: the stored one or a later one, of which nothing is used yet."""
    start, end = parse_rfc3339(quota["period_start"]), parse_rfc3339(quota["period_end"])
    length = end - start + _SECOND
    over = (now - start) // length
    if over <= 0:
        return quota
    return {**quota, "used": 0, "period_start": second(start + over * length), "period_end": second(end + over * length)}


def record_usage(
    tx: Transaction, workspace: Entity, *, messages: int = 0, api_calls: int = 0, transactions: int = 0, balance: int = 0
) -> Entity:
    """The workspace after messages and API calls; ``transactions`` are charged to its balance, ``balance`` is bought for it."""
    changed = {
        **workspace,
        "messages_quota": _used(current(workspace["messages_quota"], tx.now), messages),
        "api_calls_quota": _used(current(workspace["api_calls_quota"], tx.now), api_calls),
    }
    if transactions or balance:
        left = workspace["non_recurring_quota"]["remaining_balance"] + balance - transactions
        if left < 0:
            raise QuotaExceeded
        changed["non_recurring_quota"] = {"remaining_balance": left, "last_updated_at": second(tx.now)}
    keep(tx, changed)
    return changed


def _used(quota: Entity, amount: int) -> Entity:
    if quota["used"] + amount > quota["total"]:
        raise QuotaExceeded
    return {**quota, "used": quota["used"] + amount}
