"""docs/worlds.md is what one can type and write: its commands are run, its snippets are checked."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from mockserver import worlds
from mockserver.data import load_spec, load_yaml
from mockserver.inspection import inspect
from mockserver.serving.contract import Contract
from tests.conftest import RunningMock

GUIDE = (Path(__file__).parent.parent / "docs" / "worlds.md").read_text("utf-8")
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```$", GUIDE, re.M | re.S)
COMMANDS = [text for kind, text in BLOCKS if kind == "sh"]
SNIPPETS = [text for kind, text in BLOCKS if kind == "yaml"]
SHOWN, SERVED = [text for kind, text in BLOCKS if not kind]
FIRST = "understudy world new my-world bird timelines --from empty\n"


def environment(mock: RunningMock) -> dict[str, str]:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    token = mock.app.settings.control_token
    return {**os.environ, "PATH": path, "UNDERSTUDY_URL": mock.url, "UNDERSTUDY_CONTROL_TOKEN": token, "UNDERSTUDY_SANDBOX": ""}


def typed(commands: str, folder: Path, mock: RunningMock) -> str:
    """What the commands print, typed in a folder; each must end well."""
    words = ["bash", "-euc", commands]
    ended = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False, env=environment(mock))
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def test_every_command_of_the_guide_is_run_in_its_order(mock: RunningMock, tmp_path: Path) -> None:
    before = mock.control.get("/sandboxes").json()["sandboxes"]
    printed = [typed(commands, tmp_path, mock) for commands in COMMANDS]
    assert len(printed) == 4
    # Its own list names the same worlds.
    for line in printed[0].splitlines()[1:]:
        assert f"`{line.split()[0]}`" in GUIDE
    assert printed[1].endswith(SHOWN)
    schema = json.loads((tmp_path / "my-world" / "timelines.schema.json").read_text("utf-8"))
    assert set(schema["properties"]) == set(load_spec("timelines")["x-world"]["properties"])
    assert inspect(str(tmp_path / "taken-home")).mistakes == []
    assert (tmp_path / "taken-home" / worlds.SETTING).is_file()
    after = mock.control.get("/sandboxes").json()["sandboxes"]
    assert [one["name"] for one in after] == [one["name"] for one in before]


def test_the_world_of_the_guide_is_served_and_its_cast_printed(mock: RunningMock, tmp_path: Path) -> None:
    assert FIRST in COMMANDS[1]
    typed(FIRST, tmp_path, mock)
    serve, cast = SERVED.splitlines()
    words = [sys.executable, "-m", "mockserver", *shlex.split(serve)[1:], "--port", "0"]
    with subprocess.Popen(words, cwd=tmp_path, stdout=subprocess.PIPE, text=True, env=environment(mock)) as running:
        assert running.stdout is not None
        found = re.search(r"at (http://\S+)/$", running.stdout.readline())
        assert found
        while not running.stdout.readline().startswith("Ctrl-C"):
            pass
        apis = httpx.get(f"{found[1]}/_understudy/ready").json()["apis"]
        running.terminate()
        running.stdout.read()
    assert list(apis) == ["bird", "timelines"]
    assert [line.split()[0] for line in typed(cast, tmp_path, mock).splitlines() if "http" in line] == list(apis)


def test_an_api_that_is_missing_is_added_as_the_guide_says(mock: RunningMock, tmp_path: Path) -> None:
    (more,) = re.findall(r"`(understudy world new my-world tofrom[^`]*)`", GUIDE)
    typed(FIRST + more, tmp_path, mock)
    assert list(inspect(str(tmp_path / "my-world")).holdings) == ["tofrom", "bird", "timelines"]


def test_the_partner_of_the_guide_is_one(mock: RunningMock, tmp_path: Path) -> None:
    typed(FIRST, tmp_path, mock)
    path = tmp_path / "my-world" / "timelines.yaml"
    world, partner = load_yaml(path.read_text("utf-8")), load_yaml(SNIPPETS[0])
    others = [one for one in world["partners"] if one["partner_id"] != partner["partner_id"]]
    assert len(others) < len(world["partners"])
    path.write_text(worlds.written({**world, "partners": [partner, *others]}), "utf-8")
    assert inspect(str(tmp_path / "my-world")).mistakes == []
    # It says something that the world did not: the check would know a word that is none.
    path.write_text(worlds.written({**world, "partners": [{**partner, "webhook": ""}, *others]}), "utf-8")
    assert inspect(str(tmp_path / "my-world")).mistakes != []


def test_the_line_for_editors_names_the_file_that_the_command_writes() -> None:
    (line,) = SNIPPETS[1].splitlines()
    assert line == "# yaml-language-server: $schema=timelines.schema.json"
    assert "understudy world schema timelines > my-world/timelines.schema.json" in COMMANDS[2]


@pytest.mark.parametrize("moment", re.findall(r"`(now[^`]*|20\d\d-[^`]*)`", GUIDE))
def test_every_date_of_the_guide_is_one(moment: str) -> None:
    toy = Contract("toy", {"paths": {}, "x-world": {"type": "string", "format": "moment"}})
    assert toy.schemas.request(toy.raw["x-world"]).is_valid(moment)
