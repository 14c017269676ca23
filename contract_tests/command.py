"""Command: ``understudy test``, one run: the target behind its gate, a pytest process of its own, and the reports."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from contract_tests import contracts, events, statements
from contract_tests.gate.proxy import CONTROL, Gate, Mount
from contract_tests.gate.routes import Routes
from contract_tests.gate.rule import Rule
from contract_tests.plugin import DEPLOYMENT
from contract_tests.reports.model import Report, table, write
from contract_tests.target import Target, TargetUnusable, open_target
from mockserver.data import MOUNTS

PACKAGE = Path(__file__).parent
TOKEN = "UNDERSTUDY_CONTROL_TOKEN"  # noqa: S105  (the variable's name)
#: In this order: the laws need money and quotas that generated requests spend.
PARTS = ("laws", "stories", "conformance")
FINE, FOUND, UNUSABLE = 0, 1, 2


def run(apis: Sequence[str], target: str, report_dir: Path | None = None, seed: int = 0, part: str | None = None) -> int:
    """Test the APIs (none named: all that the target serves) and return the exit status: 0 fine, 1 something was found, 2 the
    run could not start, with one line on standard error. ``target``: ``mock`` or a URL; ``part``: one of PARTS, None for all.
    """
    token = os.environ.get(TOKEN) or None
    try:
        _make(report_dir)
        with open_target(target, apis, token) as (opened, chosen):
            if token is not None and opened.control_token is None:
                print(f"The token in {TOKEN} is not this mock's: nothing is reset, and some laws are left out.", file=sys.stderr)
            return _tested(opened, chosen, report_dir, seed, PARTS if part is None else (part,))
    except TargetUnusable as problem:
        print(problem, file=sys.stderr)
        return UNUSABLE


def _make(folder: Path | None) -> None:
    try:
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise TargetUnusable(f"No report can be written to {folder}: {problem.strerror}.") from None


def gate_before(target: Target, apis: Sequence[str], rules: Sequence[Rule] = ()) -> Gate:
    """A gate that leads to these APIs of the target, and to its control plane if it is a mock."""
    mounts = [Mount(api, MOUNTS[api], target.bases[api], Routes(contracts.load(api))) for api in apis]
    if target.root is not None:
        mounts.append(Mount(None, CONTROL, target.root + CONTROL, None))
    return Gate(mounts, rules)


def _tested(target: Target, apis: Sequence[str], report_dir: Path | None, seed: int, parts: Sequence[str]) -> int:
    modules = [str(module) for part in parts for module in _modules(part, apis)]
    if not modules:
        print(f"There are no {' and '.join(parts)} for {', '.join(apis)}.", file=sys.stderr)
        return UNUSABLE
    gate = gate_before(target, apis)
    report = Report(target.name, seed)
    with tempfile.TemporaryDirectory(prefix="understudy-") as scratch, gate.open() as url:
        told = Path(scratch) / "events.jsonl"
        done = subprocess.run(  # noqa: S603  (our own interpreter and arguments)
            [sys.executable, "-m", "pytest", *_options(apis, seed, told), *modules],
            cwd=scratch,
            env=_environment(target, url, scratch),
            check=False,
        )
        for event in events.read(told):
            report.saw(event, gate.recorder)
    if done.returncode not in (FINE, FOUND):
        print(f"The run broke off (pytest says {done.returncode}); the lines above say why.", file=sys.stderr)
        return UNUSABLE
    _tell(report, apis, report_dir)
    return FOUND if report.findings else FINE


def _tell(report: Report, apis: Sequence[str], folder: Path | None) -> None:
    listed = {api: statements.documented().get(api, {}) for api in apis}
    rows = report.rows(listed, {api: statements.laws_of(api) for api in apis})
    for finding in report.findings:
        print(f"{finding.part}: {finding.test}\n  {finding.message}")
    print(table(rows, colour=sys.stdout.isatty(), width=120), end="")
    if folder is not None:
        write(folder, report, rows)
        print(f"Report: {folder}")


def _modules(part: str, apis: Sequence[str]) -> list[Path]:
    if part == "laws":
        return [path for api in apis for path in statements.laws_paths(api)]
    return [PACKAGE / f"{part}.py"]


def _options(apis: Sequence[str], seed: int, told: Path) -> list[str]:
    """Nothing of the caller's project may reach the run: no configuration, no conftest, no plugin, no cache."""
    plain = ["-c", os.devnull, "-q", "--no-header", "--tb=short", "--show-capture=no", "-rN", "-W", "ignore"]
    plain += ["--import-mode=importlib"]
    plugins = ["-p", "no:cacheprovider", "-p", "schemathesis.pytest.plugin", "-p", "contract_tests.plugin"]
    settled = [
        f"--rootdir={PACKAGE}",
        f"--confcutdir={PACKAGE}",
        f"--understudy-apis={','.join(apis)}",
        f"--understudy-seed={seed}",
        f"--understudy-events={told}",
    ]
    return [*plain, *plugins, *settled]


def _environment(target: Target, gate: str, scratch: str) -> dict[str, str]:
    """The caller's environment without what would change the requests, or lead them through a proxy."""
    settled = {
        "PYTHONHASHSEED": "0",
        "PYTHONSAFEPATH": "1",
        "PYTHONPATH": os.pathsep.join(filter(None, [str(PACKAGE.parent), os.environ.get("PYTHONPATH", "")])),
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "HYPOTHESIS_STORAGE_DIRECTORY": str(Path(scratch) / "hypothesis"),
        "NO_PROXY": "*",
        DEPLOYMENT: target.seen_from(gate).to_json(),
    }
    dropped = ("PYTEST_ADDOPTS", "SCHEMATHESIS_HOOKS", "PYTEST_PLUGINS", TOKEN)
    return {name: value for name, value in os.environ.items() if name not in dropped} | settled
