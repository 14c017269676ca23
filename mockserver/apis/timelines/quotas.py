"""Quotas: what a workspace has for a period, what is used of it, and the balance outside of any period."""

from __future__ import annotations

from datetime import datetime, timedelta

from mockserver.apis.timelines import alerts
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
    before = {**workspace, **{name: current(workspace[name], tx.now) for name in ("messages_quota", "api_calls_quota")}}
    changed = {
        **before,
        "messages_quota": _used(before["messages_quota"], messages),
        "api_calls_quota": _used(before["api_calls_quota"], api_calls),
    }
    if transactions or balance:
        changed["non_recurring_quota"] = _moved(tx, before["non_recurring_quota"], balance - transactions)
    if transactions:
        changed["transactions"] = _counted(before, transactions)
    keep(tx, changed)
    alerts.report(tx, before, changed)
    return changed


def _moved(tx: Transaction, balance: Entity, amount: int) -> Entity:
    left = balance["remaining_balance"] + amount
    if left < 0:
        raise QuotaExceeded
    return {"remaining_balance": left, "last_updated_at": second(tx.now)}


def _counted(workspace: Entity, amount: int) -> Entity:
    """The transactions of the current period (they have none of their own: that of the messages) after so many more."""
    period, earlier = workspace["messages_quota"], workspace.get("transactions")
    used = amount + (earlier["used"] if earlier and earlier["period_start"] == period["period_start"] else 0)
    return {"used": used, "period_start": period["period_start"], "period_end": period["period_end"]}


def _used(quota: Entity, amount: int) -> Entity:
    if quota["used"] + amount > quota["total"]:
        raise QuotaExceeded
    return {**quota, "used": quota["used"] + amount}
