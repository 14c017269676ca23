"""The ladder: how a text comes to its end, what that costs, and who is told."""

from __future__ import annotations

from mockserver.apis.restlink import messages, state, webhooks
from mockserver.apis.restlink.state import Entity
from mockserver.engine.clock import rfc3339
from mockserver.engine.ladder import Ladder
from mockserver.engine.sandbox import Transaction

_CODES = {"DELIVRD": "000", "UNDELIV": "011", "REJECTD": "021", "EXPIRED": "031"}


def reach(tx: Transaction, workspace_id: str, message_id: str, rung: str, outcome: str) -> None:
    """Give a message its next status and tell the workspace's address."""
    message = {**messages.read(tx, int(workspace_id), message_id), "status": rung, "status_code": _CODES.get(rung)}
    if rung == "sent":
        message["telecom_message_id"] = tx.chance.hex(16)
    elif rung == "DELIVRD":
        message["delivered_at"] = rfc3339(tx.now)
    elif rung == "REJECTD":
        _give_back(tx, message)
    messages.store(tx, int(workspace_id), message)
    webhooks.report_delivery(tx, int(workspace_id), message)


def _give_back(tx: Transaction, message: Entity) -> None:
    """What never left the gateway costs nothing."""
    payer = state.account(tx, message["account_id"])
    if payer is not None:
        state.charge(tx, payer, -message["cost"])
    message["cost"] = 0


LADDER = Ladder(
    {
        "delivered": ("sent", "DELIVRD"),
        "undelivered": ("sent", "UNDELIV"),
        "rejected": ("REJECTD",),
        "expired": ("sent", "EXPIRED"),
        "slow": ("sent", "DELIVRD"),
        "never": ("sent",),
    },
    reach,
)
