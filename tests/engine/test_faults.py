"""Faults without HTTP: which calls a rule is about, when it acts, what is drawn, what is kept of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from mockserver.engine.faults import rules
from mockserver.engine.faults.armed import ROOM, Armed, Strike
from mockserver.engine.faults.conditions import NOTHING, Asked, fits, is_like, is_same, value_at
from mockserver.engine.faults.draws import LONGEST, fraction, seconds
from mockserver.engine.faults.rules import FaultUnknown, TooManyFaults
from mockserver.engine.faults.words import described
from mockserver.engine.sandbox import Sandbox
from mockserver.engine.store import SqliteStore

ERROR = {"error": {"status": 500}}


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    opened = Sandbox(SqliteStore(), seed=7)
    yield opened
    opened.store.close()


def asked(body: bytes = b"", headers: dict[str, str] | None = None, actor: str = "", operation: str = "send") -> Asked:
    return Asked("toy", operation, headers or {}, body, lambda name: name == actor)


class Calls:
    """A sandbox's rules, and calls that meet them."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.armed = Armed(sandbox, lambda rule, api, operation: rule.get("operation", operation) == operation)

    def arm(self, rule: dict[str, Any]) -> str:
        with self.sandbox.transaction(ROOM) as tx:
            id = rules.arm(tx, rule).id
        self.armed.forget()
        return id

    def come(self, call: Asked | None = None) -> Strike | None:
        return self.armed.strike(call or asked(), lambda _rule: True)

    def hits(self, count: int, call: Asked | None = None) -> list[int]:
        """Which of so many calls were struck, from 1."""
        return [number for number in range(1, count + 1) if self.come(call)]

    def shown(self) -> list[dict[str, Any]]:
        with self.sandbox.transaction(ROOM) as tx:
            kept = rules.kept_rules(tx)
        return [{"id": one.id, "calls": one.calls, "hits": one.hits, "armed": one.is_armed, "left": one.left} for one in kept]


@pytest.fixture
def calls(sandbox: Sandbox) -> Calls:
    return Calls(sandbox)


@pytest.mark.parametrize(
    ("text", "wanted", "like"),
    [
        ("abc", "abc", True),
        ("abc", "ABC", False),
        ("abcd", "abc", False),
        ("abc", "*", True),
        ("", "*", True),
        ("abc", "a*", True),
        ("abc", "*c", True),
        ("abc", "a*c", True),
        ("ac", "a*c", True),
        ("a", "a*a", False),
        ("abc", "b*", False),
        ("one two three", "one*two*three", True),
        ("one three two", "one*two*three", False),
        ("one four three", "one*two*three", False),
        ("two one three", "*one*two*three", False),
        ("a.c", "a.c", True),
        ("abc", "a.c", False),
    ],
)
def test_a_star_stands_for_anything_and_nothing_else_is_special(text: str, wanted: str, like: bool) -> None:
    assert is_like(text, wanted) is like


@pytest.mark.parametrize(
    ("at", "found"),
    [
        ("/to/0", "+1"),
        ("to.0", "+1"),
        ("to.1", NOTHING),
        ("to.-1", NOTHING),
        ("to.x", NOTHING),
        ("meta.a", None),
        ("meta", {"a": None, "b/c": 1, "~d": 2}),
        ("/meta/b~1c", 1),
        ("/meta/~0d", 2),
        ("meta.e", NOTHING),
        ("text.0", NOTHING),
    ],
)
def test_a_value_is_found_by_pointer_and_by_dotted_path(at: str, found: object) -> None:
    document = {"to": ["+1"], "meta": {"a": None, "b/c": 1, "~d": 2}, "text": "hi"}
    assert value_at(document, at) is found if found is NOTHING else value_at(document, at) == found


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (1, 1.0, True),
        (1, True, False),
        (0, False, False),
        (None, None, True),
        ("1", 1, False),
        ([1, {"a": True}], [1, {"a": True}], True),
        ([{"a": True}], [{"a": 1}], False),
        ([1], [1, 2], False),
        ({"a": 1}, {"a": 1, "b": 2}, False),
    ],
)
def test_values_are_the_same_as_json_means_it(one: object, other: object, same: bool) -> None:
    assert is_same(one, other) is same


@pytest.mark.parametrize(
    ("condition", "fitting"),
    [
        ({"header": {"name": "X-Test", "value": "a*"}}, True),
        ({"header": {"name": "x-TEST"}}, True),
        ({"header": {"name": "X-Test", "value": "b"}}, False),
        ({"header": {"name": "X-Other"}}, False),
        ({"body": {"at": "to", "equals": "+1"}}, True),
        ({"body": {"at": "/to", "equals": "+2"}}, False),
        ({"body": {"at": "to"}}, True),
        ({"body": {"at": "from"}}, False),
        ({"body": {"at": "from", "present": False}}, True),
        ({"body": {"at": "to", "present": False}}, False),
        ({"actor": "owner"}, True),
        ({"actor": "stranger"}, False),
        ({"actor": "owner", "header": {"name": "X-Other"}}, False),
    ],
)
def test_all_conditions_must_fit(condition: dict[str, Any], fitting: bool) -> None:
    call = asked(b'{"to": "+1"}', {"x-test": "abc"}, "owner")
    assert fits({**ERROR, **condition}, call) is fitting


@pytest.mark.parametrize("body", [b"", b"no json", b"[1"])
@pytest.mark.parametrize("present", [True, False])
def test_what_is_no_json_fits_no_condition_on_a_body(body: bytes, present: bool) -> None:
    assert not fits({**ERROR, "body": {"at": "to", "present": present}}, asked(body))


@pytest.mark.parametrize(
    ("when", "struck"),
    [
        ({}, [1, 2, 3, 4, 5, 6]),
        ({"next": 2}, [1, 2]),
        ({"every": 3}, [3, 6]),
        ({"every": 2, "next": 1}, [2]),
        ({"nth": 4}, [4]),
        ({"nth": 9}, []),
        ({"share": 0}, []),
        ({"share": 1}, [1, 2, 3, 4, 5, 6]),
    ],
)
def test_a_rule_acts_always_or_on_the_next_every_so_manieth_or_one_call(
    calls: Calls, when: dict[str, Any], struck: list[int]
) -> None:
    calls.arm({**ERROR, **when})
    assert calls.hits(6) == struck


def test_only_calls_that_fit_are_counted(calls: Calls) -> None:
    calls.arm({**ERROR, "header": {"name": "X-Test"}, "nth": 2})
    fitting = asked(headers={"x-test": "1"})
    assert [bool(calls.come(call)) for call in (fitting, asked(), asked(), fitting, fitting)] == [
        False,
        False,
        False,
        True,
        False,
    ]
    assert [(one["calls"], one["hits"], one["armed"]) for one in calls.shown()] == [(2, 1, False)]


def test_the_share_is_near_what_was_asked_and_the_same_for_the_same_seed(calls: Calls) -> None:
    calls.arm({**ERROR, "share": 0.25})
    victims = calls.hits(400)
    assert 70 < len(victims) < 130
    again = Calls(Sandbox(SqliteStore(), seed=7))
    again.arm({"share": 0.25, **ERROR})
    assert again.hits(400) == victims
    other = Calls(Sandbox(SqliteStore(), seed=8))
    other.arm({**ERROR, "share": 0.25})
    assert other.hits(400) != victims


def test_draws_differ_by_seed_rule_purpose_and_number_and_take_nothing_from_the_ids(calls: Calls) -> None:
    drawn = {
        fraction(seed, rule, purpose, number)
        for seed in (1, 2)
        for rule in (ERROR, {**ERROR, "next": 1})
        for purpose in ("share", "latency")
        for number in (1, 2)
    }
    assert len(drawn) == 16
    assert all(0 <= one < 1 for one in drawn)
    calls.arm({**ERROR, "share": 0.5})
    calls.hits(10)
    with calls.sandbox.transaction("toy") as tx:
        assert tx.drawn == 0


def test_waits_are_fixed_or_drawn_within_their_bounds() -> None:
    rule = {"latency": {}}
    assert seconds(0, rule, {"seconds": 2}, 1) == 2.0
    uniform = [seconds(0, rule, {"uniform": {"lower": 1, "upper": 3}}, number) for number in range(200)]
    assert 1 <= min(uniform) < 1.2
    assert 2.8 < max(uniform) < 3
    lognormal = sorted(seconds(0, rule, {"lognormal": {"median": 2, "sigma": 0.5}}, number) for number in range(400))
    assert 1.8 < lognormal[200] < 2.2
    # The middle 68 % lie within one sigma: from 2 / e^0.5 to 2 * e^0.5.
    assert 1.05 < lognormal[64] < 1.4
    assert 2.9 < lognormal[336] < 3.8
    assert max(seconds(0, rule, {"lognormal": {"median": 600, "sigma": 10}}, number) for number in range(50)) == LONGEST


def test_delays_add_up_until_the_first_other_rule_decides(calls: Calls) -> None:
    for rule in (
        {"latency": {"seconds": 1}},
        {"latency": {"seconds": 2, "at": "after_work"}},
        {"latency": {"seconds": 4}, "next": 1},
        {"hang": {}, "next": 1},
        {"latency": {"seconds": 8}},
        ERROR,
    ):
        calls.arm(rule)
    first, second = calls.come(), calls.come()
    assert first is not None
    assert (first.ids, first.before, first.after, first.effect) == (["f1", "f2", "f3", "f4"], 5, 2, "hang")
    assert second is not None
    assert (second.ids, second.before, second.after, second.effect) == (["f1", "f2", "f5", "f6"], 9, 2, "error")
    assert [(one["calls"], one["hits"]) for one in calls.shown()] == [(2, 2), (2, 2), (1, 1), (1, 1), (2, 1), (2, 1)]


def test_a_call_that_is_only_late_is_decided_by_no_rule(calls: Calls) -> None:
    calls.arm({"latency": {"seconds": 1}})
    struck = calls.come()
    assert struck is not None
    assert (struck.rule, struck.before) == (None, 1)


def test_a_call_that_another_rule_decided_counts_for_the_later_ones(calls: Calls) -> None:
    calls.arm({**ERROR, "next": 2})
    calls.arm({"reset": {"at": "before_work"}, "nth": 3})
    assert [(struck.effect if struck else None) for struck in (calls.come(), calls.come(), calls.come(), calls.come())] == [
        "error",
        "error",
        "reset",
        None,
    ]


def test_a_rule_acts_only_on_what_it_covers_and_is_asked_by_those_whom_it_concerns(calls: Calls) -> None:
    calls.arm({**ERROR, "operation": "send"})
    assert calls.come(asked(operation="read")) is None
    assert calls.armed.strike(asked(), lambda rule: "actor" in rule) is None
    assert calls.come()
    assert calls.shown()[0]["calls"] == 1


def test_what_is_left_and_what_was_hit_is_shown_and_a_spent_rule_is_armed_no_more(calls: Calls) -> None:
    calls.arm({**ERROR, "next": 2})
    assert calls.shown() == [{"id": "f1", "calls": 0, "hits": 0, "armed": True, "left": 2}]
    calls.come()
    assert [described(kept) for kept in calls.armed.rules] == ["error 500 on any call, 1 left"]
    calls.come()
    assert calls.shown() == [{"id": "f1", "calls": 2, "hits": 2, "armed": False, "left": 0}]
    assert calls.armed.rules == []
    assert calls.come() is None
    assert calls.shown()[0]["calls"] == 2


def test_rules_outlive_the_process_with_what_is_left_of_them(tmp_path: Any) -> None:
    path = str(tmp_path / "state.db")
    first = Calls(Sandbox(SqliteStore(path)))
    first.arm({**ERROR, "next": 3})
    first.come()
    first.sandbox.store.close()
    second = Calls(Sandbox(SqliteStore(path)))
    assert second.hits(5) == [1, 2]
    second.sandbox.store.close()


def test_a_reset_disarms(calls: Calls) -> None:
    calls.arm(ERROR)
    with calls.sandbox.transaction("control") as tx:
        tx.clear()
    calls.armed.forget()
    assert calls.come() is None
    assert calls.arm(ERROR) == "f1"


def test_a_rule_that_was_taken_back_while_a_call_met_it_stays_away(calls: Calls) -> None:
    id = calls.arm(ERROR)
    assert calls.armed.rules
    with calls.sandbox.transaction(ROOM) as tx:
        rules.disarm(tx, id)
    calls.come()
    assert calls.shown() == []


def test_a_rule_is_read_and_taken_back_by_its_id(sandbox: Sandbox) -> None:
    with sandbox.transaction(ROOM) as tx:
        one, two = rules.arm(tx, ERROR), rules.arm(tx, {"hang": {}})
        assert rules.read(tx, two.id) == two
        rules.disarm(tx, one.id)
        assert [kept.id for kept in rules.kept_rules(tx)] == ["f2"]
        with pytest.raises(FaultUnknown):
            rules.read(tx, one.id)
        with pytest.raises(FaultUnknown):
            rules.disarm(tx, one.id)
        rules.disarm_all(tx)
        assert rules.kept_rules(tx) == []
        assert rules.arm(tx, ERROR).id == "f3"


def test_a_sandbox_keeps_a_hundred_rules_and_spent_ones_make_room(calls: Calls) -> None:
    calls.arm({**ERROR, "next": 1})
    for _ in range(99):
        calls.arm({**ERROR, "header": {"name": "X-Never"}})
    with pytest.raises(TooManyFaults):
        calls.arm(ERROR)
    calls.come()
    assert calls.arm(ERROR) == "f101"
    assert len(calls.shown()) == 100
    assert calls.shown()[0]["id"] == "f2"


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ({"error": {"refusal": "Gone"}, "api": "toy", "operation": "send", "next": 2}, "error Gone on toy send, 2 left"),
        ({"latency": {"seconds": 2}, "actor": "owner", "every": 3}, "latency 2 on any call by owner one in 3 calls"),
        ({"rate_limit": {}, "api": "toy", "share": 0.5}, "rate limit on toy 50% of the calls"),
        (
            {"reset": {"at": "in_body"}, "header": {"name": "X-Key", "value": "secret"}, "body": {"at": "pin", "equals": "1234"}},
            "reset in_body on any call with X-Key by pin of the body",
        ),
    ],
)
def test_a_rule_is_told_in_a_line_without_what_may_be_secret(calls: Calls, rule: dict[str, Any], words: str) -> None:
    calls.arm(rule)
    assert [described(kept) for kept in calls.armed.rules] == [words]
