"""How the sandbox of a test is called."""

from __future__ import annotations

import re

import pytest

from mockserver.data import load_spec
from mockserver.testing.mock import serving
from mockserver.testing.shared import name_of, open_sandbox
from tests.conftest import RunningMock

PATTERN = load_spec("control")["components"]["schemas"]["SandboxName"]["pattern"]


@pytest.mark.parametrize(
    "test",
    [
        "tests/test_a.py::test_it",
        "tests/test_a.py::TestIt::test_it[a/b c]",
        "tests/test_a.py::test_it[" + "long" * 100 + "]",
        "tests/test_a.py::test_it[Überlänge-✓]",
        "tests/test_a.py::_",
        "page.md",
    ],
)
def test_any_test_has_a_name_that_a_sandbox_may_have(test: str) -> None:
    assert re.search(PATTERN, name_of(test))


def test_two_tests_never_share_a_name() -> None:
    tests = ["a.py::test_it", "b.py::test_it", "a.py::TestA::test_it", "a.py::test_IT", "a.py::test_it[1]", "a.py::test_it[1 ]"]
    assert len({name_of(test) for test in tests}) == len(tests)


def test_a_name_says_which_test_it_is() -> None:
    assert re.fullmatch(r"test-money-is-spent-[0-9a-f]{10}", name_of("tests/test_a.py::test_money_is_spent"))


def test_what_an_earlier_attempt_left_is_in_nobodys_way(mock: RunningMock) -> None:
    told = {"url": "", "world": "", "apis": "", "seed": "", "root": "."}
    with serving(mock.url, "test-control-token") as server:
        server.pid = 1
        server.sandbox(name_of("a.py::test_again"), now="1999-01-01T00:00:00Z")
        with open_sandbox(server, {"name": "ours"}, told, "a.py::test_again", {}) as here:
            assert here.name == name_of("a.py::test_again")
            assert here.now.year > 1999
