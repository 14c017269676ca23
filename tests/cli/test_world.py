"""``understudy world``, and worlds of one's own at the prompt."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mockserver import data
from tests.cli.conftest import Command


def test_worlds_are_listed(understudy: Command) -> None:
    head, *lines = understudy("world", "list").stdout.splitlines()
    assert head.split() == ["world", "APIs", "folder"]
    assert [line.split()[0] for line in lines] == ["default", "empty"]
    assert all(" ".join(data.MOUNTS) in line for line in lines)


@pytest.mark.parametrize("source", ["default", "empty"])
def test_a_new_world_checks_clean_and_its_cast_is_printed(understudy: Command, tmp_path: Path, source: str) -> None:
    folder = tmp_path / "deep" / "mine"
    ended = understudy("world", "new", str(folder), "--from", source)
    assert ended.returncode == 0, ended.stderr
    assert [line for line in ended.stdout.splitlines() if line.startswith("wrote")] == [
        f"wrote {folder}/{api}.yaml" for api in data.MOUNTS
    ]
    for words in (["world", "check", str(folder)], ["credentials", "--world", str(folder)]):
        assert f"  understudy {' '.join(words)}" in ended.stdout.splitlines()
        again = understudy(*words)
        assert (again.returncode, again.stderr) == (0, "")
        assert {line.split()[0] for line in again.stdout.splitlines() if line} >= set(data.MOUNTS)
    for api in data.MOUNTS:
        assert (folder / f"{api}.yaml").read_bytes() == (data.fixtures_path() / source / f"{api}.yaml").read_bytes()


def test_what_is_there_already_is_not_touched(understudy: Command, tmp_path: Path) -> None:
    (tmp_path / "bird.yaml").write_text("mine")
    ended = understudy("world", "new", str(tmp_path))
    assert ended.returncode == 2
    assert f"{tmp_path}/bird.yaml is there already" in ended.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["bird.yaml"]
    assert (tmp_path / "bird.yaml").read_text() == "mine"
    # Another API can come to it.
    assert understudy("world", "new", str(tmp_path), "tofrom", "--from", "empty").returncode == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bird.yaml", "tofrom.yaml"]


def test_a_world_can_begin_with_one_of_ones_own(understudy: Command, tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    understudy("world", "new", str(first), "bird")
    (first / "sandbox.yaml").write_text("seed: 7\n")
    assert understudy("world", "new", str(second), "--from", str(first)).returncode == 0
    assert sorted(path.name for path in second.iterdir()) == ["bird.yaml", "sandbox.yaml"]
    ended = understudy("world", "new", str(tmp_path / "third"), "tofrom", "--from", str(first))
    assert (ended.returncode, ended.stderr) == (2, f"understudy: {first} has no file of tofrom.\n")


def test_a_world_with_the_name_of_one_of_the_mocks_is_named_by_its_path(understudy: Command, tmp_path: Path) -> None:
    ended = understudy("world", "new", "empty", "bird", cwd=tmp_path)
    assert "  understudy world check ./empty" in ended.stdout.splitlines()
    (tmp_path / "empty" / "bird.yaml").write_text("cast: 1\n")
    assert understudy("world", "check", "./empty", cwd=tmp_path).returncode == 1
    assert understudy("world", "check", "empty", cwd=tmp_path).returncode == 0


def test_mistakes_end_with_1_each_in_a_line_of_its_own(understudy: Command, tmp_path: Path) -> None:
    understudy("world", "new", str(tmp_path), "timelines", "--from", "empty")
    path = tmp_path / "timelines.yaml"
    path.write_text(path.read_text().replace("plans:\n", "plan:\n", 1))
    ended = understudy("world", "check", str(tmp_path))
    assert (ended.returncode, ended.stderr) == (1, "")
    *mistakes, sum_up = ended.stdout.splitlines()
    assert mistakes == [f"{path}:2: /plans: is required", f'{path}:2: /: property "plan" is unsupported']
    assert sum_up == "2 mistakes"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["check", "nowhere"], "there is no world 'nowhere': name one of default, empty, or the path of a folder"),
        (["check", "default", "nobody"], "'nobody' is not one of"),
        (["new", "x", "--from", "nowhere"], "there is no world 'nowhere'"),
        (["new", "/dev/null/x"], "/dev/null/x"),
        (["schema", "nobody"], "'nobody' is not one of"),
    ],
)
def test_mistakes_in_their_use_end_with_2_and_one_clear_line(understudy: Command, words: list[str], message: str) -> None:
    ended = understudy("world", *words)
    assert (ended.returncode, ended.stdout, ended.stderr.count("\n")) == (2, "", 1)
    assert message in ended.stderr


def test_the_schema_is_json(understudy: Command) -> None:
    assert json.loads(understudy("world", "schema", "bird").stdout)["properties"]["cast"]["required"] == ["owner", "stranger"]
