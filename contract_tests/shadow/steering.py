"""Steering: what a request to a mock's control plane does to what is known of the deployment behind it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from contract_tests.gate.exchange import Exchange
from mockserver.data import MOUNTS

#: Beginnings of paths under which nothing is done to any API.
_HARMLESS = ("/journal", "/webhooks/deliveries/wait", "/webhooks/disturbances", "/sandboxes", "/coverage")


@dataclass(frozen=True)
class Effect:
    """``api``: None for all of them; ``forgets``: whether anything may be otherwise than it was, or only later; ``turns``:
    whether it may be earlier than it was.
    """

    api: str | None
    forgets: bool
    turns: bool = False


class Steering:
    """``silent``: whether replies may be no word of the deployment's own, or the world is just being changed."""

    def __init__(self) -> None:
        self._under_way: set[int] = set()
        self._armed = 0

    @property
    def silent(self) -> bool:
        return self._armed > 0 or bool(self._under_way)

    def begins(self, exchange: Exchange) -> None:
        """A request to the control plane leaves."""
        if _matters(exchange):
            self._under_way.add(exchange.number)

    def ends(self, exchange: Exchange) -> Effect | None:
        """What it has done; None if nothing."""
        self._under_way.discard(exchange.number)
        if not _matters(exchange) or 400 <= exchange.status < 500:
            return None
        path = exchange.path
        if path.startswith("/faults"):
            self._armed = _armed(exchange, self._armed)
            return Effect(None, forgets=False)
        if path == "/reset":
            self._armed = 0
        if path.startswith("/clock") or path == "/messages/outcome":
            return Effect(None, forgets=False, turns=path == "/clock")
        return Effect(next((api for api in MOUNTS if path.startswith(f"/{api}/")), None), forgets=True)


def _matters(exchange: Exchange) -> bool:
    elsewhere = exchange.header("x-understudy-sandbox") not in (None, "default")
    return exchange.method not in ("GET", "HEAD", "OPTIONS") and not exchange.path.startswith(_HARMLESS) and not elsewhere


def _armed(exchange: Exchange, before: int) -> int:
    """How many faults are armed now, rather too many than too few."""
    if exchange.method == "POST":
        return before + 1
    if exchange.method == "DELETE":
        return 0 if exchange.path.rstrip("/") == "/faults" else max(0, before - 1)
    try:
        said: Any = json.loads(exchange.body or b"null")
    except ValueError:
        return 1
    rules = said.get("faults") if isinstance(said, dict) else said
    return len(rules) if isinstance(rules, list) else 1
