"""Restlink's webhooks: an address for each kind of event in each workspace, signed with the workspace's secret."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from typing import Any

from contract_tests import signatures
from contract_tests.hooks.sender import Sender
from contract_tests.laws.restlink import jwt, main_and_other, sent
from contract_tests.laws.restlink_webhooks import EVENTS, change, restored, secrets
from contract_tests.receiver import Received, Receiver


class Restlink(Sender):
    """Of the owner's main workspace."""

    @contextmanager
    def listening(self, receiver: Receiver) -> Iterator[None]:
        names = [f"{event}_{part}" for event in EVENTS for part in ("url", "fields")]
        with restored(self.api, *names), secrets(self.api) as (self.key, _):
            settings: dict[str, Any] = {f"{event}_url": f"{receiver.url}/{event}" for event in EVENTS}
            settings |= {f"{event}_fields": None for event in EVENTS}
            change(self.api, main_and_other(self.api)[0], signing_secret=self.key, **settings)
            yield

    def cause(self) -> str:
        self._try_out("delivery")
        return ""

    def each_event(self) -> dict[str, Any]:
        return {event: partial(self._try_out, event) for event in EVENTS if event != "delivery"} | {"delivery": self.message}

    def message(self) -> str:
        """Send a message; its id."""
        return sent(self.api, jwt(self.api))

    def _try_out(self, event: str) -> None:
        reply = self.api.client.post("/user/webhooks/test", json={"event": event}, headers=jwt(self.api))
        assert reply.status_code == 200, f"an address can be tried out, not {reply.status_code} {reply.text}"

    def event(self, received: Received) -> str:
        return received.path.strip("/")

    def identity(self, received: Received) -> str:
        # Nothing numbers the deliveries: what is told again is told in the same words.
        return hashlib.sha256(received.path.encode() + received.body).hexdigest()

    def tells_of(self, received: Received, caused: str) -> bool:
        return not caused or received.json.get("message_id") == caused

    def proven(self, received: Received, body: bytes) -> bool:
        timestamp = received.headers.get("x-webhook-timestamp", "")
        return received.headers.get("x-webhook-signature") == signatures.restlink(self.key, timestamp, body)

    def signed_at(self, received: Received) -> float:
        return float(received.headers["x-webhook-timestamp"])

    def happened_at(self, received: Received) -> datetime:
        return datetime.fromisoformat(received.json["timestamp"])
