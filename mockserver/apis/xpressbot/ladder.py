"""The ladder: how a message comes to its end, its receipts at their own instants."""

from __future__ import annotations

from mockserver.apis.xpressbot import messages
from mockserver.engine.clock import rfc3339
from mockserver.engine.ladder import Ladder
from mockserver.engine.sandbox import Transaction

_RECEIPTS = {"delivered": "deliveredAt", "read": "readAt"}
#: Why a message fails, in the contract's words.
_ERRORS = {
    "undelivered": "The message could not be delivered to this number",
    "rejected": "WhatsApp refused the message",
    "expired": "The phone was not reached in time",
}


def reach(tx: Transaction, channel_id: str, wamid: str, rung: str, outcome: str) -> None:
    """Let WhatsApp have a message, its phone receive it, its reader open it, or let it fail."""
    message = messages.read(tx, (channel_id,), wamid)
    if rung not in _ERRORS:
        receipt = {_RECEIPTS[rung]: rfc3339(tx.now)} if rung in _RECEIPTS else {}
        messages.store(tx, {**message, "status": rung, **receipt})
    elif message["deliveredAt"] is None:
        # The administrator may decide for a failure too late: what the phone has stays delivered.
        messages.store(tx, {**message, "status": "failed", "error": _ERRORS[rung]})


LADDER = Ladder(
    {
        "delivered": ("sent", "delivered", "read"),
        "undelivered": ("sent", "undelivered"),
        "rejected": ("rejected",),
        "expired": ("sent", "expired"),
        "slow": ("sent", "delivered", "read"),
        "never": ("sent",),
    },
    reach,
)
