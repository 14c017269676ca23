"""Receiving: a message from outside arrives at its instant, in the workspace that has the number."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from mockserver.apis.tofrom import messages, numbers, receiving
from mockserver.apis.tofrom.lists import Slice
from mockserver.apis.tofrom.messages import Filters
from mockserver.apis.tofrom.numbers import PhoneNumberUnknown
from mockserver.apis.tofrom.receiving import Letter
from mockserver.apis.tofrom.state import WorkspaceUnknown
from mockserver.engine.refusals import Refusal
from mockserver.engine.sandbox import Sandbox

HARBORLINE, DENTAL = "ws_4kq8z1m7", "ws_7hd3n5w1"
OWN, SECOND, FOREIGN, MARIA = "+14153670142", "+14153670186", "+15033890117", "+13129450127"


def expect(sandbox: Sandbox, letter: Letter, seconds: float = 0, workspace: str = HARBORLINE) -> dict[str, Any]:
    with sandbox.transaction("tofrom") as tx:
        return receiving.expect(tx, workspace, letter, tx.now + timedelta(seconds=seconds))


def received(sandbox: Sandbox, workspace: str = HARBORLINE) -> list[dict[str, Any]]:
    with sandbox.transaction("tofrom") as tx:
        found = messages.page(tx, workspace, Filters(direction="inbound", status="delivered", sender=MARIA), Slice(1, 100))
    return [message for message in found.entries if message["created_at"] >= "2026-02-13T12"]


def test_a_text_arrives_at_once(sandbox: Sandbox) -> None:
    arrived = expect(sandbox, Letter(MARIA, SECOND, "Is the patio open?"))
    assert received(sandbox) == [arrived]
    assert re.fullmatch(r"msg_[a-z0-9]{12}", arrived.pop("id"))
    assert re.fullmatch(r"SM[0-9a-f]{32}", arrived.pop("provider_sid"))
    assert arrived == {
        "direction": "inbound",
        "to": SECOND,
        "from": MARIA,
        "body": "Is the patio open?",
        "status": "delivered",
        "created_at": "2026-02-13T12:00:00.000000Z",
        "mediaUrls": [],
    }


def test_a_picture_without_words_arrives(sandbox: Sandbox) -> None:
    media = ["https://media.harborline.example/b.jpg", "https://media.harborline.example/a.jpg"]
    arrived = expect(sandbox, Letter(MARIA, OWN, "", media))
    assert (arrived["body"], arrived["mediaUrls"]) == ("", media)
    assert arrived["provider_sid"].startswith("MM")
    assert received(sandbox) == [arrived]


def test_later_messages_arrive_when_their_time_comes(sandbox: Sandbox, pass_time: Callable[[Sandbox, float], int]) -> None:
    last, first = (expect(sandbox, Letter(MARIA, OWN, text), seconds) for text, seconds in (("last", 60.5), ("first", 60)))
    pass_time(sandbox, 59)
    assert received(sandbox) == []
    assert pass_time(sandbox, 30) == 2
    assert received(sandbox) == [last, first], "the newest is first, whichever was announced first"
    assert [message["created_at"][17:] for message in (first, last)] == ["00.000000Z", "00.500000Z"]
    assert pass_time(sandbox, 86_400) == 0


def test_arrivals_are_told_to_the_watchers(
    sandbox: Sandbox, pass_time: Callable[[Sandbox, float], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[tuple[str, str, dict[str, Any], str]] = []

    def announce(tx, workspace_id, event, message):
        told.append((workspace_id, event, message, f"{tx.now:%H:%M:%S}"))

    monkeypatch.setattr("mockserver.apis.tofrom.live.announce", announce)
    later, now = expect(sandbox, Letter(MARIA, OWN, "later"), 90), expect(sandbox, Letter(MARIA, OWN, "now"))
    pass_time(sandbox, 600)
    assert told == [
        (HARBORLINE, "message.created", now, "12:00:00"),
        (HARBORLINE, "message.created", later, "12:01:30"),
    ]


@pytest.mark.parametrize(
    ("workspace", "to", "refusal"),
    [
        (HARBORLINE, FOREIGN, PhoneNumberUnknown),
        (HARBORLINE, "+12027410166", PhoneNumberUnknown),
        (HARBORLINE, MARIA, PhoneNumberUnknown),
        ("ws_nobody", OWN, WorkspaceUnknown),
    ],
)
@pytest.mark.parametrize("seconds", [0, 60])
def test_what_is_for_nobody_here_is_refused(
    sandbox: Sandbox, pass_time: Callable[[Sandbox, float], int], workspace: str, to: str, refusal: type[Refusal], seconds: float
) -> None:
    with pytest.raises(refusal):
        expect(sandbox, Letter(MARIA, to, "Hello"), seconds, workspace)
    assert pass_time(sandbox, 600) == 0
    assert [received(sandbox, each) for each in (HARBORLINE, DENTAL)] == [[], []]


def test_a_number_that_was_given_back_receives_nothing(sandbox: Sandbox, pass_time: Callable[[Sandbox, float], int]) -> None:
    expect(sandbox, Letter(MARIA, OWN, "Hello?"), 60)
    with sandbox.transaction("tofrom") as tx:
        numbers.release(tx, HARBORLINE, "num_5ra9w2k7")
        numbers.buy(tx, DENTAL, OWN)
    assert pass_time(sandbox, 600) == 1
    assert [received(sandbox, each) for each in (HARBORLINE, DENTAL)] == [[], []]
