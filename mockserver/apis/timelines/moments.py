"""Moments: instants as timelines keeps and shows them, in whole seconds of UTC, so that text order is time order."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from mockserver.engine.clock import parse_rfc3339

_NAMES = ("_at", "period_start", "period_end")


def second(moment: datetime) -> str:
    """``2026-02-13T10:15:00Z``: the second in which it lies."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def settled(value: Any, name: str = "") -> Any:
    """A part of a fixture, every date-time in it (known by its name) as this API writes them."""
    if isinstance(value, Mapping):
        return {key: settled(child, key) for key, child in value.items()}
    if isinstance(value, list):
        return [settled(child) for child in value]
    return second(parse_rfc3339(value)) if value is not None and name.endswith(_NAMES) else value
