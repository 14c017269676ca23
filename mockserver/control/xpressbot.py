"""What people do who write to xpressbot's channels."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from mockserver.control.deeds import Deeds
from mockserver.engine.clock import within_range
from mockserver.exchange import Call, Reply


class XpressbotDeeds(Deeds):
    """Messages from outside."""

    def simulate_xpressbot_inbound(self, call: Call, channel_id: str, body: dict[str, Any]) -> Reply:
        """Let a message arrive, now or later."""
        receiving, tx = self._room(call, "xpressbot", "receiving")
        arrival = within_range(tx.now + timedelta(seconds=body.get("in_seconds", 0)))
        expected = receiving.expect(tx, channel_id, body, arrival)
        return Reply({name: expected[name] for name in ("id", "wamid", "timestamp")})
