"""Deliveries: how bird signs what it sends to a subscriber (Bird, "Webhook subscriptions")."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime

from mockserver.engine.clock import parse_rfc3339
from mockserver.engine.outbox import Delivery


def headers(delivery: Delivery, now: datetime) -> Mapping[str, str]:
    """The same for every attempt: the event's own moment, the delivery's id, and the signature where there is a key for it.

    The signature is base64 of HMAC-SHA256 over the timestamp, the subscriber's address and the raw SHA-256 of the body.
    """
    timestamp = str(int(parse_rfc3339(delivery["queued_at"]).timestamp()))
    usual = {"messagebird-request-timestamp": timestamp, "messagebird-request-id": delivery["facts"]["request_id"]}
    key = delivery["facts"]["signing_key"]
    if key is None:
        return usual
    signed = f"{timestamp}\n{delivery['url']}\n".encode() + hashlib.sha256(delivery["body"].encode()).digest()
    signature = base64.b64encode(hmac.new(key.encode(), signed, hashlib.sha256).digest())
    return {**usual, "messagebird-signature": signature.decode()}
