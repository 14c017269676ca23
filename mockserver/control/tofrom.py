"""What people outside do to tofrom's workspaces."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from mockserver.control.deeds import Deeds
from mockserver.engine.clock import within_range
from mockserver.exchange import Call, Reply


class TofromDeeds(Deeds):
    """Messages from outside."""

    def simulate_tofrom_inbound(self, call: Call, workspace_id: str, body: dict[str, Any]) -> Reply:
        """Let a message arrive, now or later."""
        receiving, tx = self._room(call, "tofrom", "receiving")
        letter = receiving.Letter(body["from"], body["to"], body["body"], body.get("mediaUrls", ()))
        arrival = within_range(tx.now + timedelta(seconds=body.get("in_seconds", 0)))
        expected = receiving.expect(tx, workspace_id, letter, arrival)
        return Reply({name: expected[name] for name in ("id", "provider_sid", "created_at")})
