"""The journal of a sandbox: bounded by itself and together with all others, numbered for good."""

from __future__ import annotations

from typing import Any

from mockserver.journal.entry import BODY_BOUND, Entry, Kept, packed
from mockserver.journal.journal import Journal, Shelf
from tests.conftest import NOON


def entry(**parts: Any) -> Entry:
    return Entry(**{"sandbox": "default", "answered": NOON, "frozen": True, "took": 0.0, "method": "GET", "path": "/", **parts})


def test_the_oldest_leave_first_and_numbers_go_on() -> None:
    journal = Journal(entries=3)
    for _ in range(5):
        journal.add(entry())
    assert [one.number for one in journal] == [3, 4, 5]
    assert (len(journal), journal.forgotten, journal.last) == (3, 2, 5)
    journal.clear()
    assert (len(journal), journal.forgotten, journal.bytes) == (0, 0, 0)
    journal.add(entry())
    assert [one.number for one in journal] == [6]


def test_an_entry_is_found_by_its_number_as_long_as_it_is_remembered() -> None:
    journal = Journal(entries=3)
    for _ in range(5):
        journal.add(entry())
    assert journal.find(4) is not None
    assert journal.find(4).number == 4  # type: ignore[union-attr]
    assert [journal.find(number) for number in (0, 2, 6)] == [None, None, None]
    assert [one.number for one in journal.after(3)] == [4, 5]
    assert [one.number for one in journal.after(0)] == [3, 4, 5]
    assert list(journal.after(5)) == list(Journal().after(0)) == []


def test_bytes_are_bounded_too_and_one_that_is_too_large_stays_alone() -> None:
    journal = Journal(size=10_000)
    for _ in range(5):
        journal.add(entry(reply=Kept.of(b"x" * 3_000)))
    assert len(journal) == 2
    assert journal.bytes == sum(one.size for one in journal) <= 10_000
    journal.add(entry(reply=Kept.of(b"x" * 50_000)))
    assert len(journal) == 1
    assert journal.forgotten == 5


def test_what_a_client_chooses_the_length_of_weighs() -> None:
    plain = entry().weigh()
    assert entry(path="/" * 5_000).weigh() > plain + 4_000
    assert entry(query=b"q" * 5_000).weigh() >= plain + 5_000
    assert entry(head=packed([(b"x", b"y" * 5_000)])).weigh() >= plain + 5_000
    assert entry(head=packed([(b"x" * 5_000, b"y")])).weigh() >= plain + 5_000
    assert entry(body=Kept.of(b"b" * 5_000)).weigh() >= plain + 5_000


def test_the_fullest_gives_way_when_all_hold_too_much_together() -> None:
    shelf = Shelf(entries=100)
    busy, quiet = Journal(shelf), Journal(shelf)
    for _ in range(5):
        quiet.add(entry())
    for _ in range(300):
        busy.add(entry())
    assert len(quiet) == 5
    assert 80 <= len(busy) <= 95
    assert len(busy) + busy.forgotten == 300
    for _ in range(300):
        quiet.add(entry())
    assert len(busy) + len(quiet) <= 100
    assert abs(len(busy) - len(quiet)) <= 20


def test_a_journal_that_is_gone_counts_no_more() -> None:
    shelf = Shelf(entries=100)
    gone, other = Journal(shelf), Journal(shelf)
    for _ in range(90):
        gone.add(entry())
    del gone
    for _ in range(90):
        other.add(entry())
    assert len(other) == 90


def test_bytes_of_all_together_are_bounded() -> None:
    shelf = Shelf(size=100_000)
    journals = [Journal(shelf) for _ in range(5)]
    for _ in range(20):
        for journal in journals:
            journal.add(entry(reply=Kept.of(b"x" * 2_000)))
    assert sum(journal.bytes for journal in journals) <= 100_000
    assert all(len(journal) for journal in journals)


def test_a_long_body_is_cut_and_described() -> None:
    kept = Kept.of(b"x" * (BODY_BOUND + 1))
    assert len(kept.data) == BODY_BOUND
    assert kept.length == BODY_BOUND + 1
    assert kept.digest is not None
    assert Kept.of(b"x" * BODY_BOUND).digest is None


def test_header_fields_come_out_as_they_went_in() -> None:
    fields = [(b"host", b"x"), (b"x-empty", b""), (b"x-odd", b"a: b\xff, c"), (b"x-odd", b"again")]
    assert entry(head=packed(fields)).headers == fields
    assert entry(head=packed(iter(fields))).header(b"x-odd") == "a: b\xff, c"
    assert entry().headers == []


def test_watchers_hear_of_each_entry_until_they_end() -> None:
    journal, heard = Journal(), []
    end = journal.watch(lambda: heard.append(journal.last))
    journal.add(entry())
    journal.add(entry())
    end()
    journal.add(entry())
    assert heard == [1, 2]


def test_a_secret_that_was_told_in_confidence_stays_known_when_its_entry_is_gone() -> None:
    from mockserver.data import load_spec
    from mockserver.serving.contract import Contract

    contract = Contract("tofrom", load_spec("tofrom"))
    log_in = {
        "contract": contract, "operation": contract.operations["log_in"],
        "reply_head": packed([(b"content-type", b"application/json")]),
        "reply": Kept.of(b'{"session_token": "tfs_5e0c9a72d41b4f6f"}'),
    }  # fmt: skip
    for forget in (lambda journal: journal.clear(), lambda journal: journal.forget(1)):
        journal = Journal()
        journal.add(entry(**log_in))
        forget(journal)
        assert journal.secrets.without("tfs_5e0c9a72d41b4f6f") != "tfs_5e0c9a72d41b4f6f"
