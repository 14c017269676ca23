"""The ladder: each outcome's steps in order and at their instants, what they cost, and who is told, without HTTP."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from mockserver.apis.restlink import messages, sending, state, stats, webhooks
from mockserver.apis.restlink.ladder import LADDER
from mockserver.apis.restlink.messages import Filters
from mockserver.apis.restlink.periods import Days
from mockserver.apis.restlink.sending import Text
from mockserver.engine import outbox
from mockserver.engine.ladder import MessageNotUnderWay
from mockserver.engine.sandbox import Sandbox
from tests.conftest import NOON

OWNER, MAIN, URL = 279, 16, "http://127.0.0.1:9/main"
SANDBOX_KEY = "sk_test_0016sandbox1f48e9a2c"
USUAL, UNDELIVERED, REJECTED, EXPIRED = "+14155551234", "+14155599901", "+14155599902", "+14155599903"
SLOW, NEVER = "+14155599904", "+14155599905"
DAY = 86_400
WAYS = {
    USUAL: [("sent", None, 2), ("DELIVRD", "000", 5)],
    UNDELIVERED: [("sent", None, 2), ("UNDELIV", "011", 10)],
    REJECTED: [("REJECTD", "021", 2)],
    EXPIRED: [("sent", None, 2), ("EXPIRED", "031", 2 * DAY + 2)],
    SLOW: [("sent", None, 120), ("DELIVRD", "000", 300)],
    NEVER: [("sent", None, 2)],
}


@pytest.fixture
def sandbox(sandbox_of: Callable[..., Sandbox]) -> Sandbox:
    found = sandbox_of("restlink")
    with found.transaction("restlink") as tx:
        webhooks.change(tx, MAIN, {"delivery_url": URL})
    return found


def send(sandbox: Sandbox, to: str = USUAL, key: str | None = None) -> str:
    with sandbox.transaction("restlink") as tx:
        sent = sending.send(tx, OWNER, MAIN, [to], Text("hi", "MyApp"), sandbox_key=key)
        return str(sent.recipients[0].message_id)


def read(sandbox: Sandbox, message_id: str) -> dict[str, Any]:
    with sandbox.transaction("restlink") as tx:
        return messages.read(tx, MAIN, message_id)


def account(sandbox: Sandbox) -> dict[str, Any]:
    with sandbox.transaction("restlink") as tx:
        found = state.account(tx, OWNER)
        assert found
        return found


def told(sandbox: Sandbox) -> list[dict[str, Any]]:
    with sandbox.transaction("restlink") as tx:
        return [json.loads(delivery["body"]) for delivery in outbox.page(tx, {}, 100)[0]]


def reports(sandbox: Sandbox) -> list[tuple[str, str | None, float]]:
    """Status, code, and seconds since noon of each report."""
    return [
        (body["status"], body["status_code"], (datetime.fromisoformat(body["timestamp"]) - NOON).total_seconds())
        for body in told(sandbox)
    ]


def divert(sandbox: Sandbox, message_id: str, outcome: str) -> None:
    with sandbox.transaction("restlink") as tx:
        LADDER.divert(tx, message_id, outcome)


@pytest.mark.parametrize("to", WAYS)
def test_each_recipient_has_its_way_each_step_at_its_instant_and_each_is_reported(
    sandbox: Sandbox, pass_time: Callable[..., int], to: str
) -> None:
    message_id = send(sandbox, to)
    before = ("pending", None)
    for status, code, seconds in WAYS[to]:
        instant = NOON + timedelta(seconds=seconds)
        pass_time(sandbox, (instant - sandbox.clock.now()).total_seconds() - 0.001)
        assert (read(sandbox, message_id)["status"], read(sandbox, message_id)["status_code"]) == before
        pass_time(sandbox, 0.001)
        before = (status, code)
        assert (read(sandbox, message_id)["status"], read(sandbox, message_id)["status_code"]) == before
    pass_time(sandbox, 30 * DAY)
    assert reports(sandbox) == WAYS[to]
    assert (read(sandbox, message_id)["status"], read(sandbox, message_id)["status_code"]) == before


@pytest.mark.parametrize(
    ("to", "taken", "delivered_at", "cost"),
    [
        (USUAL, True, "2026-02-13T12:00:05.000000Z", 8_000),
        (UNDELIVERED, True, None, 8_000),
        (REJECTED, False, None, 0),
        (EXPIRED, True, None, 8_000),
        (SLOW, True, "2026-02-13T12:05:00.000000Z", 8_000),
        (NEVER, True, None, 8_000),
    ],
)
def test_what_a_message_knows_at_its_end(
    sandbox: Sandbox, pass_time: Callable[..., int], to: str, taken: bool, delivered_at: str | None, cost: int
) -> None:
    before = account(sandbox)["balance"]
    message = read(sandbox, send(sandbox, to))
    pass_time(sandbox, 3 * DAY)
    ended = read(sandbox, message["client_message_id"])
    assert (ended["telecom_message_id"] is not None) is taken
    assert (ended["delivered_at"], ended["cost"]) == (delivered_at, cost)
    assert before - account(sandbox)["balance"] == cost
    assert told(sandbox)[-1]["cost"] == cost / 1_000_000
    unchanged = set(message) - {"status", "status_code", "telecom_message_id", "delivered_at", "cost"}
    assert {name: ended[name] for name in unchanged} == {name: message[name] for name in unchanged}


def figures(sandbox: Sandbox) -> tuple[int, int, int, int]:
    with sandbox.transaction("restlink") as tx:
        found = stats.summarize(messages.sent_within(tx, MAIN, Days("2026-02-13", "2026-02-13")))
        return found.total, found.not_billed, found.figures["undelivered"], found.cost


def test_a_rejected_message_is_given_back_at_once_and_counts_as_not_billed(
    sandbox: Sandbox, pass_time: Callable[..., int]
) -> None:
    before, (total, not_billed, undelivered, cost) = account(sandbox)["balance"], figures(sandbox)
    send(sandbox, REJECTED)
    assert account(sandbox)["balance"] == before - 8_000
    pass_time(sandbox, 60)
    after = account(sandbox)
    assert (after["balance"], after["balance_updated_at"]) == (before, "2026-02-13T12:00:02.000000Z")
    assert figures(sandbox) == (total + 1, not_billed + 1, undelivered + 1, cost)


@pytest.mark.parametrize(("to", "end", "seconds"), [(USUAL, "DELIVRD", 5), (REJECTED, "REJECTD", 2)])
def test_a_sandbox_message_goes_the_same_way_and_no_money_moves(
    sandbox: Sandbox, pass_time: Callable[..., int], to: str, end: str, seconds: float
) -> None:
    before = account(sandbox)
    message_id = send(sandbox, to, SANDBOX_KEY)
    pass_time(sandbox, seconds - 0.001)
    assert read(sandbox, message_id)["status"] != end
    pass_time(sandbox, 0.001)
    assert read(sandbox, message_id)["status"] == end
    assert account(sandbox) == before
    assert {body["cost"] for body in told(sandbox)} == {0}


def test_lists_follow_the_status(sandbox: Sandbox, pass_time: Callable[..., int]) -> None:
    ids = [send(sandbox, to) for to in (USUAL, UNDELIVERED)]

    def listed(status: str) -> set[str]:
        with sandbox.transaction("restlink") as tx:
            filters = Filters(Days("2026-02-13", "2026-02-13"), status)
            found, _ = messages.page(tx, MAIN, filters, 1, 100)
        return {message["client_message_id"] for message in found} & set(ids)

    assert listed("pending") == set(ids)
    pass_time(sandbox, 10)
    assert (listed("pending"), listed("delivered"), listed("undelivered")) == (set(), {ids[0]}, {ids[1]})


@pytest.mark.parametrize(
    ("passed", "outcome", "way"),
    [
        (0, "undelivered", [("sent", None, 2), ("UNDELIV", "011", 10)]),
        (0, "rejected", [("REJECTD", "021", 2)]),
        (3, "rejected", [("sent", None, 2), ("REJECTD", "021", 5)]),
        (3, "expired", [("sent", None, 2), ("EXPIRED", "031", 2 * DAY + 3)]),
        (3, "never", [("sent", None, 2)]),
    ],
)
def test_another_end_can_be_decided_on_the_way(
    sandbox: Sandbox, pass_time: Callable[..., int], passed: float, outcome: str, way: list[Any]
) -> None:
    message_id = send(sandbox)
    pass_time(sandbox, passed)
    divert(sandbox, message_id, outcome)
    pass_time(sandbox, 3 * DAY)
    assert reports(sandbox) == way


def test_what_is_stuck_can_be_released_and_what_has_ended_stays(sandbox: Sandbox, pass_time: Callable[..., int]) -> None:
    message_id = send(sandbox, NEVER)
    pass_time(sandbox, 3600)
    divert(sandbox, message_id, "delivered")
    pass_time(sandbox, 3)
    assert read(sandbox, message_id)["delivered_at"] == "2026-02-13T13:00:03.000000Z"
    with pytest.raises(MessageNotUnderWay):
        divert(sandbox, message_id, "rejected")


def test_a_deleted_workspaces_messages_come_to_their_ends_but_nobody_is_told(
    sandbox: Sandbox, pass_time: Callable[..., int]
) -> None:
    message_id = send(sandbox)
    pass_time(sandbox, 2)
    with sandbox.transaction("restlink") as tx:
        state.delete_workspace(tx, OWNER, MAIN)
    pass_time(sandbox, 3)
    assert read(sandbox, message_id)["status"] == "DELIVRD"
    assert [status for status, _, _ in reports(sandbox)] == ["sent"]


def test_the_worlds_own_messages_stay_as_they_are(sandbox: Sandbox, pass_time: Callable[..., int]) -> None:
    assert pass_time(sandbox, 30 * DAY) == 0
    assert told(sandbox) == []
