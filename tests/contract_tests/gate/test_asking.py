"""How the gate asks its rules, what becomes of one that breaks, and what it tells the sender of what they did."""

from __future__ import annotations

import asyncio
import json
from urllib.parse import unquote

import pytest

from contract_tests.gate.exchange import Exchange, Objection
from contract_tests.gate.proxy import CONTROL, Gate, Mount
from contract_tests.gate.rule import Rule
from tests.contract_tests.gate.toys import Target, ask, request, standing


class Breaks(Rule):
    """Fails where it is told to."""

    def __init__(self, where: str) -> None:
        self.where, self.undone = where, 0

    def ask(self, exchange: Exchange) -> str | None:
        return self._maybe("ask")

    async def wait(self, exchange: Exchange) -> str | None:
        return self._maybe("wait")

    def saw(self, exchange: Exchange) -> None:
        self._maybe("saw")

    def _maybe(self, here: str) -> None:
        if here == self.where:
            raise KeyError("secret detail")


@pytest.mark.parametrize(("where", "left"), [("ask", 0), ("wait", 0), ("saw", 1)])
def test_a_rule_that_breaks_is_a_refusal_with_its_reason_and_lets_nothing_pass(where: str, left: int) -> None:
    with standing(rules=[Breaks(where)]) as (_, url, target):
        came = ask(url, request("GET /toy/a", "Host: x"))
    assert b"A%20rule%20of%20the%20gate%20broke%20%28Breaks%3A%20KeyError%29" in came
    assert b"secret detail" not in came
    assert came.startswith(b"HTTP/1.1 500" if left else b"HTTP/1.1 403")
    assert len(target.got) == left


class Counts(Rule):
    """Counts what it let pass and what was undone."""

    def __init__(self) -> None:
        self.let, self.undone = 0, 0

    def ask(self, exchange: Exchange) -> str | None:
        self.let += 1
        return None

    def undo(self, exchange: Exchange) -> None:
        self.undone += 1


class Refuses(Rule):
    """Refuses, at once or after it has waited."""

    def __init__(self, *, late: bool) -> None:
        self.late = late

    def ask(self, exchange: Exchange) -> str | None:
        return None if self.late else "not this one"

    async def wait(self, exchange: Exchange) -> str | None:
        return "not this one"


@pytest.mark.parametrize("late", [False, True])
def test_what_a_rule_noted_is_undone_when_another_refuses(late: bool) -> None:
    counts, after = Counts(), Counts()
    with standing(rules=[counts, Refuses(late=late), after]) as (gate, url, target):
        assert b"not%20this%20one" in ask(url, request("GET /toy/a", "Host: x"))
    assert (counts.let, counts.undone) == (1, 1)
    assert (after.let, after.undone) == ((1, 1) if late else (0, 0))
    assert target.got == []
    assert (gate.passed, dict(gate.refused)) == (0, {"not this one": 1})
    assert [each.refused for each in gate.recorder.all()] == ["not this one"]


class Tells(Rule):
    """Holds back, puts in another recipient and objects; hears of the control plane."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    def ask(self, exchange: Exchange) -> str | None:
        exchange.pinned = True
        return None

    async def wait(self, exchange: Exchange) -> str | None:
        await asyncio.sleep(0.01)
        return None

    def saw(self, exchange: Exchange) -> None:
        exchange.objections.append(Objection("look", "not so", ("T1",)))

    def steers(self, exchange: Exchange) -> None:
        self.heard.append(f"before {exchange.status}")

    def steered(self, exchange: Exchange) -> None:
        self.heard.append(f"after {exchange.status}")


def test_what_the_gate_did_is_told_beside_the_reply() -> None:
    with standing(rules=[Tells()]) as (_, url, _target):
        came = ask(url, request("GET /toy/a", "Host: x")).splitlines()
    told = dict(line.split(b": ", 1) for line in came if line.startswith(b"X-Understudy"))
    assert float(told.pop(b"X-Understudy-Held")) > 0
    assert json.loads(unquote(told.pop(b"X-Understudy-Objections").decode())) == [["look", "not so", ["T1"]]]
    assert told == {b"X-Understudy-Exchange": b"1", b"X-Understudy-Pinned": b"1"}


def test_the_control_plane_is_not_asked_about_but_heard_of() -> None:
    tells, target = Tells(), Target()
    gate = Gate([Mount(None, CONTROL, target.url + CONTROL, None)], [tells, Refuses(late=False)])
    with gate.open() as url:
        came = ask(url, request(f"POST {CONTROL}/reset", "Host: x"))
    target.close()
    assert came.startswith(b"HTTP/1.1 200")
    assert tells.heard == ["before 0", "after 200"]
    assert gate.recorder.all() == []
