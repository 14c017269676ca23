"""Bird's webhooks: subscriptions to what comes into and goes out of a channel, each with a key of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from contract_tests import signatures
from contract_tests.hooks.sender import Sender
from contract_tests.laws.bird import HELLO, channel_id, home, key, phone, post, sent
from contract_tests.receiver import Received, Receiver


class Bird(Sender):
    """Of the owner's SMS channel."""

    signs_anew = False

    @contextmanager
    def listening(self, receiver: Receiver) -> Iterator[None]:
        organization = self.api.cast["owner"]["organization_id"]
        path = f"/organizations/{organization}{home(self.api)}/webhook-subscriptions"
        self.url = f"{receiver.url}/sms"
        made = []
        for event in ("sms.outbound", "sms.inbound"):
            filters = [{"key": "channelId", "value": channel_id(self.api)}]
            wish = {"service": "channels", "event": event, "url": self.url, "signingKey": self.key, "eventFilters": filters}
            reply = post(self.api, path, wish)
            assert reply.status_code == 201, f"a subscription is made with 201, not {reply.status_code} {reply.text}"
            made.append(reply.json()["id"])
        try:
            yield
        finally:
            for subscription in made:
                self.api.client.delete(f"{path}/{subscription}", headers=key(self.api))

    def cause(self) -> str:
        return str(sent(self.api)["id"])

    def each_event(self) -> dict[str, Any]:
        return {"message": self._both_ways}

    def _both_ways(self) -> None:
        self.cause()
        if self.api.control is not None:
            path = f"/bird{home(self.api)}/channels/{channel_id(self.api)}/inbound"
            self.api.control.post(path, json={"from": phone(self.api), "body": HELLO}).raise_for_status()

    def event(self, received: Received) -> str:
        return "message"

    def identity(self, received: Received) -> str:
        return received.headers.get("messagebird-request-id", "")

    def tells_of(self, received: Received, caused: str) -> bool:
        return bool(received.json["payload"]["id"] == caused)

    def proven(self, received: Received, body: bytes) -> bool:
        timestamp = received.headers.get("messagebird-request-timestamp", "")
        return received.headers.get("messagebird-signature") == signatures.bird(self.key, timestamp, self.url, body)

    def signed_at(self, received: Received) -> float:
        return float(received.headers["messagebird-request-timestamp"])

    def happened_at(self, received: Received) -> datetime:
        return datetime.fromisoformat(received.json["payload"]["lastStatusAt"])
