"""Moulds: worlds that were opened once, kept for those who ask again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from mockserver import moulds
from mockserver.engine.sandbox import Sandbox

from .conftest import RunningMock

NOON = datetime(2026, 2, 13, 12, tzinfo=UTC)
WORLD: Any = SimpleNamespace(name="toy")


class Opened:
    """Counts how often a world is opened, and writes down when it was."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.times = 0
        self.passed = 1000.0
        monkeypatch.setattr(moulds.time, "monotonic", lambda: self.passed)
        self.moulds = moulds.Moulds(self._open)

    def _open(self, sandbox: Sandbox, world: Any, at: datetime) -> None:
        self.times += 1
        with sandbox.transaction("toy") as tx:
            tx.put("opened", "", "at", {"at": at.isoformat(), "seed": sandbox.seed, "now": tx.now.isoformat()})


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Opened:
    return Opened(monkeypatch)


def test_the_same_world_of_the_same_instant_is_opened_once(opened: Opened) -> None:
    first = opened.moulds.of(WORLD, 0, NOON)
    opened.passed += 10_000
    assert opened.moulds.of(WORLD, 0, NOON) is first
    assert opened.times == 1
    assert b"2026-02-13T12:00:00" in first.records[0][4]


@pytest.mark.parametrize("other", [(SimpleNamespace(name="else"), 0, NOON), (WORLD, 1, NOON), (WORLD, 0, None)])
def test_another_world_seed_or_instant_is_another_mould(opened: Opened, other: Any) -> None:
    assert opened.moulds.of(WORLD, 0, NOON) is not opened.moulds.of(*other)


def test_what_is_of_now_is_made_anew_in_time(opened: Opened) -> None:
    first = opened.moulds.of(WORLD, 0, None)
    opened.passed += moulds.OLDEST
    assert opened.moulds.of(WORLD, 0, None) is first
    opened.passed += 1
    assert opened.moulds.of(WORLD, 0, None) is not first


def test_what_is_used_is_kept_fresh_before_anybody_waits_for_it(opened: Opened) -> None:
    opened.moulds.of(WORLD, 0, None)
    opened.moulds.of(WORLD, 0, NOON)
    opened.moulds.freshen()
    assert opened.times == 2
    opened.passed += 60
    opened.moulds.freshen()
    assert opened.times == 3
    opened.passed += 60
    opened.moulds.of(WORLD, 0, None)
    assert opened.times == 3


def test_only_those_that_were_used_last_are_kept(opened: Opened) -> None:
    first = opened.moulds.of(WORLD, 0, NOON)
    for seed in range(1, 8):
        opened.moulds.of(WORLD, seed, NOON)
    assert opened.moulds.of(WORLD, 0, NOON) is first
    opened.moulds.of(WORLD, 8, NOON)
    assert opened.times == 9
    opened.moulds.of(WORLD, 1, NOON)
    assert opened.times == 10


def test_a_sandbox_from_a_mould_is_as_one_that_was_opened_for_itself(start_mock: Callable[..., RunningMock]) -> None:
    mock = start_mock()
    files = []
    for name in ("one", "two"):
        made = mock.control.post("/sandboxes", json={"name": name, "now": NOON.isoformat()})
        assert made.status_code == 201, made.text
        files.append(mock.control.get(f"/sandboxes/{name}/export").json()["files"])
    reset = httpx.post(f"{mock.url}/~one/_understudy/reset", json={"now": NOON.isoformat()}, headers=mock.control.headers)
    assert reset.status_code == 204
    files.append(mock.control.get("/sandboxes/one/export").json()["files"])
    assert files[0] == files[1] == files[2]
