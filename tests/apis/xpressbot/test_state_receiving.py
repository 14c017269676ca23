"""Messages from outside without HTTP: the contact, the conversation, the window, now and later."""

from __future__ import annotations

import base64
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mockserver.apis.xpressbot import contacts, messages, receiving, sending
from mockserver.apis.xpressbot.messages import MessageUnknown
from mockserver.apis.xpressbot.sending import WindowClosed
from mockserver.apis.xpressbot.state import ChannelUnknown

NOON = datetime(2026, 2, 13, 12, 0, tzinfo=UTC)
JANE, PRIYA, NEW = "+1234567890", "+447911234861", "+31612345678"
URL = "https://a.example/b"
DAY = timedelta(hours=24)
INSTANT = timedelta(microseconds=1)
KINDS = ("contact", "conversation", "message")


def write(house: Any, number: str = NEW, after: float = 0, **given: Any) -> Any:
    """Somebody writes to the owner's channel."""
    arrival = house.sandbox.clock.now() + timedelta(seconds=after)
    return house.do(receiving.expect, {"from": number, "body": "Hello", **given}, arrival)


def answer(house: Any, number: str = NEW, channel: str | None = None) -> Any:
    return house.do(sending.send, {"to": number, "body": "Hi"}, "Hi", channel=channel)


def contact(house: Any, number: str = NEW) -> dict[str, Any]:
    ((found,), _) = house.do(contacts.page, number, 1, 1)
    return dict(found)


def read(house: Any, wamid: str) -> dict[str, Any]:
    with house.sandbox.transaction("xpressbot") as tx:
        return messages.read(tx, (house.channel,), wamid)


def test_somebody_new_becomes_a_contact_with_a_conversation_and_a_message(house: Any) -> None:
    before = [house.count(kind) for kind in KINDS]
    came = write(house, name="Noor")
    assert [house.count(kind) for kind in KINDS] == [count + 1 for count in before]
    known = contact(house)
    noon = "2026-02-13T12:00:00.000000Z"
    assert (known["name"], known["lastInboundAt"], known["createdAt"], known["updatedAt"]) == ("Noor", noon, noon, noon)
    expected = {
        "contactId": known["id"],
        "channelId": house.channel,
        "to": NEW,
        "direction": "inbound",
        "status": "received",
        "type": "text",
        "content": "Hello",
        "timestamp": noon,
        "deliveredAt": None,
        "readAt": None,
        "error": None,
        "apiReference": None,
        "body": "Hello",
        "url": None,
        "caption": None,
        "filename": None,
    }
    found = read(house, came["wamid"])
    assert {name: found[name] for name in expected} == expected
    assert found["id"] == came["id"]
    assert house.sandbox.first_job() is None, "what has arrived goes no further"


def test_media_carries_its_address(house: Any) -> None:
    parts = {"type": "document", "url": URL, "caption": "Plan", "filename": "plan.pdf"}
    found = read(house, write(house, **parts)["wamid"])
    assert {**parts, "content": URL}.items() <= found.items()


def test_a_contact_keeps_the_name_that_the_workspace_gave(house: Any) -> None:
    before = [house.count(kind) for kind in KINDS]
    known = contact(house, JANE)
    write(house, JANE, name="jd")
    assert contact(house, JANE) == {**known, "lastInboundAt": "2026-02-13T12:00:00.000000Z"}
    assert [house.count(kind) for kind in KINDS] == [before[0], before[1], before[2] + 1]
    house.do(contacts.reach, NEW)
    house.advance(60)
    write(house)
    assert (contact(house)["name"], contact(house)["updatedAt"]) == (None, "2026-02-13T12:00:00.000000Z")
    write(house, name="Noor")
    assert (contact(house)["name"], contact(house)["updatedAt"]) == ("Noor", "2026-02-13T12:01:00.000000Z")
    assert house.do(contacts.page, "noor", 1, 5)[1] == 1, "and is found by it"


@pytest.mark.parametrize("number", [NEW, PRIYA])
def test_the_window_is_open_for_exactly_24_hours(house: Any, number: str) -> None:
    with pytest.raises(WindowClosed):
        answer(house, number)
    write(house, number)
    answer(house, number)
    house.at(NOON + DAY - INSTANT)
    answer(house, number)
    house.at(NOON + DAY)
    with pytest.raises(WindowClosed):
        answer(house, number)


def test_another_message_opens_the_window_anew(house: Any) -> None:
    write(house)
    house.at(NOON + timedelta(hours=10))
    write(house)
    house.at(NOON + timedelta(hours=34) - INSTANT)
    answer(house)
    house.at(NOON + timedelta(hours=34))
    with pytest.raises(WindowClosed):
        answer(house)


def test_a_window_is_of_one_channel(house: Any) -> None:
    write(house)
    with pytest.raises(WindowClosed):
        answer(house, channel=house.theirs)


def test_what_comes_later_is_not_there_before_and_then_has_its_own_instant(house: Any) -> None:
    before = [house.count(kind) for kind in KINDS]
    coming = write(house, after=90, name="Noor")
    assert coming["timestamp"] == "2026-02-13T12:01:30.000000Z"
    house.advance(89.999)
    assert [house.count(kind) for kind in KINDS] == before
    with pytest.raises(MessageUnknown):
        read(house, coming["wamid"])
    with pytest.raises(WindowClosed):
        answer(house)
    assert house.advance(3600) == 1
    assert [house.count(kind) for kind in KINDS] == [count + 1 for count in before]
    assert read(house, coming["wamid"])["timestamp"] == coming["timestamp"]
    known = contact(house)
    assert known["lastInboundAt"] == known["createdAt"] == coming["timestamp"]
    house.at(NOON + timedelta(seconds=90) + DAY - INSTANT)
    answer(house)
    house.at(NOON + timedelta(seconds=90) + DAY)
    with pytest.raises(WindowClosed):
        answer(house)


def test_several_come_in_the_order_of_their_instants(house: Any) -> None:
    later, sooner = write(house, after=20, body="second"), write(house, after=10, body="first")
    house.advance(10)
    assert read(house, sooner["wamid"])["content"] == "first"
    with pytest.raises(MessageUnknown):
        read(house, later["wamid"])
    house.advance(10)
    assert contact(house)["lastInboundAt"] == read(house, later["wamid"])["timestamp"] == "2026-02-13T12:00:20.000000Z"


def test_a_channel_that_is_not_there_receives_nothing(house: Any) -> None:
    before = [house.count(kind) for kind in KINDS]
    for after in (0, 60):
        with pytest.raises(ChannelUnknown):
            house.do(receiving.expect, {"from": NEW, "body": "a"}, NOON + timedelta(seconds=after), channel="ch_7kq2mvxpd4")
    assert [house.count(kind) for kind in KINDS] == before
    assert house.sandbox.first_job() is None


def test_an_inbound_wamid_tells_that_it_came_in(house: Any) -> None:
    first, second = (write(house)["wamid"] for _ in range(2))
    assert first != second
    raw = base64.b64decode(first.removeprefix("wamid."))
    assert re.fullmatch(rb"\x1c\x18\x0b31612345678\x15\x02\x00\x12\x18\x12[0-9A-F]{18}\x00", raw)
