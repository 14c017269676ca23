"""Links on the wire: what recipients do with them leaves as webhooks and stands in the statistics."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.apis.restlink.conftest import THEN, Desk
from tests.conftest import RunningMock

EVENTS = ("impression", "click", "conversion")


def listen(desk: Desk, **settings: Any) -> None:
    desk.listen(**{f"{event}_url": f"{desk.receiver.url}/{event}" for event in EVENTS}, **settings)


def record(desk: Desk, message_id: str, event: str, **visit: str) -> Any:
    return desk.control("POST", f"/restlink/messages/{message_id}/events", {"event": event, **visit})


def figures(desk: Desk) -> tuple[int, ...]:
    stats = desk.read("/sms/stats", **THEN)["stats"]
    return stats["click_count"], stats["unique_click_count"], stats["action_count"]


def test_what_a_recipient_does_is_told_and_counted(desk: Desk) -> None:
    listen(desk, click_fields=["url", "ip", "user_agent", "workspace_id"])
    message_id = desk.send()
    desk.advance(60)
    assert figures(desk) == (0, 0, 0)
    visit = {"url": "https://nordhaven.example/a?b=1", "ip": "192.0.2.1", "user_agent": "Test/1 (ü)"}
    assert record(desk, message_id, "click", **visit) == {
        "message_id": message_id,
        "workspace_id": 16,
        "event": "click",
        "timestamp": "2020-02-13T12:01:00.000000Z",
        "reported": True,
    }
    record(desk, message_id, "impression", **visit)
    record(desk, message_id, "conversion", action="signup")
    desk.advance(0)
    told = {event: desk.receiver.at(f"/{event}")[0].json for event in EVENTS}
    about = {
        "message_id": message_id,
        "recipient": "+14155551234",
        "sender_id": "MyApp",
        "timestamp": "2020-02-13T12:01:00.000000Z",
    }
    assert told == {
        "click": {**visit, "workspace_id": 16},
        "impression": {**about, "url": visit["url"]},
        "conversion": {**about, "action": "signup"},
    }
    assert figures(desk) == (1, 1, 1)
    assert [(one["event"], one["message_id"]) for one in desk.read("/user/webhooks/logs", limit=3)["logs"]] == [
        (event, message_id) for event in ("conversion", "impression", "click")
    ]


def test_only_first_clicks_leave_where_that_is_wanted(desk: Desk) -> None:
    listen(desk, unique_clicks_only=True, click_fields=None)
    ids = [desk.send(), desk.send()]
    assert [record(desk, message_id, "click")["reported"] for message_id in (*ids, *ids, ids[0])] == [True, True] + [False] * 3
    desk.advance(0)
    assert [one.json["message_id"] for one in desk.receiver.at("/click")] == ids
    assert figures(desk) == (5, 2, 0)
    desk.listen(unique_clicks_only=False)
    assert record(desk, ids[0], "click")["reported"] is True


def test_it_counts_in_the_workspace_that_sent_and_in_no_other(desk: Desk) -> None:
    record(desk, desk.send(18), "click")
    assert figures(desk) == (0, 0, 0)
    assert desk.read("/sms/stats", 18, **THEN)["stats"]["click_count"] == 1


@pytest.mark.parametrize(
    ("body", "issue"),
    [
        ({}, "event: is required"),
        ({"event": "delivery"}, None),
        ({"event": "click", "url": "javascript:alert(1)"}, None),
        ({"event": "click", "url": "https://example.com/a b"}, None),
        ({"event": "click", "url": "https://example.com/" + "x" * 2048}, None),
        ({"event": "click", "ip": "nowhere"}, None),
        ({"event": "click", "user_agent": "x" * 513}, None),
        ({"event": "conversion", "action": "x" * 101}, None),
        ({"event": "conversion", "action": ""}, None),
        ({"event": "click", "when": "now"}, None),
        ({"event": 1}, None),
        ([], None),
    ],
)
def test_a_wrong_event_is_refused_and_counts_for_nothing(desk: Desk, body: Any, issue: str | None) -> None:
    listen(desk)
    message_id = desk.send()
    refused = desk.wire.control.post(f"/restlink/messages/{message_id}/events", json=body)
    assert (refused.status_code, refused.json()["error"]) == (400, "body_invalid")
    assert issue is None or issue in refused.json()["issues"]
    assert figures(desk) == (0, 0, 0)
    assert desk.control("GET", "/webhooks/deliveries")["total"] == 0


@pytest.mark.parametrize("unknown", ["api_1041_1_0000000000000000", "x", "x" * 300, "%00"])
def test_a_message_that_never_was_is_not_found(desk: Desk, unknown: str) -> None:
    refused = desk.wire.control.post(f"/restlink/messages/{unknown}/events", json={"event": "click"})
    assert (refused.status_code, refused.json()["error"]) == (404, "message_not_found")


def test_a_deleted_workspaces_message_is_not_found(desk: Desk) -> None:
    message_id = desk.send(18)
    desk.control("DELETE", "/restlink/accounts/279/workspaces/18")
    refused = desk.wire.control.post(f"/restlink/messages/{message_id}/events", json={"event": "click"})
    assert (refused.status_code, refused.json()["error"]) == (404, "message_not_found")


def test_links_of_a_population_can_be_followed(start_mock: Callable[..., RunningMock]) -> None:
    mock = start_mock(apis=("restlink",), population=10)
    headers = {"X-API-Key": mock.cast("restlink")["owner"]["api_keys"]["16"]}
    with httpx.Client(base_url=mock.base("restlink"), headers=headers) as client:
        listed = client.get("/sms/messages", params={"sender": "Understudy", "limit": 1}).raise_for_status().json()
        (message,) = listed["messages"]
        path = f"/restlink/messages/{message['client_message_id']}/events"
        assert mock.control.post(path, json={"event": "click"}).json()["workspace_id"] == 16
        assert client.get("/sms/stats").json()["stats"]["click_count"] == 1
        assert client.get("/sms/messages", params={"sender": "Understudy", "limit": 1}).json() == listed


def test_without_restlink_there_is_nothing_to_follow(start_mock: Callable[..., RunningMock]) -> None:
    refused = start_mock(apis=("tofrom",)).control.post("/restlink/messages/x/events", json={"event": "click"})
    assert (refused.status_code, refused.json()["error"]) == (404, "api_not_served")
