"""Worlds: every mistake in a fixture is told with its file, its line and the schema's reason."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mockserver import data, worlds
from mockserver.app import Mock, create_app
from mockserver.serving.contract import Contract
from mockserver.settings import Settings

RAW = {
    "paths": {},
    "components": {"schemas": {"Thing": {"type": "object", "required": ["id"], "properties": {"id": {"type": "integer"}}}}},
    "x-world": {
        "type": "object",
        "required": ["things"],
        "additionalProperties": False,
        "properties": {
            "things": {"type": "array", "items": {"$ref": "#/components/schemas/Thing"}},
            "at": {"type": "string", "format": "moment"},
            "names": {"type": "array", "items": {"type": "string"}},
        },
    },
}
CONTRACTS = {"toy": Contract("toy", RAW)}


def read(folder: Path, text: str) -> worlds.Fixture:
    (folder / "toy.yaml").write_text(text)
    return worlds.read_world(str(folder), CONTRACTS)["toy"]


@pytest.mark.parametrize(
    ("text", "mistakes"),
    [
        ("things:\n  - id: 1\n  - id: x\n", ["3: /things/1/id: must be of type integer"]),
        ("things:\n  - id: 1\n\n  - {name: x}\n", ["4: /things/1/id: is required"]),
        ("things: []\nstuff: 1\n", ['1: /: property "stuff" is unsupported']),
        ("things: []\nat: yesterday\n", ["2: /at: must be a valid moment"]),
        ("things: []\nat: now-2x\n", ["2: /at: must be a valid moment"]),
        ("", ["1: /: must be of type object"]),
        ("things: [\n  oops\n", ["3: not valid YAML: did not find expected ',' or ']'"]),
        (
            "at: soon\nthings:\n  - id: x\n  - id: y\n",
            [
                "1: /at: must be a valid moment",
                "3: /things/0/id: must be of type integer",
                "4: /things/1/id: must be of type integer",
            ],
        ),
    ],
)
def test_all_mistakes_are_told_with_their_lines(tmp_path: Path, text: str, mistakes: list[str]) -> None:
    with pytest.raises(worlds.WorldInvalid) as caught:
        read(tmp_path, text)
    assert sorted(caught.value.mistakes) == sorted(f"{tmp_path}/toy.yaml:{mistake}" for mistake in mistakes)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("now", "2026-02-13T12:00:00.000000Z"),
        ("now-2d3h", "2026-02-11T09:00:00.000000Z"),
        ("now+30m", "2026-02-13T12:30:00.000000Z"),
        ("now-1d+90s", "2026-02-12T12:01:30.000000Z"),
        ("2024-01-01T00:00:00Z", "2024-01-01T00:00:00Z"),
    ],
)
def test_moments_are_told_relative_to_now(tmp_path: Path, text: str, moment: str) -> None:
    fixture = read(tmp_path, f"things: []\nat: {text}\n")
    assert fixture.at(datetime(2026, 2, 13, 12, tzinfo=UTC)) == {"things": [], "at": moment}


def test_an_unknown_world_names_those_that_exist() -> None:
    with pytest.raises(worlds.WorldInvalid, match="there is no world 'nowhere': name one of default, empty"):
        worlds.read_world("nowhere", CONTRACTS)


def test_a_folder_without_an_apis_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(worlds.WorldInvalid, match=r"toy\.yaml: no such file"):
        worlds.read_world(str(tmp_path), CONTRACTS)


def test_what_only_the_opening_room_sees_is_told_with_its_line(tmp_path: Path) -> None:
    fixture = read(tmp_path, "things:\n  - id: 1\n  - id: 1\n")

    def opening(tx: object, data: dict[str, object]) -> None:
        raise ValueError("/things/1/id: stands twice")

    class Tx:
        now = datetime(2026, 2, 13, 12, tzinfo=UTC)

    with pytest.raises(worlds.WorldInvalid) as caught:
        worlds.furnish(fixture, opening, Tx())
    assert caught.value.mistakes == [f"{tmp_path}/toy.yaml:3: /things/1/id: stands twice"]


@pytest.mark.parametrize("world", ["default", "empty"])
def test_the_worlds_of_the_project_open(world: str) -> None:
    mock: Mock = create_app(Settings(world=world, control_token="t"))
    mock.close()


def test_a_world_in_a_folder_of_ones_own_opens(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    shutil.copytree(data.fixtures_path() / "empty", folder)
    create_app(Settings(world=str(folder), control_token="t")).close()


def test_now_is_a_moment_only_where_the_schema_has_one(tmp_path: Path) -> None:
    fixture = read(tmp_path, "things: []\nat: now-1d\nnames: [now, now-1d]\n")
    assert fixture.at(datetime(2026, 2, 13, tzinfo=UTC)) == {
        "things": [], "at": "2026-02-12T00:00:00.000000Z", "names": ["now", "now-1d"]
    }  # fmt: skip
