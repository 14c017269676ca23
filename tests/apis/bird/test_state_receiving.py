"""Messages from outside without HTTP: who becomes a contact, when they arrive, and where they do not."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from mockserver.apis.bird import contacts, messages, receiving, state
from mockserver.apis.bird.lists import Paging
from mockserver.apis.bird.messages import Filters
from mockserver.apis.bird.moments import sortable
from mockserver.engine.refusals import Refusal

PHONE, STRANGER, EMAIL = "+31612345678", "+447911123456", "new.person@example.com"
BODY = {"type": "text", "text": {"text": "Is it still open?"}}


def write(house: Any, channel: str, sender: str, in_seconds: float = 0, workspace: str | None = None) -> str:
    """Somebody writes to a channel; the message's id."""
    arrival = house.sandbox.clock.now() + timedelta(seconds=in_seconds)
    message_id: str = house.do(receiving.expect, workspace or house.workspace, channel, sender, BODY, arrival)
    return message_id


def incoming(house: Any) -> list[str]:
    page = house.do(messages.messages, house.workspace, Filters(direction="incoming"), Paging(1000), reverse=False)
    return [entry["id"] for entry in page.entries]


@pytest.mark.parametrize(
    ("platform", "sender", "kind"),
    [("sms", STRANGER, "phonenumber"), ("whatsapp", STRANGER, "phonenumber"), ("email", EMAIL, "emailaddress")],
)
def test_a_new_sender_becomes_a_contact(house: Any, platform: str, sender: str, kind: str) -> None:
    before, channel = house.count("contact"), getattr(house, platform)
    message_id = write(house, channel, sender)
    shown = house.do(messages.message, house.workspace, channel, message_id)
    assert (shown["direction"], shown["status"], shown["body"]) == ("incoming", "delivered", BODY)
    party = shown["sender"]["contact"]
    assert (party["identifierKey"], party["identifierValue"]) == (kind, sender)
    assert house.do(contacts.contact, house.workspace, party["id"])["identifiers"] == [{"key": kind, "value": sender}]
    assert house.count("contact") == before + 1
    assert incoming(house)[0] == message_id
    write(house, channel, sender)
    assert house.count("contact") == before + 1


def test_a_known_sender_is_the_contact_that_it_was(house: Any) -> None:
    known = house.send(house.sms, PHONE)["receiver"]["contacts"][0]["id"]
    shown = house.do(messages.message, house.workspace, house.whatsapp, write(house, house.whatsapp, PHONE))
    assert shown["sender"]["contact"]["id"] == known


def test_a_message_arrives_when_its_time_comes_and_not_before(house: Any) -> None:
    house.subscribe("sms.inbound")
    before, arrival = house.count("contact"), sortable(house.sandbox.clock.now() + timedelta(seconds=90))
    message_id = write(house, house.sms, STRANGER, in_seconds=90)
    house.pass_time(89.999999)
    assert house.count("contact") == before
    with pytest.raises(messages.MessageUnknown):
        house.do(messages.message, house.workspace, house.sms, message_id)
    house.pass_time(100)
    shown = house.do(messages.message, house.workspace, house.sms, message_id)
    assert shown["createdAt"] == shown["updatedAt"] == shown["lastStatusAt"] == arrival
    assert house.do(contacts.contact, house.workspace, shown["sender"]["contact"]["id"])["createdAt"] == arrival
    (told,) = [one for one in house.told() if one["url"].startswith("http://127")]
    assert (told["queued_at"], told["event"], told["payload"]) == (arrival, "sms.inbound", shown)


def test_a_channel_that_is_switched_off_meanwhile_receives_nothing(house: Any) -> None:
    before = house.count("message"), house.count("contact")
    write(house, house.sms, STRANGER, in_seconds=90)
    house.do(state.set_channel_status, house.workspace, house.sms, "inactive")
    house.pass_time(100)
    assert (house.count("message"), house.count("contact")) == before


@pytest.mark.parametrize("in_seconds", [0, 90])
@pytest.mark.parametrize(
    ("channel", "sender", "refusal"),
    [
        ("inactive", PHONE, state.ChannelInactive),
        ("workspace", PHONE, state.ChannelUnknown),
        ("sms", EMAIL, receiving.SenderMismatch),
        ("whatsapp", EMAIL, receiving.SenderMismatch),
        ("email", STRANGER, receiving.SenderMismatch),
    ],
)
def test_what_a_channel_cannot_receive_is_refused_and_leaves_nothing(
    house: Any, channel: str, sender: str, refusal: type[Refusal], in_seconds: int
) -> None:
    before = house.count("message"), house.count("contact"), house.told()
    with pytest.raises(refusal):
        write(house, getattr(house, channel), sender, in_seconds)
    house.pass_time(100)
    assert (house.count("message"), house.count("contact"), house.told()) == before


def test_another_workspaces_channel_is_none_of_this_one(house: Any) -> None:
    with pytest.raises(state.ChannelUnknown):
        write(house, house.sms, PHONE, workspace=house.stranger)
