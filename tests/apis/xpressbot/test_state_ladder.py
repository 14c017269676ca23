"""The way of a message without HTTP: each step at its own instant, whatever the outcome."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from mockserver.apis.xpressbot import automations, contacts, messages, sending
from mockserver.apis.xpressbot.ladder import LADDER
from mockserver.apis.xpressbot.sending import WindowClosed
from mockserver.data import load_spec
from mockserver.engine.ladder import MessageNotUnderWay
from mockserver.engine.outcomes import OUTCOMES
from mockserver.engine.sandbox import Sandbox

JANE, NEW = "+1234567890", "+31612345678"
WAMID_OF_THE_WORLD = "wamid.HBgKMTIzNDU2Nzg5MBUCABEYEjQ3QTlCMTVGMEUyQzZEODMwMAA="
DAY = 24 * 3600
UNDELIVERED, REJECTED, EXPIRED = (
    "The message could not be delivered to this number",
    "WhatsApp refused the message",
    "The phone was not reached in time",
)
#: After so many seconds: status, deliveredAt, readAt, error.
DELIVERED = [(2, "sent", None, None, None), (5, "delivered", 5, None, None), (65, "read", 5, 65, None)]
WAYS: dict[str, list[tuple[int, str, int | None, int | None, str | None]]] = {
    "+31612345678": DELIVERED,
    "+31612399901": [(2, "sent", None, None, None), (10, "failed", None, None, UNDELIVERED)],
    "+31612399902": [(2, "failed", None, None, REJECTED)],
    "+31612399903": [(2, "sent", None, None, None), (2 + 30 * DAY, "failed", None, None, EXPIRED)],
    "+31612399904": [(120, "sent", None, None, None), (300, "delivered", 300, None, None), (3900, "read", 300, 3900, None)],
    "+31612399905": [(2, "sent", None, None, None)],
}


def at(seconds: int | None) -> str | None:
    """So many seconds after noon."""
    if seconds is None:
        return None
    minutes, second = divmod(seconds, 60)
    return f"2026-02-13T{12 + minutes // 60:02}:{minutes % 60:02}:{second:02}.000000Z"


def post(house: Any, to: str = NEW) -> str:
    """Send the simplest template."""
    given = {"to": to, "templateName": "order_confirmation", "variables": "a,b,c"}
    return str(house.do(sending.send_template, given)["wamid"])


def read(house: Any, wamid: str) -> dict[str, Any]:
    with house.sandbox.transaction("xpressbot") as tx:
        return messages.read(tx, (house.channel,), wamid)


def stands(house: Any, wamid: str) -> tuple[Any, ...]:
    found = read(house, wamid)
    return found["status"], found["deliveredAt"], found["readAt"], found["error"]


def decide(house: Any, wamid: str, outcome: str) -> None:
    house.do(lambda tx, _channel: LADDER.divert(tx, wamid, outcome))


@pytest.mark.parametrize("to", WAYS)
def test_each_step_comes_after_its_time_and_not_before(house: Any, to: str) -> None:
    wamid = post(house, to)
    sent, past, before = read(house, wamid), 0.0, ("queued", None, None, None)
    for instant, status, delivered, seen, error in WAYS[to]:
        house.advance(instant - 0.001 - past)
        assert stands(house, wamid) == before
        house.advance(0.001)
        past, before = instant, (status, at(delivered), at(seen), error)
        assert stands(house, wamid) == before
    assert house.advance(100 * DAY) == 0, "nothing comes after the last step"
    told = ("status", "deliveredAt", "readAt", "error")
    assert {**read(house, wamid), **dict.fromkeys(told)} == {**sent, **dict.fromkeys(told)}, "nothing else has changed"


def test_receipts_have_their_own_instants_however_far_the_clock_goes_at_once(house: Any) -> None:
    wamid = post(house)
    assert house.advance(3600) == 3
    assert stands(house, wamid) == ("read", "2026-02-13T12:00:05.000000Z", "2026-02-13T12:01:05.000000Z", None)


@pytest.mark.parametrize("media", [{"body": "Hello"}, {"type": "audio", "url": "https://a.example/b"}])
def test_regular_messages_go_the_same_way(house: Any, media: dict[str, str]) -> None:
    given = {"to": JANE, **media}
    sent = house.do(sending.send, given, messages.content(given))
    assert sent["status"] == "queued"
    house.advance(65)
    assert stands(house, sent["wamid"]) == ("read", at(5), at(65), None)


def test_the_last_five_digits_decide_for_regular_messages_too(house: Any) -> None:
    house.do(contacts.heard, "+31612399902", None)
    sent = house.do(sending.send, {"to": "+31612399902", "body": "Hello"}, "Hello")
    house.advance(2)
    assert stands(house, sent["wamid"]) == ("failed", None, None, REJECTED)


def test_what_is_refused_and_what_sends_nothing_goes_no_way(house: Any) -> None:
    with pytest.raises(WindowClosed):
        house.do(sending.send, {"to": NEW, "body": "Hello"}, "Hello")
    house.do(automations.trigger, {"phoneNumber": JANE, "automationName": "Welcome Flow"})
    assert house.sandbox.first_job() is None


def test_another_outcome_is_taken_up_from_the_step_that_was_reached(house: Any) -> None:
    wamid = post(house, "+31612399905")
    house.advance(DAY)
    decide(house, wamid, "delivered")
    house.advance(2.999)
    assert stands(house, wamid)[0] == "sent"
    house.advance(0.001)
    assert stands(house, wamid)[0] == "delivered"
    decide(house, wamid, "never")
    house.advance(DAY)
    assert stands(house, wamid)[0] == "delivered", "it stays unread"
    decide(house, wamid, "delivered")
    house.advance(60)
    assert stands(house, wamid)[0] == "read"
    with pytest.raises(MessageNotUnderWay):
        decide(house, wamid, "delivered")


@pytest.mark.parametrize("outcome", ["undelivered", "rejected", "expired"])
def test_what_the_phone_has_does_not_fail_any_more(house: Any, outcome: str) -> None:
    wamid = post(house)
    house.advance(5)
    decide(house, wamid, outcome)
    house.advance(100 * DAY)
    assert stands(house, wamid) == ("delivered", at(5), None, None)


def test_messages_of_the_world_and_unknown_ones_are_not_on_their_way(house: Any) -> None:
    for wamid in (WAMID_OF_THE_WORLD, "wamid.none"):
        with pytest.raises(MessageNotUnderWay):
            decide(house, wamid, "delivered")


def test_an_id_may_have_every_sign_of_base64(house: Any) -> None:
    known = read(house, post(house))
    house.do(lambda tx, channel: messages.store(tx, {**known, "wamid": "wamid.A+b/c=="}))
    house.do(lambda tx, channel: LADDER.begin(tx, channel, "wamid.A+b/c==", "delivered"))
    decide(house, "wamid.A+b/c==", "undelivered")
    house.advance(10)
    assert stands(house, "wamid.A+b/c==") == ("failed", None, None, UNDELIVERED)


@pytest.mark.parametrize("world", ["default", "empty"])
def test_every_world_lets_a_test_read_the_first_status_and_reads_later_than_it_delivers(
    sandbox_of: Callable[..., Sandbox], world: str
) -> None:
    with sandbox_of("xpressbot", world=world).transaction("xpressbot") as tx:
        delays = tx.get("delays", "", "delays") or {}
    assert set(LADDER.rungs) == set(OUTCOMES)
    assert min(delays[rungs[0]] for rungs in LADDER.rungs.values()) >= 2
    assert delays["read"] > delays["delivered"] > 0


def test_the_contract_names_the_reasons() -> None:
    told = load_spec("xpressbot")["components"]["schemas"]["MessageStatus"]["properties"]["error"]["description"]
    assert all(f"`{reason}`" in told for reason in (UNDELIVERED, REJECTED, EXPIRED))
