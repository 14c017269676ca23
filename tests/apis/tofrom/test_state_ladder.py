"""The ladder: each outcome's steps in their order, each at its own instant, and lists that follow."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from mockserver.apis.tofrom import messages, sending
from mockserver.apis.tofrom.ladder import LADDER
from mockserver.apis.tofrom.lists import Slice
from mockserver.apis.tofrom.messages import Filters
from mockserver.apis.tofrom.sending import Draft
from mockserver.engine.ladder import MessageNotUnderWay
from mockserver.engine.sandbox import Sandbox
from tests.conftest import NOON

HARBORLINE, MARIA = "ws_4kq8z1m7", "+13129450127"
DAY = 86_400
ENDS = {
    "+13129450127": [("sending", 2), ("sent", 3), ("delivered", 6)],
    "+13129499901": [("sending", 2), ("sent", 3), ("undelivered", 11)],
    "+13129499902": [("sending", 2), ("failed", 3)],
    "+13129499903": [("sending", 2), ("sent", 3), ("undelivered", 2 * DAY + 3)],
    "+13129499904": [("sending", 120), ("sent", 180), ("delivered", 360)],
    "+13129499905": [("sending", 2), ("sent", 3)],
}


def send(sandbox: Sandbox, to: str = MARIA) -> str:
    with sandbox.transaction("tofrom") as tx:
        return str(sending.send(tx, HARBORLINE, Draft(to, "Hello"))["id"])


def status(sandbox: Sandbox, message_id: str) -> str:
    with sandbox.transaction("tofrom") as tx:
        return str(messages.read(tx, HARBORLINE, message_id)["status"])


def divert(sandbox: Sandbox, id: str, outcome: str) -> None:
    with sandbox.transaction("tofrom") as tx:
        LADDER.divert(tx, id, outcome)


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str, str, float]]:
    """What the workspace's watchers are told: event, message, status, and seconds since noon."""
    told: list[tuple[str, str, str, float]] = []

    def announce(tx, workspace_id, event, message):
        assert workspace_id == HARBORLINE
        assert messages.read(tx, workspace_id, message["id"]) == message, "news is kept before it is told"
        told.append((event, message["id"], message["status"], (tx.now - NOON).total_seconds()))

    monkeypatch.setattr("mockserver.apis.tofrom.live.announce", announce)
    return told


@pytest.mark.parametrize("to", ENDS)
def test_each_recipient_has_its_steps_each_at_its_instant(
    sandbox: Sandbox, pass_time: Callable[[Sandbox, float], int], heard: list[tuple[str, str, str, float]], to: str
) -> None:
    sent = send(sandbox, to)
    assert pass_time(sandbox, 1.9) == 0
    assert status(sandbox, sent) == "queued"
    assert pass_time(sandbox, 30 * DAY) == len(ENDS[to])
    steps = [("message.updated", sent, reached, float(at)) for reached, at in ENDS[to]]
    assert heard == [("message.created", sent, "queued", 0.0), *steps]
    assert status(sandbox, sent) == ENDS[to][-1][0]


@pytest.mark.parametrize("world", ["default", "empty"])
def test_whoever_reads_right_after_sending_finds_the_message_queued(
    sandbox_of: Callable[..., Sandbox], pass_time: Callable[[Sandbox, float], int], world: str
) -> None:
    sandbox = sandbox_of("tofrom", world)
    sent = send(sandbox)
    assert pass_time(sandbox, 1.999) == 0
    assert status(sandbox, sent) == "queued"


def test_a_message_keeps_everything_but_its_status(sandbox: Sandbox, pass_time: Callable[[Sandbox, float], int]) -> None:
    with sandbox.transaction("tofrom") as tx:
        queued = sending.send(tx, HARBORLINE, Draft(MARIA, "Look", None, ["https://media.harborline.example/a.jpg"]))
    pass_time(sandbox, 60)
    with sandbox.transaction("tofrom") as tx:
        assert messages.read(tx, HARBORLINE, queued["id"]) == {**queued, "status": "delivered"}


def test_lists_by_status_follow_and_the_order_stays(sandbox: Sandbox, pass_time: Callable[[Sandbox, float], int]) -> None:
    first, second = send(sandbox), send(sandbox, "+13129499902")
    for seconds, statuses in ((0, ("queued",) * 2), (2, ("sending",) * 2), (1, ("sent", "failed")), (3, ("delivered", "failed"))):
        pass_time(sandbox, seconds)
        for reached in ("queued", "sending", "sent", "delivered", "failed", "undelivered"):
            with sandbox.transaction("tofrom") as tx:
                found = messages.page(tx, HARBORLINE, Filters(status=reached, start="2026-02-13T12:00:00Z"), Slice(1, 100))
            wanted = [id for id, is_now in ((second, statuses[1]), (first, statuses[0])) if is_now == reached]
            assert [message["id"] for message in found.entries] == wanted, reached
            assert found.total == len(wanted)


def test_a_message_on_its_way_is_led_elsewhere_by_either_id(sandbox: Sandbox, pass_time: Callable[[Sandbox, float], int]) -> None:
    with sandbox.transaction("tofrom") as tx:
        one, other = (sending.send(tx, HARBORLINE, Draft("+13129499905", text)) for text in ("1", "2"))
    pass_time(sandbox, DAY)
    divert(sandbox, one["id"], "undelivered")
    divert(sandbox, other["provider_sid"], "delivered")
    assert pass_time(sandbox, 8) == 2
    assert (status(sandbox, one["id"]), status(sandbox, other["id"])) == ("undelivered", "delivered")


def test_what_is_at_its_end_or_was_never_sent_goes_nowhere(sandbox: Sandbox, pass_time: Callable[[Sandbox, float], int]) -> None:
    sent = send(sandbox)
    pass_time(sandbox, 6)
    for id in (sent, "msg_h5w1t8c3", "msg_nobody", ""):
        with pytest.raises(MessageNotUnderWay):
            divert(sandbox, id, "undelivered")
    assert pass_time(sandbox, DAY) == 0
    assert status(sandbox, sent) == "delivered"
