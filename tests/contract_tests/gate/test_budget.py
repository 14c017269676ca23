"""What a run may spend is taken before a request leaves, and never exceeded."""

from __future__ import annotations

import socket
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest

from contract_tests.gate.budget import Allowance, Budget, messages_of
from contract_tests.gate.proxy import Gate, Mount
from contract_tests.gate.routes import Routes
from contract_tests.gate.terms import Terms
from tests.contract_tests.gate.things import terms
from tests.contract_tests.gate.toys import Target, answered, ask, body, exchange, operation, request, spec

TERMS = terms()


def budget(**most: Any) -> Budget:
    return Budget({"toy": TERMS}, Allowance(**most))


def test_calls_end_with_the_budget() -> None:
    rule = budget(calls=2)
    assert [rule.ask(exchange(TERMS, "GET", "/rooms")) is None for _ in range(3)] == [True, True, False]
    assert rule.ask(exchange(TERMS, "GET", "/nowhere")) == "The budget of 2 calls is spent"


def send(rule: Budget, many: int, number: int = 1) -> str | None:
    return rule.ask(exchange(TERMS, "POST", "/messages", {"to": ["x"] * many}, number=number))


def test_messages_are_counted_by_the_contract() -> None:
    rule = budget(messages=5)
    assert send(rule, 3) is None
    assert send(rule, 3, 2) == "The budget of 5 messages does not cover it"
    assert send(rule, 2, 3) is None
    assert rule.ask(exchange(TERMS, "GET", "/call?to=1")) is not None
    assert rule.ask(exchange(TERMS, "GET", "/rooms")) is None
    assert rule.messages == 5


@pytest.mark.parametrize(
    ("said", "many"),
    [
        ({"to": ["a", "b"]}, 2),
        ({"to": []}, 1),
        ({}, 1),
        ([], 1),
        ({"to": "a"}, 50),
        ({"to": {"0": "a"}}, 50),
        (b'{"to": ["a"], "to": ["a", "b", "c"]}', 50),
        (b"no json", 50),
        (b"", 50),
        (b"[" * 100_000, 50),
        ('{"to": ["a", "b"]}'.encode("utf-16"), 2),
    ],
    ids=str,
)
def test_a_body_that_does_not_tell_counts_as_the_most_that_it_may_be(said: Any, many: int) -> None:
    made = exchange(TERMS, "POST", "/messages", said)
    term = TERMS.of(made)
    assert term is not None
    assert messages_of(TERMS.spec, term, made.body) == many


def test_what_sends_costs_a_message_where_the_contract_is_silent() -> None:
    silent = Terms("toy", spec({"/a": {"post": operation("a", "send"), "put": operation("b", "create")}}))
    assert {term.id: messages_of(silent.spec, term, b"") for term in silent.all()} == {"a": 1, "b": 0}


def test_the_most_is_found_in_every_part_of_a_schema() -> None:
    many = {"type": "object", "properties": {"to": {"type": "array", "maxItems": 7}}}
    cost = {"x-cost": {"messages": "/to"}}
    for said in ({"allOf": [{}, many]}, {"oneOf": [{}, many]}, {"anyOf": [many]}):
        parted = Terms("toy", spec({"/a": {"post": operation("a", "send", **body(said), **cost)}}))
        (term,) = parted.all()
        assert messages_of(parted.spec, term, b"no json") == 7


def test_money_is_counted_to_the_cent() -> None:
    rule = budget(cost=Decimal("0.3"), price=Decimal("0.1"))
    assert send(rule, 3) is None
    assert rule.cost == Decimal("0.3")
    assert send(rule, 1, 2) == "The budget of 0.3 for messages does not cover it"


def test_without_a_price_nothing_is_sent_that_may_cost() -> None:
    rule = budget(cost=Decimal(10))
    assert send(rule, 1) == "The price of a message is not known, so no cost can be kept to"
    assert rule.ask(exchange(TERMS, "GET", "/rooms")) is None


@pytest.mark.parametrize(
    ("status", "left"), [(200, 3), (400, 0), (403, 0), (422, 0), (408, 3), (429, 3), (500, 3), (302, 3), (0, 3)]
)
def test_messages_come_back_only_when_the_target_says_no(status: int, left: int) -> None:
    rule = budget(messages=5)
    made = exchange(TERMS, "POST", "/messages", {"to": ["x"] * 3})
    assert rule.ask(made) is None
    rule.saw(answered(made, status))
    rule.saw(made)
    assert (rule.messages, rule.calls) == (left, 1)


def test_what_never_left_costs_nothing() -> None:
    rule = budget(messages=5, calls=5)
    made = exchange(TERMS, "POST", "/messages", {"to": ["x"] * 3})
    assert rule.ask(made) is None
    rule.undo(made)
    assert (rule.messages, rule.calls) == (0, 0)


def test_tidying_up_has_calls_of_its_own() -> None:
    rule = budget(calls=0, closing=1)
    made = exchange(TERMS, "DELETE", "/rooms/1")
    made.closing = True
    assert rule.ask(made) is None
    assert rule.ask(made) == "The 1 calls for tidying up are spent"
    rule.undo(made)
    assert rule.ask(made) is None


def test_many_at_once_do_not_exceed_it() -> None:
    target = Target()
    rule = budget(messages=7, calls=30)
    gate = Gate([Mount("toy", "/toy", target.url, Routes(TERMS.spec))], [rule])
    raw = request("POST /toy/messages", "Host: x", "Content-Length: 11", said=b'{"to": [1]}')
    with gate.open() as url, ThreadPoolExecutor(20) as pool:
        came = list(pool.map(lambda _: ask(url, raw), range(20)))
    target.close()
    assert sum(each.startswith(b"HTTP/1.1 200") for each in came) == 7
    assert len(target.got) == 7
    assert isinstance(target._listening, socket.socket)
