"""Spent: limits that no schema tells, balances and quotas, exactly used up; ``limits`` collects these tests."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import httpx
import pytest

from contract_tests.deployment import Api
from contract_tests.laws import later, law
from contract_tests.laws import restlink as messages
from contract_tests.laws import timelines as workspaces

DAY = 24 * 3600
SANDBOX_MESSAGES = 500
MOST_RECIPIENTS = 100
MOST_SEATS = 99


def _spendable(api: Api) -> None:
    if api.deployment.profile != "mock":
        pytest.skip("spends a whole balance or quota: only on a mock")


def _send(api: Api, headers: dict[str, str], count: int) -> httpx.Response:
    to = [f"+1415555{number:04}" for number in range(count)]
    body = {"to": to, "message": messages.text(api), "sender_id": "MyApp"}
    return api.client.post("/sms/send", json=body, headers=headers)


def _balance(api: Api, headers: dict[str, str]) -> Decimal:
    return Decimal(str(api.client.get("/user/balance", headers=headers).json()["balance"]))


def test_restlink_pays_as_much_as_there_is_and_no_more(restlink: Api) -> None:
    _spendable(restlink)
    headers = {"Authorization": f"Bearer {restlink.cast['poor']['jwt']}"}
    balance = _balance(restlink, headers)
    dear = _send(restlink, headers, MOST_RECIPIENTS)
    assert dear.status_code == 402, f"what the balance does not cover is refused with 402, not {dear.status_code} {dear.text}"
    each = Decimal(str(dear.json()["estimated_cost"])) / MOST_RECIPIENTS
    payable = int(balance / each)
    if payable < 1:
        pytest.skip(f"{balance} pays for nothing any more")
    over = _send(restlink, headers, payable + 1)
    assert over.status_code == 402, f"{payable + 1} messages for {each} each cost more than {balance}, and are taken"
    assert _balance(restlink, headers) == balance, "a refused request costs nothing"
    taken = _send(restlink, headers, payable)
    assert taken.status_code == 200, f"{payable} messages for {each} each cost no more than {balance}: {taken.text}"
    assert _balance(restlink, headers) == balance - payable * each, "what was sent is paid for"


def test_restlink_takes_500_messages_a_day_in_the_sandbox(restlink: Api) -> None:
    _spendable(restlink)
    if restlink.control is None:
        pytest.skip("needs a sandbox key that has not sent anything for a day")
    headers = {"X-API-Key": restlink.cast["owner"]["keys"]["sandbox"]}
    with later(restlink, DAY):
        for _ in range(SANDBOX_MESSAGES // MOST_RECIPIENTS - 1):
            assert _send(restlink, headers, MOST_RECIPIENTS).status_code == 200, "within the limit messages are taken"
        beyond = _send(restlink, headers, MOST_RECIPIENTS + 1)
        assert beyond.status_code == 400, "a request that is wrong in itself counts for nothing"
        assert _send(restlink, headers, MOST_RECIPIENTS).status_code == 200, "the five hundredth message is taken"
        late = _send(restlink, headers, 1)
        assert (late.status_code, late.json().get("error_code")) == (429, "RATE_LIMIT_EXCEEDED"), "the next one is not"
    with later(restlink, 2 * DAY):
        assert _send(restlink, headers, 1).status_code == 200, "a day later there is room again"


@law("L13")
def test_timelines_fills_every_seat_and_no_more(timelines: Api) -> None:
    made = timelines_workspace(timelines, MOST_SEATS)
    assert _users(timelines, made, MOST_SEATS).status_code == 409, "the owner has one of the seats"
    assert _seats(timelines, made) == (MOST_SEATS, 1), "a refused request takes no seat"
    assert _users(timelines, made, MOST_SEATS - 1).status_code == 201, "every seat can be taken"
    assert _seats(timelines, made) == (MOST_SEATS, MOST_SEATS), "and then is"
    assert _users(timelines, made, 1).status_code == 409, "no seat is left"


def timelines_workspace(api: Api, seats: int) -> str:
    """A new workspace of the owner's; its id."""
    return str(workspaces.create(api, seats=seats)["workspace_id"])


def _users(api: Api, workspace_id: str, count: int) -> httpx.Response:
    path = f"/workspaces/{workspace_id}/users"
    return api.client.post(path, json={"count": count}, headers=workspaces.headers(api.cast["owner"]))


def _seats(api: Api, workspace_id: str) -> tuple[Any, Any]:
    seats = workspaces.read(api, workspace_id)["seats"]
    return seats["total"], seats["used"]
