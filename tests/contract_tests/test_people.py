"""Laws write to those whom a target pins, and are skipped where they need others."""

from __future__ import annotations

from random import Random
from typing import Any

import httpx
import pytest

from contract_tests.deployment import Api, Cast, Deployment
from contract_tests.laws import people
from contract_tests.laws.people import EMAIL, PHONE, another, pinned, somebody, stranger

PINNED = {"phone": ["+31600000001", "+31600000002"], "email": []}


def api(**can: Any) -> Api:
    deployment = Deployment("http://127.0.0.1:1", {}, {}, can=can)
    return Api("bird", deployment.root, Cast({}), httpx.Client(), Random(1), None, deployment)


def made_up() -> str:
    return "+31699999999"


@pytest.mark.parametrize("can", [{}, {"recipients": {}}, {"recipients": {"phone": [], "email": []}}])
def test_where_nobody_is_pinned_addresses_are_made_up(can: dict[str, Any]) -> None:
    found = api(**can)
    assert {draw(found, PHONE, made_up) for draw in (somebody, another, stranger)} == {"+31699999999"}
    assert [another(found, PHONE, made_up) for _ in range(9)] == ["+31699999999"] * 9


def test_a_law_writes_to_the_pinned_alone() -> None:
    bound = api(recipients=PINNED)
    assert {somebody(bound, PHONE, made_up) for _ in range(40)} == set(PINNED["phone"])
    assert pinned(bound, PHONE) == PINNED["phone"]


def test_a_law_that_needs_different_ones_draws_each_once() -> None:
    bound = api(recipients=PINNED)
    assert [another(bound, PHONE, made_up) for _ in range(2)] == PINNED["phone"]
    with pytest.raises(pytest.skip.Exception, match="more recipients than the target pins: 2 of kind phone"):
        another(bound, PHONE, made_up)
    assert another(api(recipients=PINNED), PHONE, made_up) == PINNED["phone"][0], "each law begins anew"


@pytest.mark.parametrize("draw", [somebody, another, stranger])
def test_where_only_phones_are_pinned_no_mail_is_written(draw: Any) -> None:
    with pytest.raises(pytest.skip.Exception):
        draw(api(recipients=PINNED), EMAIL, made_up)


def test_a_law_that_needs_somebody_unknown_is_skipped() -> None:
    with pytest.raises(pytest.skip.Exception, match="nobody knows yet"):
        stranger(api(recipients=PINNED), PHONE, made_up)
    assert people.PHONE == "phone"
