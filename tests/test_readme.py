"""The README's commands do what it prints below them."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tests.conftest import RunningMock

README = (Path(__file__).parent.parent / "README.md").read_text("utf-8")


def shape(value: Any) -> Any:
    """Keys and kinds: ids and times differ from run to run."""
    if isinstance(value, dict):
        return {key: shape(child) for key, child in value.items()}
    return [shape(child) for child in value] if isinstance(value, list) else type(value).__name__


def section(heading: str, until: str) -> list[tuple[str, str]]:
    """The blocks between two headings: shell or JSON, and the text."""
    return re.findall(r"```(sh|json)\n(.*?)```", README[README.index(heading) : README.index(until)], re.S)


SETUP = section("## The first five minutes", "### ")[0][1]


def nobody() -> str:
    """An address at which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return f"http://127.0.0.1:{listening.getsockname()[1]}"


def said(mock: RunningMock, blocks: list[tuple[str, str]]) -> Iterator[tuple[str, Any, Any]]:
    """Each command of the blocks, what it prints and what the README says that it prints; earlier definitions stay known."""
    known = SETUP.replace("credentials", f"credentials --url {mock.url}")
    environment = {**os.environ, "UNDERSTUDY_CONTROL_TOKEN": mock.app.settings.control_token}
    for (kind, command), (answer_kind, answer) in zip(blocks[::2], blocks[1::2], strict=True):
        assert (kind, answer_kind) == ("sh", "json")
        script = f"{known}\n{command}".replace("http://127.0.0.1:4010", mock.url)
        script = script.replace("http://127.0.0.1:9000", nobody())
        words = ["bash", "-euc", script]
        printed = subprocess.run(words, capture_output=True, text=True, check=True, env=environment).stdout
        yield command, json.loads(printed), json.loads(answer)
        known += "\n" + "\n".join(line for line in command.splitlines() if "() {" in line)


def test_no_function_of_the_shell_hides_the_command() -> None:
    assert "understudy()" not in README


def test_the_first_five_minutes_print_what_they_say(mock: RunningMock) -> None:
    mock.reset()
    # A message that went on its way between two commands would have more to tell.
    mock.control.put("/clock", json={"mode": "frozen"}).raise_for_status()
    told = list(said(mock, section("## The first five minutes", "## When an API calls back")[1:]))
    assert len(told) >= 6
    for command, printed, answer in told:
        assert shape(printed) == shape(answer), command
    mock.reset()


def test_sandboxes_and_faults_answer_as_the_readme_says(start_mock: Callable[..., RunningMock]) -> None:
    mock = start_mock()
    spent, limited = [
        (printed, answer)
        for heading, until in (("## A sandbox", "## When things"), ("## When things", "## In your tests"))
        for _, printed, answer in said(mock, section(heading, until))
    ]
    assert (spent[0]["balance"], spent[0]["currency"]) == (spent[1]["balance"], spent[1]["currency"])
    assert limited[0] == limited[1]
    assert [one["name"] for one in mock.control.get("/sandboxes").json()["sandboxes"]] == ["default", "checkout"]


def test_an_api_calls_back_as_the_readme_says(start_mock: Callable[..., RunningMock]) -> None:
    told = list(said(start_mock(), section("## When an API calls back", "## A sandbox")))
    assert len(told) == 2
    for command, printed, answer in told:
        assert shape(printed) == shape(answer), command
    assert told[0][1]["jobs"] == told[0][2]["jobs"]
    (delivery,), (shown,) = told[1][1]["deliveries"], told[1][2]["deliveries"]
    settled = ("recipient", "status", "status_code", "num_parts", "cost")
    assert [delivery["body"][name] for name in settled] == [shown["body"][name] for name in settled]
    assert delivery["attempts"][0]["error"] == shown["attempts"][0]["error"]


def test_the_control_planes_commands_work(mock: RunningMock) -> None:
    block = section("## The control plane", "## How it is built")[0][1].replace("http://127.0.0.1:4010", mock.url)
    environment = {"UNDERSTUDY_CONTROL_TOKEN": mock.app.settings.control_token, "PATH": "/usr/bin:/bin"}
    printed = subprocess.run(["bash", "-euc", block], capture_output=True, text=True, check=True, env=environment).stdout
    assert json.loads(printed)["account_id"] == 279
    mock.reset()
