"""Deliveries: how bird signs what it sends to a subscriber (Bird, "Webhook subscriptions"), and what is still to be sent."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from mockserver.apis.bird.lists import Entity
from mockserver.apis.bird.moments import instant, sortable
from mockserver.apis.bird.subscriptions import wrapped
from mockserver.engine import outbox
from mockserver.engine.clock import parse_rfc3339
from mockserver.engine.outbox import Delivery
from mockserver.engine.sandbox import Transaction


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


def tell(tx: Transaction) -> list[Entity]:
    """What is still to be sent, as ``x-world`` says it."""
    return [_told(delivery) for delivery in outbox.under_way(tx)]


def _told(delivery: Delivery) -> Entity:
    key = delivery["facts"]["signing_key"]
    return {
        "workspaceId": delivery["owner"],
        "event": delivery["event"],
        "url": delivery["url"],
        **({"signingKey": key} if key else {}),
        "requestId": delivery["facts"]["request_id"],
        "queuedAt": delivery["queued_at"],
        **({"held": True} if delivery["held"] else {}),
        "tries": delivery["tries"],
        "payload": delivery["body"]["payload"],
    }


def resume(tx: Transaction, told: Iterable[Mapping[str, Any]]) -> None:
    """Send what is still to be sent."""
    outbox.resume(tx, (_delivery(tx, one) for one in told))


def _delivery(tx: Transaction, told: Mapping[str, Any]) -> Entity:
    tries = [{"attempt": 1, "chance": None, **one, "due": sortable(instant(one["due"]))} for one in told["tries"]]
    return {
        "webhook": "message",
        "event": told["event"],
        "owner": told["workspaceId"],
        "url": told["url"],
        "body": wrapped(told["event"], told["payload"]),
        "facts": {"signing_key": told.get("signingKey"), "request_id": told.get("requestId") or tx.chance.uuid()},
        "queued_at": sortable(instant(told["queuedAt"])),
        "held": told.get("held", False),
        "tries": tries,
    }
