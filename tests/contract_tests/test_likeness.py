"""Laws compare what the contract names: what a vendor adds is no difference, what it changes or leaves out is one."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest

from contract_tests import run
from contract_tests.command import FINE
from contract_tests.command import run as run_tests
from contract_tests.deployment import Deployment
from contract_tests.laws.likeness import documented, tells
from mockserver.data import MOUNTS
from tests.detection.variants import varied

WHERE = MOUNTS["timelines"] + "/workspaces/ws_1"
WORKSPACE: dict[str, Any] = {
    "workspace_id": "ws_1",
    "display_name": "one",
    "seats": {"total": 3, "used": 1, "period_start": "2026-01-01T00:00:00Z", "period_end": "2026-01-30T23:59:59Z"},
    "users": [{"user_id": 1, "role": "owner"}, {"user_id": 2, "role": "agent"}],
}


@pytest.fixture(autouse=True)
def run_of_nothing() -> Iterator[None]:
    before = run._current
    run.begin(run.Run(Deployment("http://gate", {}, {}), (), 0))
    yield
    run._current = before


def reply(body: Any, path: str, status: int = 200) -> httpx.Response:
    return httpx.Response(status, json=body, request=httpx.Request("GET", f"http://gate{path}"))


def with_more(value: Any) -> Any:
    if isinstance(value, dict):
        return {"trace": 7, **{name: with_more(part) for name, part in value.items()}}
    return [with_more(part) for part in value] if isinstance(value, list) else value


def test_what_a_vendor_adds_is_left_out_at_every_depth() -> None:
    assert documented("timelines", reply(with_more(WORKSPACE), WHERE)) == WORKSPACE


def test_what_the_contract_names_stays_as_it_is() -> None:
    for changed in ({**WORKSPACE, "users": WORKSPACE["users"][:1]}, {**WORKSPACE, "seats": {}}, {"workspace_id": 5}):
        assert documented("timelines", reply(changed, WHERE)) == changed


def test_refusals_keep_what_makes_them_one() -> None:
    error = {"error": {"code": "NotFound", "message": "No such workspace"}}
    assert documented("timelines", reply(with_more(error), WHERE, 404)) == error


def test_what_is_no_reply_of_the_contract_stays_whole() -> None:
    assert documented("timelines", reply({"anything": 1}, "/_understudy/timelines/workspaces/ws_1/usage")) == {"anything": 1}
    assert documented("timelines", reply({"anything": 1}, WHERE, 418)) == {"anything": 1}


def test_maps_of_somebodys_own_words_stay_whole() -> None:
    contact = {"id": "contact_1", "customFieldsData": {"my own word": "x"}, "labelNames": ["a"]}
    shown = reply({"success": True, "message": "x", "data": [contact]}, MOUNTS["xpressbot"] + "/contacts/list")
    assert documented("xpressbot", shown)["data"] == [contact]


@pytest.mark.parametrize(
    ("shown", "said", "told"),
    [
        ({"a": 1, "b": 2}, {"a": 1}, True),
        ({"a": 1}, {"a": 1, "b": 2}, False),
        ({"a": [{"b": 1, "c": 2}]}, {"a": [{"b": 1}]}, True),
        ({"a": [1, 2]}, {"a": [1]}, False),
        ({"a": "1"}, {"a": 1}, False),
        ([1], {"a": 1}, False),
        (None, {}, False),
    ],
)
def test_a_value_tells_what_it_says_and_may_say_more(shown: Any, said: Any, told: bool) -> None:
    assert tells(shown, said) is told


@pytest.mark.slow
def test_laws_bear_what_a_contract_permits(
    start_mock: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    mock = start_mock(apis=("timelines",))
    monkeypatch.setenv("UNDERSTUDY_CONTROL_TOKEN", mock.app.settings.control_token)
    with ExitStack() as stack:
        url = mock.url
        for name in ("more_fields", "reordered", "other_spelling", "other_words", "other_headers"):
            url = stack.enter_context(varied(url, name, "timelines"))
        status = run_tests(["timelines"], url, tmp_path, part="laws")
    assert json.loads((tmp_path / "statements.json").read_text("utf-8"))["findings"] == []
    assert status == FINE
