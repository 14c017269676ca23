"""Every documented statement has a law, and every law proves a documented statement."""

from __future__ import annotations

import pytest

from contract_tests import statements
from mockserver.data import MOUNTS


def test_the_list_is_whole() -> None:
    listed = statements.documented()
    assert list(listed) == list(MOUNTS)
    assert {api: len(rows) for api, rows in listed.items()} == {
        "restlink": 19,
        "tofrom": 22,
        "xpressbot": 40,
        "bird": 29,
        "timelines": 13,
    }


@pytest.mark.parametrize("api", MOUNTS)
def test_every_statement_has_a_law(api: str) -> None:
    assert statements.documented()[api].keys() == statements.laws_of(api).keys()


@pytest.mark.parametrize("api", MOUNTS)
def test_every_law_names_statements_of_its_api(api: str) -> None:
    assert statements.laws_of(api).keys() <= statements.documented()[api].keys()
