"""What nothing removes again is made so many times and no more."""

from __future__ import annotations

from contract_tests import contracts
from contract_tests.gate.lasting import Lasting, lasting
from contract_tests.gate.terms import Terms
from tests.contract_tests.gate.toys import answered, exchange, operation, spec

TERMS = Terms(
    "toy",
    spec(
        {
            "/rooms": {"post": operation("open_room", "create"), "get": operation("list_rooms", "none")},
            "/rooms/{room}": {"get": operation("get_room", "none")},
            "/rooms/{room}/chairs": {"post": operation("bring_chair", "create")},
            "/rooms/{room}/chairs/{chair}": {"delete": operation("remove_chair", "remove")},
        }
    ),
)


def test_what_an_operation_removes_is_not_lasting() -> None:
    assert lasting(TERMS) == {"open_room"}
    assert "create_workspace" in lasting(Terms("timelines", contracts.load("timelines")))
    assert "create_api_key" not in lasting(Terms("tofrom", contracts.load("tofrom")))


def test_so_many_are_made_and_what_was_refused_counts_for_nothing() -> None:
    rule = Lasting({"toy": TERMS}, 2)
    for status, made in ((201, 1), (422, 1), (500, 2)):
        one = exchange(TERMS, "POST", "/rooms")
        assert rule.ask(one) is None
        rule.saw(answered(one, status))
        assert rule.made == made
    assert rule.ask(exchange(TERMS, "POST", "/rooms")) == "2 things that no operation removes were made already"
    for method, url in (("GET", "/rooms"), ("POST", "/rooms/1/chairs"), ("DELETE", "/nowhere")):
        assert rule.ask(exchange(TERMS, method, url)) is None


def test_requests_under_way_are_counted_and_one_that_did_not_leave_is_not() -> None:
    rule = Lasting({"toy": TERMS}, 1)
    first = exchange(TERMS, "POST", "/rooms")
    assert rule.ask(first) is None
    assert rule.ask(exchange(TERMS, "POST", "/rooms")) is not None
    rule.undo(first)
    assert rule.ask(exchange(TERMS, "POST", "/rooms")) is None


def test_where_there_is_no_limit_none_is_kept() -> None:
    rule = Lasting({"toy": TERMS}, None)
    assert all(rule.ask(exchange(TERMS, "POST", "/rooms")) is None for _ in range(5))
