"""The ladder: how a sent message comes to its end, and who hears of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from mockserver.apis.tofrom import live, messages
from mockserver.apis.tofrom.lists import Entity
from mockserver.engine.ladder import Ladder
from mockserver.engine.sandbox import Transaction

#: Steps that lists do not call by their name: to run out of time is one way to be undelivered.
_STATUSES = {"expired": "undelivered"}


class SentLadder(Ladder):
    """The ladder of sent messages, which knows them by both of their ids: programs learn the provider's, people the list's."""

    def send_off(self, tx: Transaction, workspace_id: str, message: Entity, outcome: str) -> None:
        """Let a message that is queued go its way."""
        self._name(tx, message)
        self.begin(tx, workspace_id, message["id"], outcome)

    def resume(self, tx: Transaction, journeys: Iterable[Mapping[str, Any]]) -> None:
        """Set messages on their way again that are known already."""
        for journey in journeys:
            self._name(tx, messages.read(tx, journey["owner"], journey["id"]))
            super().resume(tx, [journey])

    def divert(self, tx: Transaction, id: str, outcome: str) -> None:
        """Lead a message that is on its way to another outcome. MessageNotUnderWay."""
        named = tx.get("sid", "", id)
        super().divert(tx, named["message_id"] if named else id, outcome)

    def _name(self, tx: Transaction, message: Entity) -> None:
        tx.put("sid", "", message["provider_sid"], {"message_id": message["id"]})


def reach(tx: Transaction, workspace_id: str, message_id: str, rung: str, outcome: str) -> None:
    """Give a message its next status and tell the workspace's watchers."""
    message = {**messages.read(tx, workspace_id, message_id), "status": _STATUSES.get(rung, rung)}
    messages.store(tx, workspace_id, message)
    live.announce(tx, workspace_id, "message.updated", message)


LADDER = SentLadder(
    {
        "delivered": ("sending", "sent", "delivered"),
        "undelivered": ("sending", "sent", "undelivered"),
        "rejected": ("sending", "failed"),
        "expired": ("sending", "sent", "expired"),
        "slow": ("sending", "sent", "delivered"),
        "never": ("sending", "sent"),
    },
    reach,
)
