"""Sending without HTTP: who may be written to, when, by which template, at how many units."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from mockserver.apis.bird import contacts, messages, sending, state
from mockserver.apis.bird.bodies import chargeable_units
from mockserver.apis.bird.moments import sortable
from mockserver.engine.refusals import Refusal

PHONE, NEW_PHONE, EMAIL = "+31612345678", "+447911123456", "sanne.devries@example.com"
TEMPLATE = {"projectId": "ec66a787-95e7-41d1-b731-af10506bf2ef", "version": "latest", "locale": "en"}
MAIL_ONLY = {"projectId": "c7a2ea20-b2f1-4c94-ae05-319acb5c7427", "version": "latest", "locale": "nl"}


def test_a_message_is_accepted_and_kept_as_it_was_answered(house: Any) -> None:
    sent = house.send(house.sms, PHONE, reference="order-1", meta={"a": 1}, replyTo={"id": "x"})
    assert sent["status"] == "accepted"
    assert sent["direction"] == "outgoing"
    assert (sent["reference"], sent["meta"], sent["replyTo"]) == ("order-1", {"a": 1}, {"id": "x"})
    assert sent["createdAt"] == sent["lastStatusAt"] == "2026-02-13T12:00:00.000000Z"
    assert house.do(messages.message, house.workspace, house.sms, sent["id"]) == sent


def test_a_message_is_found_in_its_own_channel_only(house: Any) -> None:
    sent = house.send(house.sms, PHONE)
    with pytest.raises(messages.MessageUnknown):
        house.do(messages.message, house.workspace, house.whatsapp, sent["id"])
    with pytest.raises(state.ChannelUnknown):
        house.do(messages.message, house.stranger, house.sms, sent["id"])


def test_ids_are_found_whatever_their_case(house: Any) -> None:
    sent = house.send(house.sms.upper(), PHONE)
    assert house.do(messages.message, house.workspace, house.sms.upper(), sent["id"].upper()) == sent


def test_an_inactive_channel_refuses_until_it_is_switched_on(house: Any) -> None:
    with pytest.raises(state.ChannelInactive):
        house.send(house.inactive, PHONE)
    assert house.do(state.set_channel_status, house.workspace, house.inactive, "active")["status"] == "active"
    assert house.send(house.inactive, PHONE)["status"] == "accepted"


@pytest.mark.parametrize("channel", ["sms", "whatsapp"])
def test_only_mail_takes_several_receivers(house: Any, channel: str) -> None:
    with pytest.raises(sending.ReceiversNotAllowed):
        house.send(getattr(house, channel), PHONE, NEW_PHONE)
    to = house.send(house.email, EMAIL, {"identifierValue": "b@example.com", "type": "cc"})["receiver"]["contacts"]
    assert [(found["identifierValue"], found.get("type")) for found in to] == [(EMAIL, None), ("b@example.com", "cc")]


def test_a_new_identifier_becomes_one_contact(house: Any) -> None:
    before = house.count("contact")
    first = house.send(house.sms, NEW_PHONE)["receiver"]["contacts"][0]["id"]
    assert house.send(house.whatsapp, NEW_PHONE)["receiver"]["contacts"][0]["id"] == first
    assert house.count("contact") == before + 1
    made = house.do(contacts.contact, house.workspace, first)
    assert made["identifiers"] == [{"key": "phonenumber", "value": NEW_PHONE}]


def test_a_refused_message_makes_no_contact(house: Any) -> None:
    before = house.count("contact"), house.count("tag"), house.count("message")
    with pytest.raises(contacts.ReceiverMismatch) as refused:
        house.send(house.email, "new@example.com", NEW_PHONE, tags=["fresh"])
    assert refused.value.facts == {"path": ".receiver.contacts[1]"}
    assert (house.count("contact"), house.count("tag"), house.count("message")) == before


@pytest.mark.parametrize(
    ("channel", "given"),
    [
        ("sms", {"identifierValue": EMAIL}),
        ("email", {"identifierValue": PHONE}),
        ("sms", {"identifierKey": "emailaddress", "identifierValue": PHONE}),
        ("email", {"identifierKey": "phonenumber", "identifierValue": EMAIL}),
        ("email", {"identifiers": [{"identifierKey": "phonenumber", "identifierValue": PHONE}]}),
    ],
)
def test_a_receiver_needs_an_identifier_of_the_channels_kind(house: Any, channel: str, given: dict[str, str]) -> None:
    with pytest.raises(contacts.ReceiverMismatch):
        house.send(getattr(house, channel), given)


def test_of_several_identifiers_the_fitting_one_is_used(house: Any) -> None:
    both = [
        {"identifierKey": "phonenumber", "identifierValue": PHONE},
        {"identifierKey": "emailaddress", "identifierValue": EMAIL},
    ]
    assert house.send(house.email, {"identifiers": both})["receiver"]["contacts"][0]["identifierValue"] == EMAIL


def test_a_receiver_can_be_a_contacts_id(house: Any) -> None:
    known = house.send(house.sms, PHONE)["receiver"]["contacts"][0]["id"]
    assert house.send(house.email, {"id": known.upper()})["receiver"]["contacts"][0] == {
        "id": known,
        "identifierKey": "emailaddress",
        "identifierValue": EMAIL,
    }
    with pytest.raises(contacts.ReceiverMismatch):
        house.send(house.sms, {"id": known, "identifierValue": NEW_PHONE})
    with pytest.raises(contacts.ReceiverUnknown):
        house.send(house.sms, {"id": house.workspace})


@pytest.mark.parametrize(
    ("ahead", "status"),
    [
        (timedelta(days=-400), "accepted"),
        (timedelta(0), "accepted"),
        (timedelta(minutes=10), "accepted"),
        (timedelta(minutes=10, seconds=1), "scheduled"),
        (timedelta(days=35), "scheduled"),
        (timedelta(days=35, seconds=1), None),
        (timedelta(days=4000), None),
    ],
)
def test_a_message_is_scheduled_between_ten_minutes_and_35_days(house: Any, ahead: timedelta, status: str | None) -> None:
    moment = sortable(house.sandbox.clock.now() + ahead)
    if status is None:
        with pytest.raises(sending.ScheduledTooFar):
            house.send(house.sms, PHONE, scheduledFor=moment)
        return
    sent = house.send(house.sms, PHONE, scheduledFor=moment)
    assert (sent["status"], sent["scheduledFor"]) == (status, moment)
    assert sent.get("sendAt") == (moment if status == "scheduled" else None)


@pytest.mark.parametrize(
    ("text", "refused"),
    [("0001-01-01T00:00:00+23:59", False), ("9999-12-31T23:59:59-23:59", True), ("2016-12-31T23:59:60Z", False)],
)
def test_the_edges_of_the_calendar_are_moments_too(house: Any, text: str, refused: bool) -> None:
    if refused:
        with pytest.raises(sending.ScheduledTooFar):
            house.send(house.sms, PHONE, scheduledFor=text)
    else:
        assert house.send(house.sms, PHONE, scheduledFor=text)["status"] == "accepted"


def test_tags_are_lower_cased_and_made_once(house: Any) -> None:
    first = house.send(house.sms, PHONE, tags=["Shipping", "SHIPPING", "Brand New"])
    assert first["tags"] == ["shipping", "brand new"]
    assert first["tagIds"][0] == "ca02135e-92b1-43f2-8ede-0d7ac3baea9e"
    assert house.send(house.whatsapp, PHONE, tags=["brand new"])["tagIds"] == first["tagIds"][1:]


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({}, None),
        ({"version": "3f98e277-4cbd-47ad-9c90-a9587403e430"}, None),
        ({"version": "3F98E277-4CBD-47AD-9C90-A9587403E430", "locale": "nl"}, None),
        ({"version": "be42a1b6-90a3-4f37-8d3e-5f1a0b7c2d94"}, sending.TemplateUnknown),
        ({"locale": "de"}, sending.TemplateUnknown),
        ({"projectId": "57ee05cd-e009-42c7-bebf-f20686734721"}, sending.TemplateUnknown),
        (MAIL_ONLY, sending.TemplateNotForPlatform),
        ({**MAIL_ONLY, "version": "be42a1b6-90a3-4f37-8d3e-5f1a0b7c2d94"}, sending.TemplateUnknown),
    ],
)
def test_a_template_is_an_active_one_of_the_workspace(house: Any, changes: Any, refusal: type[Refusal] | None) -> None:
    template = {**TEMPLATE, **changes}
    if refusal:
        with pytest.raises(refusal):
            house.send(house.sms, PHONE, template=template)
    else:
        sent = house.send(house.sms, PHONE, template=template)
        assert sent["template"] == template
        assert "body" not in sent
        assert "bodyId" not in sent


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        *[("", 1), ("a" * 160, 1), ("a" * 161, 2), ("a" * 306, 2), ("a" * 307, 3), ("€" * 80, 1), ("€" * 81, 2)],
        *[("ж" * 70, 1), ("ж" * 71, 2), ("ж" * 134, 2), ("ж" * 135, 3), ("😀" * 35, 1), ("😀" * 36, 2)],
    ],
)
def test_sms_are_counted_in_parts(text: str, parts: int) -> None:
    assert chargeable_units("sms", {"type": "text", "text": {"text": text}}) == parts
    assert chargeable_units("whatsapp", {"type": "text", "text": {"text": text}}) == 1
