"""The contract run is green for an honest deployment and red for one that lies, and says what about."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from contract_tests.command import FINE, FOUND, run
from tests.detection import catalogue
from tests.detection.proxy import in_front_of

pytestmark = pytest.mark.slow
#: A defect, the part of a run that must catch it alone, and where the report must point: what stands in what was caught.
LIES = [
    ("timelines/created-with-200", "conformance", "200"),
    ("restlink/foreign-workspace-opens", "laws", "CROSS_TENANT_WORKSPACE"),
    ("timelines/revoked-links-stay", "laws", "active"),
    ("timelines/alg-none", "laws", "401"),
]


@pytest.fixture
def mock_of(start_mock: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Any]:
    """A mock of one API whose control plane is open to the run."""

    def start(api: str) -> Any:
        mock = start_mock(apis=(api,))
        monkeypatch.setenv("UNDERSTUDY_CONTROL_TOKEN", mock.app.settings.control_token)
        return mock

    return start


@pytest.mark.parametrize("part", ["laws", "stories"])
def test_an_honest_deployment_passes(part: str, mock_of: Callable[[str], Any], tmp_path: Path) -> None:
    with in_front_of(mock_of("timelines").url) as (url, proxy):
        assert run(["timelines"], url, tmp_path, part=part) == FINE
    assert proxy.lied == 0
    report = json.loads((tmp_path / "statements.json").read_text("utf-8"))
    assert report["findings"] == []
    assert {row["verdict"] for row in report["statements"]} == {"proven" if part == "laws" else "not run"}


@pytest.mark.parametrize(("key", "part", "about"), LIES)
def test_a_lie_is_caught_and_named(key: str, part: str, about: str, mock_of: Callable[[str], Any], tmp_path: Path) -> None:
    (defect,) = catalogue.matching(key)
    mock = mock_of(defect.api)
    with catalogue.told(defect, mock.url, mock.cast(defect.api)) as proxy:
        assert run([defect.api], proxy.url, tmp_path, part=part) == FOUND
    assert proxy.lied > 0
    findings = json.loads((tmp_path / "statements.json").read_text("utf-8"))["findings"]
    assert any(about in finding["message"] for finding in findings), [finding["message"] for finding in findings]
    named = {statement for finding in findings for statement in finding["statements"]}
    assert part != "laws" or named & set(defect.breaks), "the report names a statement that the lie breaks"
