"""What was sent: which requests fit a wish, and what is told when none does."""

from __future__ import annotations

from typing import Any
from unittest.mock import ANY

import pytest

from mockserver.testing.journal import Entry, Journal, Sent, Wanted


def entry(number: int, **told: Any) -> Entry:
    request = {"method": "POST", "path": "/bird/messages", "query": {}, "headers": {"content-type": "application/json"}}
    request |= {"body": {"kind": "json", "value": told.pop("body", {"to": "+1", "text": {"text": "hi", "lang": "en"}})}}
    raw = {"number": number, "api": "bird", "operation": "send_message", "actor": "owner", "request": request}
    raw |= {"reply": {"status": 202, "headers": {}, "body": None}, "verdict": "valid", "refusal": None, "fault": None}
    return Entry({**raw, **told})


REFUSED = {"reply": {"status": 422, "headers": {}, "body": {"kind": "json", "value": {"code": "InvalidPayload"}}}}
THREE = [entry(1), entry(2, actor="stranger", **REFUSED), entry(3, operation="list_messages", actor=None, body=None)]


@pytest.mark.parametrize(
    ("wish", "fitting"),
    [
        ({}, [1, 2, 3]),
        ({"operation": "send_message"}, [1, 2]),
        ({"operation": "send_message", "status": 422}, [2]),
        ({"actor": "stranger"}, [2]),
        ({"body": {"to": "+1"}}, [1, 2]),
        ({"body": {"text": {"text": "hi"}}}, [1, 2]),
        ({"body": {"text": {"text": ANY, "lang": "en"}}}, [1, 2]),
        ({"body": {"text": {"text": "hi", "tone": "glad"}}}, []),
        ({"reply": {"code": "InvalidPayload"}}, [2]),
        ({"path": "/messages"}, [1, 2, 3]),
        ({"path": "essages"}, []),
        ({"headers": {"Content-Type": "application/json"}}, [1, 2, 3]),
        ({"method": "GET"}, []),
    ],
    ids=str,
)
def test_what_fits_is_found_in_its_order(wish: Wanted, fitting: list[int]) -> None:
    found = Sent(wish, THREE)
    assert [one.number for one in found] == fitting
    assert bool(found) is bool(fitting)


def test_a_list_in_a_body_is_as_long_as_it_is_wished() -> None:
    one = [entry(1, body={"to": [{"number": "+1", "kind": "sms"}, {"number": "+2"}]})]
    assert Sent({"body": {"to": [{"number": "+1"}, {"number": "+2"}]}}, one)
    assert not Sent({"body": {"to": [{"number": "+1"}]}}, one)
    assert not Sent({"body": {"to": [{"number": "+1"}, {"number": "+3"}]}}, one)


def test_the_nearest_comes_first_where_nothing_fits() -> None:
    nothing = Sent({"operation": "send_message", "actor": "owner", "status": 422}, THREE)
    lines = str(nothing).splitlines()
    numbers = [line.strip()[:2] for line in lines if line.strip().startswith("#")]
    assert numbers == ["#2", "#1", "#3"]
    assert "      actor: stranger, not 'owner'" in lines
    assert repr(nothing).startswith("<nothing fits; nearest of 3 sent: #2 send_message -> 422 (actor: stranger, not 'owner')")


def test_a_difference_in_a_body_is_named_with_its_place() -> None:
    told = str(Sent({"body": {"text": {"text": "hello", "tone": "glad"}}}, THREE[:1]))
    assert "body.text.text: hi, not 'hello'" in told
    assert "body.text.tone: not there, wanted 'glad'" in told


def test_silence_is_told_with_advice() -> None:
    assert repr(Sent({"operation": "send_message"}, [])) == "<nothing was sent at all>"
    assert "`.base_url`" in str(Sent({"operation": "send_message"}, []))
    assert "`.base_url`" in repr(Journal(list))


def test_a_long_journal_is_told_in_part() -> None:
    told = str(Sent({"actor": "nobody"}, [entry(number) for number in range(1, 31)]))
    assert told.count("#") == 10
    assert told.endswith("… and 20 more")


def test_an_entry_reads_like_a_line_of_a_log() -> None:
    assert repr(THREE[1]).startswith('#2 POST /bird/messages send_message by stranger -> 422 {"to": "+1"')
    assert repr(entry(4, operation=None, reply=None, body="x" * 500)).endswith("no operation by owner -> None " + "x" * 159 + "…")


def test_a_journal_is_read_anew_at_each_look() -> None:
    kept: list[Entry] = []
    journal = Journal(lambda: kept)
    assert not journal
    kept.append(THREE[0])
    assert [*journal] == [journal[0]] == [THREE[0]]


def test_a_word_that_requests_do_not_have_is_refused() -> None:
    with pytest.raises(TypeError, match=r"requests have no operationId, only api, operation, actor"):
        Sent({"operationId": "send_message"}, THREE)  # type: ignore[typeddict-unknown-key]
