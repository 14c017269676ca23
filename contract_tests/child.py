"""Child: the pytest process that sends a run's requests, kept apart from the caller's project."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from contract_tests import statements
from contract_tests.deployment import Deployment
from contract_tests.plugin import DEPLOYMENT

PACKAGE = Path(__file__).parent
#: Seconds until a child that was told to end is ended.
_GRACE = 10
#: What would change the requests, or lead them elsewhere, or is not the tests' to know.
_DROPPED = ("PYTEST_ADDOPTS", "SCHEMATHESIS_HOOKS", "PYTEST_PLUGINS", "UNDERSTUDY_CONTROL_TOKEN")


@dataclass(frozen=True)
class Child:
    """A process that runs. ``events``: the file in which it tells of its tests; ``log``: what pytest itself writes."""

    process: subprocess.Popen[bytes]
    events: Path
    log: Path

    def last_words(self, lines: int = 60) -> str:
        """The end of what pytest wrote. It may hold secrets."""
        return "\n".join(self.log.read_text("utf-8", "replace").splitlines()[-lines:])


def modules(parts: Sequence[str], apis: Sequence[str]) -> list[Path]:
    """The files of these parts: the laws of each API, and one module for every other part."""
    found: list[Path] = []
    for part in parts:
        found += [path for api in apis for path in statements.laws_paths(api)] if part == "laws" else [PACKAGE / f"{part}.py"]
    return found


@contextmanager
def running(deployment: Deployment, apis: Sequence[str], seed: int, files: Sequence[Path], scratch: Path) -> Iterator[Child]:
    """A child that tests the deployment; it is ended with the block, if it has not ended by itself."""
    events, log = scratch / "events.jsonl", scratch / "pytest.log"
    command = [sys.executable, "-m", "pytest", *_options(apis, seed, events), *map(str, files)]
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603  (our own interpreter and arguments)
            command, cwd=scratch, env=_environment(deployment, scratch), stdin=subprocess.DEVNULL, stdout=output, stderr=output
        )
        try:
            yield Child(process, events, log)
        finally:
            _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is not None:
        return
    process.terminate()
    try:
        process.wait(_GRACE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _options(apis: Sequence[str], seed: int, events: Path) -> list[str]:
    """Nothing of the caller's project may reach the run: no configuration, no conftest, no plugin, no cache."""
    plain = ["-c", os.devnull, "-q", "--no-header", "--tb=short", "--show-capture=no", "-rN", "-W", "ignore"]
    plain += ["--import-mode=importlib"]
    plugins = ["-p", "no:cacheprovider", "-p", "schemathesis.pytest.plugin", "-p", "contract_tests.plugin"]
    settled = [
        f"--rootdir={PACKAGE}",
        f"--confcutdir={PACKAGE}",
        f"--understudy-apis={','.join(apis)}",
        f"--understudy-seed={seed}",
        f"--understudy-events={events}",
        f"--understudy-parent={os.getpid()}",
    ]
    return [*plain, *plugins, *settled]


def _environment(deployment: Deployment, scratch: Path) -> dict[str, str]:
    settled = {
        "PYTHONHASHSEED": "0",
        "PYTHONSAFEPATH": "1",
        "PYTHONPATH": os.pathsep.join(filter(None, [str(PACKAGE.parent), os.environ.get("PYTHONPATH", "")])),
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "HYPOTHESIS_STORAGE_DIRECTORY": str(scratch / "hypothesis"),
        "NO_PROXY": "*",
        DEPLOYMENT: deployment.to_json(),
    }
    return {name: value for name, value in os.environ.items() if name not in _DROPPED} | settled
