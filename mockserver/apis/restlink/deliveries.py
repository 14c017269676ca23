"""Deliveries: how restlink signs what it sends to a workspace's address, and what its log says of it (23 Telecom, "Webhooks")."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime

from mockserver.apis.restlink import webhooks
from mockserver.engine import outbox
from mockserver.engine.outbox import Delivery
from mockserver.engine.sandbox import Transaction

_STATUSES = {outbox.WAITING: "queued", outbox.HELD: "queued", outbox.DELIVERED: "delivered"}


def headers(delivery: Delivery, now: datetime) -> Mapping[str, str]:
    """The agent and the timestamp; where the workspace has a secret, the signature: HMAC-SHA256 over ``{timestamp}.{body}``."""
    timestamp = str(int(now.timestamp()))
    usual = {"User-Agent": "23Telecom-Webhooks/1.0", "X-Webhook-Timestamp": timestamp}
    secret = delivery["facts"]["secret"]
    if secret is None:
        return usual
    signed = f"{timestamp}.{delivery['body']}".encode()
    return {**usual, "X-Webhook-Signature": f"sha256={hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()}"}


def tried(tx: Transaction, delivery: Delivery) -> None:
    """Bring the workspace's log up to date."""
    last = delivery["attempts"][-1]
    webhooks.log_attempt(
        tx,
        int(delivery["owner"]),
        delivery["facts"]["log_id"],
        status=_STATUSES.get(delivery["status"], "failed"),
        http_status=last["http_status"],
        at=last["at"],
    )
