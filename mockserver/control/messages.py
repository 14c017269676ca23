"""Messages: what becomes of those that are on their way."""

from __future__ import annotations

from mockserver.control.deeds import Deeds
from mockserver.exchange import Call, Reply


class MessageDeeds(Deeds):
    """Outcomes decided by hand."""

    def set_message_outcome(self, call: Call, body: dict[str, str]) -> Reply:
        """Lead a message to another end."""
        room, tx = self._room(call, body["api"], "ladder")
        room.LADDER.divert(tx, body["message_id"], body["outcome"])
        return Reply()
