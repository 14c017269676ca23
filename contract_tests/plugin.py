"""Plugin: what makes a pytest process a contract run: its options, the APIs as fixtures, and the report.

Loaded by ``understudy test`` in a process of its own (see ``command``), never by a project's own tests.
"""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from schemathesis.core.failures import Failure

from contract_tests import generation, run, statements
from contract_tests.report import Finding, Report, table, write
from contract_tests.run import Run
from contract_tests.target import Api, Target
from mockserver.data import MOUNTS

REPORT: pytest.StashKey[Report] = pytest.StashKey()
MODULE: pytest.StashKey[object] = pytest.StashKey()
TOKEN = "UNDERSTUDY_CONTROL_TOKEN"  # noqa: S105  (the variable's name)


def pytest_addoption(parser: pytest.Parser) -> None:
    """What the command hands over. The control token comes by the environment, where other users do not see it."""
    group = parser.getgroup("understudy")
    group.addoption("--understudy-target", required=True, help="root URL of the mock")
    group.addoption("--understudy-world", required=True, help="world of the mock, whose cast gets in")
    group.addoption("--understudy-drawn", type=int, default=0, help="how much chance the mock had spent before the run")
    group.addoption("--understudy-apis", required=True, help="comma-separated")
    group.addoption("--understudy-seed", type=int, default=0)
    group.addoption("--understudy-report-dir", type=Path, default=None)


def pytest_configure(config: pytest.Config) -> None:
    """Fix chance, then tell the modules that will be collected what this run is."""
    config.addinivalue_line("markers", "law(*ids): the documented statements that a contract law proves")
    seed = config.getoption("--understudy-seed")
    generation.settle(seed)
    target = Target(
        config.getoption("--understudy-target"),
        config.getoption("--understudy-world"),
        os.environ.get(TOKEN) or None,
        config.getoption("--understudy-drawn"),
    )
    run.begin(Run(target, tuple(config.getoption("--understudy-apis").split(",")), seed))
    config.stash[REPORT] = Report(target.root, seed)


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
        run.current().target.reset()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Keep what the report will say about this test."""
    outcome = yield
    _note(item, call, outcome)
    return outcome


def _note(item: pytest.Item, call: pytest.CallInfo[None], outcome: pytest.TestReport) -> None:
    report = item.config.stash[REPORT]
    ids = [statement for mark in item.iter_markers("law") for statement in mark.args]
    if outcome.when == "setup":
        item.user_properties.extend(("statement", statement) for statement in ids)
    module = item.nodeid.partition("::")[0].removesuffix(".py")
    if ids and (outcome.when == "call" or not outcome.passed):
        # A law's module is named after its API, and perhaps a part of it.
        api = module.rpartition("/")[2].partition("_")[0]
        report.saw(f"{api}.{getattr(item, 'originalname', item.name)}", outcome.outcome)
    if outcome.failed and call.excinfo is not None:
        part = "laws" if ids else module
        report.findings.append(Finding(part, item.nodeid, tuple(_caught(call.excinfo.value)), outcome.longreprtext))


def _caught(problem: BaseException) -> Iterator[str]:
    if isinstance(problem, BaseExceptionGroup):
        for part in problem.exceptions:
            yield from _caught(part)
    elif isinstance(problem, Failure):
        yield f"{problem.operation}: {problem.title}. {' '.join(problem.message.split())}"
    else:
        yield f"{type(problem).__name__}: {' '.join(str(problem).split())}"[:500]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Findings by name, then the table of statements, on the terminal and in the report folder."""
    apis = run.current().apis
    report = config.stash[REPORT]
    listed = {api: statements.documented().get(api, {}) for api in apis}
    rows = report.rows(listed, {api: statements.laws_of(api) for api in apis})
    if report.findings:
        terminalreporter.section("Findings")
        for finding in report.findings:
            terminalreporter.write_line(f"{finding.part}: {finding.test}")
            for caught in finding.caught:
                terminalreporter.write_line(f"  {caught}")
    terminalreporter.write_line("")
    writer = terminalreporter._tw
    terminalreporter.write(table(rows, colour=writer.hasmarkup, width=max(80, writer.fullwidth)))
    folder = config.getoption("--understudy-report-dir")
    if folder is not None:
        write(folder, report, rows)
        terminalreporter.write_line(f"Report: {folder}")


def _fixture(api: str) -> Any:
    @pytest.fixture(name=api)
    def one(request: pytest.FixtureRequest) -> Iterator[Api]:
        now = run.current()
        base_url = now.target.base_url(api)
        control = now.target.control()
        with httpx.Client(base_url=base_url, timeout=30, trust_env=False) as client:
            yield Api(api, base_url, run.cast(api), client, now.random(request.node.nodeid), control)
        if control is not None:
            control.close()

    return one


globals().update({api: _fixture(api) for api in MOUNTS})
