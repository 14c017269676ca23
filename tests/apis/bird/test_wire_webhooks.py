"""Webhooks on real sockets: what a subscriber gets, signed as the vendor describes it, and for how long it is tried."""

from __future__ import annotations

import base64
import hashlib
import hmac
import itertools
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from contract_tests.receiver import Received, Receiver, receiving
from mockserver.data import load_spec

KEY = "3vJq8ZtC1mRk-ü"
PAUSES = load_spec("bird")["x-delivery"]["retries"]
STEPS = ["accepted", "processing", "sent", "delivered"]
NOON = 1_770_984_000


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as one:
        yield one


def is_genuine(received: Received, url: str, key: str) -> bool:
    """Whether a request bears the vendor's signature: the published description and nothing else."""
    digest = hashlib.sha256(received.body).digest()
    payload = received.headers["messagebird-request-timestamp"].encode() + b"\n" + url.encode() + b"\n" + digest
    expected = base64.b64encode(hmac.new(key.encode(), payload, hashlib.sha256).digest()).decode()
    return hmac.compare_digest(received.headers["messagebird-signature"], expected)


def told(received: list[Received]) -> list[tuple[str, str]]:
    return [(one.json["event"], one.json["payload"]["status"]) for one in received]


def deliveries(wire: Any, **where: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = wire.control.get("/webhooks/deliveries", params={"api": "bird", **where}).json()["deliveries"]
    return found


def test_each_status_is_told_and_signed_as_the_vendor_describes(frozen: Any, receiver: Receiver) -> None:
    url = f"{receiver.url}/hooks/bird?who=me"
    frozen.owner.subscribe("sms.outbound", url, signingKey=KEY)
    sent = frozen.owner.send(reference="order-1").json()
    frozen.advance(0)
    assert receiver.received[0].json == {"service": "channels", "event": "sms.outbound", "payload": sent}
    frozen.advance(6)
    assert told(receiver.received) == [("sms.outbound", status) for status in STEPS]
    assert receiver.received[-1].json["payload"] == frozen.owner.read(sent["id"])
    for one, seconds in zip(receiver.received, (0, 2, 3, 6), strict=True):
        assert one.path == "/hooks/bird?who=me"
        assert one.headers["content-type"] == "application/json"
        assert one.headers["messagebird-request-timestamp"] == str(NOON + seconds)
        assert is_genuine(one, url, KEY)
        assert not is_genuine(one, url, "another key")
        assert not is_genuine(one, receiver.url, KEY)
        assert not is_genuine(Received(one.path, one.headers, one.body + b" "), url, KEY)
    ids = [one.headers["messagebird-request-id"] for one in receiver.received]
    assert len(set(ids)) == 4
    assert all(re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", one) for one in ids)


def test_without_a_key_there_is_no_signature(frozen: Any, receiver: Receiver) -> None:
    frozen.owner.subscribe("sms.outbound", receiver.url)
    frozen.owner.send()
    frozen.advance(0)
    (one,) = receiver.received
    named = {name for name in one.headers if name.startswith("messagebird")}
    assert named == {"messagebird-request-timestamp", "messagebird-request-id"}


def test_the_key_is_shown_to_nobody(frozen: Any, receiver: Receiver) -> None:
    made = frozen.owner.subscribe("sms.outbound", receiver.url, signingKey=KEY)
    frozen.owner.send()
    frozen.advance(0)
    assert KEY not in repr((made, deliveries(frozen), receiver.received))


def test_subscribers_hear_of_their_own_event_and_channel_only(frozen: Any, receiver: Receiver) -> None:
    channels = frozen.owner.cast["channels"]
    for path, event, channel in (
        ("all", "sms.outbound", None),
        ("mine", "sms.outbound", channels["sms"]),
        ("other", "sms.outbound", channels["inactive"]),
        ("in", "sms.inbound", channels["sms"]),
        ("mail", "email.outbound", None),
    ):
        narrowed = {"eventFilters": [{"key": "channelId", "value": channel}]} if channel else {}
        frozen.owner.subscribe(event, f"{receiver.url}/{path}", **narrowed)
    frozen.owner.send()
    frozen.advance(0)
    assert [one.path for one in receiver.received] == ["/all", "/mine"]
    frozen.write()
    frozen.advance(0)
    assert [one.path for one in receiver.received[2:]] == ["/in"]
    frozen.stranger.send()
    frozen.owner.send("whatsapp")
    frozen.advance(10)
    assert {one.path for one in receiver.received[3:]} == {"/all", "/mine"}


def test_a_message_from_outside_is_told_when_it_arrives(frozen: Any, receiver: Receiver) -> None:
    frozen.owner.subscribe("whatsapp.inbound", receiver.url, signingKey=KEY)
    message_id = frozen.write("whatsapp", in_seconds=30).json()["id"]
    frozen.advance(29)
    assert receiver.received == []
    frozen.advance(1)
    (one,) = receiver.received
    assert one.json["payload"] == frozen.owner.read(message_id, "whatsapp")
    assert one.headers["messagebird-request-timestamp"] == str(NOON + 30)
    assert is_genuine(one, receiver.url, KEY)


def test_a_scheduled_message_is_told_from_its_first_status_on(frozen: Any, receiver: Receiver) -> None:
    frozen.owner.subscribe("sms.outbound", receiver.url)
    frozen.owner.send(scheduledFor="2026-02-13T13:00:00Z")
    frozen.advance(3600)
    assert told(receiver.received) == [("sms.outbound", "scheduled"), ("sms.outbound", "accepted")]
    frozen.advance(6)
    assert told(receiver.received)[2:] == [("sms.outbound", status) for status in STEPS[1:]]


def test_a_subscription_that_ended_hears_only_what_was_queued_before(frozen: Any, receiver: Receiver) -> None:
    receiver.answer = lambda _received: 204 if len(receiver.received) > 1 else 500
    made = frozen.owner.subscribe("sms.outbound", receiver.url, signingKey=KEY)
    frozen.owner.send()
    frozen.advance(0)
    path = f"{frozen.owner.organization}{frozen.owner.home}/webhook-subscriptions/{made['id']}"
    assert frozen.owner.client.delete(path).status_code == 204
    frozen.advance(60)
    assert told(receiver.received) == [("sms.outbound", "accepted")] * 2
    assert is_genuine(receiver.received[1], receiver.url, KEY)


def test_a_delivery_is_tried_for_eight_hours_with_the_original_timestamp(frozen: Any, receiver: Receiver) -> None:
    receiver.answer = lambda _received: 500
    frozen.owner.subscribe("sms.inbound", receiver.url, signingKey=KEY)
    frozen.write()
    frozen.advance(8 * 3600)
    (delivery,) = deliveries(frozen, url=receiver.url)
    noon = datetime(2026, 2, 13, 12, tzinfo=UTC)
    tried = [(datetime.fromisoformat(attempt["at"]) - noon).total_seconds() for attempt in delivery["attempts"]]
    assert (delivery["status"], tried) == ("exhausted", list(itertools.accumulate([0, *PAUSES])))
    assert 7.5 * 3600 < sum(PAUSES) <= 8 * 3600
    assert len(receiver.received) == len(PAUSES) + 1
    first = receiver.received[0]
    assert is_genuine(first, receiver.url, KEY)
    assert first.headers["messagebird-request-timestamp"] == str(NOON)
    assert all(one == first for one in receiver.received)
    frozen.advance(30 * 86_400)
    assert len(receiver.received) == len(PAUSES) + 1


def test_a_delivery_is_not_tried_again_once_it_was_taken(frozen: Any, receiver: Receiver) -> None:
    receiver.answer = lambda _received: 503 if len(receiver.received) < 3 else 200
    frozen.owner.subscribe("sms.inbound", receiver.url, signingKey=KEY)
    frozen.write()
    frozen.advance(8 * 3600)
    (delivery,) = deliveries(frozen, url=receiver.url)
    assert (delivery["status"], [attempt["http_status"] for attempt in delivery["attempts"]]) == ("delivered", [503, 503, 200])
    assert len(receiver.received) == 3


def test_what_is_refused_tells_nobody(frozen: Any, receiver: Receiver) -> None:
    for event in ("sms.inbound", "sms.outbound"):
        frozen.owner.subscribe(event, receiver.url)
    assert frozen.owner.send(scheduledFor="2027-01-01T00:00:00Z").status_code == 422
    assert frozen.owner.send("inactive").status_code == 409
    assert frozen.write("inactive").status_code == 409
    frozen.advance(60)
    assert receiver.received == []


def test_two_mocks_of_one_seed_send_the_same_bytes(start_mock: Callable[..., Any], receiver: Receiver) -> None:
    def story() -> list[Received]:
        receiver.received.clear()
        running = start_mock(apis=("bird",))
        running.control.put("/clock", json={"mode": "frozen", "now": "2026-02-13T12:00:00Z"}).raise_for_status()
        owner = running.cast("bird")["owner"]
        home, sms = f"/workspaces/{owner['workspace_id']}", owner["channels"]["sms"]
        headers = {"Authorization": f"AccessKey {owner['access_key']}"}
        with httpx.Client(base_url=running.base("bird"), headers=headers) as client:
            for event in ("sms.outbound", "sms.inbound"):
                wanted = {"service": "channels", "event": event, "url": receiver.url, "signingKey": KEY}
                path = f"/organizations/{owner['organization_id']}{home}/webhook-subscriptions"
                client.post(path, json=wanted).raise_for_status()
            for phone in ("+31612399901", "+31612345678"):
                to = {"contacts": [{"identifierValue": phone}]}
                message = {"receiver": to, "body": {"type": "text", "text": {"text": "hi"}}, "tags": ["new"]}
                client.post(f"{home}/channels/{sms}/messages", json=message).raise_for_status()
        letter = {"from": "+447911123456", "body": {"type": "text", "text": {"text": "hello"}}}
        for in_seconds in (0, 2.5):
            running.control.post(f"/bird{home}/channels/{sms}/inbound", json={**letter, "in_seconds": in_seconds})
        running.control.post("/clock/advance", json={"seconds": 60}).raise_for_status()
        return list(receiver.received)

    first, second = story(), story()
    assert len(first) == 10
    assert first == second
