"""The laws of tofrom's messages: texts and pictures, sent and received, found by filters."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from contract_tests.deployment import Api
from contract_tests.laws import later, law
from contract_tests.laws.tofrom import (
    STATUSES,
    Json,
    assert_refused,
    at,
    got,
    kept,
    new_key,
    newest,
    person,
    recipient,
    send,
    sent,
    text,
    walk,
)

#: After so many seconds a message to an ordinary phone has come to its end.
SETTLED = 15.0


@law("T19")
def test_a_message_is_accepted_and_kept_as_it_was_sent(tofrom: Api) -> None:
    to, body, sender = recipient(tofrom), f"{text(tofrom)} é \U0001f600 \n ok", tofrom.cast["owner"]["phone_number"]
    with new_key(tofrom) as secret:
        receipt = got(send(tofrom, secret, to=to, body=body, **{"from": sender}))
        assert receipt["status"] in STATUSES, "the reply tells how far the message is"
        message = newest(tofrom)[receipt["sid"]]
        assert {name: message[name] for name in ("direction", "to", "from", "body")} == {
            "direction": "outbound", "to": to, "from": sender, "body": body
        }  # fmt: skip
        assert message["status"] in STATUSES, "the list tells how far the message is"
        assert receipt["sid"] != sent(tofrom, secret, to=to, body=body), "the same text twice is two messages"
        numbers = [number["phone_number"] for number in walk(tofrom, at(tofrom, "/phone-numbers"), person(tofrom))]
        assert kept(tofrom, secret)["from"] == numbers[0], "without a sender the oldest number is used"
        refused = text(tofrom)
        foreign = tofrom.cast["stranger"]["phone_number"]
        wrong: list[Json] = [{"to": ""}, {"to": "law"}, {"from": foreign}, {"mediaUrls": []}]
        for change in wrong:
            assert_refused(send(tofrom, secret, body=refused, **change), 400)
        assert refused not in {found["body"] for found in newest(tofrom).values()}, "a refused message is not kept"


@law("T19")
def test_a_queued_message_goes_out(tofrom: Api) -> None:
    with new_key(tofrom) as secret:
        sid, other = sent(tofrom, secret), sent(tofrom, secret)
        before = newest(tofrom)[sid]
        with later(tofrom, SETTLED):
            found = newest(tofrom)
    assert found[sid]["status"] in {"sent", "delivered"}, "a message that was accepted is sent"
    assert found[sid] == {**before, "status": found[sid]["status"]}, "nothing of it changes but its status"
    assert list(found).index(other) < list(found).index(sid), "a change of its status leaves it where it was in the list"


@law("T19")
def test_a_long_text_takes_parts_up_to_1600_characters(tofrom: Api) -> None:
    with new_key(tofrom) as secret:
        for length, parts in ((1, 1), (160, 1), (161, 2), (306, 2), (307, 3), (1600, 11)):
            message = kept(tofrom, secret, body="x" * length)
            assert len(message["body"]) == length, "a text is kept whole"
            assert message.get("parts", parts) == parts, f"{length} characters take {parts} parts of 160, or of 153 each"
        assert_refused(send(tofrom, secret, body="x" * 1601), 400)


@law("T20")
def test_texts_and_pictures_are_sent(tofrom: Api) -> None:
    media = [f"https://media.law.example/{tofrom.random.getrandbits(64):016x}.jpg" for _ in range(2)]
    with new_key(tofrom) as secret:
        sms, mms = sent(tofrom, secret), sent(tofrom, secret, mediaUrls=media)
        found = newest(tofrom, direction="outbound")
        assert {sms, mms} <= set(found), "both are in the list, as outbound messages"
        assert found[mms]["mediaUrls"] == media, "a picture message has its media, in their order"
        assert found[sms].get("mediaUrls", []) == [], "a text has none"
        assert_refused(send(tofrom, secret, mediaUrls=["not an address"]), 400)


@law("T20")
def test_received_messages_are_in_the_list(tofrom: Api) -> None:
    received = walk(tofrom, at(tofrom, "/messages"), person(tofrom), direction="inbound")
    if not received:
        pytest.skip("needs a message that the owner's workspace received")
    numbers = {number["phone_number"] for number in walk(tofrom, at(tofrom, "/phone-numbers"), person(tofrom))}
    everything = walk(tofrom, at(tofrom, "/messages"), person(tofrom))
    assert [message for message in everything if message["direction"] == "inbound"] == received, "the list has both directions"
    assert numbers & {message["to"] for message in received}, "what was received came to a number of the workspace"


def write(api: Api, **fields: Any) -> str:
    """Let somebody outside write to the owner's number; the message's sid."""
    if api.control is None:
        pytest.skip("needs the control plane of a mock")
    letter = {"from": recipient(api), "to": api.cast["owner"]["phone_number"], "body": text(api), **fields}
    path = f"/tofrom/workspaces/{api.cast['owner']['workspace_id']}/inbound"
    return str(got(api.control.post(path, json=letter))["provider_sid"])


@law("T20")
def test_texts_and_pictures_are_received(tofrom: Api) -> None:
    who, body, media = recipient(tofrom), text(tofrom), [f"https://media.law.example/{n}.jpg" for n in (2, 1)]
    sms = write(tofrom, body=body, **{"from": who})
    mms = write(tofrom, body="", mediaUrls=media, in_seconds=90, **{"from": who})
    found = newest(tofrom, direction="inbound")
    assert sms in found, "a text that arrived is in the list, as an inbound message"
    assert mms not in found, "what is still to come is not"
    with later(tofrom, 90):
        found = newest(tofrom, **{"direction": "inbound", "from": who})
        assert list(found) == [mms, sms], "a picture message is there once it arrived, and the newest message is first"
        assert sms not in newest(tofrom, "stranger"), "a message is in the list of the workspace that has the number alone"
    text_came, picture_came = (datetime.fromisoformat(found[sid]["created_at"]) for sid in (sms, mms))
    assert 90 <= (picture_came - text_came).total_seconds() < 120, "a message is dated by when it arrived"
    received = {"direction": "inbound", "from": who, "to": tofrom.cast["owner"]["phone_number"]}
    for sid, content in ((sms, {"body": body, "mediaUrls": []}), (mms, {"body": "", "mediaUrls": media})):
        shown = {name: found[sid].get(name) for name in (*received, *content)}
        assert shown == {**received, **content}, "a message is shown as it was written"
        assert found[sid]["status"] in STATUSES, "what was received has a status, too"


@law("T20")
def test_each_filter_of_the_messages_leaves_what_fits(tofrom: Api) -> None:
    with new_key(tofrom) as secret:
        sid = sent(tofrom, secret)
    # Its status does not change any more while the filters are tried.
    with later(tofrom, SETTLED):
        assert_filters_fit(tofrom, newest(tofrom)[sid])


def known_to(moment: str) -> tuple[str, str]:
    """The span in which a moment lies that is shown like this: one instant, or a second where no part of one is shown."""
    if "." in moment:
        return moment, moment
    instant = datetime.fromisoformat(moment)
    return (instant - timedelta(seconds=1)).isoformat(), (instant + timedelta(seconds=1)).isoformat()


def assert_filters_fit(tofrom: Api, message: Json) -> None:
    """Each filter alone leaves a message that it fits, and beside fitting ones takes away what it does not fit."""
    sid = message["provider_sid"]
    day = message["created_at"][:10]
    fitting = {"to": message["to"], "from": message["from"], "direction": "outbound", "status": message["status"]}
    fitting |= {"startDate": day, "endDate": day}
    missing = {"to": message["from"], "from": message["to"], "direction": "inbound", "startDate": "2999-01-01"}
    missing |= {"status": "failed", "endDate": "1999-12-31"}
    for name, value in fitting.items():
        found = newest(tofrom, **{name: value})
        assert sid in found, f"{name} leaves a message that fits"
        if name in message:
            assert {other[name] for other in found.values()} == {value}, f"{name} leaves nothing else"
        assert sid not in newest(tofrom, **{**fitting, name: missing[name]}), f"{name} counts beside other filters"
    assert sid in newest(tofrom, **fitting), "a message that fits all filters is left"
    start, end = known_to(message["created_at"])
    exact = {"startDate": start, "endDate": end}
    assert sid in newest(tofrom, **exact), "both ends of a span belong to it"
