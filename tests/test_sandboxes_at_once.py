"""Two hundred sandboxes used at once: each sees its own state, clock, faults, journal and webhooks, and nobody else's."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from contract_tests.receiver import Receiver, receiving

from .conftest import RunningMock

COUNT = 200
_AT_ONCE = 16
NOON = datetime(2026, 2, 13, 12, tzinfo=UTC)


class Guest:
    """One user of one sandbox, who does a little more than the one before."""

    def __init__(self, mock: RunningMock, number: int, receiver: Receiver) -> None:
        self.name = f"guest-{number}"
        self.messages = 1 + number % 3
        self.minutes = 1 + number
        self.is_struck = number % 2 == 1
        self._receiver = receiver
        self._headers = mock.control.headers
        made = httpx.post(
            f"{mock.url}/_understudy/sandboxes",
            json={"name": self.name, "now": NOON.isoformat()},
            headers=self._headers,
            timeout=60,
        )
        assert made.status_code == 201, made.text
        self._key = made.json()["credentials"]["restlink"]["owner"]["api_keys"]["16"]
        # Half of them are told apart by their credentials alone.
        self._prefix = f"/~{self.name}" if number % 4 < 2 else ""
        self.client = httpx.Client(base_url=mock.url, timeout=60)

    def restlink(self, method: str, path: str, **options: Any) -> httpx.Response:
        """A request of the client under test."""
        url = f"{self._prefix}/restlink/api/v1{path}"
        return self.client.request(method, url, headers={"X-API-Key": self._key}, **options)

    def control(self, method: str, path: str, **options: Any) -> Any:
        """A request of the test."""
        reply = self.client.request(method, f"/~{self.name}/_understudy{path}", headers=self._headers, **options)
        assert reply.status_code < 300, reply.text
        return reply.json() if reply.content else None

    def play(self) -> None:
        """Everything that a test does."""
        hook = {"delivery_url": f"{self._receiver.url}/{self.name}", "signing_secret": f"secret of {self.name}"}
        assert self.restlink("PUT", "/user/webhooks", json=hook).status_code == 200
        for _ in range(self.messages):
            text = {"to": ["+14155551234"], "message": self.name, "sender_id": "MyApp"}
            assert self.restlink("POST", "/sms/send", json=text).status_code == 200
        if self.is_struck:
            self.control("POST", "/faults", json={"api": "restlink", "operation": "get_balance", "error": {"status": 401}})
        self.control("POST", "/clock/advance", json={"seconds": self.minutes * 60})

    def look(self) -> None:
        """What it sees is its own."""
        listed = self.restlink("GET", "/sms/messages?limit=100").json()
        assert [one["message"] for one in listed["messages"] if one["message"].startswith("guest")] == [self.name] * self.messages
        assert self.restlink("GET", "/user/balance").status_code == (401 if self.is_struck else 200)
        moment = datetime.fromisoformat(self.control("GET", "/clock")["now"])
        assert moment == NOON + timedelta(minutes=self.minutes)
        deliveries = self.control("GET", "/webhooks/deliveries")
        assert {one["url"] for one in deliveries["deliveries"]} == {f"{self._receiver.url}/{self.name}"}
        assert {one["status"] for one in deliveries["deliveries"]} == {"delivered"}
        assert len(self.control("GET", "/faults")["faults"]) == int(self.is_struck)
        asked = self.control("GET", "/journal?limit=100")["entries"]
        assert [entry["operation"] for entry in asked].count("send_sms") == self.messages
        assert {entry["sandbox"] for entry in asked} == {self.name}
        assert len(asked) == 1 + self.messages + 2


@pytest.mark.slow
def test_two_hundred_sandboxes_do_not_see_each_other(start_mock: Callable[..., RunningMock]) -> None:
    mock = start_mock()
    before = httpx.get(f"{mock.url}/_understudy/clock", headers=mock.control.headers).json()["mode"]
    with receiving() as receiver, ThreadPoolExecutor(_AT_ONCE) as pool:
        guests = list(pool.map(lambda number: Guest(mock, number, receiver), range(COUNT)))
        for deed in (Guest.play, Guest.look):
            list(pool.map(deed, guests))
        told: dict[str, list[str]] = {}
        for received in receiver.received:
            told.setdefault(received.path.strip("/"), []).append(json.loads(received.body)["status"])
        assert {name: len(statuses) for name, statuses in told.items()} == {one.name: 2 * one.messages for one in guests}
        for guest in guests:
            guest.client.close()
    assert mock.control.get("/clock").json()["mode"] == before
    assert mock.control.get("/webhooks/deliveries").json()["total"] == 0
    assert mock.control.get("/faults").json()["faults"] == []
    assert len(mock.control.get("/sandboxes").json()["sandboxes"]) == COUNT + 1
