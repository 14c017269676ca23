"""The README's commands do what it prints below them."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

from tests.conftest import RunningMock

README = (Path(__file__).parent.parent / "README.md").read_text("utf-8")


def shape(value: Any) -> Any:
    """Keys and kinds: ids and times differ from run to run."""
    if isinstance(value, dict):
        return {key: shape(child) for key, child in value.items()}
    return [shape(child) for child in value] if isinstance(value, list) else type(value).__name__


def test_the_first_five_minutes_print_what_they_say(mock: RunningMock) -> None:
    mock.reset()
    section = README[README.index("## The first five minutes") : README.index("## Where things are")]
    blocks = re.findall(r"```(sh|json)\n(.*?)```", section, re.S)
    setup = blocks[0][1].replace("credentials", f"credentials --url {mock.url}")
    pairs = list(zip(blocks[1::2], blocks[2::2], strict=True))
    assert len(pairs) >= 6
    for (kind, command), (answer_kind, answer) in pairs:
        assert (kind, answer_kind) == ("sh", "json")
        printed = subprocess.run(["bash", "-euc", f"{setup}\n{command}"], capture_output=True, text=True, check=True).stdout
        assert shape(json.loads(printed)) == shape(json.loads(answer)), command


def test_the_control_planes_commands_work(mock: RunningMock) -> None:
    section = README[README.index("## The control plane") :]
    block = re.findall(r"```sh\n(.*?)```", section, re.S)[0].replace("http://127.0.0.1:4010", mock.url)
    environment = {"UNDERSTUDY_CONTROL_TOKEN": mock.app.settings.control_token, "PATH": "/usr/bin:/bin"}
    printed = subprocess.run(["bash", "-euc", block], capture_output=True, text=True, check=True, env=environment).stdout
    assert json.loads(printed)["account_id"] == 279
    mock.reset()
