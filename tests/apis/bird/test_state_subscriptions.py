"""Subscriptions without HTTP: who is told of what."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from mockserver.apis.bird import messages, receiving, sending, subscriptions

PHONE = "+31612345678"
BODY = {"type": "text", "text": {"text": "hello"}}


def told(house: Any, subscription: dict[str, Any]) -> list[tuple[str, str]]:
    """Event and status of all that a subscription was told."""
    found = [one for one in house.told() if one["url"] == subscription["url"]]
    assert all(one["api"] == "bird" and one["owner"] == house.workspace and one["webhook"] == "message" for one in found)
    return [(one["event"], one["payload"]["status"]) for one in found]


def follow(house: Any, event: str, name: str, **wanted: Any) -> dict[str, Any]:
    made: dict[str, Any] = house.subscribe(event, url=f"http://127.0.0.1:9/{name}", **wanted)
    return made


def write(house: Any, channel: str) -> None:
    house.do(receiving.expect, house.workspace, channel, PHONE, BODY, house.sandbox.clock.now())


def narrowed(*channels: str) -> list[dict[str, str]]:
    return [{"key": "channelId", "value": channel} for channel in channels]


def test_each_event_is_one_platform_and_one_direction(house: Any) -> None:
    followed = {event: follow(house, event, event) for event in subscriptions.EVENTS}
    house.send(house.whatsapp, PHONE)
    house.pass_time(10)
    write(house, house.sms)
    heard = {event: told(house, subscription) for event, subscription in followed.items()}
    steps = ["accepted", "processing", "sent", "delivered"]
    assert heard.pop("whatsapp.outbound") == [("whatsapp.outbound", status) for status in steps]
    assert heard.pop("sms.inbound") == [("sms.inbound", "delivered")]
    assert set(map(tuple, heard.values())) == {()}


def test_all_filters_have_to_fit(house: Any) -> None:
    mine = follow(house, "sms.outbound", "mine", eventFilters=narrowed(house.sms.upper()))
    other = follow(house, "sms.outbound", "other", eventFilters=narrowed(house.inactive))
    both = follow(house, "sms.outbound", "both", eventFilters=narrowed(house.sms, house.inactive))
    every = follow(house, "sms.outbound", "every", eventFilters=[])
    house.send(house.sms, PHONE)
    assert [len(told(house, one)) for one in (mine, other, both, every)] == [1, 0, 0, 1]


def test_subscribers_are_told_in_the_order_in_which_they_came_each_with_an_id_of_its_own(house: Any) -> None:
    urls = [follow(house, "sms.outbound", name)["url"] for name in ("b", "a", "c")]
    house.send(house.sms, PHONE)
    found = [one for one in house.told() if one["event"] == "sms.outbound"]
    assert [one["url"] for one in found] == urls
    assert len({one["facts"]["request_id"] for one in found}) == 3
    assert len({one["body"] for one in found}) == 1


def test_what_is_told_is_the_message_as_it_is_read(house: Any) -> None:
    follow(house, "sms.outbound", "all")
    sent = house.send(house.sms, PHONE, reference="order-1", tags=["a"])
    (first,) = [one for one in house.told() if one["event"] == "sms.outbound"]
    assert first["payload"] == sent
    house.pass_time(6)
    last = house.told()[-1]
    assert last["payload"] == house.do(messages.message, house.workspace, house.sms, sent["id"])


def test_a_subscription_that_has_ended_hears_nothing_more(house: Any) -> None:
    ended = follow(house, "sms.outbound", "ended")
    house.send(house.sms, PHONE)
    house.pass_time(2)
    house.do(subscriptions.delete, house.workspace, ended["id"])
    house.pass_time(10)
    assert told(house, ended) == [("sms.outbound", "accepted"), ("sms.outbound", "processing")]


def test_another_workspaces_subscribers_hear_nothing(house: Any) -> None:
    body = {"service": "channels", "event": "sms.outbound", "url": "http://127.0.0.1:9/theirs"}
    house.do(subscriptions.create, "36f675cc-81e7-4ef5-a8e2-5d940ed90475", house.stranger, body)
    house.send(house.sms, PHONE)
    house.pass_time(10)
    assert house.told() == []


def test_a_refused_message_tells_nobody(house: Any) -> None:
    follow(house, "sms.outbound", "all")
    too_far = (house.sandbox.clock.now() + timedelta(days=36)).isoformat()
    with pytest.raises(sending.ScheduledTooFar):
        house.send(house.sms, PHONE, scheduledFor=too_far)
    assert house.told() == []
