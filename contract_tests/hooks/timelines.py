"""Timelines' webhooks: one address for all that happens in a partner's workspaces, with a token of the partner's secret."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from typing import Any

from contract_tests import signatures
from contract_tests.hooks.sender import Sender
from contract_tests.laws.timelines import create, headers, read, succeeds
from contract_tests.laws.timelines_people import add_users, link, phone, scan
from contract_tests.receiver import Received, Receiver


class Timelines(Sender):
    """Of the owner, as the partner."""

    covers_the_body = False

    @contextmanager
    def listening(self, receiver: Receiver) -> Iterator[None]:
        # Nothing in the API says where a partner's webhooks go.
        path = f"/timelines/partners/{self.api.cast['owner']['partner_id']}/webhook"
        self.control().put(path, json={"url": f"{receiver.url}/partner"}).raise_for_status()
        try:
            yield
        finally:
            self.control().put(path, json={"url": None}).raise_for_status()

    def cause(self) -> str:
        workspace_id = str(create(self.api)["workspace_id"])
        self._rotate(workspace_id)
        return workspace_id

    def _rotate(self, workspace_id: str) -> None:
        reply = self.api.client.post(f"/workspaces/{workspace_id}/api-token", headers=headers(self.api.cast["owner"]))
        assert reply.status_code == 201, f"a token is rotated with 201, not {reply.status_code} {reply.text}"

    def each_event(self) -> dict[str, Any]:
        return {
            "api_token:rotated": self.cause,
            "whatsapp_account:connected": self._connect,
            "whatsapp_account:disconnected": self._disconnect,
            "workspace:seats_full": self._fill,
            "workspace:quota_near_full:messaging": partial(self._use, "messages", "messages_quota", 0.9),
            "workspace:quota_full:messaging": partial(self._use, "messages", "messages_quota", 1),
            "workspace:quota_full:api_calls": partial(self._use, "api_calls", "api_calls_quota", 1),
            "workspace:quota_full:transactions": self._spend,
        }

    def _connect(self) -> tuple[str, int]:
        made = create(self.api)
        link(self.api, made["workspace_id"], made["owner_user_id"])
        scan(self.api, made["workspace_id"], made["owner_user_id"], phone(self.api))
        return made["workspace_id"], made["owner_user_id"]

    def _disconnect(self) -> None:
        workspace_id, user_id = self._connect()
        path = f"/workspaces/{workspace_id}/users/{user_id}/whatsapp/disconnect"
        succeeds(self.api.client.post(path, headers=headers(self.api.cast["owner"])), 200)

    def _fill(self) -> None:
        add_users(self.api, create(self.api, seats=3)["workspace_id"], 2)

    def _use(self, what: str, quota: str, part: float) -> None:
        workspace_id = create(self.api)["workspace_id"]
        total = read(self.api, workspace_id)[quota]["total"]
        self._usage(workspace_id, **{what: -int(-total * part // 1)})

    def _spend(self) -> None:
        workspace_id = create(self.api)["workspace_id"]
        self._usage(workspace_id, balance=3)
        self._usage(workspace_id, transactions=int(read(self.api, workspace_id)["non_recurring_quota"]["remaining_balance"]))

    def _usage(self, workspace_id: str, **wish: int) -> None:
        self.control().post(f"/timelines/workspaces/{workspace_id}/usage", json=wish).raise_for_status()

    def event(self, received: Received) -> str:
        return str(received.json["event_type"])

    def identity(self, received: Received) -> str:
        return hashlib.sha256(received.body).hexdigest()

    def tells_of(self, received: Received, caused: str) -> bool:
        return bool(received.json["workspace_id"] == caused)

    def proven(self, received: Received, body: bytes) -> bool:
        owner = self.api.cast["owner"]
        said = signatures.timelines(owner["secret"], received.headers.get("x-tl-signature", ""))
        told = received.headers.get("x-tl-partner-id")
        return said is not None and said.get("partner_id") == told == owner["partner_id"] == received.json["partner_id"]

    def signed_at(self, received: Received) -> float:
        said = signatures.timelines(self.api.cast["owner"]["secret"], received.headers["x-tl-signature"])
        assert said is not None, "the partner's secret signs"
        return (float(said["nbf"]) + float(said["exp"])) / 2

    def happened_at(self, received: Received) -> datetime:
        return datetime.fromisoformat(received.json["triggered_at"])
