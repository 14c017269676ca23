"""What fails becomes small, within a bounded number of attempts, and stays a failure."""

from __future__ import annotations

from collections.abc import Callable

from contract_tests.fuzz.minimising import minimised
from contract_tests.fuzz.sequence import Sequence, Step, taken

NOISE = Step("noise", "owner", "Key", query={"page": 1})
MAKE = Step(
    "make", "owner", "Key", headers={"X": "y"}, body={"name": "n" * 40, "tags": ["x", "y"], "extra": {"deep": 1}}, media="j"
)


def failing() -> Sequence:
    read = Step("read", "owner", "Key", path={"id": taken(3, "/id")})
    gone = Step("remove", "owner", "Key", path={"id": taken(3, "/id")})
    return Sequence("bird", (NOISE, NOISE, NOISE, MAKE, NOISE, gone, NOISE, NOISE, read, NOISE, NOISE, NOISE))


def shows(sequence: Sequence) -> bool:
    """Something that was made with a name of two letters is removed, and read afterwards."""
    names = [step.operation for step in sequence.steps]
    made = next((step for step in sequence.steps if step.operation == "make"), None)
    return (
        made is not None
        and len(str((made.body or {}).get("name", ""))) >= 2
        and "remove" in names
        and "read" in names[names.index("remove") :]
    )


def counting(fails: Callable[[Sequence], bool]) -> tuple[Callable[[Sequence], bool], list[Sequence]]:
    asked: list[Sequence] = []

    def counted(sequence: Sequence) -> bool:
        asked.append(sequence)
        return fails(sequence)

    return counted, asked


def test_three_of_twelve_steps_stay_with_the_one_property_that_matters() -> None:
    fails, asked = counting(shows)
    small = minimised(failing(), fails, most=100)
    assert [step.operation for step in small.steps] == ["make", "remove", "read"]
    assert small.steps[1].path == small.steps[2].path == {"id": taken(0, "/id")}
    assert small.steps[0].body == {"name": "nn"}
    assert small.steps[0].headers == {}
    assert len(asked) == len({each.text() for each in asked}) <= 100


def test_no_more_is_tried_than_was_allowed() -> None:
    fails, asked = counting(shows)
    small = minimised(failing(), fails, most=7)
    assert len(asked) == 7
    assert shows(small)
    assert len(small.steps) < 12


def test_what_cannot_be_smaller_stays() -> None:
    alone = Sequence("bird", (Step("noise"),))
    assert minimised(alone, lambda sequence: True, most=10) == alone
    whole = failing()
    assert minimised(whole, lambda sequence: sequence == whole, most=500) == whole


def test_a_twin_stays_where_it_matters() -> None:
    twins = Sequence("bird", (NOISE, Step("make", twice=True)))
    small = minimised(twins, lambda sequence: any(step.twice for step in sequence.steps), most=20)
    assert small.steps == (Step("make", twice=True),)
