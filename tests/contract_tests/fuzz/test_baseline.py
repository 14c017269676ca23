"""Accepted failures are accepted until their day is over, by name and with a reason."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from contract_tests.fuzz import baseline
from contract_tests.fuzz.baseline import BaselineUnreadable
from contract_tests.fuzz.failures import Failure, Signature

WRONG = Signature("bird", "not_a_server_error", "GET /things/{id}", 500, "")
OTHER = Signature("tofrom", "gone_stays_gone", "GET /things/{id}", 200, "/a")
LAST = date(2027, 1, 31)


def test_a_signature_has_the_same_id_in_every_run() -> None:
    assert WRONG.id == "6dbc2d4d0e"
    others = [WRONG._replace(**change) for change in ({"status": 501}, {"pointer": "/x"}, {"check": "c"}, {"api": "a"})]
    assert len({each.id for each in (WRONG, OTHER, *others)}) == 6
    failure = Failure(WRONG, "It broke", 2, ("B01",), "at length")
    assert Failure.of(failure.document()) == failure


def test_an_entry_lasts_until_its_day_is_over(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "understudy-baseline.toml"
    baseline.accept(path, WRONG, 'Known as "T-1"\nand slow', "Ann\\Bee", LAST)
    known = baseline.read(path)
    assert known.entries[WRONG.id].reason == 'Known as "T-1"\nand slow'
    assert known.entries[WRONG.id].by == "Ann\\Bee"
    on_the_day = known.verdict([WRONG.id, OTHER.id], ["bird", "tofrom"], LAST)
    assert (on_the_day.new, set(on_the_day.accepted), set(on_the_day.expired)) == ((OTHER.id,), {WRONG.id}, set())
    after = known.verdict([WRONG.id], ["bird"], date(2027, 2, 1))
    assert (after.new, set(after.accepted), set(after.expired)) == ((), set(), {WRONG.id})
    assert after.expired[WRONG.id].words() == 'accepted by Ann\\Bee until 2027-01-31: Known as "T-1"\nand slow'


def test_what_was_not_met_is_told_of_the_tested_apis_alone(tmp_path: Path) -> None:
    path = tmp_path / "b.toml"
    baseline.accept(path, WRONG, "r", "b", LAST)
    baseline.accept(path, OTHER, "r", "b", LAST)
    assert [entry.api for entry in baseline.read(path).verdict([], ["tofrom"], LAST).unused] == ["tofrom"]


def test_a_later_acceptance_prolongs_an_earlier_one(tmp_path: Path) -> None:
    path = tmp_path / "b.toml"
    for day in (date(2027, 3, 1), date(2026, 1, 1)):
        baseline.accept(path, WRONG, "r", "b", day)
    assert baseline.read(path).entries[WRONG.id].expires == date(2027, 3, 1)
    assert path.read_text("utf-8").count("[[accepted]]") == 2


def test_no_file_accepts_nothing(tmp_path: Path) -> None:
    assert baseline.read(tmp_path / "none.toml").entries == {}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("accepted = 3", "[[accepted]] entries"),
        ("[[accepted]", "is no baseline"),
        ("[other]", "[[accepted]] entries"),
        ('[[accepted]]\nid = "x"', "entry 1 (x) is wrong in api, signature, reason, by, expires"),
        (
            '[[accepted]]\nid = "x"\napi = "bird"\nsignature = "s"\nreason = " "\nby = "b"\n'
            "expires = 2027-01-31T00:00:00Z\nway = 1",
            "wrong in reason, expires (a day such as 2027-01-31), way, which means nothing here",
        ),
    ],
)
def test_a_mistake_is_told_with_its_place(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "b.toml"
    path.write_text(text)
    with pytest.raises(BaselineUnreadable) as told:
        baseline.read(path)
    assert words in str(told.value)
    assert str(path) in str(told.value)
