"""The laws of xpressbot that time proves: the window that a message from outside opens, receipts, failures."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import httpx
import pytest

from contract_tests.deployment import Api
from contract_tests.laws import law
from contract_tests.laws.xpressbot import (
    BY,
    PICTURE,
    SESSION,
    Json,
    accepted,
    call,
    done,
    filling,
    found,
    mark,
    phone,
    refused,
    templates,
    unknown,
)

#: A month and more: whatever is on its way has come to its end.
LONG = 40 * 24 * 3600
HELLO: tuple[Json, ...] = ({"body": "Hello"}, {"type": "image", "url": PICTURE})


@contextmanager
def standing(api: Api) -> Iterator[httpx.Client]:
    """The control plane of a mock whose clock stands still, and is real again afterwards; elsewhere the law is skipped."""
    if api.control is None:
        pytest.skip("needs the clock of a mock")
    api.control.put("/clock", json={"mode": "frozen"}).raise_for_status()
    try:
        yield api.control
    finally:
        api.control.put("/clock", json={"mode": "running"}).raise_for_status()


def advance(control: httpx.Client, seconds: float) -> None:
    """Let time pass."""
    control.post("/clock/advance", json={"seconds": seconds}).raise_for_status()


def write(api: Api, control: httpx.Client, number: str, **given: object) -> str:
    """Somebody writes to the owner's channel; the message's WAMID."""
    (channel,) = api.cast["owner"]["channels"]
    letter = {"from": number, "body": mark(api), **given}
    came = control.post(f"/xpressbot/channels/{channel}/inbound", json=letter).raise_for_status()
    return str(came.json()["wamid"])


def status(api: Api, wamid: str) -> Json:
    """What is known of a message, the same by GET and by POST."""
    told: list[Json] = [done(api, "/whatsapp/message/status", by, wamid=wamid) for by in BY]
    assert told[0] == told[1], "a message's status is the same by GET and by POST"
    return told[0]


def post(api: Api, ending: str = "00000") -> str:
    """Send a template to a number that ends so; its WAMID."""
    to = phone(api)[: -len(ending)] + ending
    return str(done(api, "/whatsapp/templates/send", to=to, **filling(templates(api)[0]))["wamid"])


def moment(text: str) -> datetime:
    """The instant that a text names."""
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


@law("X29")
def test_a_message_from_outside_opens_the_window_for_24_hours(xpressbot: Api) -> None:
    number = unknown(xpressbot)
    with standing(xpressbot) as control:

        def answered() -> list[httpx.Response]:
            return [call(xpressbot, "/whatsapp/message/send", by, to=number, **media) for by in BY for media in HELLO]

        for response in answered():
            refused(response, 400)
        write(xpressbot, control, number)
        for response in answered():
            accepted(response)
        advance(control, SESSION.total_seconds() - 1)
        for response in answered():
            accepted(response)
        advance(control, 2)
        for response in answered():
            refused(response, 400)
        accepted(call(xpressbot, "/whatsapp/templates/send", to=number, **filling(templates(xpressbot)[0])))
        write(xpressbot, control, number)
        for response in answered():
            accepted(response)


@law("X29")
def test_the_window_counts_from_the_last_message_when_it_comes(xpressbot: Api) -> None:
    number = unknown(xpressbot)
    with standing(xpressbot) as control:
        write(xpressbot, control, number, in_seconds=3600)
        advance(control, 3599)
        refused(call(xpressbot, "/whatsapp/message/send", to=number, body="Hello"), 400)
        advance(control, SESSION.total_seconds())
        accepted(call(xpressbot, "/whatsapp/message/send", to=number, body="Hello"))
        write(xpressbot, control, number)
        advance(control, SESSION.total_seconds() - 1)
        accepted(call(xpressbot, "/whatsapp/message/send", to=number, body="Hello"))
        advance(control, 2)
        refused(call(xpressbot, "/whatsapp/message/send", to=number, body="Hello"), 400)


@law("X32")
def test_receipts_follow_a_message_to_the_reader(xpressbot: Api) -> None:
    with standing(xpressbot) as control:
        wamid = post(xpressbot)
        known = status(xpressbot, wamid)
        assert [known[name] for name in ("deliveredAt", "readAt", "error")] == [None] * 3, "nothing has happened to it yet"
        advance(control, LONG)
        after = status(xpressbot, wamid)
    assert (after["status"], after["error"]) == ("read", None), "a message that nothing stops is delivered and read"
    instants = [moment(after[name]) for name in ("timestamp", "deliveredAt", "readAt")]
    assert instants == sorted(set(instants)), "it was sent, then delivered, then read, each at an instant of its own"
    followed = ("status", "deliveredAt", "readAt")
    assert {**after, **dict.fromkeys(followed)} == {**known, **dict.fromkeys(followed)}, "nothing else of it changes"


@law("X32")
@pytest.mark.parametrize(("ending", "outcome"), [("99901", "undelivered"), ("99902", "rejected"), ("99903", "expired")])
def test_a_message_that_fails_says_why(xpressbot: Api, ending: str, outcome: str) -> None:
    with standing(xpressbot) as control:
        failing = [post(xpressbot, ending), post(xpressbot)]
        decision = {"api": "xpressbot", "message_id": failing[1], "outcome": outcome}
        control.put("/messages/outcome", json=decision).raise_for_status()
        other = post(xpressbot)
        before = [status(xpressbot, wamid) for wamid in failing]
        advance(control, LONG)
        for known, wamid in zip(before, failing, strict=True):
            after = status(xpressbot, wamid)
            assert after["status"] == "failed", "what cannot be delivered fails"
            assert isinstance(after["error"], str), "error says why, in a text"
            assert after["error"], "error says why"
            assert {**after, "status": None, "error": None} == {**known, "status": None, "error": None}, "and has no receipts"
        assert status(xpressbot, other)["error"] is None, "no other message fails with it"


@law("X32")
def test_a_message_from_outside_has_a_status_too(xpressbot: Api) -> None:
    number, body = unknown(xpressbot), mark(xpressbot)
    with standing(xpressbot) as control:
        text = status(xpressbot, write(xpressbot, control, number, body=body))
        picture = status(xpressbot, write(xpressbot, control, number, type="image", url=PICTURE))
        (contact,) = found(xpressbot, number)
    assert (text["direction"], text["type"], text["content"]) == ("inbound", "text", body), "what came in is read as written"
    assert (picture["direction"], picture["type"], picture["content"]) == ("inbound", "image", PICTURE), "media has its address"
    assert contact["lastInboundAt"] == text["timestamp"] == picture["timestamp"], "it came when the contact last wrote"
    for message in (text, picture):
        assert [message[name] for name in ("deliveredAt", "readAt", "error")] == [None] * 3, "it waits for no receipt"
        refused(call(xpressbot, "/whatsapp/message/status", actor="stranger", wamid=message["wamid"]), 404)
