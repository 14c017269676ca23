"""A target is a mock on this machine; what stands there is asked, not guessed."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from contract_tests.target import IN_PROCESS, TargetUnusable, open_target
from mockserver.app import cast
from mockserver.data import MOUNTS, fixtures_path


def test_a_mock_is_started_in_this_process_with_an_open_control_plane() -> None:
    with open_target(IN_PROCESS, ["timelines"], None) as (target, apis):
        assert apis == ("timelines",)
        assert httpx.get(f"{target.root}/_understudy/ready").json()["apis"] == {"timelines": MOUNTS["timelines"]}
        control = target.control()
        assert control is not None
        with control:
            assert control.post("/reset").status_code == 204
        root = target.root
    with pytest.raises(httpx.HTTPError):
        httpx.get(f"{root}/_understudy/ready", timeout=1)


def test_the_world_of_a_running_mock_gives_the_cast(start_mock: Callable[..., Any]) -> None:
    mock = start_mock(apis=("timelines", "restlink"), world="empty")
    with open_target(mock.url, [], None) as (target, apis):
        assert set(apis) == {"timelines", "restlink"}
        assert target.world == "empty"
        assert target.cast("restlink")["owner"]["api_keys"] == cast("restlink", "empty")["owner"]["api_keys"]
        assert target.base_url("restlink") == mock.base("restlink")


def test_a_world_of_ones_own_is_found_by_its_folder(
    start_mock: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(fixtures_path() / "empty", tmp_path / "mine")
    monkeypatch.chdir(tmp_path)
    mock = start_mock(apis=("timelines",), world="./mine")
    with open_target(mock.url, [], None) as (target, _):
        monkeypatch.chdir("/")
        assert target.cast("timelines")["owner"]["partner_id"] == cast("timelines", "empty")["owner"]["partner_id"]
    shutil.rmtree(tmp_path / "mine")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(TargetUnusable, match="cast is not to be found"), open_target(mock.url, [], None):
        pass


def test_the_control_plane_is_open_to_its_own_token_alone(start_mock: Callable[..., Any]) -> None:
    mock = start_mock(apis=("timelines",))
    for token, opened in ((mock.app.settings.control_token, True), ("another", False), (None, False)):
        with open_target(mock.url, [], token) as (target, _):
            assert (target.control_token is not None) is opened
            target.reset()


def test_what_others_left_is_told_where_nothing_can_be_reset(start_mock: Callable[..., Any]) -> None:
    mock = start_mock(apis=("timelines",))
    owner = mock.cast("timelines")["owner"]
    token = {"Authorization": f"Bearer {owner['jwt']}", "X-TL-Partner-Id": owner["partner_id"]}
    made = httpx.post(f"{mock.base('timelines')}/workspaces", headers=token, json={"display_name": "x", "seats_purchased": 1})
    assert made.status_code == 201
    with open_target(mock.url, [], None) as (target, _):
        assert target.drawn > 0
    with open_target(mock.url, [], mock.app.settings.control_token) as (target, _):
        assert target.drawn == 0, "the run begins with a reset"


@pytest.mark.parametrize("where", ["", "mock server", "127.0.0.1:4010", "http://", "https://api.example.com/v1"])
def test_anything_else_is_refused_with_a_reason(where: str) -> None:
    with pytest.raises(TargetUnusable, match="'mock'"), open_target(where, [], None):
        pass
