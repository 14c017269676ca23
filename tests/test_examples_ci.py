"""The examples for CI: their mock job runs here step by step, and whatever they call exists with its options."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import click
import pytest
import yaml

from contract_tests.command import FINE
from contract_tests.targets import sections
from contract_tests.targets.choice import choose
from mockserver.cli import main
from tests.testing.conftest import surroundings

EXAMPLES = Path(__file__).parent.parent / "examples"
FILES = {"ci-github": ".github/workflows/messaging.yml", "ci-gitlab": ".gitlab-ci.yml"}


def parsed(name: str) -> Any:
    return yaml.safe_load((EXAMPLES / name / FILES[name]).read_text("utf-8"))


def scripts(name: str, job: str) -> list[str]:
    """What the job gives to shells, one after the other."""
    if name == "ci-github":
        return [step["run"] for step in parsed(name)["jobs"][job]["steps"] if "run" in step]
    said = parsed(name)[job]
    return ["\n".join(said["before_script"]), "\n".join(said["script"]), "\n".join(said.get("after_script", []))]


def commands(name: str) -> Iterator[list[str]]:
    """Every call of understudy, its arguments as the shell would hand them over."""
    for job in ("mock", "staging"):
        for line in "\n".join(scripts(name, job)).replace("\\\n", " ").splitlines():
            called = re.search(r"(?:^|\bnohup )understudy ([^>&]*)", line)
            if called is not None:
                yield [word.replace("$PORT", "4010") for word in shlex.split(called[1])]


def free_port() -> int:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        return int(bound.getsockname()[1])


def is_silent(port: int) -> bool:
    """Whether nobody listens there any more, soon."""
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            return True
        time.sleep(0.1)
    return False


@pytest.mark.parametrize("name", FILES)
def test_every_command_exists_with_its_options(name: str) -> None:
    called = [*commands(name)]
    assert [words[0] for words in called] == ["serve", "credentials", "test", "test"]
    for words in called:
        command = main.commands[words[0]]
        # Raises for an option that there is not, or a value that it does not take.
        command.make_context(words[0], words[1:], parent=click.Context(main))


@pytest.mark.parametrize("name", FILES)
def test_the_file_of_targets_is_sound_and_its_secrets_reach_the_job(name: str) -> None:
    section = sections.read(EXAMPLES / name / "understudy.toml")["staging"]
    wanted = {named.removeprefix("$") for named in section.secrets("restlink").values()}
    assert wanted
    if name == "ci-github":
        given = parsed(name)["jobs"]["staging"]["env"]
        assert given == {variable: f"${{{{ secrets.{variable} }}}}" for variable in wanted}
    else:
        text = (EXAMPLES / name / FILES[name]).read_text("utf-8")
        assert all(variable in text for variable in wanted)


@pytest.mark.parametrize("name", FILES)
def test_the_plan_of_the_staging_job_is_told(
    name: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(EXAMPLES / name)
    planned = next(words for words in commands(name) if "--plan" in words)
    with pytest.raises(SystemExit) as ended:
        main(planned)
    assert ended.value.code == FINE
    told = capfd.readouterr().out
    assert "restlink at https://restlink.staging.example.com/api/v1" in told
    assert choose("staging").target.profile == "staging"


@pytest.mark.slow
@pytest.mark.parametrize("name", FILES)
def test_the_mock_job_runs_and_reports(name: str, tmp_path: Path) -> None:
    folder = Path(
        shutil.copytree(EXAMPLES / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__", ".pytest_cache"))
    )
    handed_over = tmp_path / "env"
    handed_over.touch()
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    environment = {**surroundings(tmp_path), "PATH": path, "PORT": str(free_port()), "GITHUB_ENV": str(handed_over)}
    try:
        ran = [step for step in scripts(name, "mock") if step and "pip install" not in step]
        for step in ran:
            given = dict(line.split("=", 1) for line in handed_over.read_text("utf-8").splitlines())
            ended = subprocess.run(
                ["bash", "-eo", "pipefail", "-c", step],
                cwd=folder,
                env={**environment, **given},
                capture_output=True,
                text=True,
                timeout=120,
                check=False,
            )
            assert ended.returncode == 0, step + ended.stdout + ended.stderr
        assert len(ran) == (3 if name == "ci-github" else 2)
    except AssertionError:
        subprocess.run(["sh", "-c", "kill $(cat understudy.pid)"], cwd=folder, capture_output=True, check=False)
        raise
    suite = ElementTree.parse(folder / "reports" / "client.xml").getroot().find("testsuite")
    assert suite is not None
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("2", "0", "0")
    assert is_silent(int(environment["PORT"])), "the mock still runs"


@pytest.mark.parametrize("name", FILES)
def test_a_readme_is_short(name: str) -> None:
    assert len((EXAMPLES / name / "README.md").read_text("utf-8").splitlines()) <= 10


def test_both_examples_test_the_same() -> None:
    for file in ("test_texts.py", "understudy.toml"):
        assert len({(EXAMPLES / name / file).read_text("utf-8") for name in FILES}) == 1
