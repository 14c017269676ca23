"""What an administrator of bird does, and what people outside do to its channels."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from mockserver.control.deeds import Deeds
from mockserver.engine.clock import rfc3339, within_range
from mockserver.exchange import Call, Reply


class BirdDeeds(Deeds):
    """Channels switched on and off, messages from outside."""

    def set_bird_channel_status(self, call: Call, workspace_id: str, channel_id: str, body: dict[str, Any]) -> Reply:
        """Switch a channel on or off."""
        state, tx = self._room(call, "bird")
        channel = state.set_channel_status(tx, workspace_id, channel_id, body["status"])
        return Reply({"id": channel["id"], "status": channel["status"]})

    def simulate_bird_inbound(self, call: Call, workspace_id: str, channel_id: str, body: dict[str, Any]) -> Reply:
        """Let a message arrive, now or later."""
        receiving, tx = self._room(call, "bird", "receiving")
        arrival = within_range(tx.now + timedelta(seconds=body.get("in_seconds", 0)))
        message_id = receiving.expect(tx, workspace_id, channel_id, body["from"], body["body"], arrival)
        return Reply({"id": message_id, "createdAt": rfc3339(arrival)})
