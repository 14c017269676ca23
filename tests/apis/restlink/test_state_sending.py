"""Sending: prices, money, blocked countries and the sandbox's quota, without HTTP."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from mockserver.apis.restlink import messages, sending, state
from mockserver.apis.restlink.sending import SandboxQuotaSpent, Sent, Text
from mockserver.apis.restlink.state import InsufficientBalance
from mockserver.apis.restlink.tariff import country_of
from mockserver.engine.clock import Clock
from mockserver.engine.sandbox import Sandbox

OWNER, MAIN, POOR, POOR_MAIN = 279, 16, 615, 52
DOCUMENTED, GERMAN, CUBAN, ERITREAN = "+14155551234", "+4915123456789", "+5351234567", "+2917123456"
SANDBOX_KEY = "sk_test_0016sandbox1f48e9a2c"
HI = Text("hi", "MyApp")


@pytest.fixture
def sandbox(sandbox_of: Callable[..., Sandbox]) -> Sandbox:
    return sandbox_of("restlink")


def send(
    sandbox: Sandbox, numbers: list[str], text: Text = HI, *, account: int = OWNER, workspace: int = MAIN, key: str | None = None
) -> Sent:
    with sandbox.transaction("restlink") as tx:
        return sending.send(tx, account, workspace, numbers, text, sandbox_key=key)


def balance(sandbox: Sandbox, account: int = OWNER) -> int:
    with sandbox.transaction("restlink") as tx:
        found = state.account(tx, account)
        assert found
        return int(found["balance"])


def stored(sandbox: Sandbox, workspace: int = MAIN) -> int:
    with sandbox.transaction("restlink") as tx:
        return tx.count("message", workspace)


def test_each_number_is_charged_by_its_country_and_segments(sandbox: Sandbox) -> None:
    before = balance(sandbox)
    sent = send(sandbox, [DOCUMENTED, GERMAN], Text("a" * 161, "MyApp"))
    assert [recipient.cost for recipient in sent.recipients] == [16_000, 150_000]
    assert before - balance(sandbox) == 166_000


def test_a_sent_message_is_pending_and_can_be_read(sandbox: Sandbox) -> None:
    message_id = send(sandbox, [DOCUMENTED]).recipients[0].message_id
    assert message_id
    assert re.fullmatch(r"api_1041_177098[0-3][0-9]{12}_[0-9a-f]{16}", message_id), (
        "the hour before the frozen noon, in nanoseconds"
    )
    with sandbox.transaction("restlink") as tx:
        message = messages.read(tx, MAIN, message_id)
    assert message["status"] == "pending"
    assert (message["telecom_message_id"], message["status_code"], message["delivered_at"]) == (None, None, None)
    assert message["created_at"] == "2026-02-13T12:00:00.000000Z"
    assert message["cost"] == 8_000


def test_a_number_given_twice_is_sent_to_twice(sandbox: Sandbox) -> None:
    first, second = send(sandbox, [DOCUMENTED, DOCUMENTED]).recipients
    assert first.message_id != second.message_id


def test_blocked_and_unrouted_countries_are_reported_and_free(sandbox: Sandbox) -> None:
    before, messages_before = balance(sandbox), stored(sandbox)
    sent = send(sandbox, [CUBAN, ERITREAN])
    assert [(recipient.status, recipient.cost, recipient.message_id) for recipient in sent.recipients] == [
        ("blocked_country", 0, None),
        ("config_error", 0, None),
    ]
    assert (balance(sandbox), stored(sandbox)) == (before, messages_before)


def test_poor_can_pay_for_exactly_five_messages(sandbox: Sandbox) -> None:
    for _ in range(5):
        send(sandbox, [DOCUMENTED], account=POOR, workspace=POOR_MAIN)
    assert balance(sandbox, POOR) == 0
    with pytest.raises(InsufficientBalance) as refused:
        send(sandbox, [DOCUMENTED], account=POOR, workspace=POOR_MAIN)
    assert refused.value.facts == {
        "balance": 0,
        "estimated_cost": 8_000,
        "currency": "EUR",
        "total_recipients": 1,
        "billable_recipients": 1,
        "segments": 1,
    }


def test_a_request_that_cannot_be_paid_whole_sends_nothing(sandbox: Sandbox) -> None:
    with pytest.raises(InsufficientBalance) as refused:
        send(sandbox, [DOCUMENTED] * 6 + ["+5351234567"], Text("hi", "MyApp"), account=POOR, workspace=POOR_MAIN)
    assert refused.value.facts["billable_recipients"] == 7, "Cuba is blocked for the owner, not for this account"
    assert (stored(sandbox, POOR_MAIN), balance(sandbox, POOR)) == (0, 40_000)


def test_the_sandbox_spends_no_money_and_blocks_no_country(sandbox: Sandbox) -> None:
    before = balance(sandbox)
    sent = send(sandbox, [DOCUMENTED, CUBAN], key=SANDBOX_KEY)
    assert [recipient.status for recipient in sent.recipients] == ["accepted", "accepted"]
    assert sent.sandbox
    assert balance(sandbox) == before
    with sandbox.transaction("restlink") as tx:
        assert messages.read(tx, MAIN, str(sent.recipients[0].message_id))["cost"] == 0


def test_the_sandbox_takes_500_messages_in_any_24_hours(sandbox_of: Callable[..., Sandbox]) -> None:
    start = datetime(2026, 2, 13, tzinfo=UTC)
    sandbox = sandbox_of("restlink", now=start)
    send(sandbox, [DOCUMENTED], key=SANDBOX_KEY)
    sandbox.clock = Clock(start + timedelta(hours=1))
    for _ in range(4):
        send(sandbox, [DOCUMENTED] * 100, key=SANDBOX_KEY)
    with pytest.raises(SandboxQuotaSpent):
        send(sandbox, [DOCUMENTED] * 100, key=SANDBOX_KEY)
    send(sandbox, [DOCUMENTED] * 99, key=SANDBOX_KEY)
    with pytest.raises(SandboxQuotaSpent):
        send(sandbox, [DOCUMENTED], key=SANDBOX_KEY)
    sandbox.clock = Clock(start + timedelta(hours=24))
    send(sandbox, [DOCUMENTED], key=SANDBOX_KEY)
    with pytest.raises(SandboxQuotaSpent):
        send(sandbox, [DOCUMENTED], key=SANDBOX_KEY)


@pytest.mark.parametrize(
    ("number", "country"),
    [
        (DOCUMENTED, "US"),
        ("+16135550100", "CA"),
        ("+447400123456", "GB"),
        ("+10000000", "US"),
        ("+88212345678", "ZZ"),
        ("+9999999", "ZZ"),
    ],
)
def test_a_number_lies_in_the_country_of_its_plan(number: str, country: str) -> None:
    assert country_of(number) == country
