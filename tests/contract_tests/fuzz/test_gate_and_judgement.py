"""The budget is kept to the request, and what earlier steps let one expect is judged without false alarms."""

from __future__ import annotations

import time
from typing import Any

import pytest

from contract_tests import contracts
from contract_tests.fuzz import histories
from contract_tests.fuzz.budget import SPENT, WORKER, Budget, shared
from contract_tests.fuzz.people import People
from contract_tests.fuzz.permission import permitted
from contract_tests.fuzz.playing import Played, Reply
from contract_tests.fuzz.sequence import Step, own, taken
from contract_tests.fuzz.surface import Surface
from contract_tests.fuzz.validity import Request
from contract_tests.gate.exchange import Exchange
from contract_tests.targets.target import MOCK, PRODUCTION, Capabilities, Target
from mockserver.app import cast


def asked(worker: int | None, number: int = 1, **more: Any) -> Exchange:
    headers = [("A", "b")] + ([(WORKER, str(worker))] if worker is not None else [])
    return Exchange(number, "bird", "GET", "/things", headers, b"", **more)


def test_shares_are_fair_and_add_up() -> None:
    assert shared(10, 3) == [4, 3, 3]
    assert shared(2, 3) == [1, 1, 0]
    assert shared(None, 2) == [None, None]


def test_each_worker_may_send_its_share_and_not_one_more() -> None:
    budget = Budget([2, 1])
    assert [budget.ask(asked(worker, number)) for number, worker in enumerate((1, 1, 0, None, 0))] == [
        None,
        SPENT,
        None,
        None,
        SPENT,
    ]
    assert budget.sent == 3


def test_the_workers_number_never_leaves_the_gate() -> None:
    exchange = asked(1)
    Budget([None, None]).ask(exchange)
    assert exchange.headers == [("A", "b")]


def test_what_another_rule_refuses_is_given_back_and_what_it_refuses_itself_is_not() -> None:
    budget = Budget([1])
    sent, refused = asked(0, 1), asked(0, 2)
    assert (budget.ask(sent), budget.ask(refused)) == (None, SPENT)
    budget.undo(refused)
    assert budget.left(0) == 0
    budget.undo(sent)
    assert (budget.left(0), budget.sent) == (1, 0)


def test_nothing_leaves_after_the_end_but_what_tidies_up() -> None:
    over = Budget([None], until=time.monotonic())
    assert over.ask(asked(0)) == SPENT
    assert over.ask(asked(0, closing=True)) is None
    lasting = Budget([None], until=time.monotonic() + 600)
    assert lasting.ask(asked(0)) is None
    lasting.close()
    assert lasting.ask(asked(0)) == SPENT


def target(profile: str, *, reset: bool = False) -> Target:
    token = "token" if reset else None
    return Target("t", {"tofrom": "http://127.0.0.1:1"}, {}, profile, control_token=token, capabilities=Capabilities(reset=reset))


def test_production_is_only_read() -> None:
    spec = contracts.load("tofrom")
    effects = {operation["operationId"]: operation["x-side-effect"] for _, operation in contracts.operations(spec)}
    assert set(permitted(target(PRODUCTION), "tofrom")) == {name for name, effect in effects.items() if effect == "none"}
    assert set(effects) - set(permitted(target(MOCK), "tofrom")) == {"log_out"}
    assert set(permitted(target(MOCK, reset=True), "tofrom")) == set(effects)


SPEC = contracts.load("bird")
SURFACE = Surface(SPEC)
PEOPLE = People("bird", SPEC, cast("bird", "default"))
ID = "0b6e8a1e-3f0c-4a53-9f7e-8d5b1c2a7e90"
HOOKS = {"organizationId": own("owner", "organizationId", 0), "workspaceId": own("owner", "workspaceId", 0)}


def one(operation: str, status: int, actor: str | None = "owner", source: int | None = 0, **more: Any) -> Played:
    """A step about the subscription that step ``source`` made, answered with this status."""
    marks = {} if source is None else {"subscriptionId": taken(source, "/id")}
    step = Step(operation, actor, "AccessKey" if actor else None, path={**HOOKS, **marks}, **more)
    values = {name: PEOPLE.value(mark, actor) for name, mark in HOOKS.items()} | ({"subscriptionId": ID} if marks else {})
    return Played(step, Request(values), [Reply(1, status, document={"id": ID})], object())


MADE = one("create_webhook_subscription", 201, source=None)


def wrongs(*played: Played, valid: bool = True, alone: bool = True) -> list[str]:
    found = histories.wrongs(SURFACE, PEOPLE, played, len(played) - 1, valid=valid, alone=alone)
    return [name for name, _ in found]


def test_what_is_gone_stays_gone() -> None:
    deleted, read = one("delete_webhook_subscription", 204), one("get_webhook_subscription", 200)
    assert wrongs(MADE, deleted, read) == ["gone_stays_gone"]
    assert wrongs(MADE, read) == []
    assert wrongs(MADE, one("delete_webhook_subscription", 404), read) == []
    assert wrongs(MADE, deleted, one("get_webhook_subscription", 404)) == []
    assert wrongs(MADE, deleted, MADE, read) == []
    assert wrongs(MADE, deleted, one("list_webhook_subscriptions", 200, source=None), read) == ["gone_stays_gone"]


def test_what_a_reply_leads_to_is_there() -> None:
    missing = one("get_webhook_subscription", 404)
    assert wrongs(MADE, missing) == ["links_lead_somewhere"]
    assert wrongs(MADE, missing, valid=False) == []
    assert wrongs(MADE, one("delete_webhook_subscription", 204), missing) == []
    assert wrongs(one("create_webhook_subscription", 400, source=None), missing) == []
    assert wrongs(MADE, one("get_webhook_subscription", 404, actor="stranger")) == []
    foreign = one("get_webhook_subscription", 404)
    foreign.request.path["workspaceId"] = "somebody-else's"  # type: ignore[index]
    assert wrongs(MADE, foreign) == []


def test_strangers_are_kept_out() -> None:
    assert wrongs(MADE, one("get_webhook_subscription", 200, actor="stranger")) == ["strangers_are_kept_out"]
    assert wrongs(MADE, one("delete_webhook_subscription", 204, actor="stranger")) == ["strangers_are_kept_out"]
    assert wrongs(MADE, one("get_webhook_subscription", 403, actor="stranger")) == []
    assert wrongs(MADE, one("get_webhook_subscription", 200)) == []
    short = one("get_webhook_subscription", 200, actor="stranger")
    short.request.path["subscriptionId"] = "7"  # type: ignore[index]
    assert wrongs(MADE, short) == []


@pytest.mark.parametrize("reply", [Reply(1, refused="no"), Reply(1, broken="gone")])
def test_what_never_came_is_no_history(reply: Reply) -> None:
    unheard = one("get_webhook_subscription", 404)
    unheard.replies = [reply]
    assert wrongs(MADE, unheard) == []
