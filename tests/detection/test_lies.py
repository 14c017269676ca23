"""The contract run is green for an honest deployment and red for one that lies, and says what about."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from contract_tests.command import FINE, FOUND, run
from tests.detection import lies
from tests.detection.proxy import Lie, honestly, in_front_of

pytestmark = pytest.mark.slow
LIES = [
    "a missing required field",
    "a wrong status",
    "a foreign workspace let in",
    "a message that is not stored",
    "a wrong error shape",
]


@pytest.fixture
def deployment(start_mock: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    """Runs the contract tests of one API, or a part of them, against a mock behind a proxy, and gives their status."""

    def test(api: str, lie: Lie, folder: Path, part: str | None = None) -> int:
        mock = start_mock(apis=(api,))
        monkeypatch.setenv("UNDERSTUDY_CONTROL_TOKEN", mock.app.settings.control_token)
        with in_front_of(mock.url, lie) as (url, _):
            return run([api], url, folder, part=part)

    return test


@pytest.mark.parametrize("part", ["laws", "stories"])
@pytest.mark.parametrize("api", ["restlink", "bird"])
def test_an_honest_deployment_passes(api: str, part: str, deployment: Callable[..., int], tmp_path: Path) -> None:
    assert deployment(api, honestly, tmp_path, part) == FINE
    report = json.loads((tmp_path / "statements.json").read_text("utf-8"))
    assert report["findings"] == []
    assert {row["verdict"] for row in report["statements"]} == {"proven" if part == "laws" else "not run"}


@pytest.mark.parametrize("lie", LIES)
@pytest.mark.parametrize("api", ["restlink", "bird"])
def test_a_lie_is_caught_and_named(api: str, lie: str, deployment: Callable[..., int], tmp_path: Path, mock: Any) -> None:
    told = lies.of(api, mock.cast(api))[lie]
    assert deployment(api, told.lie, tmp_path, told.part) == FOUND
    findings = json.loads((tmp_path / "statements.json").read_text("utf-8"))["findings"]
    caught = [finding["message"] for finding in findings]
    assert any(told.about in words for words in caught), caught
    failures = (tmp_path / "junit.xml").read_text("utf-8").count("<failure")
    assert failures == len({finding["test"] for finding in findings})
