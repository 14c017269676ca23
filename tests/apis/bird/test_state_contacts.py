"""Contacts and subscriptions without HTTP."""

from __future__ import annotations

from typing import Any

import pytest

from mockserver.apis.bird import contacts, subscriptions
from mockserver.apis.bird.lists import Paging

PHONE = {"key": "phonenumber", "value": "+447911123456"}


def test_a_contact_that_was_made_receives_what_is_sent_to_its_identifier(house: Any) -> None:
    made = house.do(contacts.create, house.workspace, {"displayName": "Ada", "identifiers": [{**PHONE, "key": "phone"}]})
    assert house.send(house.sms, PHONE["value"])["receiver"]["contacts"][0]["id"] == made["id"]
    newest = house.do(contacts.contacts, house.workspace, Paging(1)).entries[0]
    assert newest == made


def test_an_identifier_belongs_to_one_contact_of_a_workspace(house: Any) -> None:
    house.do(contacts.create, house.workspace, {"identifiers": [{"key": "emailaddress", "value": "Ada@example.com"}]})
    with pytest.raises(contacts.IdentifierTaken):
        house.do(contacts.create, house.workspace, {"identifiers": [{"key": "email", "value": "ada@EXAMPLE.com"}]})
    assert house.do(contacts.create, house.stranger, {"identifiers": [{"key": "email", "value": "ada@example.com"}]})


def test_a_value_has_to_fit_its_key(house: Any) -> None:
    with pytest.raises(contacts.IdentifierMismatch) as refused:
        house.do(contacts.create, house.workspace, {"identifiers": [PHONE, {"key": "phone", "value": "a@example.com"}]})
    assert refused.value.facts == {"path": ".identifiers[1].value"}


def test_contacts_are_the_workspaces_own(house: Any) -> None:
    foreign = house.do(contacts.contacts, house.stranger, Paging(1)).entries[0]["id"]
    with pytest.raises(contacts.ContactUnknown):
        house.do(contacts.contact, house.workspace, foreign)


def test_a_subscription_is_kept_until_it_is_deleted(house: Any) -> None:
    wanted = {"service": "channels", "event": "sms.inbound", "url": "https://a.example", "signingKey": "k"}
    made = house.do(subscriptions.create, "org", house.workspace, wanted)
    assert house.do(subscriptions.subscription, house.workspace, made["id"]) == made
    assert made["signingKey"] == "k"
    house.do(subscriptions.delete, house.workspace, made["id"])
    for rule in (subscriptions.subscription, subscriptions.delete):
        with pytest.raises(subscriptions.SubscriptionUnknown):
            house.do(rule, house.workspace, made["id"])


def test_a_filter_names_a_channel_of_the_workspace(house: Any) -> None:
    wanted = {"service": "channels", "event": "sms.inbound", "url": "https://a.example"}
    filters = [{"key": "channelId", "value": house.sms}, {"key": "channelId", "value": house.workspace}]
    with pytest.raises(subscriptions.FilterChannelUnknown) as refused:
        house.do(subscriptions.create, "org", house.workspace, {**wanted, "eventFilters": filters})
    assert refused.value.facts == {"path": ".eventFilters[1].value"}
