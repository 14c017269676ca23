"""Test runs of users: a folder of tests, run by pytest as a process of its own, as they would."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

#: Plugins of others that take long to import.
WITHOUT = [word for name in ("schemathesis", "hypothesispytest", "anyio", "faker") for word in ("-p", f"no:{name}")]
#: The folder of the run's temporary files: whatever a run makes beside its tests is found here.
TEMPORARY = "tmp"


class Run:
    """What came of a run. ``text``: all that pytest wrote; ``passed`` and such: how many tests did."""

    def __init__(self, ended: subprocess.CompletedProcess[str], folder: Path) -> None:
        self.status = ended.returncode
        self.text = ended.stdout + ended.stderr
        self.folder = folder

    def count(self, word: str) -> int:
        """How many tests passed, failed, …, as the last line says."""
        found = re.search(rf"(\d+) {word}", self.text.strip().splitlines()[-1])
        return int(found[1]) if found else 0

    def written(self, pattern: str = "*.txt") -> dict[str, str]:
        """What tests wrote into files beside them, by the files' names."""
        return {path.name: path.read_text() for path in sorted(self.folder.glob(pattern))}

    def left(self) -> list[str]:
        """What stayed behind in the folder of temporary files."""
        return [path.name for path in (self.folder / TEMPORARY).iterdir() if path.name.startswith("understudy-")]


def surroundings(folder: Path) -> dict[str, str]:
    """The environment of a run, with temporary files of its own."""
    (folder / TEMPORARY).mkdir(exist_ok=True)
    names = ("UNDERSTUDY_CONTROL_TOKEN", "PYTEST_ADDOPTS", "PYTEST_XDIST_WORKER", "PYTEST_XDIST_TESTRUNUID")
    kept = {name: value for name, value in os.environ.items() if name not in names}
    return {**kept, "TMPDIR": str(folder / TEMPORARY)}


@pytest.fixture
def run_tests(tmp_path: Path) -> Callable[..., Run]:
    """Runs pytest on a module of tests, given as its text, with these options."""

    def run(tests: str, *options: str, ini: str = "understudy_apis = bird", **environment: str) -> Run:
        (tmp_path / "test_module.py").write_text(textwrap.dedent(tests))
        (tmp_path / "pytest.ini").write_text(f"[pytest]\nfilterwarnings = error\n{ini}\n")
        words = [sys.executable, "-m", "pytest", *WITHOUT, "-p", "no:cacheprovider", "-q", *options]
        ended = subprocess.run(
            words,
            cwd=tmp_path,
            env={**surroundings(tmp_path), **environment},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        return Run(ended, tmp_path)

    return run


def runs(pid: int) -> bool:
    """Whether a process of that number is there and has not ended, though nobody may have asked for its status yet."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return Path("/proc/self").exists() is False
    return state != "Z"


@pytest.fixture
def started() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts processes in a session of their own, killed with it at the end."""
    processes: list[subprocess.Popen[str]] = []

    def start(*words: str, cwd: Path, env: dict[str, str]) -> subprocess.Popen[str]:
        processes.append(subprocess.Popen(words, cwd=cwd, env=env, text=True, start_new_session=True, stdout=subprocess.PIPE))
        return processes[-1]

    yield start
    for process in processes:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
