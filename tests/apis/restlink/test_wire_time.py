"""restlink over sockets while the clock is moved: messages come to their ends, and webhooks leave, signed and retried."""

from __future__ import annotations

import hashlib
import hmac
import threading
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from contract_tests.receiver import Received, Receiver, receiving
from tests.apis.restlink.conftest import NOON, THEN, Desk
from tests.conftest import RunningMock

EVENTS = ("impression", "click", "conversion", "delivery")
DAY = 86_400
WAYS = {
    "+14155551234": [("sent", 2), ("DELIVRD", 3)],
    "+14155599901": [("sent", 2), ("UNDELIV", 8)],
    "+14155599902": [("REJECTD", 2)],
    "+14155599903": [("sent", 2), ("EXPIRED", 2 * DAY)],
    "+14155599904": [("sent", 120), ("DELIVRD", 180)],
    "+14155599905": [("sent", 2)],
}


def is_signed_with(secret: str, received: Received) -> bool:
    """By the vendor's description: sha256= and the hex HMAC-SHA256 of timestamp, full stop and raw body."""
    timestamp = received.headers["x-webhook-timestamp"]
    mac = hmac.new(secret.encode("utf-8"), timestamp.encode("ascii") + b"." + received.body, hashlib.sha256)
    return received.headers["x-webhook-signature"] == "sha256=" + mac.hexdigest()


@pytest.mark.parametrize("to", WAYS)
def test_the_recipient_decides_the_way_and_each_step_is_shown_listed_and_posted(desk: Desk, to: str) -> None:
    desk.listen(signing_secret="s1")
    message_id, before = desk.send(to=[to]), "pending"
    for status, seconds in WAYS[to]:
        desk.advance(seconds - 0.001)
        assert desk.message(message_id)["status"] == before
        desk.advance(0.001)
        before = status
        shown = desk.message(message_id)
        (listed,) = desk.read("/sms/messages", **THEN)["messages"]
        posted = desk.receiver.received[-1]
        assert {shown["status"], listed["status"], posted.json["status"]} == {status}
        assert {shown["status_code"], listed["status_code"], posted.json["status_code"]} == {shown["status_code"]}
        assert posted.json["timestamp"] == desk.control("GET", "/clock")["now"]
        assert posted.json["cost"] == shown["cost"]
        assert is_signed_with("s1", posted)
    desk.advance(30 * DAY)
    assert [one.json["status"] for one in desk.receiver.received] == [status for status, _ in WAYS[to]]


def test_a_report_says_what_is_published(desk: Desk) -> None:
    desk.listen()
    message_id = desk.send(message="a" * 161)
    desk.advance(5)
    assert desk.receiver.received[-1].json == {
        "message_id": message_id,
        "recipient": "+14155551234",
        "sender_id": "MyApp",
        "status": "DELIVRD",
        "status_code": "000",
        "num_parts": 2,
        "cost": 0.016,
        "timestamp": "2020-02-13T12:00:05.000000Z",
    }


def test_a_rejected_message_is_paid_back(desk: Desk) -> None:
    before = desk.read("/user/balance")["balance"]
    desk.send(to=["+14155599902"])
    assert desk.read("/user/balance")["balance"] < before
    desk.advance(2)
    after = desk.read("/user/balance")
    assert (after["balance"], after["updated"]) == (before, "2020.02.13 12:00:02")
    stats = desk.read("/sms/stats", **THEN)["stats"]
    assert (stats["total_sent"], stats["undelivered"], stats["not_billed"], stats["total_cost"]) == (1, 1, 1, 0)


def test_a_sandbox_key_hears_of_its_delivery_after_five_seconds_and_pays_nothing(desk: Desk) -> None:
    desk.listen()
    before = desk.read("/user/balance")
    sent = desk.wire.send(desk.wire.key("sandbox"))
    assert sent.json()["sandbox"] is True
    desk.advance(4.999)
    assert "DELIVRD" not in [one.json["status"] for one in desk.receiver.received]
    desk.advance(0.001)
    report = desk.receiver.received[-1].json
    assert (report["message_id"], report["status"], report["cost"]) == (sent.json()["messages"][0]["message_id"], "DELIVRD", 0)
    assert desk.read("/user/balance") == before


def test_a_messages_end_is_decided_by_hand(desk: Desk) -> None:
    desk.listen()
    message_id = desk.send()
    decision = {"api": "restlink", "message_id": message_id, "outcome": "undelivered"}
    desk.control("PUT", "/messages/outcome", decision)
    desk.advance(60)
    assert [one.json["status"] for one in desk.receiver.received] == ["sent", "UNDELIV"]
    late = desk.wire.control.put("/messages/outcome", json=decision)
    assert (late.status_code, late.json()["error"]) == (409, "message_not_under_way")


def test_a_message_is_pending_before_the_clock_goes_on_by_itself(wire: Any) -> None:
    message_id = wire.send(wire.key()).json()["messages"][0]["message_id"]
    found = wire.client.get(f"/sms/status/{message_id}", headers=wire.key()).json()["message"]
    assert found["status"] == "pending"


def run_of(mock: RunningMock, receiver: Receiver) -> list[tuple[str, dict[str, str], bytes]]:
    """The same requests to a fresh mock whose clock stands; what its webhooks were, byte by byte."""
    mock.control.put("/clock", json={"mode": "frozen", "now": NOON}).raise_for_status()
    headers = {"X-API-Key": mock.cast("restlink")["owner"]["api_keys"]["16"]}
    del receiver.received[:]
    with httpx.Client(base_url=mock.base("restlink"), headers=headers) as client:
        changes = {f"{event}_url": f"{receiver.url}/{event}" for event in EVENTS}
        client.put("/user/webhooks", json={**changes, "signing_secret": "s1"}).raise_for_status()
        sms = {"to": list(WAYS), "message": "hi", "sender_id": "MyApp"}
        ids = [one["message_id"] for one in client.post("/sms/send", json=sms).raise_for_status().json()["messages"]]
        client.post("/user/webhooks/test", json={"event": "click"}).raise_for_status()
        for seconds, event in ((3, "click"), (4, "conversion"), (3 * DAY, "impression")):
            mock.control.post("/clock/advance", json={"seconds": seconds}).raise_for_status()
            mock.control.post(f"/restlink/messages/{ids[0]}/events", json={"event": event}).raise_for_status()
        mock.control.post("/clock/advance", json={"seconds": 0}).raise_for_status()
    return [(one.path, dict(one.headers), one.body) for one in receiver.received]


def test_the_same_requests_lead_to_the_same_webhooks_byte_by_byte(start_mock: Callable[..., RunningMock]) -> None:
    # Answers of 500 now and then: retries are the same, too.
    with receiving(lambda received: 500 if b"UNDELIV" in received.body else 204) as receiver:
        first, second = (run_of(start_mock(apis=("restlink",)), receiver) for _ in range(2))
    assert first == second
    assert [path for path, _, _ in first].count("/delivery") == 10 + 2
    assert {path for path, _, _ in first} == {f"/{event}" for event in EVENTS}


def test_each_attempt_has_a_signature_of_its_own_and_the_same_body(desk: Desk) -> None:
    desk.receiver.answer = lambda _received: 500
    desk.listen(signing_secret="s1")
    desk.wire.client.post("/user/webhooks/test", headers=desk.wire.key())
    desk.advance(100)
    attempts = desk.receiver.received
    noon = 1_581_595_200
    assert [int(one.headers["x-webhook-timestamp"]) - noon for one in attempts] == [0, 10, 40]
    assert len({one.body for one in attempts}) == 1
    assert all(is_signed_with("s1", one) for one in attempts)
    assert not any(is_signed_with("s2", one) for one in attempts)
    assert {one.headers["user-agent"] for one in attempts} == {"23Telecom-Webhooks/1.0"}
    assert {one.headers["content-type"] for one in attempts} == {"application/json"}


def test_without_a_secret_nothing_is_signed(desk: Desk) -> None:
    desk.listen(clear_signing_secret=True)
    desk.send()
    desk.advance(2)
    (received,) = desk.receiver.received
    assert not {"x-webhook-timestamp", "x-webhook-signature"} & set(received.headers)
    assert received.headers["user-agent"] == "23Telecom-Webhooks/1.0"


def progress(desk: Desk) -> tuple[Any, ...]:
    entry = desk.log()
    return entry["status"], entry["attempts"], entry["http_status"], entry["finished_at"]


def test_the_log_follows_each_attempt_until_it_is_taken(desk: Desk) -> None:
    answers = iter((500, 302, 204))
    desk.receiver.answer = lambda _received: next(answers)
    desk.listen()
    tried = desk.wire.client.post("/user/webhooks/test", headers=desk.wire.key()).json()
    assert desk.log()["id"] == tried["log_id"]
    desk.advance(0)
    assert progress(desk) == ("queued", 1, 500, None)
    desk.advance(9.999)
    assert progress(desk) == ("queued", 1, 500, None)
    desk.advance(0.001)
    assert progress(desk) == ("queued", 2, 302, None)
    desk.advance(30)
    assert progress(desk) == ("delivered", 3, 204, "2020-02-13T12:00:40.000000Z")
    assert desk.log()["created_at"] == "2020-02-13T12:00:00.000000Z"


def test_after_the_third_failure_it_is_given_up(desk: Desk) -> None:
    desk.receiver.answer = lambda _received: 404
    desk.listen()
    message_id = desk.send()
    desk.advance(2)
    desk.advance(39.999)
    ours = desk.read("/user/webhooks/logs", event="delivery")["logs"]
    assert [(one["message_id"], one["status"], one["attempts"]) for one in ours[:2]] == [
        (message_id, "queued", 2),
        (message_id, "queued", 2),
    ]
    desk.advance(3600)
    assert progress(desk) == ("failed", 3, 404, "2020-02-13T12:00:45.000000Z")
    assert len(desk.receiver.received) == 6
    exhausted = desk.control("GET", "/webhooks/deliveries?status=exhausted")
    assert [[attempt["at"][14:19] for attempt in one["attempts"]] for one in exhausted["deliveries"]] == [
        ["00:02", "00:12", "00:42"],
        ["00:05", "00:15", "00:45"],
    ]


def test_nobody_at_the_address_is_a_failure_without_an_answer(desk: Desk) -> None:
    with receiving() as gone:
        url = gone.url
    desk.listen(delivery_url=url)
    desk.wire.client.post("/user/webhooks/test", headers=desk.wire.key())
    desk.advance(40)
    assert progress(desk) == ("failed", 3, None, "2020-02-13T12:00:40.000000Z")


@pytest.mark.slow
def test_an_answer_after_five_seconds_is_too_late(desk: Desk) -> None:
    released = threading.Event()

    def answer(_received: Received) -> int:
        released.wait(20)
        return 204

    desk.receiver.answer = answer
    desk.listen()
    desk.wire.client.post("/user/webhooks/test", headers=desk.wire.key())
    desk.wire.control.post("/clock/advance", json={"seconds": 0}, timeout=20)
    released.set()
    assert progress(desk) == ("queued", 1, None, None)
    desk.advance(10)
    assert progress(desk) == ("delivered", 2, 204, "2020-02-13T12:00:10.000000Z")


@pytest.mark.parametrize("event", EVENTS)
def test_a_sample_of_each_event_really_leaves(desk: Desk, event: str) -> None:
    desk.listen(**{f"{event}_url": f"{desk.receiver.url}/sample", f"{event}_fields": None}, signing_secret="s1")
    desk.wire.client.post("/user/webhooks/test", json={"event": event}, headers=desk.wire.key()).raise_for_status()
    desk.advance(0)
    (received,) = desk.receiver.received
    assert received.path == "/sample"
    assert list(received.json) == desk.read("/user/webhooks")[f"{event}_fields"]
    assert is_signed_with("s1", received)
    assert (desk.log()["event"], desk.log()["message_id"], desk.log()["status"]) == (event, None, "delivered")


def test_each_workspace_has_its_own_address_fields_and_secret(desk: Desk) -> None:
    desk.listen(16, delivery_fields=["message_id", "status"], signing_secret="s16")
    desk.listen(18, delivery_fields=["workspace_id", "cost"], signing_secret="s18")
    first, _ = desk.send(16), desk.send(18)
    desk.advance(2)
    (main,), (other,) = desk.receiver.at("/16"), desk.receiver.at("/18")
    assert main.json == {"message_id": first, "status": "sent"}
    assert other.json == {"workspace_id": 18, "cost": 0.008}
    assert [is_signed_with(secret, one) for one in (main, other) for secret in ("s16", "s18")] == [True, False, False, True]
    assert desk.read("/user/webhooks/logs", 18, limit=1)["logs"][0]["url"].endswith("/18")


@pytest.mark.parametrize(
    ("rule", "arrive", "attempts"),
    [
        ({"effect": "twice", "next": 1}, ["sent", "sent", "DELIVRD"], [1, 2]),
        ({"effect": "late", "seconds": 60, "next": 1}, ["DELIVRD", "sent"], [1, 1]),
        ({"effect": "swap", "next": 1}, ["DELIVRD", "sent"], [1, 1]),
        ({"effect": "drop", "next": 1}, ["DELIVRD"], [1, 0]),
    ],
)
def test_what_is_disturbed_is_signed_and_logged_all_the_same(
    desk: Desk, rule: dict[str, Any], arrive: list[str], attempts: list[int]
) -> None:
    desk.listen(signing_secret="s1")
    desk.control("PUT", "/webhooks/disturbances", {"rules": [{"api": "restlink", "owner": "16", **rule}]})
    desk.send()
    desk.advance(100)
    assert [one.json["status"] for one in desk.receiver.received] == arrive
    assert all(is_signed_with("s1", one) for one in desk.receiver.received)
    assert [entry["attempts"] for entry in desk.read("/user/webhooks/logs", limit=2)["logs"]] == attempts


def test_what_was_given_up_is_taken_when_it_is_sent_again_by_hand(desk: Desk) -> None:
    desk.receiver.answer = lambda _received: 500
    desk.listen(signing_secret="s1")
    desk.wire.client.post("/user/webhooks/test", headers=desk.wire.key())
    desk.advance(60)
    assert progress(desk) == ("failed", 3, 500, "2020-02-13T12:00:40.000000Z")
    desk.receiver.answer = lambda _received: 200
    (exhausted,) = desk.control("GET", "/webhooks/deliveries?status=exhausted")["deliveries"]
    desk.control("POST", f"/webhooks/deliveries/{exhausted['id']}/redeliver")
    desk.advance(0)
    assert progress(desk) == ("delivered", 3, 200, "2020-02-13T12:01:00.000000Z")
    assert len({one.body for one in desk.receiver.received}) == 1
    assert is_signed_with("s1", desk.receiver.received[-1])
    assert desk.receiver.received[-1].headers["x-webhook-timestamp"] == "1581595260"
