"""What an administrator of bird does."""

from __future__ import annotations

from typing import Any

from mockserver.control.deeds import Deeds
from mockserver.exchange import Call, Reply


class BirdDeeds(Deeds):
    """Channels switched on and off."""

    def set_bird_channel_status(self, call: Call, workspace_id: str, channel_id: str, body: dict[str, Any]) -> Reply:
        """Switch a channel on or off."""
        state, tx = self._room(call, "bird")
        channel = state.set_channel_status(tx, workspace_id, channel_id, body["status"])
        return Reply({"id": channel["id"], "status": channel["status"]})
