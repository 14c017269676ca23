"""tofrom over a socket while the clock is moved: messages come to their ends, arrive from outside, and sessions run out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

# Years before the world opens, so that what happens here can be told from its messages by date.
NOON, YEAR = "2020-02-13T12:00:00Z", {"startDate": "2020-01-01", "endDate": "2020-12-31"}
INBOUND = "/tofrom/workspaces/ws_4kq8z1m7/inbound"
LETTER = {"from": "+13129450127", "to": "+14153670186", "body": "Is the patio open?"}


@pytest.fixture
def frozen(mock: Any, wire: Any) -> Iterator[Callable[[float], Any]]:
    """The clock stands at noon; calling the fixture lets so many seconds pass."""
    mock.control.put("/clock", json={"mode": "frozen", "now": NOON}).raise_for_status()
    yield lambda seconds: mock.control.post("/clock/advance", json={"seconds": seconds}).raise_for_status().json()
    mock.reset()


def that_year(wire: Any, **filters: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = wire.get("/messages", **YEAR, **filters)["data"]
    return found


@pytest.mark.parametrize(
    ("to", "steps"),
    [
        ("+13129450127", [("sending", 2), ("sent", 1), ("delivered", 3)]),
        ("+13129499901", [("sending", 2), ("sent", 1), ("undelivered", 8)]),
        ("+13129499902", [("sending", 2), ("failed", 1)]),
        ("+13129499903", [("sending", 2), ("sent", 1), ("undelivered", 172_800)]),
        ("+13129499904", [("sending", 120), ("sent", 60), ("delivered", 180)]),
        ("+13129499905", [("sending", 2), ("sent", 1), ("sent", 172_800)]),
    ],
)
def test_the_recipient_decides_the_way(
    wire: Any, frozen: Callable[[float], Any], to: str, steps: list[tuple[str, float]]
) -> None:
    assert wire.send(to=to).json()["status"] == "queued"
    reached = ["queued", *(status for status, _ in steps)]
    for before, (status, seconds) in zip(reached, steps, strict=False):
        frozen(seconds - 0.001)
        assert [message["status"] for message in that_year(wire)] == [before]
        frozen(0.001)
        assert [message["status"] for message in that_year(wire, status=status)] == [status]
        assert before == status or that_year(wire, status=before) == []


def test_a_messages_end_is_decided_by_hand(mock: Any, wire: Any, frozen: Callable[[float], Any]) -> None:
    first, second = (wire.send().json()["sid"] for _ in range(2))
    by_id = that_year(wire)[1]["id"]
    outcomes = [("undelivered", by_id), ("rejected", second)]
    for outcome, id in outcomes:
        decided = mock.control.put("/messages/outcome", json={"api": "tofrom", "message_id": id, "outcome": outcome})
        assert decided.status_code == 204, decided.text
    frozen(3600)
    assert {message["provider_sid"]: message["status"] for message in that_year(wire)} == {
        first: "undelivered", second: "failed"
    }  # fmt: skip
    for _, id in outcomes:
        late = mock.control.put("/messages/outcome", json={"api": "tofrom", "message_id": id, "outcome": "delivered"})
        assert (late.status_code, late.json()["error"]) == (409, "message_not_under_way")


def test_messages_from_outside_arrive_now_and_later(mock: Any, wire: Any, frozen: Callable[[float], Any]) -> None:
    media = ["https://media.harborline.example/in/patio.jpg"]
    later = mock.control.post(INBOUND, json={**LETTER, "body": "", "mediaUrls": media, "in_seconds": 90})
    now = mock.control.post(INBOUND, json=LETTER)
    assert (later.status_code, now.status_code) == (200, 200)
    usual = {"direction": "inbound", "from": LETTER["from"], "to": LETTER["to"], "status": "delivered", "parts": 1}
    text = {**now.json(), **usual, "body": LETTER["body"], "mediaUrls": []}
    picture = {**later.json(), **usual, "body": "", "mediaUrls": media}
    assert that_year(wire) == [text]
    assert frozen(89)["jobs"] == 0
    assert that_year(wire) == [text]
    assert frozen(1)["jobs"] == 1
    assert that_year(wire) == that_year(wire, direction="inbound", to=LETTER["to"]) == [picture, text]
    assert (picture["created_at"], picture["provider_sid"][:2]) == ("2020-02-13T12:01:30.000000Z", "MM")
    assert (text["created_at"], text["provider_sid"][:2]) == ("2020-02-13T12:00:00.000000Z", "SM")


@pytest.mark.parametrize(
    ("change", "path", "status", "error"),
    [
        ({"to": "+15033890117"}, INBOUND, 404, "phone_number_unknown"),
        ({"to": "+12027410166"}, INBOUND, 404, "phone_number_unknown"),
        ({}, "/tofrom/workspaces/ws_nobody/inbound", 404, "workspace_unknown"),
        ({}, "/tofrom/workspaces/ws%20x/inbound", 400, "parameter_invalid"),
        ({"from": "Maria"}, INBOUND, 400, "body_invalid"),
        ({"to": "4153670142"}, INBOUND, 400, "body_invalid"),
        ({"body": None}, INBOUND, 400, "body_invalid"),
        ({"body": ""}, INBOUND, 400, "body_invalid"),
        ({"body": "", "mediaUrls": []}, INBOUND, 400, "body_invalid"),
        ({"body": "x" * 1601}, INBOUND, 400, "body_invalid"),
        ({"mediaUrls": ["ftp://media.harborline.example/a.jpg"]}, INBOUND, 400, "body_invalid"),
        ({"mediaUrls": ["https://media.harborline.example/a.jpg"] * 11}, INBOUND, 400, "body_invalid"),
        ({"in_seconds": -1}, INBOUND, 400, "body_invalid"),
        ({"in_seconds": "now"}, INBOUND, 400, "body_invalid"),
        ({"status": "failed"}, INBOUND, 400, "body_invalid"),
    ],
)
def test_a_wrong_message_from_outside_is_refused_and_changes_nothing(
    mock: Any, wire: Any, frozen: Callable[[float], Any], change: dict[str, Any], path: str, status: int, error: str
) -> None:
    refused = mock.control.post(path, json={**LETTER, "in_seconds": 1, **change})
    assert (refused.status_code, refused.json()["error"]) == (status, error)
    drawn = httpx.get(f"{mock.url}/_understudy/ready").json()["drawn"]
    assert (frozen(2)["jobs"], drawn) == (0, 0)
    assert that_year(wire) == []
    assert wire.get("/messages", "stranger", **YEAR)["data"] == []


def test_a_message_cannot_arrive_after_the_last_year_of_the_clock(mock: Any, wire: Any, frozen: Callable[[float], Any]) -> None:
    mock.control.put("/clock", json={"mode": "frozen", "now": "2199-12-31T23:59:00Z"})
    late = mock.control.post(INBOUND, json={**LETTER, "in_seconds": 61})
    assert (late.status_code, late.json()["error"]) == (400, "clock_out_of_range")


def test_nobody_lets_messages_arrive_without_the_token(mock: Any, wire: Any) -> None:
    reply = httpx.post(f"{mock.url}/_understudy{INBOUND}", json=LETTER, headers=wire.program())
    assert reply.status_code == 401
    assert wire.get("/messages", limit=1)["data"][0]["id"] == "msg_h5w1t8c3"


def test_a_session_of_its_own_lasts_thirty_days_of_the_clock(wire: Any, frozen: Callable[[float], Any]) -> None:
    opened = wire.log_in().json()
    assert opened["expires_at"] == "2020-03-14T12:00:00.000000Z"
    answers = []
    for seconds in (0, 30 * 86_400 - 1, 1):
        frozen(seconds)
        headers = {"Authorization": f"Bearer {opened['session_token']}"}
        answers.append(wire.client.get("/api/ui/workspaces", headers=headers).status_code)
    assert answers == [200, 200, 401]


def test_a_users_thousand_are_full_again_when_the_clock_reaches_the_next_minute(
    wire: Any, frozen: Callable[[float], Any]
) -> None:
    def left() -> tuple[int, str]:
        reply = wire.client.get("/api/ui/workspaces", headers=wire.person())
        return int(reply.headers["X-RateLimit-Remaining"]), reply.headers["X-RateLimit-Reset"]

    first, second = left(), left()
    assert (first[0], second[0]) == (999, 998)
    frozen(59.999)
    assert left() == (997, first[1])
    frozen(0.001)
    assert left() == (999, str(int(first[1]) + 60))


def test_the_same_story_has_the_same_bytes_twice(start_mock: Callable[..., Any]) -> None:
    assert told(start_mock(apis=("tofrom",), world="empty")) == told(start_mock(apis=("tofrom",), world="empty"))


def told(mock: Any) -> list[bytes]:
    """What is answered while messages of every kind come and go, byte by byte."""
    owner = mock.cast("tofrom")["owner"]
    key, session = ({"Authorization": f"Bearer {owner[name]}"} for name in ("api_key", "session_token"))
    inbound, listed = (f"/workspaces/{owner['workspace_id']}/{noun}" for noun in ("inbound", "messages"))
    heard: list[httpx.Response] = [mock.control.put("/clock", json={"mode": "frozen", "now": NOON})]
    with httpx.Client(base_url=mock.base("tofrom")) as client:
        for seconds in (0, 2, 1, 3, 8, 172_800):
            heard.append(mock.control.post("/clock/advance", json={"seconds": seconds}))
            for ending in ("50127", "99901", "99902", "99903", "99904", "99905"):
                heard.append(client.post("/api/messages", headers=key, json={"to": f"+131294{ending}", "body": "Hello"}))
            letter = {**LETTER, "to": owner["phone_number"], "in_seconds": seconds}
            heard.append(mock.control.post(f"/tofrom{inbound}", json=letter))
            heard.append(client.get(f"/api/ui{listed}", headers=session))
    assert [reply.status_code for reply in heard] == [200] * len(heard)
    statuses = {message["status"] for message in heard[-1].json()["data"]}
    assert statuses == {"queued", "sent", "delivered", "failed", "undelivered"}
    return [reply.content for reply in heard]
