"""The pytest plugin: one mock for the whole run, a sandbox of it for each test, and its story beside a failure.

Loaded by every pytest run where the package is installed: whatever only some of them need is imported when they need it.
"""

from __future__ import annotations

import os
import secrets
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from mockserver.testing.mock import Understudy
    from mockserver.testing.server import Server

_OPTIONS = {
    "world": "opening state of the mock: a world's name or a folder of fixtures",
    "apis": "APIs to serve, with blanks or commas between; all, if none is named",
    "seed": "seed of all ids: the same test gets the same ids in each run",
    "url": "a mock that runs already, to be used in place of one of our own; its token in UNDERSTUDY_CONTROL_TOKEN",
}
_RUN: pytest.StashKey[dict[str, Any]] = pytest.StashKey()
_SANDBOX: pytest.StashKey[Understudy] = pytest.StashKey()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Each thing to say on the command line as well as in the configuration."""
    group = parser.getgroup("understudy", "the mock of five messaging APIs")
    for name, meaning in _OPTIONS.items():
        group.addoption(f"--understudy-{name}", metavar=name.upper(), default=None, help=f"{meaning}.")
        parser.addini(f"understudy_{name}", f"{meaning}.", default="")


def pytest_configure(config: pytest.Config) -> None:
    """Name the marker."""
    config.addinivalue_line(
        "markers",
        "understudy(world=None, seed=None, now=None): how the sandbox of this test opens: with another world or seed, or at "
        "an instant such as '2026-02-13T12:00:00Z' with a clock that stands still",
    )


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell a worker of pytest-xdist where the server of the run is found, or is to be started."""
    # Where each worker runs all the tests, each test needs a sandbox in each of them.
    apart = node.workerinput["workerid"] if node.config.getoption("dist") == "each" else ""
    node.workerinput["understudy"] = {**_run(node.config), "apart": apart}


def pytest_unconfigure(config: pytest.Config) -> None:
    """End the server, if one was started for this run."""
    if _RUN in config.stash and not hasattr(config, "workerinput"):
        run = config.stash[_RUN]
        if Path(run["folder"]).is_dir():
            from mockserver.testing import process  # noqa: PLC0415

            process.end(Path(run["folder"]), run["token"])


def _run(config: pytest.Config) -> dict[str, Any]:
    """How processes of the run find its server: a folder, made with the server, and a token; ``holder``: whose run it is."""
    if _RUN not in config.stash:
        name = secrets.token_hex(8)
        folder = str(Path(tempfile.gettempdir(), f"understudy-{name}"))
        ours = {"name": name, "folder": folder, "token": secrets.token_urlsafe(18), "holder": os.getpid()}
        config.stash[_RUN] = getattr(config, "workerinput", {}).get("understudy", ours)
    return config.stash[_RUN]


@pytest.fixture(scope="session")
def understudy_server(pytestconfig: pytest.Config) -> Iterator[Server]:
    """The mock of this run: one process on a free port, for all workers together, or the one at ``understudy_url``."""
    from mockserver.testing import shared  # noqa: PLC0415
    from mockserver.testing.process import ServerFailed  # noqa: PLC0415

    try:
        server = shared.join(_run(pytestconfig), _told(pytestconfig))
    except ServerFailed as problem:
        raise pytest.fail.Exception(str(problem), pytrace=False) from None
    with server:
        yield server


def _told(config: pytest.Config) -> dict[str, str]:
    given = {name: config.getoption(f"--understudy-{name}") for name in _OPTIONS}
    told = {name: config.getini(f"understudy_{name}") if value is None else value for name, value in given.items()}
    return {**told, "root": str(config.rootpath)}


@pytest.fixture
def understudy(request: pytest.FixtureRequest, understudy_server: Server, pytestconfig: pytest.Config) -> Iterator[Understudy]:
    """A sandbox of the mock for this test alone, with credentials that lead into it by themselves."""
    from mockserver.testing import shared  # noqa: PLC0415
    from mockserver.testing.process import ServerFailed  # noqa: PLC0415

    marker = request.node.get_closest_marker("understudy")
    marked = dict(marker.kwargs) if marker else {}
    try:
        here = shared.open_sandbox(understudy_server, _run(pytestconfig), _told(pytestconfig), request.node.nodeid, marked)
    except ServerFailed as problem:
        raise pytest.fail.Exception(str(problem), pytrace=False) from None
    with here:
        request.node.stash[_SANDBOX] = here
        yield here
        del request.node.stash[_SANDBOX]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Lay the story of its sandbox beside a test that failed."""
    report = yield
    if report.failed and _SANDBOX in item.stash:
        from mockserver.testing import story  # noqa: PLC0415

        story.attach(report, item.stash[_SANDBOX], call.excinfo and call.excinfo.value)
    return report
