"""The store keeps records by owner, in order, all or nothing."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from mockserver.engine.clock import Clock
from mockserver.engine.sandbox import Sandbox
from mockserver.engine.store import Contains, OneOf, Span, SqliteStore, StoreTrouble
from mockserver.engine.store.sqlite import StateUnusable


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    store = SqliteStore()
    yield Sandbox(store, seed=7, clock=Clock())
    store.close()


def ids(records: list[object]) -> list[str]:
    return [record.id for record in records]  # type: ignore[attr-defined]


def test_a_record_is_found_by_its_owner_and_by_no_other(sandbox: Sandbox) -> None:
    with sandbox.transaction("bird") as tx:
        tx.put("message", "mine", "m1", {"text": "hi"})
        assert tx.get("message", "mine", "m1") == {"text": "hi"}
        assert tx.get("message", "yours", "m1") is None
        assert tx.get("contact", "mine", "m1") is None
        assert tx.within("restlink").get("message", "mine", "m1") is None
        assert not tx.delete("message", "yours", "m1")
        assert tx.count("message", "yours") == 0


def test_an_exception_undoes_records_facets_and_counters(sandbox: Sandbox) -> None:
    def fail() -> None:
        with sandbox.transaction("bird") as tx:
            tx.put("message", "w", "m1", {}, {"status": "sent"})
            tx.increment("sent")
            tx.chance.uuid()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    with sandbox.transaction("bird") as tx:
        assert tx.count("message", "w", {"status": "sent"}) == 0
        assert tx.increment("sent", 0) == 0
        first = tx.chance.uuid()
    with Sandbox(SqliteStore(), seed=7).transaction("bird") as tx:
        assert tx.chance.uuid() == first


def test_lists_keep_the_order_of_insertion_and_go_on_beyond_a_place(sandbox: Sandbox) -> None:
    with sandbox.transaction("bird") as tx:
        for number in range(5):
            tx.put("message", "w", f"m{number}", {"number": number})
        tx.put("message", "w", "m1", {"number": 100})
        first = tx.find("message", "w", limit=2)
        assert ids(first) == ["m0", "m1"]
        assert first[1].body == {"number": 100}
        assert ids(tx.find("message", "w", after=first[1].seq)) == ["m2", "m3", "m4"]
        assert ids(tx.find("message", "w", newest_first=True, limit=2, offset=1)) == ["m3", "m2"]


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ({}, ["a", "b", "c"]),
        ({"status": "sent"}, ["a", "c"]),
        ({"status": "sent", "tag": "red"}, ["a"]),
        ({"tag": "blue"}, ["a", "b"]),
        ({"tag": OneOf(["red", "green"])}, ["a", "c"]),
        ({"at": Span("2026-02", None)}, ["b", "c"]),
        ({"at": Span("2026-01", "2026-02")}, ["a", "b"]),
        ({"at": Span()}, ["a", "b", "c"]),
        ({"phone": Contains("555")}, ["a", "c"]),
        ({"name": Contains("JANE")}, ["b"]),
        ({"absent": "x"}, []),
        ({"status": "sent' OR 1=1 --"}, []),
    ],
)
def test_facets_select_and_count(sandbox: Sandbox, where: dict[str, object], expected: list[str]) -> None:
    with sandbox.transaction("bird") as tx:
        tx.put("m", "w", "a", {}, {"status": "sent", "tag": ["red", "blue"], "at": "2026-01", "phone": "+15551"})
        tx.put("m", "w", "b", {}, {"status": "read", "tag": ["blue"], "at": "2026-02", "name": "Jane Doe"})
        tx.put("m", "w", "c", {}, {"status": "sent", "tag": ["green"], "at": "2026-03", "phone": "+49555"})
        tx.put("m", "other", "d", {}, {"status": "sent", "tag": ["red"], "at": "2026-01"})
        assert ids(tx.find("m", "w", where)) == expected  # type: ignore[arg-type]
        assert tx.count("m", "w", where) == len(expected)  # type: ignore[arg-type]


def test_replacing_and_deleting_take_old_facets_along(sandbox: Sandbox) -> None:
    with sandbox.transaction("bird") as tx:
        tx.put("m", "w", "a", {}, {"status": "sent"})
        tx.put("m", "w", "a", {}, {"status": "read"})
        assert tx.count("m", "w", {"status": "sent"}) == 0
        assert tx.count("m", "w", {"status": "read"}) == 1
        assert tx.delete("m", "w", "a")
        assert tx.count("m", "w", {"status": "read"}) == 0


def test_clearing_a_sandbox_leaves_the_others(sandbox: Sandbox) -> None:
    other = Sandbox(sandbox.store, name="default2")
    for one in (sandbox, other):
        with one.transaction("bird") as tx:
            tx.put("m", "w", "a", {}, {"status": "sent"})
            tx.increment("count")
    with sandbox.transaction("bird") as tx:
        tx.clear()
        assert tx.count("m", "w") == tx.count("m", "w", {"status": "sent"}) == tx.increment("count", 0) == 0
    with other.transaction("bird") as tx:
        assert tx.count("m", "w", {"status": "sent"}) == tx.increment("count", 0) == 1


def test_a_file_outlives_its_store(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    store = SqliteStore(path)
    with Sandbox(store).transaction("bird") as tx:
        tx.put("m", "w", "a", {"text": "kept"})
    store.close()
    again = SqliteStore(path)
    with Sandbox(again).transaction("bird") as tx:
        assert tx.get("m", "w", "a") == {"text": "kept"}
    again.close()


def test_a_file_that_is_no_state_file_is_refused_with_its_name(tmp_path: Path) -> None:
    path = tmp_path / "letter.txt"
    path.write_text("Dear diary, this is not a database at all. " * 50)
    with pytest.raises(StateUnusable, match=r"letter\.txt cannot be used as a state file"):
        SqliteStore(path)


@pytest.mark.parametrize(("version", "which"), [(99, "a newer"), (1, "an earlier")])
def test_a_file_of_another_version_is_refused(tmp_path: Path, version: int, which: str) -> None:
    path = tmp_path / "state.db"
    store = SqliteStore(path)
    store._connection.execute(f"PRAGMA user_version = {version}")
    store.close()
    with pytest.raises(StateUnusable, match=f"written by {which} version"):
        SqliteStore(path)


def test_a_full_disk_is_called_that_and_ends_with_it(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "state.db")
    sandbox = Sandbox(store)
    (pages,) = store._connection.execute("PRAGMA page_count").fetchone()
    store._connection.execute(f"PRAGMA max_page_count = {pages + 3}")

    def fill() -> None:
        with sandbox.transaction("bird") as tx:
            for number in range(100):
                tx.put("m", "w", number, {"text": "x" * 2000})

    with pytest.raises(StoreTrouble, match="full"):
        fill()
    store._connection.execute("PRAGMA max_page_count = 100000")
    fill()
    store.close()


def test_a_commit_that_fails_does_not_block_the_next_transaction() -> None:
    store = SqliteStore()
    store._connection.executescript(
        "PRAGMA foreign_keys = ON; CREATE TABLE one (id PRIMARY KEY);"
        "CREATE TABLE other (one REFERENCES one (id) DEFERRABLE INITIALLY DEFERRED);"
    )

    def break_at_the_end() -> None:
        with store.transaction():
            store._connection.execute("INSERT INTO other VALUES (1)")

    with pytest.raises(sqlite3.IntegrityError):
        break_at_the_end()
    with store.transaction() as tx:
        assert tx.increment("n", 1) == 1
    store.close()


def test_bulk_rows_are_ordinary_records(sandbox: Sandbox) -> None:
    with sandbox.transaction("bird") as tx:
        tx.put("m", "w", "first", {"n": 0}, {"status": "sent"})
        tx.insert_many("m", "w", ((f"b{n}", {"n": n}, {"status": "sent", "tag": ["x", "y"]}) for n in range(3)))
        tx.put("m", "w", "last", {"n": 9}, {"status": "read"})
        assert ids(tx.find("m", "w")) == ["first", "b0", "b1", "b2", "last"]
        assert ids(tx.find("m", "w", {"status": "sent", "tag": "y"}, newest_first=True)) == ["b2", "b1", "b0"]
        assert tx.get("m", "w", "b1") == {"n": 1}
        tx.insert_many("m", "w", ())
        assert tx.count("m", "w") == 5
