"""Limits: how often a caller may come, counted in fixed windows of the sandbox's clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from mockserver.engine.sandbox import Transaction


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a caller has left. ``reset``: when the next window begins, in Unix seconds."""

    limit: int
    used: int
    reset: int

    @property
    def remaining(self) -> int:
        """How many requests are left in this window."""
        return max(0, self.limit - self.used)

    @property
    def exceeded(self) -> bool:
        """Whether the request that was just counted is one too many."""
        return self.used > self.limit


def exhausted(limit: int, now: datetime, window: int = 60) -> Allowance:
    """What a caller has left who came once too often."""
    return Allowance(limit, limit + 1, _reset(now, window))


def _reset(now: datetime, window: int) -> int:
    return (int(now.timestamp()) // window + 1) * window


def spend(tx: Transaction, caller: str, limit: int, window: int = 60) -> Allowance:
    """Count one request of ``caller``. Windows of ``window`` seconds begin at whole multiples of it since 1970."""
    reset = _reset(tx.now, window)
    counted = tx.get("allowance", caller, "window") or {}
    used = counted["used"] + 1 if counted.get("reset") == reset else 1
    tx.put("allowance", caller, "window", {"reset": reset, "used": used})
    return Allowance(limit, used, reset)
