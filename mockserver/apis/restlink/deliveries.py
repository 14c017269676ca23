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
    """The agent; where the workspace has a secret, the timestamp and the signature: HMAC-SHA256 over ``{timestamp}.{body}``."""
    agent, secret = {"User-Agent": "23Telecom-Webhooks/1.0"}, delivery["facts"]["secret"]
    if secret is None:
        return agent
    timestamp = str(int(now.timestamp()))
    digest = hmac.new(secret.encode(), f"{timestamp}.{delivery['body']}".encode(), hashlib.sha256).hexdigest()
    return {**agent, "X-Webhook-Timestamp": timestamp, "X-Webhook-Signature": f"sha256={digest}"}


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
