"""Time on the wire: what was sent goes its way, what is written from outside arrives, the window closes, all by one clock."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

OWNERS = "ch_7Kq2mVxPd4"
NEW = "+31612345678"
NOON = "2026-12-13T12:00:00.000000Z"
DAY = 24 * 3600
TEMPLATE = {"to": NEW, "templateName": "order_confirmation", "variables": "a,b,c"}
CLOSED = {
    "success": False,
    "error": "Outside the 24-hour window",
    "message": "The recipient has not written in the last 24 hours; send a template instead",
}


class Timed:
    """A mock whose clock stands, and its owner."""

    def __init__(self, mock: Any, client: httpx.Client) -> None:
        self.control: httpx.Client = mock.control
        self._client = client

    def ask(self, path: str, by: str = "POST", **given: Any) -> httpx.Response:
        """Parameters in the body, or in the query string."""
        return self._client.post(path, json=given) if by == "POST" else self._client.get(path, params=given)

    def status(self, wamid: str, by: str = "POST") -> dict[str, Any]:
        """What is known of a message."""
        found: dict[str, Any] = self.ask("/whatsapp/message/status", by, wamid=wamid).raise_for_status().json()["data"]
        return found

    def post(self, to: str = NEW) -> str:
        """Send a template."""
        return str(self.ask("/whatsapp/templates/send", **{**TEMPLATE, "to": to}).raise_for_status().json()["data"]["wamid"])

    def contacts(self, number: str = NEW) -> list[dict[str, Any]]:
        """Contacts with this number."""
        found: list[dict[str, Any]] = self.ask("/contacts/list", search=number).json()["data"]
        return found

    def inbound(self, channel: str = OWNERS, **given: Any) -> httpx.Response:
        """Somebody writes to a channel."""
        return self.control.post(f"/xpressbot/channels/{channel}/inbound", json={"from": NEW, "body": "Hello", **given})

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.control.post("/clock/advance", json={"seconds": seconds}).raise_for_status()

    def outcome(self, wamid: str, outcome: str) -> httpx.Response:
        """Decide about a message."""
        return self.control.put("/messages/outcome", json={"api": "xpressbot", "message_id": wamid, "outcome": outcome})


def timed(mock: Any, at: str = NOON) -> Timed:
    mock.control.put("/clock", json={"mode": "frozen", "now": at}).raise_for_status()
    key = {"X-API-Key": mock.cast("xpressbot")["owner"]["api_key"]}
    return Timed(mock, httpx.Client(base_url=mock.base("xpressbot"), headers=key))


@pytest.fixture
def house(mock: Any) -> Iterator[Timed]:
    """The shared mock at a standstill; it is put back when the test is over."""
    mock.reset()
    found = timed(mock)
    yield found
    found._client.close()
    mock.reset()


@pytest.mark.parametrize("by", ["GET", "POST"])
def test_a_template_is_queued_sent_delivered_and_read(house: Timed, by: str) -> None:
    sent = house.ask("/whatsapp/templates/send", by, **TEMPLATE).json()["data"]
    assert (sent["status"], sent["timestamp"]) == ("queued", NOON)
    first = house.status(sent["wamid"], by)
    assert (first["status"], first["deliveredAt"], first["readAt"], first["error"]) == ("queued", None, None, None)
    house.advance(2)
    assert house.status(sent["wamid"], by) == {**first, "status": "sent"}
    house.advance(3)
    delivered = {**first, "status": "delivered", "deliveredAt": "2026-12-13T12:00:05.000000Z"}
    assert house.status(sent["wamid"], by) == delivered
    house.advance(3600)
    read = {**delivered, "status": "read", "readAt": "2026-12-13T12:01:05.000000Z"}
    assert house.status(sent["wamid"], by) == read


@pytest.mark.parametrize(
    ("ending", "status", "error"),
    [
        ("99901", "failed", "The message could not be delivered to this number"),
        ("99902", "failed", "WhatsApp refused the message"),
        ("99903", "failed", "The phone was not reached in time"),
        ("99904", "read", None),
        ("99905", "sent", None),
    ],
)
def test_the_last_five_digits_decide(house: Timed, ending: str, status: str, error: str | None) -> None:
    number = f"+316123{ending}"
    house.inbound(**{"from": number})
    text = house.ask("/whatsapp/message/send", to=number, body="Hello").raise_for_status().json()["data"]["wamid"]
    both = (house.post(number), text)
    house.advance(65)
    assert all(house.status(wamid)["status"] != "read" for wamid in both)
    house.advance(31 * DAY)
    for wamid in both:
        found = house.status(wamid)
        assert (found["status"], found["error"]) == (status, error)
        assert (found["deliveredAt"] is None, found["readAt"] is None) == (status != "read", status != "read")


def test_one_messages_outcome_is_decided_from_outside(house: Timed) -> None:
    # Three lengths of a number, three ways in which base64 ends.
    wamids = [house.post(f"+3161234567{more}") for more in ("", "8", "89")]
    assert {wamid.count("=") for wamid in wamids} == {0, 1, 2}
    others = house.post()
    for wamid in wamids:
        assert house.outcome(wamid, "rejected").status_code == 204
    house.advance(65)
    for wamid in wamids:
        assert [house.status(wamid, by)["error"] for by in ("GET", "POST")] == ["WhatsApp refused the message"] * 2
        again = house.outcome(wamid, "delivered")
        assert (again.status_code, again.json()["error"]) == (409, "message_not_under_way")
    assert house.status(others)["status"] == "read"


def test_a_message_from_outside_opens_the_window_for_24_hours(house: Timed) -> None:
    def answered() -> list[int]:
        given = ({"body": "Hi"}, {"type": "image", "url": "https://a.example/b"})
        replies = [house.ask("/whatsapp/message/send", by, to=NEW, **media) for by in ("GET", "POST") for media in given]
        assert all(reply.status_code == 200 or reply.json() == CLOSED for reply in replies)
        return [reply.status_code for reply in replies]

    assert answered() == [400] * 4
    assert house.contacts() == []
    came = house.inbound(name="Noor", type="text")
    assert came.status_code == 200
    message = {
        "id": came.json()["id"],
        "wamid": came.json()["wamid"],
        "channelId": OWNERS,
        "to": NEW,
        "status": "received",
        "direction": "inbound",
        "type": "text",
        "content": "Hello",
        "timestamp": NOON,
        "deliveredAt": None,
        "readAt": None,
        "error": None,
        "apiReference": None,
    }
    assert came.json() == {name: message[name] for name in ("id", "wamid", "timestamp")}
    assert [house.status(message["wamid"], by) for by in ("GET", "POST")] == [message] * 2
    (contact,) = house.contacts()
    assert (contact["name"], contact["lastInboundAt"]) == ("Noor", NOON)
    assert answered() == [200] * 4
    house.advance(DAY - 1)
    assert answered() == [200] * 4
    house.advance(1)
    assert answered() == [400] * 4
    assert house.ask("/whatsapp/templates/send", **TEMPLATE).status_code == 200, "a template can still be sent"
    house.inbound()
    assert answered() == [200] * 4


def test_a_message_from_outside_comes_when_the_clock_gets_there(house: Timed) -> None:
    coming = house.inbound(in_seconds=60.5, type="image", url="https://a.example/b", caption="Look").json()
    assert coming["timestamp"] == "2026-12-13T12:01:00.500000Z"
    house.advance(60)
    assert house.ask("/whatsapp/message/status", wamid=coming["wamid"]).status_code == 404
    assert house.contacts() == []
    assert house.ask("/whatsapp/message/send", to=NEW, body="Hi").json() == CLOSED
    house.advance(3600)
    found = house.status(coming["wamid"])
    assert {name: found[name] for name in coming} == coming
    assert (found["type"], found["content"]) == ("image", "https://a.example/b")
    (contact,) = house.contacts()
    assert contact["lastInboundAt"] == contact["createdAt"] == coming["timestamp"]
    house.advance(DAY - 3600)
    assert house.ask("/whatsapp/message/send", to=NEW, body="Hi").status_code == 200
    house.advance(0.5)
    assert house.ask("/whatsapp/message/send", to=NEW, body="Hi").json() == CLOSED


@pytest.mark.parametrize(
    ("channel", "given", "status", "error"),
    [
        ("ch_none", {}, 404, "channel_unknown"),
        ("ch_none", {"in_seconds": 60}, 404, "channel_unknown"),
        ("ch%20none", {}, 400, "parameter_invalid"),
        (OWNERS, {"from": "31612345678"}, 400, "body_invalid"),
        (OWNERS, {"from": None}, 400, "body_invalid"),
        (OWNERS, {"body": ""}, 400, "body_invalid"),
        (OWNERS, {"body": "a" * 4097}, 400, "body_invalid"),
        (OWNERS, {"type": "poem"}, 400, "body_invalid"),
        (OWNERS, {"type": "image"}, 400, "body_invalid"),
        (OWNERS, {"type": "image", "url": "file:///etc/passwd"}, 400, "body_invalid"),
        (OWNERS, {"name": ""}, 400, "body_invalid"),
        (OWNERS, {"in_seconds": -1}, 400, "body_invalid"),
        (OWNERS, {"in_seconds": "60"}, 400, "body_invalid"),
        (OWNERS, {"in_seconds": 315360001}, 400, "body_invalid"),
        (OWNERS, {"color": "red"}, 400, "body_invalid"),
    ],
)
def test_what_cannot_arrive_is_refused_and_changes_nothing(
    mock: Any, house: Timed, channel: str, given: dict[str, Any], status: int, error: str
) -> None:
    refused = house.inbound(channel, **given)
    assert (refused.status_code, refused.json()["error"]) == (status, error)
    assert "poem" not in refused.text, "what was sent is not repeated"
    assert httpx.get(f"{mock.url}/_understudy/ready").json()["drawn"] == 0
    assert house.control.post("/clock/advance", json={"seconds": 60}).json()["jobs"] == 0
    assert house.contacts() == []


def test_a_text_needs_words_and_no_calendar_ends_before_a_message_comes(house: Timed) -> None:
    for given in ({"from": NEW}, {"from": NEW, "url": "https://a.example/b"}, {"from": NEW, "type": "text"}):
        assert house.control.post(f"/xpressbot/channels/{OWNERS}/inbound", json=given).status_code == 400
    house.control.put("/clock", json={"mode": "frozen", "now": "2199-12-31T23:59:00Z"})
    assert house.inbound(in_seconds=59).status_code == 200
    refused = house.inbound(in_seconds=60)
    assert (refused.status_code, refused.json()["error"]) == (400, "clock_out_of_range")


def test_the_deed_needs_the_token_and_an_api_that_is_served(mock: Any, start_mock: Callable[..., Any]) -> None:
    path, body = f"/xpressbot/channels/{OWNERS}/inbound", {"from": NEW, "body": "Hello"}
    assert httpx.post(f"{mock.url}/_understudy{path}", json=body).status_code == 401
    refused = start_mock(apis=("bird",)).control.post(path, json=body)
    assert (refused.status_code, refused.json()["error"]) == (404, "api_not_served")


def test_contacts_are_made_and_changed_by_the_same_clock(house: Timed) -> None:
    made = house.ask("/contacts/manage", phoneNumber=NEW).json()["data"]
    assert made["createdAt"] == made["updatedAt"] == NOON
    house.advance(90)
    changed = house.ask("/contacts/manage", phoneNumber=NEW, name="Noor").json()["data"]
    assert (changed["createdAt"], changed["updatedAt"]) == (NOON, "2026-12-13T12:01:30.000000Z")
    for number, path, given in (
        ("+31612345671", "/whatsapp/templates/send", {**TEMPLATE, "to": "+31612345671"}),
        ("+31612345672", "/automations/trigger", {"phoneNumber": "+31612345672", "automationName": "Welcome Flow"}),
    ):
        house.ask(path, **given).raise_for_status()
        assert house.contacts(number)[0]["createdAt"] == "2026-12-13T12:01:30.000000Z"


def test_two_fresh_mocks_tell_the_same_story_in_the_same_bytes(start_mock: Callable[..., Any]) -> None:
    def story() -> list[bytes]:
        told = timed(start_mock(apis=("xpressbot",)))
        with told._client:
            replies = [told.inbound(name="Noor"), told.inbound(**{"from": "+31612399901"}, in_seconds=30)]
            wamids = [told.post(), told.post("+31612399901"), replies[1].json()["wamid"]]
            replies.append(told.outcome(wamids[0], "slow"))
            for seconds in (2, 60, 7200):
                told.advance(seconds)
                replies += [told.ask("/whatsapp/message/status", wamid=wamid) for wamid in wamids]
                replies.append(told.ask("/contacts/list", search="+31612"))
                replies.append(told.ask("/whatsapp/message/send", to=NEW, body=f"after {seconds}"))
            return [reply.content for reply in replies]

    first = story()
    assert any(b'"status":"read"' in reply for reply in first)
    assert story() == first
