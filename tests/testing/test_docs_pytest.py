"""Every snippet of docs/pytest.md runs, in the order in which it stands there."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from mockserver.testing import Understudy, plugin
from mockserver.testing.webhooks import Webhooks
from tests.testing.conftest import Run, surroundings

PAGE = (Path(__file__).parents[2] / "docs" / "pytest.md").read_text("utf-8")
SNIPPETS = re.findall(r"```([a-z ]+)\n(.*?)```", PAGE, re.S)


def snippets(kind: str) -> list[str]:
    return [text for said, text in SNIPPETS if said == kind]


def test_every_snippet_is_of_a_kind_that_is_run() -> None:
    assert {said for said, _ in SNIPPETS} == {"python", "python script", "sh"}
    assert PAGE.count("```") == 2 * len(SNIPPETS)


@pytest.mark.slow
def test_the_tests_of_the_page_pass(run_tests: Callable[..., Run]) -> None:
    module = "\n".join(snippets("python"))
    run = run_tests(module, ini="understudy_apis = bird restlink")
    assert (run.status, run.count("passed")) == (0, module.count("def test_")), run.text


@pytest.mark.slow
def test_the_script_of_the_page_prints_where_the_mock_is_twice(tmp_path: Path) -> None:
    (script,) = snippets("python script")
    done = subprocess.run(
        [sys.executable, "-c", script], env=surroundings(tmp_path), cwd=tmp_path, capture_output=True, text=True, check=True
    )
    first, second = done.stdout.splitlines()
    assert first.split()[0] == second
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/\S*restlink/api/v1", second)
    assert list((tmp_path / "tmp").iterdir()) == []


@pytest.mark.slow
def test_the_command_of_the_page_answers(tmp_path: Path) -> None:
    (command,) = snippets("sh")
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    environment = {**surroundings(tmp_path), "PATH": path}
    done = subprocess.run(["sh", "-euc", command], env=environment, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout)["currency"] == "EUR"


def test_every_option_is_in_the_table() -> None:
    assert re.findall(r"^\| `(understudy_\w+)` \| `--(understudy-\w+)`", PAGE, re.M) == [
        (f"understudy_{name}", f"understudy-{name}") for name in ("apis", "world", "seed", "url")
    ]
    assert set(plugin._OPTIONS) == {"apis", "world", "seed", "url"}


def test_the_page_names_what_can_be_done() -> None:
    deeds = {name for name in vars(Understudy) if not name.startswith("_")} - {"cast", "close", "faults", "unfreeze"}
    assert [deed for deed in sorted(deeds) if not re.search(rf"[.`]{deed}\b", PAGE)] == []
    assert {"wait", "disturb"} <= set(vars(Webhooks))
