"""Plugin: what makes a pytest process a contract run: the deployment, the APIs as fixtures, and what it tells of each test.

Loaded by ``understudy test`` in a process of its own (see ``command``), never by a project's own tests.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
from schemathesis.core.failures import Failure

from contract_tests import events, generation, run, wire
from contract_tests.deployment import Api, Deployment
from contract_tests.events import Caught, Event
from contract_tests.run import Run
from mockserver.data import MOUNTS

#: The variable that holds the deployment: it has secrets, and other users see a process's options.
DEPLOYMENT = "UNDERSTUDY_DEPLOYMENT"
#: Seconds between two looks at whether the parent is still there.
_LOOK = 0.5
MODULE: pytest.StashKey[object] = pytest.StashKey()


def pytest_addoption(parser: pytest.Parser) -> None:
    """What the command hands over."""
    group = parser.getgroup("understudy")
    group.addoption("--understudy-apis", required=True, help="comma-separated")
    group.addoption("--understudy-seed", type=int, default=0)
    group.addoption("--understudy-events", type=Path, required=True, help="file to tell of each test in")
    group.addoption("--understudy-parent", type=int, help="the process that holds the gate: this one ends with it")


def pytest_configure(config: pytest.Config) -> None:
    """Fix chance, then tell the modules that will be collected what this run is."""
    parent = config.getoption("--understudy-parent")
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent,), name="parent", daemon=True).start()
    config.addinivalue_line("markers", "law(*ids): the documented statements that a test proves")
    seed = config.getoption("--understudy-seed")
    generation.settle(seed)
    deployment = Deployment.from_json(os.environ.pop(DEPLOYMENT))
    run.begin(Run(deployment, tuple(config.getoption("--understudy-apis").split(",")), seed))


def _end_with(parent: int) -> None:
    """Without the gate nothing can be tested: end when the process that holds it has, however it did."""
    while os.getppid() == parent:
        time.sleep(_LOOK)
    os._exit(pytest.ExitCode.INTERRUPTED)


def pytest_itemcollected(item: pytest.Item) -> None:
    """Name each operation's test in full: Schemathesis' items carry the operation in their name but not in their node id."""
    held = getattr(item, "_id", None)
    if held is not None and not item.nodeid.endswith(item.name):
        item._id = type(held).parse(f"{item.nodeid}{item.name.removeprefix(item.nodeid.rpartition('::')[2])}")


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Each part starts from the opening state, as far as the control plane is open."""
    module = getattr(item, "module", None)
    if item.config.stash.get(MODULE, None) is not module:
        item.config.stash[MODULE] = module
        run.current().deployment.reset()
    wire.evidence.begin()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Tell how this test ended. One of whose requests none left has proven nothing."""
    outcome = yield
    evidence = wire.evidence
    if outcome.when == "call" and outcome.passed and evidence.refusals and not evidence.passed:
        outcome.outcome = "skipped"
        outcome.longrepr = (str(item.path), 0, f"Skipped: The gate refused it: {evidence.refusals[0]}")
    if outcome.when == "call" or not outcome.passed:
        events.append(item.config.getoption("--understudy-events"), _event(item, call, outcome))
    return outcome


def _event(item: pytest.Item, call: pytest.CallInfo[None], outcome: pytest.TestReport) -> Event:
    module = getattr(item, "module", None)
    path = (getattr(module, "__name__", "") or item.nodeid.partition("::")[0].removesuffix(".py").replace("/", ".")).split(".")
    name = getattr(item, "originalname", None) or item.name
    ids = tuple(statement for mark in item.iter_markers("law") for statement in mark.args)
    part = "laws" if "laws" in path else path[-1]
    api = path[-1].partition("_")[0] if part == "laws" else _api_of(item.name)
    return Event(
        item.nodeid,
        api,
        part,
        outcome.outcome,
        round(outcome.duration, 4),
        f"{api}.{name}" if part == "laws" else None,
        ids,
        outcome.longrepr[2].removeprefix("Skipped: ") if outcome.skipped and isinstance(outcome.longrepr, tuple) else "",
        tuple(_caught(call.excinfo.value)) if outcome.failed and call.excinfo is not None else (),
        tuple(wire.evidence.numbers),
        outcome.longreprtext if outcome.failed else "",
        item.session.testscollected,
    )


def _api_of(name: str) -> str:
    """Tests outside the laws are named after their API: ``test_<api>_…``."""
    return next((api for api in MOUNTS if name.startswith(f"test_{api}")), "")


def _caught(problem: BaseException) -> Iterator[Caught]:
    if isinstance(problem, BaseExceptionGroup):
        for part in problem.exceptions:
            yield from _caught(part)
    elif isinstance(problem, Failure):
        check = next(iter(problem.checks), None) or problem.title
        yield Caught(check, f"{problem.title}. {' '.join(problem.message.split())}", problem.operation, _pointer(problem))
    elif isinstance(problem, wire.Objected):
        yield Caught(problem.check, str(problem), None, None, problem.statements)
    else:
        yield Caught(type(problem).__name__, " ".join(str(problem).split())[:500])


def _pointer(problem: Failure) -> str | None:
    path = getattr(problem, "schema_path", None)
    return "/".join(map(str, path)) if path else None


def _fixture(api: str) -> Any:
    @pytest.fixture(name=api)
    def one(request: pytest.FixtureRequest) -> Iterator[Api]:
        now = run.current()
        base_url = now.deployment.base_url(api)
        control = now.deployment.control()
        with wire.client(base_url) as client:
            yield Api(api, base_url, run.cast(api), client, now.random(request.node.nodeid), control, now.deployment)
        if control is not None:
            control.close()

    return one


globals().update({api: _fixture(api) for api in MOUNTS})
