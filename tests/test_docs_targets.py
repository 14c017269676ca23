"""What docs/targets.md says of the file is what is read: its example is executed, its tables are held against the code."""

from __future__ import annotations

import re
from dataclasses import asdict
from pathlib import Path

import pytest
from click.testing import CliRunner

from contract_tests import credentials
from contract_tests.targets import file, sections
from contract_tests.targets.permission import why_not
from contract_tests.targets.secret import PATIENCE
from contract_tests.targets.target import LIMITS, Target
from mockserver.cli import main

TARGETS = (Path(__file__).parent.parent / "docs" / "targets.md").read_text("utf-8")


def block(language: str) -> str:
    (found,) = re.findall(rf"```{language}\n(.*?)```", TARGETS, re.S)
    return str(found)


def table(head: str) -> list[list[str]]:
    """The cells of the table that begins so, without its head and its rule."""
    lines = TARGETS[TARGETS.index(head) :].split("\n\n")[0].splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]


def test_the_plan_of_the_example_is_printed_as_the_page_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path(file.NAME).write_text(block("toml"), "utf-8")
    command = block("sh").split()
    assert command[0] == "understudy"
    ended = CliRunner().invoke(main, command[1:])
    assert ended.exit_code == 0, ended.output
    assert ended.output == block("text")


def test_the_examples_secrets_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIMELINES_SECRET", "0123456789abcdef0123456789abcdef")
    path = tmp_path / file.NAME
    path.write_text(block("toml"), "utf-8")
    section = sections.read(path)["staging"]
    assert section.target.bases["timelines"] == "https://timelines.staging.example.com/partner/api/v1"
    assert section.opened(["timelines"]).casts["timelines"]["owner"].keys() >= {"jwt", "secret", "workspace_id"}


@pytest.mark.parametrize("row", table("| profile |"), ids=lambda row: row[0])
def test_the_limits_of_a_profile_are_the_defaults(row: list[str]) -> None:
    profile, permitted, *told = row
    limits = asdict(LIMITS[profile])
    names = ("calls", "calls_per_second", "messages", "cost", "lasting", "streak")
    words = ["no limit" if limits[name] is None else f"{limits[name]:g}" for name in names]
    assert told == words
    target = Target("t", {}, {}, profile, limits=LIMITS[profile])
    creating = {"operationId": "make_it", "x-side-effect": "create"}
    assert (why_not(target, creating) is None) is (permitted != "what reads")


def test_every_profile_has_its_row() -> None:
    assert [row[0] for row in table("| profile |")] == list(LIMITS)


def test_every_key_of_a_target_is_told() -> None:
    assert {row[0].strip("`") for row in table("| key |")} == set(file.schema()["$defs"]["target"]["properties"])


def test_every_limit_is_told() -> None:
    (told,) = (row[1] for row in table("| key |") if row[0] == "`limits`")
    assert set(re.findall(r"`(\w+)`", told)) == set(file.schema()["$defs"]["target"]["properties"]["limits"]["properties"])


def test_every_secret_is_told() -> None:
    told = {row[0]: {tuple(name.split(".")) for name in re.findall(r"`([^`]+)`", row[1])} for row in table("| API |")}
    assert told == {api: set(fields) for api, fields in credentials.SECRET_FIELDS.items()}


def test_a_command_has_the_time_that_is_told() -> None:
    assert "has a\nminute" in TARGETS
    assert PATIENCE == 60
