"""Sequences are data: they come back from JSON as they were, and hold together when they are changed."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random
from typing import Any

import pytest

from contract_tests import contracts
from contract_tests.fuzz import sequence as programs
from contract_tests.fuzz.composing import Composer
from contract_tests.fuzz.corpus import Corpus, Entry, fitting
from contract_tests.fuzz.mutation import LONGEST, Mutator, freshened, gone, got, places, put
from contract_tests.fuzz.people import People
from contract_tests.fuzz.sequence import NoSuchValue, Sequence, Step, own, raw, taken
from contract_tests.fuzz.supply import Supply
from contract_tests.fuzz.surface import Surface
from mockserver.app import cast

MAKE = Step("make", "owner", "Key", body={"name": "a", "tags": ["x"]}, media="application/json")
READ = Step("read", "owner", "Key", path={"id": taken(0, "/id")})
LIST = Step("list", "owner", "Key", query={"after": taken(0, "/id")})
AGAIN = Step("read", "stranger", "Key", path={"id": taken(1, "/id")})


def test_a_sequence_comes_back_from_json() -> None:
    steps = (MAKE, READ, Step("send", None, None, headers={"X": own("", "X", 0, text=True)}, body=raw(b"\0\xff"), media="a/b"))
    program = Sequence("bird", (*steps, Step("null", body=None, media="application/json", twice=True)))
    assert Sequence.of(json.loads(program.text())) == program
    assert program.document()["steps"][3] == {"operation": "null", "body": None, "media": "application/json", "twice": True}


@pytest.mark.parametrize("document", [{}, {"api": "bird"}, {"api": "bird", "steps": [{"no": 1}]}, {"api": "bird", "steps": [3]}])
def test_what_is_no_sequence_is_told(document: Any) -> None:
    with pytest.raises(ValueError, match="no sequence"):
        Sequence.of(document)


def test_a_step_that_goes_takes_along_what_needs_its_reply() -> None:
    program = Sequence("bird", (MAKE, READ, LIST, AGAIN))
    assert program.keeping(lambda place: place != 1).steps == (MAKE, LIST)
    assert program.keeping(lambda place: place != 0).steps == ()
    shorter = program.inserting(0, LIST.having({"query": {}})).keeping(lambda place: place != 0)
    assert shorter == program


def test_marks_follow_their_steps_when_others_come_between() -> None:
    program = Sequence("bird", (MAKE, READ, AGAIN)).inserting(1, Step("noise"), Step("noise"))
    assert [step.operation for step in program.steps] == ["make", "noise", "noise", "read", "read"]
    assert program.steps[3].path == {"id": taken(0, "/id")}
    assert program.steps[4].path == {"id": taken(3, "/id")}


def test_pointers_lead_into_documents_or_to_nothing() -> None:
    document = {"a/b": [{"~": 1}]}
    assert programs.at(document, "/a~1b/0/~0") == 1
    assert programs.at(document, "") == document
    for pointer in ("/a", "/a~1b/1", "/a~1b/x", "/a~1b/0/~0/deeper"):
        with pytest.raises(NoSuchValue):
            programs.at(document, pointer)


def test_every_value_of_a_request_has_a_place() -> None:
    step = MAKE.having({"query": {"page": 1}, "headers": {"X": own("owner", "X", 0)}})
    assert places(step) == [("query", "page"), ("headers", "X"), ("body", "name"), ("body", "tags"), ("body", "tags", 0)]
    assert got(put(step, ("body", "tags", 0), 7), ("body", "tags", 0)) == 7
    assert put(step, ("body", "tags", 0), gone()).body == {"name": "a", "tags": []}
    assert put(step, ("headers", "X"), gone()).headers == {}
    assert step.body == {"name": "a", "tags": ["x"]}


def test_names_are_made_fresh_alike_and_nothing_else_is() -> None:
    body = {"displayName": "Conference", "email": "a@b.example", "text": "Conference", "owner": {"username": "someone@b.example"}}
    program = Sequence("bird", (MAKE.having({"body": body}), MAKE.having({"body": body})))
    first, second = freshened(program, 0xAB).steps
    assert first.body == second.body
    assert first.body == {
        "displayName": "Conferenab",
        "email": "a@b.example",
        "text": "Conference",
        "owner": {"username": "someoab@b.example"},
    }
    assert freshened(program, 0xAC) != freshened(program, 0xAB)


@pytest.fixture(scope="module")
def made() -> tuple[Surface, People, Composer, Mutator]:
    spec = contracts.load("restlink")
    people = People("restlink", spec, cast("restlink", "default"))
    surface, random = Surface(spec), Random(5)
    composer = Composer(surface, people, Supply(surface, people, "http://127.0.0.1:9", 5, random), random)
    return surface, people, composer, Mutator(surface, people, composer, random)


def sound(program: Sequence) -> bool:
    """Every mark leads to an earlier step, and all of it is JSON."""
    json.loads(program.text())
    return all(source < place for place, step in enumerate(program.steps) for source in step.sources())


def test_whatever_is_composed_and_changed_holds_together_and_holds_no_secret(
    made: tuple[Surface, People, Composer, Mutator],
) -> None:
    _, people, composer, mutator = made
    known = [composer.life(), composer.walk(), composer.single()]
    seen: set[str] = set()
    for number in range(150):
        changed = mutator.mutate(known[number % len(known)], known)
        assert sound(changed), changed.text()
        assert 0 < len(changed.steps) <= LONGEST
        assert not any(secret in changed.text() for secret in people.secrets())
        if len(known) < 60:
            known.append(changed)
        seen |= {f"actor {step.actor}" for step in changed.steps} | {f"twice {step.twice}" for step in changed.steps}
        seen |= {"borrowed" for step in changed.steps if step.sources()} | {f"length {len(changed.steps)}"}
    assert {"actor owner", "actor stranger", "actor None", "twice True", "borrowed", "length 1", f"length {LONGEST}"} <= seen


def test_links_lead_where_the_contract_says(made: tuple[Surface, People, Composer, Mutator]) -> None:
    surface = made[0]
    found = {(lead.source, lead.target): lead for lead in surface.leads if lead.declared}
    lead = found["send_sms", "get_sms_status"]
    assert lead.given == (("path", "message_id", "/messages/0/message_id"),)
    assert lead.shared == (("headers", "X-Workspace-ID", "headers", "X-Workspace-ID"),)
    guessed = {(lead.source, lead.target): lead.given for lead in Surface(contracts.load("bird")).leads if not lead.declared}
    assert all(container == "path" for given in guessed.values() for container, _, _ in given)


def test_the_corpus_keeps_the_smallest_for_each_feature(tmp_path: Path) -> None:
    corpus = Corpus(["sesame"])
    long, short = Sequence("bird", (MAKE, READ, LIST)), Sequence("bird", (MAKE, READ))
    assert corpus.offer(Entry(long, ("a", "b")))
    assert corpus.offer(Entry(short, ("a",)))
    assert not corpus.offer(Entry(long, ("a", "b")))
    secret = Sequence("bird", (MAKE.having({"body": {"name": "open sesame"}}),))
    assert not corpus.offer(Entry(secret, ("c",)))
    assert [entry.sequence for entry in corpus.entries()] == [short, long]
    corpus.write(tmp_path)
    (tmp_path / "stale.json").write_text("{}")
    again = Corpus()
    complaints = again.read(tmp_path, {"make", "read", "list"})
    assert [line for line in complaints if "stale.json" in line] == complaints != []
    assert sorted(entry.sequence.text() for entry in again.entries()) == sorted([short.text(), long.text()])
    assert again.new(["a", "b", "c"]) == ["c"]
    again.write(tmp_path)
    assert not (tmp_path / "stale.json").exists()


def test_a_contract_that_changed_costs_only_the_steps_that_are_gone(tmp_path: Path) -> None:
    assert fitting(Sequence("bird", (MAKE, LIST, READ)), {"make", "read"}).steps == (MAKE, READ)
    with pytest.raises(ValueError, match="knows none"):
        fitting(Sequence("bird", (MAKE, READ)), {"read"})
