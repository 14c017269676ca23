"""The inspection of a world: what only it finds, and what it says that a world holds."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from mockserver import data, worlds
from mockserver.inspection import inspect

EMPTY = data.fixtures_path() / "empty"


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    """A world of one's own, a copy of the empty one."""
    folder = tmp_path / "mine"
    shutil.copytree(EMPTY, folder)
    return folder


def change(path: Path, old: str, new: str) -> int:
    """Replaces a text that is there once; the line where it stood."""
    text = path.read_text("utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), "utf-8")
    return text[: text.index(old)].count("\n") + 1


@pytest.mark.parametrize("world", ["default", "empty"])
def test_the_worlds_of_the_project_are_well(world: str) -> None:
    found = inspect(world)
    assert found.mistakes == []
    assert list(found.holdings) == list(data.MOUNTS)


def test_what_a_world_holds_is_counted_by_kind() -> None:
    holdings = inspect("default").holdings
    fixture = data.load_yaml((data.fixtures_path() / "default" / "tofrom.yaml").read_text("utf-8"))
    assert holdings["tofrom"]["users"] == len(fixture["users"])
    # Those that stand below others count, too.
    assert holdings["tofrom"]["messages"] == sum(len(workspace.get("messages", ())) for workspace in fixture["workspaces"]) > 0
    assert inspect("empty").holdings["restlink"]["messages"] == 0
    assert holdings["timelines"]["users"] > 0
    assert "channels" not in inspect("default", ["tofrom"]).holdings["tofrom"]


def test_mistakes_of_all_files_are_told_those_of_the_schema_and_those_that_only_an_opening_sees(mine: Path) -> None:
    change(mine / "timelines.yaml", "\nplans:\n", "\nplan:\n")
    path = mine / "restlink.yaml"
    account = data.load_yaml(path.read_text("utf-8"))["accounts"][0]
    line = change(path, "\naccounts:\n", f"\naccounts:\n  - {json.dumps(account)}\n")
    assert inspect(str(mine)).mistakes == [
        f"{path}:{line + 3}: /accounts/1/id: is taken by an earlier one",
        f"{mine}/timelines.yaml:2: /plans: is required",
        f'{mine}/timelines.yaml:2: /: property "plan" is unsupported',
    ]


def test_a_part_that_is_asked_for_and_missing_is_told(mine: Path) -> None:
    (mine / "bird.yaml").unlink()
    assert list(inspect(str(mine)).holdings) == ["restlink", "tofrom", "xpressbot", "timelines"]
    (mistake,) = inspect(str(mine), ["bird"]).mistakes
    assert mistake.startswith(f"{mine}/bird.yaml: no such file; ")
    assert f"understudy world new {mine} bird --from empty" in mistake


def test_files_that_look_like_a_part_and_are_none_are_told(mine: Path) -> None:
    (mine / "bird.yaml").rename(mine / "bird.yml")
    (mine / "brid.yaml").write_text("{}")
    (mine / "notes.txt").write_text("none of its business")
    assert inspect(str(mine)).mistakes == [
        f"{mine}/bird.yml:1: is not read: name it bird.yaml",
        f"{mine}/brid.yaml:1: is not read: there is no API 'brid', only restlink, tofrom, xpressbot, bird, timelines",
    ]


def test_a_folder_without_any_part_is_told(tmp_path: Path) -> None:
    assert inspect(str(tmp_path)).mistakes[0].startswith(f"{tmp_path}:1: holds no file of any API")


def test_a_name_that_stands_twice_is_told_where_yaml_would_drop_the_first(mine: Path) -> None:
    path = mine / "timelines.yaml"
    lines = len(path.read_text("utf-8").splitlines())
    path.write_text(path.read_text("utf-8") + "partners: []\n", "utf-8")
    assert f"{path}:{lines + 1}: /partners: stands twice" in inspect(str(mine), ["timelines"]).mistakes


@pytest.mark.parametrize(
    ("text", "mistake"),
    [("cast: [\n", "2: not valid YAML"), ("\xff", "1: not valid YAML"), ("- 1\n", "1: /: must be of type object")],
)
def test_what_is_no_fixture_at_all_is_told(mine: Path, text: str, mistake: str) -> None:
    (mine / "bird.yaml").write_text(text, "latin-1")
    (told,) = inspect(str(mine), ["bird"]).mistakes
    assert told.startswith(f"{mine}/bird.yaml:{mistake}")


def test_a_file_that_cannot_be_read_is_told(mine: Path) -> None:
    (mine / "bird.yaml").unlink()
    (mine / "bird.yaml").mkdir()
    assert inspect(str(mine), ["bird"]).mistakes == [f"{mine}/bird.yaml: cannot be read: Is a directory"]


def test_the_file_that_is_no_apis_is_checked_too(mine: Path) -> None:
    (mine / worlds.SETTING).write_text("seed: 7\nclock: {mode: frozen, now: '2026-02-13T12:00:00Z'}\n")
    assert inspect(str(mine)).mistakes == []
    (mine / worlds.SETTING).write_text("seed: 7\n\nclocks: 1\n")
    assert inspect(str(mine)).mistakes == [f'{mine}/sandbox.yaml:1: /: property "clocks" is unsupported']
