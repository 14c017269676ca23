"""Periods: spans of whole UTC days, by name or by their ends."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

USUAL = "7d"


@dataclass(frozen=True, slots=True)
class Days:
    """From ``first`` to ``last``, both inclusive, as YYYY-MM-DD; ``first`` None means from the very beginning."""

    first: str | None
    last: str


def _this_month(today: date) -> tuple[date, date]:
    return today.replace(day=1), today


def _last_month(today: date) -> tuple[date, date]:
    end = today.replace(day=1) - timedelta(days=1)
    return end.replace(day=1), end


def _back(first: int, last: int = 0) -> Callable[[date], tuple[date, date]]:
    return lambda today: (today - timedelta(days=first), today - timedelta(days=last))


_NAMED: Mapping[str, Callable[[date], tuple[date, date]]] = {
    "today": _back(0),
    "yesterday": _back(1, 1),
    "7d": _back(6),
    "30d": _back(29),
    "this_month": _this_month,
    "last_month": _last_month,
}


def days(today: date, period: str | None, first: str | None, last: str | None) -> Days:
    """What a request's ``period``, ``from`` and ``to`` mean: the ends count only without a period, and nothing means a week."""
    if period is None and (first or last):
        return Days(first, last or today.isoformat())
    start, end = _NAMED[period or USUAL](today)
    return Days(start.isoformat(), end.isoformat())
