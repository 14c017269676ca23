"""The crowd: people whose numbers are valid, whose addresses are their own, the same for the same seed."""

from __future__ import annotations

import phonenumbers
import pytest

from mockserver.engine.crowd import Crowd


@pytest.fixture(scope="module")
def crowd() -> Crowd:
    return Crowd(7)


def test_the_same_seed_gives_the_same_people(crowd: Crowd) -> None:
    numbers = (0, 1, 4711)
    assert [Crowd(7).person(n) for n in numbers] == [crowd.person(n) for n in numbers]
    assert Crowd(8).person(1) != crowd.person(1)
    assert (Crowd(7).text(3), Crowd(7).company(3)) == (crowd.text(3), crowd.company(3))


def test_every_telephone_number_is_valid_in_its_country(crowd: Crowd) -> None:
    for number in range(0, 40_000, 7):
        person = crowd.person(number)
        parsed = phonenumbers.parse(person.phone)
        assert phonenumbers.is_valid_number(parsed), person
        assert phonenumbers.region_code_for_number(parsed) == person.country


def test_nobody_shares_a_number_or_an_address(crowd: Crowd) -> None:
    people = [crowd.person(number) for number in range(30_000)]
    assert len({person.phone for person in people}) == len({person.email for person in people}) == 30_000
    assert len({person.name for person in people}) > 20_000
    assert all(person.email.isascii() and " " not in person.email and "'" not in person.email for person in people)
