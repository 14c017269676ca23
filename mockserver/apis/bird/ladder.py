"""The ladder: how a message comes to its end, what is said of a failure, and who is told."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import Any

from mockserver.apis.bird import messages, subscriptions
from mockserver.apis.bird.lists import Entity
from mockserver.engine.ladder import Ladder, MessageNotUnderWay
from mockserver.engine.sandbox import Transaction

#: The kind of job that ends a message's validity.
LAPSE = "lapse"
#: What leads to it is no outcome that anyone can choose.
_OVERDUE = "overdue"
#: Steps whose status has another name: to be too old is one way not to be delivered.
_STATUSES = {"expired": "delivery_failed", _OVERDUE: "delivery_failed"}
#: Who carries messages on each platform, and so reports why one could not be carried.
_REPORTERS = {"sms": "carrier", "email": "mail server", "whatsapp": "whatsapp"}


def _failed(code: int, said: str, description: str, reason: str, details: str) -> Entity:
    failure = {"code": code, "description": description, "source": {"code": said}}
    return {"reason": reason, "details": details, "failure": failure}


_REFUSED = _failed(20102, "refused", "Refused", "The platform refused the message.", "It was not carried and will not be.")
_ABSENT = _failed(20105, "absent", "Absent receiver", "The receiver could not be reached.", "The platform has given up.")
_TOO_OLD = _failed(20106, "expired", "Expired", "The time for delivery ran out.", "Nobody took it while it was fresh.")
_FAILURES = {"rejected": _REFUSED, "delivery_failed": _ABSENT, "expired": _TOO_OLD, _OVERDUE: _TOO_OLD}


def reach(tx: Transaction, workspace_id: str, message_id: str, rung: str, outcome: str) -> None:
    """Give a message its next status and tell those who follow it."""
    message = messages.on_its_way(tx, workspace_id, message_id)
    # What goes out at once was accepted when it was taken over.
    if message["status"] != rung:
        changed = messages.change(tx, workspace_id, message, _STATUSES.get(rung, rung), _facts(tx, message, rung))
        subscriptions.report(tx, workspace_id, changed)


def _facts(tx: Transaction, message: Entity, rung: str) -> Entity:
    if rung == "sent":
        return messages.marked(tx, message)
    if rung not in _FAILURES:
        return {}
    failure = _FAILURES[rung]["failure"]
    source = {**failure["source"], "name": _REPORTERS[message["platformId"]]}
    return {**_FAILURES[rung], "failure": {**failure, "source": source}}


LADDER = Ladder(
    {
        "delivered": ("accepted", "processing", "sent", "delivered"),
        "undelivered": ("accepted", "processing", "sent", "delivery_failed"),
        "rejected": ("accepted", "rejected"),
        "expired": ("accepted", "processing", "sent", "expired"),
        "slow": ("accepted", "processing", "sent", "delivered"),
        "never": ("accepted", "processing", "sent"),
        _OVERDUE: (_OVERDUE,),
    },
    reach,
)


def lapse(tx: Transaction, body: Mapping[str, Any]) -> None:
    """The job: what has not come to its end while it was worth trying fails now."""
    with contextlib.suppress(MessageNotUnderWay):
        LADDER.divert(tx, body["id"], _OVERDUE)
