"""timelines' events without HTTP: each is queued with its cause or not at all, and quotas tell of themselves once in a period."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from mockserver.apis.timelines import connections, quotas, seats, state, tokens, webhooks, workspaces
from mockserver.apis.timelines.quotas import QuotaExceeded
from mockserver.apis.timelines.seats import SeatsFull
from mockserver.apis.timelines.state import PartnerUnknown
from mockserver.apis.timelines.workspaces import WorkspaceNameTaken
from mockserver.data import load_spec
from mockserver.engine import outbox
from mockserver.engine.sandbox import Sandbox, Transaction
from mockserver.serving.contract import Contract
from mockserver.serving.webhooks import Webhooks
from tests.conftest import NOON

PARTNER, OTHER = "partner_12345", "lumen-resellers"
DOCUMENTED, SECOND, FOREIGN = "ws_1234567890abcdef", "ws_40d7b6e19f52c3a8", "ws_9c41e7a5b02d8f63"
URL, ELSEWHERE = "http://127.0.0.1:9000/hooks", "http://127.0.0.1:9000/lumen"
PHONE = "+4915112345678"
NEAR, FULL = "workspace:quota_near_full:messaging", "workspace:quota_full:messaging"
CALLS, TRANSACTIONS = "workspace:quota_full:api_calls", "workspace:quota_full:transactions"
MONTH = timedelta(days=30)

Deed = Callable[[Transaction], Any]


@pytest.fixture(scope="module")
def contract() -> Webhooks:
    return Webhooks(Contract("timelines", load_spec("timelines")))


@pytest.fixture
def sandbox(sandbox_of: Callable[..., Sandbox]) -> Sandbox:
    opened = sandbox_of("timelines")
    with opened.transaction("timelines") as tx:
        webhooks.set_address(tx, PARTNER, URL)
    return opened


def workspace(tx: Transaction, workspace_id: str = DOCUMENTED, partner_id: str = PARTNER) -> dict[str, Any]:
    return state.workspace(tx, partner_id, workspace_id)


def queued(sandbox: Sandbox) -> list[outbox.Delivery]:
    with sandbox.transaction("timelines") as tx:
        return outbox.page(tx, {}, 1000)[0]


def bodies(sandbox: Sandbox, event: str | None = None) -> list[dict[str, Any]]:
    return [json.loads(each["body"]) for each in queued(sandbox) if event in (None, each["event"])]


def events(sandbox: Sandbox) -> list[str]:
    return [each["event"] for each in queued(sandbox)]


def use(sandbox: Sandbox, workspace_id: str = DOCUMENTED, **deeds: int) -> None:
    with sandbox.transaction("timelines") as tx:
        quotas.record_usage(tx, workspace(tx, workspace_id), **deeds)


def resize(sandbox: Sandbox, total: int, workspace_id: str = DOCUMENTED) -> None:
    with sandbox.transaction("timelines") as tx:
        workspaces.update(tx, workspace(tx, workspace_id), None, total)


def interrupt(sandbox: Sandbox, deed: Deed) -> None:
    with sandbox.transaction("timelines") as tx:
        deed(tx)
        assert outbox.page(tx, {}, 10)[1] == 1
        raise InterruptedError


def common(event: str, workspace_id: str = DOCUMENTED) -> dict[str, Any]:
    return {
        "workspace_id": workspace_id, "event_type": event, "partner_id": PARTNER, "triggered_at": "2026-02-13T12:00:00Z"
    }  # fmt: skip


CURRENT = {"current_period_start": "2026-02-01T12:00:00Z", "current_period_end": "2026-03-03T11:59:59Z"}
GONE = {
    "whatsapp_account_id": 987654321, "phone_number_e164": "+4915123456789", "user_id": 42,
    "disconnected_at": "2026-02-13T12:00:00Z",
}  # fmt: skip
DEEDS: list[tuple[str, Deed, dict[str, Any]]] = [
    ("api_token:rotated", lambda tx: tokens.rotate(tx, workspace(tx)), {"rotated_at": "2026-02-13T12:00:00Z"}),
    (
        "whatsapp_account:connected",
        lambda tx: connections.connect(tx, workspace(tx), 58, PHONE),
        {
            "whatsapp_account_id": 987802218, "phone_number_e164": PHONE, "user_id": 58, "connected_at": "2026-02-13T12:00:00Z"
        },
    ),
    (
        "whatsapp_account:disconnected",
        lambda tx: connections.disconnect(tx, workspace(tx), 42),
        {**GONE, "reason": "(disconnected by partner)"},
    ),
    (
        "whatsapp_account:disconnected",
        lambda tx: connections.create_link(tx, workspace(tx), 42, 24),
        {**GONE, "reason": "(new QR link)"},
    ),
    (
        "workspace:seats_full",
        lambda tx: seats.create_users(tx, workspace(tx), 3),
        {"seats_purchased": 10, "seats_available": 0},
    ),
    (
        NEAR,
        lambda tx: quotas.record_usage(tx, workspace(tx), messages=2),
        {"messaging_quota_total": 10, "messaging_quota_used": 9, **CURRENT, "utilization_pct": 90},
    ),
    (
        TRANSACTIONS,
        lambda tx: quotas.record_usage(tx, workspace(tx), transactions=50),
        {"transactions_total": 50, "transactions_used": 50, **CURRENT, "utilization_pct": 100},
    ),
    (
        CALLS,
        lambda tx: quotas.record_usage(tx, workspace(tx), api_calls=3),
        {"api_calls_limit": 10, "api_calls_used": 10, **CURRENT, "utilization_pct": 100},
    ),
]  # fmt: skip


@pytest.mark.parametrize(("event", "deed", "facts"), DEEDS, ids=[f"{event}-{n}" for n, (event, *_) in enumerate(DEEDS)])
def test_an_event_is_queued_with_its_cause_as_the_contract_says(
    sandbox: Sandbox, contract: Webhooks, event: str, deed: Deed, facts: dict[str, Any]
) -> None:
    with sandbox.transaction("timelines") as tx:
        deed(tx)
    (delivery,) = queued(sandbox)
    assert (delivery["webhook"], delivery["event"], delivery["owner"], delivery["url"]) == (event, event, PARTNER, URL)
    assert json.loads(delivery["body"]) == {**common(event), **facts}
    assert contract.breach(event, delivery["body"]) is None


@pytest.mark.parametrize(("event", "deed", "facts"), DEEDS, ids=[f"{event}-{n}" for n, (event, *_) in enumerate(DEEDS)])
def test_an_event_is_undone_with_its_cause(sandbox: Sandbox, event: str, deed: Deed, facts: dict[str, Any]) -> None:
    with pytest.raises(InterruptedError):
        interrupt(sandbox, deed)
    assert (queued(sandbox), sandbox.first_job()) == ([], None)
    with sandbox.transaction("timelines") as tx:
        deed(tx)
    assert events(sandbox) == [event], "what was undone was not told"


@pytest.mark.parametrize(("event", "deed", "facts"), DEEDS, ids=[f"{event}-{n}" for n, (event, *_) in enumerate(DEEDS)])
def test_without_an_address_nothing_is_queued(sandbox: Sandbox, event: str, deed: Deed, facts: dict[str, Any]) -> None:
    with sandbox.transaction("timelines") as tx:
        webhooks.set_address(tx, PARTNER, None)
        webhooks.set_address(tx, OTHER, ELSEWHERE)
        deed(tx)
    assert queued(sandbox) == []


def test_messages_that_use_up_the_quota_lead_to_both_events_in_their_order(sandbox: Sandbox, contract: Webhooks) -> None:
    use(sandbox, messages=3)
    assert events(sandbox) == [NEAR, FULL]
    figures = {"messaging_quota_total": 10, "messaging_quota_used": 10, **CURRENT, "utilization_pct": 100}
    assert bodies(sandbox) == [{**common(event), **figures} for event in (NEAR, FULL)]
    assert [contract.breach(each["webhook"], each["body"]) for each in queued(sandbox)] == [None, None]


def test_quotas_are_told_of_when_they_get_there_and_then_no_more(sandbox: Sandbox) -> None:
    told = []
    for deeds in ({"messages": 1}, {"messages": 1}, {"api_calls": 2}, {"messages": 0}, {"messages": 1}, {"api_calls": 1}, {}):
        use(sandbox, **deeds)
        told.append(events(sandbox))
    assert told == [
        [], [NEAR], [NEAR], [NEAR], [NEAR, FULL], [NEAR, FULL, CALLS], [NEAR, FULL, CALLS]
    ]  # fmt: skip


def test_nine_tenths_are_not_rounded_up(sandbox: Sandbox) -> None:
    with sandbox.transaction("timelines") as tx:
        made = workspaces.create(tx, PARTNER, "large", 5)
    use(sandbox, made["workspace_id"], messages=8999)
    assert queued(sandbox) == []
    use(sandbox, made["workspace_id"], messages=1)
    assert [repr(body["utilization_pct"]) for body in bodies(sandbox)] == ["90"]
    use(sandbox, made["workspace_id"], messages=999)
    assert events(sandbox) == [NEAR]
    use(sandbox, made["workspace_id"], messages=1)
    assert events(sandbox) == [NEAR, FULL]


def test_a_quota_that_is_not_full_is_never_said_to_be(sandbox: Sandbox) -> None:
    with sandbox.transaction("timelines") as tx:
        found = workspace(tx)
        state.keep(tx, {**found, "messages_quota": {**found["messages_quota"], "total": 30_000}})
    use(sandbox, messages=29_992)
    assert [(body["messaging_quota_used"], body["utilization_pct"]) for body in bodies(sandbox)] == [(29_999, 99)]


def test_a_quota_that_the_world_opens_nearly_full_is_told_of_at_its_next_use(sandbox: Sandbox) -> None:
    use(sandbox, SECOND, api_calls=1)
    assert queued(sandbox) == []
    use(sandbox, SECOND, messages=1)
    use(sandbox, SECOND, messages=1)
    assert [(body["event_type"], body["messaging_quota_used"]) for body in bodies(sandbox)] == [(NEAR, 4621)]


def test_what_was_not_told_for_want_of_an_address_is_told_at_the_next_use(sandbox: Sandbox) -> None:
    with sandbox.transaction("timelines") as tx:
        webhooks.set_address(tx, PARTNER, None)
    use(sandbox, messages=2)
    with sandbox.transaction("timelines") as tx:
        webhooks.set_address(tx, PARTNER, URL)
    use(sandbox, messages=1)
    assert events(sandbox) == [NEAR, FULL]


@pytest.mark.parametrize(
    ("deeds", "told"),
    [
        ({"messages": 3}, [NEAR, FULL]),
        ({"api_calls": 3}, [CALLS]),
        ({"transactions": 50}, [TRANSACTIONS]),
    ],
)
def test_a_new_period_tells_anew(sandbox: Sandbox, deeds: dict[str, int], told: list[str]) -> None:
    use(sandbox, **deeds)
    assert events(sandbox) == told
    (name,) = deeds
    full = deeds[name] if name == "transactions" else 10
    last = datetime.fromisoformat(CURRENT["current_period_end"]) + timedelta(seconds=0.999999)
    sandbox.clock.freeze(last)
    if name == "transactions":
        use(sandbox, balance=50, transactions=50)
    assert events(sandbox) == told, "the period is still the same"
    sandbox.clock.freeze(last + timedelta(microseconds=1))
    assert events(sandbox) == told, "that a period begins is no event"
    use(sandbox, **({"balance": 50, name: full} if name == "transactions" else {name: full}))
    assert events(sandbox) == told * 2
    latest = bodies(sandbox)[-1]
    assert (latest["current_period_start"], latest["current_period_end"]) == ("2026-03-03T12:00:00Z", "2026-04-02T11:59:59Z")
    assert latest["triggered_at"] == "2026-03-03T12:00:00Z"
    assert latest["utilization_pct"] == 100


def test_transactions_are_counted_from_the_period_on(sandbox: Sandbox) -> None:
    use(sandbox, transactions=20)
    use(sandbox, transactions=29)
    assert queued(sandbox) == []
    use(sandbox, balance=4, transactions=5)
    use(sandbox, balance=7)
    use(sandbox, transactions=7)
    assert [(body["transactions_total"], body["transactions_used"]) for body in bodies(sandbox)] == [(54, 54)]
    sandbox.clock.freeze(NOON + MONTH)
    use(sandbox, balance=7)
    assert len(events(sandbox)) == 1
    use(sandbox, transactions=7)
    assert [body["transactions_used"] for body in bodies(sandbox)] == [54, 7]


def test_a_balance_that_is_not_enough_for_another_transaction_is_used_up(sandbox: Sandbox) -> None:
    with sandbox.transaction("timelines") as tx:
        webhooks.set_address(tx, OTHER, ELSEWHERE)
        quotas.record_usage(tx, workspace(tx, FOREIGN, OTHER), transactions=119)
    assert queued(sandbox) == []
    with sandbox.transaction("timelines") as tx:
        quotas.record_usage(tx, workspace(tx, FOREIGN, OTHER), transactions=1)
    (delivery,) = queued(sandbox)
    assert (delivery["url"], delivery["owner"], delivery["facts"]["partner_id"]) == (ELSEWHERE, OTHER, OTHER)
    told = json.loads(delivery["body"])
    assert (told["partner_id"], told["workspace_id"], told["transactions_used"]) == (OTHER, FOREIGN, 120)


def test_the_last_seat_is_told_of_once_in_a_period_of_the_seats(sandbox: Sandbox) -> None:
    with sandbox.transaction("timelines") as tx:
        seats.create_users(tx, workspace(tx), 2)
    assert queued(sandbox) == []
    with sandbox.transaction("timelines") as tx:
        seats.create_users(tx, workspace(tx), 1)
    resize(sandbox, 12)
    with sandbox.transaction("timelines") as tx:
        seats.create_users(tx, workspace(tx), 2)
    assert [(body["seats_purchased"], body["seats_available"]) for body in bodies(sandbox)] == [(10, 0)]
    sandbox.clock.freeze(NOON + timedelta(days=165))
    resize(sandbox, 13)
    with sandbox.transaction("timelines") as tx:
        seats.create_users(tx, workspace(tx), 1)
    assert [body["seats_purchased"] for body in bodies(sandbox)] == [10, 13]
    assert bodies(sandbox)[-1]["triggered_at"] == "2026-07-28T12:00:00Z"


def test_a_workspace_of_one_seat_is_full_at_once(sandbox: Sandbox) -> None:
    with sandbox.transaction("timelines") as tx:
        one = workspaces.create(tx, PARTNER, "one-seat", 1)
        workspaces.create(tx, PARTNER, "two-seats", 2)
    assert bodies(sandbox) == [
        {**common("workspace:seats_full", one["workspace_id"]), "seats_purchased": 1, "seats_available": 0}
    ]


def test_whoever_comes_back_may_take_the_last_seat(sandbox: Sandbox) -> None:
    resize(sandbox, 4, SECOND)
    assert [(body["workspace_id"], body["seats_purchased"]) for body in bodies(sandbox)] == [(SECOND, 4)]


def test_a_downgrade_tells_of_every_account_that_it_disconnects_and_then_of_the_seats(sandbox: Sandbox) -> None:
    resize(sandbox, 2)
    told = bodies(sandbox)
    assert [(body["event_type"], body.get("user_id"), body.get("reason")) for body in told] == [
        ("whatsapp_account:disconnected", 63, "(user suspended)"),
        ("whatsapp_account:disconnected", 71, "(user suspended)"),
        ("workspace:seats_full", None, None),
    ]


def test_what_changes_nothing_tells_nothing(sandbox: Sandbox) -> None:
    with sandbox.transaction("timelines") as tx:
        tokens.token(tx, workspace(tx))
        tokens.token(tx, workspace(tx, SECOND))
        connections.disconnect(tx, workspace(tx), 84)
        connections.create_link(tx, workspace(tx), 84, 1)
        workspaces.update(tx, workspace(tx, SECOND), "northside-dentists", 3)
        workspaces.update(tx, workspace(tx, SECOND), None, None)
        for refused, deed in (
            (SeatsFull, lambda: seats.create_users(tx, workspace(tx), 4)),
            (QuotaExceeded, lambda: quotas.record_usage(tx, workspace(tx), messages=4)),
            (WorkspaceNameTaken, lambda: workspaces.create(tx, PARTNER, "my-first-workspace", 1)),
        ):
            with pytest.raises(refused):
                deed()  # type: ignore[no-untyped-call]
    assert queued(sandbox) == []


def test_an_unknown_partner_has_no_address(sandbox: Sandbox) -> None:
    with sandbox.transaction("timelines") as tx, pytest.raises(PartnerUnknown):
        webhooks.set_address(tx, "nobody", URL)


def test_years_bring_no_work_and_periods_in_step(sandbox: Sandbox) -> None:
    sandbox.clock.freeze(NOON + timedelta(days=3650))
    with sandbox.transaction("timelines") as tx:
        seen = workspaces.overview(tx, workspace(tx))
    assert sandbox.first_job() is None
    assert seen.messages_quota == {
        "total": 10, "used": 0, "period_start": "2036-02-09T12:00:00Z", "period_end": "2036-03-10T11:59:59Z"
    }  # fmt: skip
