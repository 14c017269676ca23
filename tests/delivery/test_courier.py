"""The courier: from the outbox to a real receiver, in order, on schedule, at least once."""

from __future__ import annotations

import json
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from contract_tests.receiver import Received, Receiver, receiving
from mockserver.apis.restlink import wire
from mockserver.app import ApiSender
from tests.conftest import RunningMock

NOON = "2026-02-13T12:00:00Z"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as found:
        yield found


class Desk:
    """A mock whose clock stands, and the owner's workspace 16 of restlink there."""

    def __init__(self, mock: RunningMock) -> None:
        self.mock = mock
        mock.control.timeout = httpx.Timeout(120)
        self.clock(mode="frozen", now=NOON)
        key = mock.cast("restlink")["owner"]["api_keys"]["16"]
        self.client = httpx.Client(base_url=mock.base("restlink"), headers={"X-API-Key": key}, timeout=60)

    def clock(self, **setting: str) -> None:
        self.mock.control.put("/clock", json=setting).raise_for_status()

    def listen(self, url: str, **settings: Any) -> None:
        self.client.put("/user/webhooks", json={"delivery_url": url, **settings}).raise_for_status()

    def send(self, *numbers: str) -> list[str]:
        sms = {"to": list(numbers) or ["+14155551234"], "message": "hi", "sender_id": "MyApp"}
        sent = self.client.post("/sms/send", json=sms).raise_for_status().json()
        return [one["message_id"] for one in sent["messages"]]

    def advance(self, seconds: float) -> int:
        told = self.mock.control.post("/clock/advance", json={"seconds": seconds}).raise_for_status().json()
        return int(told["jobs"])

    def deliveries(self, **where: Any) -> list[dict[str, Any]]:
        told = self.mock.control.get("/webhooks/deliveries", params={"limit": 1000, **where}).raise_for_status().json()
        found: list[dict[str, Any]] = told["deliveries"]
        return found

    def total(self, **where: Any) -> int:
        return int(self.mock.control.get("/webhooks/deliveries", params=where).raise_for_status().json()["total"])


@pytest.fixture
def desk(start_mock: Callable[..., RunningMock]) -> Iterator[Desk]:
    found = Desk(start_mock(apis=("restlink",)))
    yield found
    found.client.close()


def statuses(received: list[Received]) -> list[tuple[str, str]]:
    return [(one.json["message_id"], one.json["status"]) for one in received]


def test_what_left_before_the_advance_was_over_is_there_when_it_answers(desk: Desk, receiver: Receiver) -> None:
    desk.listen(receiver.url)
    (message_id,) = desk.send()
    desk.advance(2)
    assert statuses(receiver.received) == [(message_id, "sent")]
    desk.advance(3)
    assert statuses(receiver.received) == [(message_id, "sent"), (message_id, "DELIVRD")]


def test_one_receiver_hears_everything_in_the_order_in_which_it_happened(desk: Desk, receiver: Receiver) -> None:
    desk.listen(receiver.url)
    ids = desk.send(*(f"+1415555{number:04}" for number in range(1000, 1040)))
    desk.advance(10)
    assert statuses(receiver.received) == [(id, status) for status in ("sent", "DELIVRD") for id in ids]


def test_a_receiver_that_answers_slowly_does_not_hold_up_the_next_and_all_is_done_when_the_advance_is(desk: Desk) -> None:
    together, most, guard = 0, 0, threading.Lock()

    def slowly(_received: Received) -> int:
        nonlocal together, most
        with guard:
            together, most = together + 1, max(most, together + 1)
        time.sleep(0.7)
        with guard:
            together -= 1
        return 200

    with receiving(slowly) as receiver:
        desk.listen(receiver.url)
        desk.send(*(f"+141555510{number:02}" for number in range(4)))
        desk.advance(2)
        assert together == 0
        assert most > 1
        assert len(receiver.received) == 4


def test_a_receiver_that_hangs_does_not_hold_up_other_receivers_or_requests(
    desk: Desk, receiver: Receiver, start_mock: Callable[..., RunningMock]
) -> None:
    released = threading.Event()

    def hang(_received: Received) -> int:
        released.wait(10)
        return 200

    with receiving(hang) as hanging:
        desk.listen(hanging.url)
        other = {"X-API-Key": desk.mock.cast("restlink")["owner"]["api_keys"]["18"]}
        desk.client.put("/user/webhooks", headers=other, json={"delivery_url": receiver.url}).raise_for_status()
        sms = {"to": ["+14155551234"], "message": "hi", "sender_id": "MyApp"}
        for headers in ({}, other):
            desk.client.post("/sms/send", headers=headers, json=sms).raise_for_status()
        advancing = threading.Thread(target=desk.advance, args=(2,))
        advancing.start()
        try:
            assert receiver.wait(1, timeout=5)
            assert hanging.wait(1, timeout=5)
            assert desk.client.get("/sms/messages").status_code == 200
        finally:
            released.set()
            advancing.join(10)


def test_an_address_beyond_this_machine_is_not_called_and_the_delivery_says_so(desk: Desk) -> None:
    desk.listen("https://hooks.nordhaven.example/sms")
    desk.send()
    desk.advance(5)
    for delivery in desk.deliveries():
        assert delivery["status"] == "forbidden"
        assert "--allow-target" in delivery["attempts"][0]["error"]
    logs = desk.client.get("/user/webhooks/logs", params={"limit": 1}).json()["logs"]
    assert logs[0]["status"] == "failed"


def test_a_body_that_breaks_the_contract_stays_in_the_house(
    desk: Desk, receiver: Receiver, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    whole = ApiSender.breach

    def breach(sender: ApiSender, delivery: dict[str, Any]) -> str | None:
        body = {**json.loads(delivery["body"]), "surprise": 1}
        return whole(sender, {**delivery, "body": json.dumps(body)})

    monkeypatch.setattr(ApiSender, "breach", breach)
    desk.listen(receiver.url)
    desk.send()
    desk.advance(5)
    assert receiver.received == []
    assert {delivery["status"] for delivery in desk.deliveries()} == {"breach"}
    assert "surprise" in desk.deliveries()[0]["attempts"][0]["error"]
    assert "a bug of the mock" in caplog.text


def test_nothing_leaves_for_what_was_not_committed(
    desk: Desk, receiver: Receiver, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    desk.listen(receiver.url)
    monkeypatch.setattr(wire, "webhook_test_result", lambda _entry: {"beyond": "the contract"})
    assert desk.client.post("/user/webhooks/test", json={"event": "delivery"}).status_code == 500
    desk.advance(60)
    assert receiver.received == []
    assert desk.total() == 0


def test_a_reset_forgets_what_is_on_its_way(desk: Desk) -> None:
    released = threading.Event()

    def hang(_received: Received) -> int:
        released.wait(10)
        return 500

    with receiving(hang) as receiver:
        desk.listen(receiver.url)
        desk.client.post("/user/webhooks/test", json={"event": "delivery"}).raise_for_status()
        assert receiver.wait(1)
        desk.mock.reset()
        desk.clock(mode="frozen", now=NOON)
        desk.listen(receiver.url)
        desk.mock.control.put("/webhooks/disturbances", json={"rules": [{"effect": "late"}]}).raise_for_status()
        desk.client.post("/user/webhooks/test", json={"event": "delivery"}).raise_for_status()
        released.set()
        desk.advance(0)
        (delivery,) = desk.deliveries()
        assert (delivery["status"], delivery["attempts"]) == ("waiting", [])


def test_after_a_reset_things_happen_by_themselves_again(desk: Desk, receiver: Receiver) -> None:
    desk.mock.reset()
    desk.listen(receiver.url)
    desk.client.post("/user/webhooks/test", json={"event": "delivery"}).raise_for_status()
    assert receiver.wait(1)


def test_what_an_api_had_promised_leaves_though_the_next_run_serves_another(
    start_mock: Callable[..., RunningMock], receiver: Receiver, tmp_path: Path
) -> None:
    desk = Desk(start_mock(apis=("restlink",), state=tmp_path / "state.db"))
    desk.listen(receiver.url)
    desk.send()
    desk.client.close()
    desk.mock.close()
    start_mock(apis=("bird",), state=tmp_path / "state.db").control.post("/clock/advance", json={"seconds": 5})
    assert [status for _, status in statuses(receiver.received)] == ["sent", "DELIVRD"]


def test_waiting_for_deliveries_ends_when_they_are_there_or_the_time_is_over(desk: Desk, receiver: Receiver) -> None:
    desk.listen(receiver.url)
    wish = {"api": "restlink", "event": "delivery", "owner": "16", "count": 2, "timeout": 20}
    desk.send()
    told: list[dict[str, Any]] = []

    def wait() -> None:
        told.append(desk.mock.control.post("/webhooks/deliveries/wait", json=wish).raise_for_status().json())

    waiting = threading.Thread(target=wait)
    waiting.start()
    desk.advance(5)
    waiting.join(20)
    assert (told[0]["met"], told[0]["total"]) == (True, 2)
    assert [delivery["body"]["status"] for delivery in told[0]["deliveries"]] == ["sent", "DELIVRD"]
    unmet = desk.mock.control.post("/webhooks/deliveries/wait", json={"count": 3, "timeout": 0.05}).json()
    assert (unmet["met"], unmet["total"]) == (False, 2)


def test_at_the_end_of_the_process_those_who_wait_are_answered_at_once(
    start_mock: Callable[..., RunningMock], caplog: pytest.LogCaptureFixture
) -> None:
    desk, released = Desk(start_mock(apis=("restlink",))), threading.Event()
    replies: list[tuple[int, dict[str, Any]]] = []

    def ask(path: str, body: dict[str, Any]) -> None:
        reply = httpx.post(f"{desk.mock.url}/_understudy{path}", json=body, headers=desk.mock.control.headers, timeout=60)
        replies.append((reply.status_code, reply.json()))

    with receiving(lambda _received: 200 if released.wait(30) else 500) as receiver:
        desk.listen(receiver.url)
        desk.send()
        asked = [("/webhooks/deliveries/wait", {"count": 9, "timeout": 50}), ("/clock/advance", {"seconds": 60})]
        asking = [threading.Thread(target=ask, args=one) for one in asked]
        asking[0].start()
        while not desk.mock.app.sandbox._watchers:
            time.sleep(0.005)
        asking[1].start()
        assert receiver.wait(1)
        desk.client.close()
        desk.mock.close()
        for one in asking:
            one.join(20)
        assert len(receiver.received) == 1
        released.set()
    assert [status for status, _ in replies] == [200, 200]
    assert {"now": "2026-02-13T12:00:02.000000Z", "mode": "frozen", "jobs": 2} in [told for _, told in replies]
    assert not caplog.records


def test_a_delivery_is_read_and_sent_once_more(desk: Desk, receiver: Receiver) -> None:
    desk.listen(receiver.url)
    desk.client.post("/user/webhooks/test", json={"event": "delivery"}).raise_for_status()
    desk.advance(0)
    (delivery,) = desk.deliveries(status="delivered")
    path = f"/webhooks/deliveries/{delivery['id']}"
    assert desk.mock.control.get(path).json() == delivery
    again = desk.mock.control.post(f"{path}/redeliver")
    assert (again.status_code, again.json()["status"]) == (200, "waiting")
    desk.advance(0)
    first, second = receiver.received
    assert first.body == second.body
    assert len(desk.mock.control.get(path).json()["attempts"]) == 2
    for method, unknown in (("GET", "/webhooks/deliveries/99"), ("POST", "/webhooks/deliveries/99/redeliver")):
        refused = desk.mock.control.request(method, unknown)
        assert (refused.status_code, refused.json()["error"]) == (404, "delivery_unknown")


def test_what_was_taken_when_sent_once_more_is_not_tried_again(desk: Desk) -> None:
    answers = iter([500, 200])
    with receiving(lambda _received: next(answers, 500)) as receiver:
        desk.listen(receiver.url)
        desk.client.post("/user/webhooks/test", json={"event": "delivery"}).raise_for_status()
        desk.advance(1)
        desk.mock.control.post("/webhooks/deliveries/1/redeliver").raise_for_status()
        desk.advance(100)
        assert len(receiver.received) == 2
        (delivery,) = desk.deliveries()
        assert (delivery["status"], [attempt["http_status"] for attempt in delivery["attempts"]]) == ("delivered", [500, 200])


@pytest.mark.parametrize(
    ("rule", "arrive"),
    [
        ({"effect": "twice", "next": 1}, ["sent", "sent", "DELIVRD"]),
        ({"effect": "drop", "next": 1}, ["DELIVRD"]),
        ({"effect": "late", "seconds": 60, "next": 1}, ["DELIVRD", "sent"]),
        ({"effect": "swap", "next": 1}, ["DELIVRD", "sent"]),
        ({"effect": "drop", "event": "click"}, ["sent", "DELIVRD"]),
    ],
)
def test_webhooks_are_disturbed_on_demand(desk: Desk, receiver: Receiver, rule: dict[str, Any], arrive: list[str]) -> None:
    desk.listen(receiver.url)
    set_to = desk.mock.control.put("/webhooks/disturbances", json={"rules": [rule]})
    assert set_to.json() == {"rules": [{"seconds": 60, **rule}]}
    desk.send()
    desk.advance(100)
    assert [status for _, status in statuses(receiver.received)] == arrive
    assert desk.mock.control.get("/webhooks/disturbances").json() == {
        "rules": [] if "next" in rule else [{"seconds": 60, **rule}]
    }


@pytest.mark.parametrize(
    "rules", [[{"effect": "explode"}], [{}], [{"effect": "late", "seconds": -1}], [{"effect": "drop", "nxt": 1}], "drop", None]
)
def test_a_wrong_rule_changes_nothing(desk: Desk, rules: Any) -> None:
    good = {"rules": [{"effect": "drop", "seconds": 60}]}
    desk.mock.control.put("/webhooks/disturbances", json=good).raise_for_status()
    refused = desk.mock.control.put("/webhooks/disturbances", json={"rules": rules})
    assert (refused.status_code, refused.json()["error"]) == (400, "body_invalid")
    assert desk.mock.control.get("/webhooks/disturbances").json() == good


@pytest.mark.slow
def test_ten_thousand_events_to_a_receiver_that_fails_three_times_in_ten_arrive_or_are_exhausted_on_schedule(desk: Desk) -> None:
    chance, guard = random.Random(4), threading.Lock()
    answers: dict[tuple[str, str], list[int]] = {}

    def unreliable(received: Received) -> int:
        with guard:
            status = 500 if chance.random() < 0.3 else 200
            answers.setdefault((received.json["message_id"], received.json["status"]), []).append(status)
        return status

    with receiving(unreliable) as receiver:
        desk.listen(receiver.url)
        ids = [id for batch in range(50) for id in desk.send(*(f"+1415555{batch * 100 + n:04}" for n in range(100)))]
        desk.advance(120)
        assert set(answers) == {(id, status) for id in ids for status in ("sent", "DELIVRD")}
        assert len(answers) == 10_000
        # Tried until taken, and three times at most.
        assert all(500 not in tried[-1:] or len(tried) == 3 for tried in answers.values())
        assert all(200 not in tried[:-1] and len(tried) <= 3 for tried in answers.values())
        exhausted = sum(tried[-1] == 500 for tried in answers.values())
        assert exhausted > 0
        assert desk.total(status="exhausted") == exhausted
        assert desk.total(status="delivered") == 10_000 - exhausted
        assert_on_schedule(desk.deliveries(status="exhausted"))
        assert Counter(map(len, answers.values())).keys() == {1, 2, 3}


def assert_on_schedule(deliveries: list[dict[str, Any]]) -> None:
    for delivery in deliveries:
        seconds = [instant(attempt["at"]) for attempt in delivery["attempts"]]
        assert [later - seconds[0] for later in seconds] == [0, 10, 40]
        assert seconds[0] == instant(delivery["queued_at"])


def instant(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()
