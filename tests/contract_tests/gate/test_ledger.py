"""What a run has created is known, and nothing else may be changed or removed."""

from __future__ import annotations

import asyncio
import zlib
from typing import Any

import pytest

from contract_tests.gate.exchange import Exchange, Headers
from contract_tests.gate.ledger import Ledger
from contract_tests.gate.terms import Term
from tests.contract_tests.gate.things import BASE, terms
from tests.contract_tests.gate.toys import answered, exchange

TERMS = terms()


class Book:
    """A ledger, and requests that pass it."""

    def __init__(self, freed: tuple[str, ...] = (), *, pinned: bool = False) -> None:
        def is_freed(term: Term) -> bool:
            return term.id in freed

        self.ledger = Ledger({"toy": TERMS}, {"toy": BASE}, is_freed, lambda _: pinned)
        self.number = 0

    def leaves(self, method: str, url: str, said: Any = None) -> Exchange:
        self.number += 1
        made = exchange(TERMS, method, url, said, number=self.number, headers=[("X-Key", "k1")])
        made.refused = self.ledger.ask(made)
        if made.refused is None:
            asyncio.run(self.ledger.wait(made))
        return made

    def does(
        self, method: str, url: str, status: int, reply: Any = None, said: Any = None, headers: Headers | None = None
    ) -> None:
        made = self.leaves(method, url, said)
        assert made.refused is None, made.refused
        self.ledger.saw(answered(made, status, reply, headers))

    def may(self, method: str, url: str, said: Any = None) -> bool:
        return self.leaves(method, url, said).refused is None

    def made(self) -> list[tuple[str, tuple[str, ...]]]:
        return [(entry.thing.template, entry.thing.values) for entry in self.ledger.entries]


@pytest.mark.parametrize("url", ["/rooms/r1", "/rooms/r1/chairs/c1", "/tenants/t1/keys/k1", "/files/f1"])
def test_what_the_run_did_not_create_is_not_removed(url: str) -> None:
    book = Book()
    assert (
        book.leaves("DELETE", url).refused
        == f"DELETE {TERMS.of(book.leaves('DELETE', url)).place.path} may change what this run did not create"
    )  # type: ignore[union-attr]


def test_what_the_run_created_is_its_own_with_all_below_it() -> None:
    book = Book()
    book.does("POST", "/rooms", 201, {"id": "r1"})
    assert book.may("PATCH", "/rooms/r1")
    assert book.may("DELETE", "/rooms/r1")
    assert book.may("DELETE", "/rooms/r1/chairs/anything")
    assert not book.may("PATCH", "/rooms/r2")
    assert not book.may("DELETE", "/rooms/r2/chairs/r1")


@pytest.mark.parametrize(
    ("reply", "headers", "ids"),
    [
        ({"id": "r1"}, [], ["r1"]),
        ({"id": 17}, [], ["17"]),
        ({"data": {"id": "r1"}}, [], ["r1"]),
        ({"room": "r1", "owner": {"id": "u1", "room": "r0"}}, [], ["r1"]),
        ([{"id": "r1"}, {"id": "r2"}], [], ["r1", "r2"]),
        ({"rooms": [{"room": "r1"}, {"room": "r2"}]}, [], ["r1", "r2"]),
        (None, [("Location", "/base/rooms/r1")], ["r1"]),
        (None, [("Location", f"{BASE}/rooms/r%201?x=y")], ["r 1"]),
        (None, [("Location", "https://elsewhere.example/base/rooms/r1")], []),
        ({"id": True}, [], []),
        (b"no json", [], []),
    ],
    ids=str,
)
def test_ids_are_found_where_replies_name_them(reply: Any, headers: Headers, ids: list[str]) -> None:
    book = Book()
    book.does("POST", "/rooms", 201, reply, headers=headers)
    assert book.made() == [("/rooms/{room}", (each,)) for each in ids]


def test_a_packed_reply_is_read() -> None:
    book = Book()
    packer = zlib.compressobj(wbits=31)
    packed = packer.compress(b'{"id": "r1"}') + packer.flush()
    book.does("POST", "/rooms", 201, packed, headers=[("Content-Encoding", "gzip")])
    assert book.made() == [("/rooms/{room}", ("r1",))]


def test_a_link_leads_to_what_stands_elsewhere() -> None:
    book = Book()
    book.does("POST", "/uploads", 201, {"fileId": "f1"})
    assert book.may("DELETE", "/files/f1")
    assert not book.may("DELETE", "/files/f2")


def test_what_the_request_names_was_not_made_by_it() -> None:
    book = Book()
    book.does("POST", "/rooms", 201, {"id": "r1"}, said={"parent": "r1"})
    book.does("POST", "/tenants/t1/keys", 201, {"id": "t1", "key": "k1"})
    assert book.made() == [("/tenants/{tenant}/keys/{key}", ("t1", "k1"))]


def test_a_thing_of_one_tenant_is_not_that_of_another() -> None:
    book = Book()
    book.does("POST", "/tenants/t1/keys", 201, {"id": "k1"})
    assert book.may("DELETE", "/tenants/t1/keys/k1")
    assert not book.may("DELETE", "/tenants/t2/keys/k1")


def test_a_tenant_itself_is_not_the_runs_to_change() -> None:
    assert not Book().may("PUT", "/tenants/t1/settings")
    assert Book(("set_settings",)).may("PUT", "/tenants/t1/settings")


@pytest.mark.parametrize("status", [200, 202, 400, 404, 500])
def test_only_what_was_accepted_was_created(status: int) -> None:
    book = Book()
    book.does("POST", "/rooms", status, {"id": "r1"})
    assert bool(book.made()) is (status < 300)


@pytest.mark.parametrize(
    ("method", "url", "reply"),
    [
        ("GET", "/rooms", [{"id": "r1"}]),
        ("GET", "/rooms", {"results": [{"id": "r1"}]}),
        ("GET", "/rooms/r1", {}),
        ("GET", "/rooms/r1/chairs", []),
    ],
)
def test_what_was_seen_before_was_not_created_by_the_run(method: str, url: str, reply: Any) -> None:
    book = Book()
    book.does(method, url, 200, reply)
    book.does("POST", "/rooms", 201, {"id": "r1"})
    assert book.made() == []
    assert [each.why for each in book.ledger.unknown] == ["It was there before"]
    assert not book.may("DELETE", "/rooms/r1")


def test_what_is_seen_while_it_is_being_made_is_the_runs() -> None:
    book = Book()
    create = book.leaves("POST", "/rooms", {})
    book.does("GET", "/rooms", 200, [{"id": "r1"}])
    book.ledger.saw(answered(create, 201, {"id": "r1"}))
    book.does("GET", "/rooms", 200, [{"id": "r1"}])
    assert book.may("DELETE", "/rooms/r1")


def test_a_read_that_found_nothing_says_nothing() -> None:
    book = Book()
    book.does("GET", "/rooms/r1", 404)
    book.does("POST", "/rooms", 201, {"id": "r1"})
    assert book.may("DELETE", "/rooms/r1")


def test_what_is_sent_or_created_below_a_foreign_thing_touches_it() -> None:
    book = Book()
    assert not book.may("POST", "/rooms/r1/chairs", {})
    book.does("POST", "/rooms", 201, {"id": "r1"})
    assert book.may("POST", "/rooms/r1/chairs", {})
    assert book.may("POST", "/tenants/t1/keys", {})


def test_a_change_by_its_body_passes_for_pinned_recipients_alone() -> None:
    assert not Book().may("PUT", "/people", {})
    assert Book(pinned=True).may("PUT", "/people", {})
    assert not Book(pinned=True).may("PATCH", "/rooms/r1", {})


def test_reads_sessions_and_messages_touch_nothing() -> None:
    book = Book()
    assert book.may("GET", "/rooms/r1")
    assert book.may("POST", "/login")
    assert book.may("POST", "/messages")
    assert book.may("OPTIONS", "/nowhere")


def test_the_end_of_a_session_takes_away_what_the_run_did_not_create() -> None:
    assert not Book().may("POST", "/logout")
    assert Book(("log_out",)).may("POST", "/logout")


def test_an_operation_that_does_not_say_what_it_does_may_do_anything() -> None:
    assert not Book().may("POST", "/silent")


@pytest.mark.parametrize(("status", "gone"), [(204, True), (404, True), (410, True), (403, False), (500, False)])
def test_what_the_run_removes_is_gone_and_stays_its_own(status: int, gone: bool) -> None:
    book = Book()
    book.does("POST", "/rooms", 201, {"id": "r1"})
    book.does("DELETE", "/rooms/r1/chairs/c1", 204)
    assert [entry.gone for entry in book.ledger.entries] == [False]
    book.does("DELETE", "/rooms/r1", status)
    assert [entry.gone for entry in book.ledger.entries] == [gone]
    assert book.may("DELETE", "/rooms/r1")


@pytest.mark.parametrize(("status", "broken", "why"), [(500, None, "The reply was 500"), (0, "It broke", "It broke")])
def test_what_may_have_been_made_is_noted(status: int, broken: str | None, why: str) -> None:
    book = Book()
    create = book.leaves("POST", "/rooms", {})
    create.broken = broken
    book.ledger.saw(answered(create, status))
    assert [(each.made_by, each.id, each.why) for each in book.ledger.unknown] == [("POST /rooms", None, why)]


def test_what_no_operation_names_is_noted_by_what_it_calls_itself() -> None:
    book = Book()
    book.does("POST", "/notes", 201, {"id": "n1"})
    noted = [(each.made_by, each.id, each.why) for each in book.ledger.unknown]
    assert noted == [("POST /notes", "n1", "No operation of the contract names it")]


def test_messages_are_no_things_that_are_left_behind() -> None:
    book = Book()
    book.does("POST", "/messages", 202, {"id": "m1"}, said={"to": ["1"]})
    assert (book.made(), book.ledger.unknown) == ([], [])
