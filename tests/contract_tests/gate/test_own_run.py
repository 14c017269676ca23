"""The project's own parts against what they take for a staging deployment: nothing that was there is changed, and since it keeps
its contract nothing is found, whatever the gate refuses or puts in the place of something else.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from contract_tests.command import FINE, run
from tests.contract_tests.gate.staged import changed, staged

#: Counters that no tenant sees.
COUNTED = ("last_group_id",)


@pytest.mark.parametrize(
    ("after", "told"),
    [
        ({"rooms": [{"id": 1, "tags": ["a"]}, {"id": 2}], "count": 1, "more": 1}, 0),
        ({"rooms": [{"id": 1, "tags": ["a", "b"], "more": 1}], "count": 1}, 0),
        ({"rooms": [{"id": 1, "tags": ["b"]}], "count": 1}, 1),
        ({"rooms": [], "count": 1}, 1),
        ({"rooms": [{"id": 1, "tags": ["a"]}], "count": 2}, 1),
        ({}, 2),
    ],
    ids=str,
)
def test_what_is_gone_or_another_is_seen(after: Any, told: int) -> None:
    assert len(changed({"rooms": [{"id": 1, "tags": ["a"]}], "count": 1}, after)) == told


@pytest.mark.slow
@pytest.mark.parametrize(
    ("api", "parts"), [("timelines", ("ownership", "limits", "conformance")), ("tofrom", ("ownership", "limits"))]
)
def test_a_run_changes_nothing_that_was_there_and_finds_nothing(
    api: str, parts: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    with staged(api, tmp_path) as stage:
        monkeypatch.chdir(stage.folder)
        for name, value in stage.secrets.items():
            monkeypatch.setenv(name, value)
        before = {key: value for key, value in stage.world().items() if key not in COUNTED}
        for part in parts:
            assert run([], "stage", part=part) == FINE, capfd.readouterr()
        after = stage.world()
    assert changed(before, after) == []
    # It did something, and there was something to keep away.
    assert changed(after, before) != []
    assert "may change what this run did not create" in capfd.readouterr().out
