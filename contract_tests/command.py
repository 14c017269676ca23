"""Command: ``understudy test``, one run in a pytest process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from contract_tests.plugin import TOKEN
from contract_tests.statements import laws_paths
from contract_tests.target import Target, TargetUnusable, open_target

PACKAGE = Path(__file__).parent
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
            return _pytest(opened, chosen, report_dir, seed, PARTS if part is None else (part,))
    except TargetUnusable as problem:
        print(problem, file=sys.stderr)
        return UNUSABLE


def _make(folder: Path | None) -> None:
    try:
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise TargetUnusable(f"No report can be written to {folder}: {problem.strerror}.") from None


def _pytest(target: Target, apis: Sequence[str], report_dir: Path | None, seed: int, parts: Sequence[str]) -> int:
    modules = [str(module) for part in parts for module in _modules(part, apis)]
    if not modules:
        print(f"There are no {' and '.join(parts)} for {', '.join(apis)}.", file=sys.stderr)
        return UNUSABLE
    folder = report_dir.absolute() if report_dir is not None else None
    with tempfile.TemporaryDirectory(prefix="understudy-") as scratch:
        done = subprocess.run(  # noqa: S603  (our own interpreter and arguments)
            [sys.executable, "-m", "pytest", *_options(target, apis, seed, folder), *modules],
            cwd=scratch,
            env=_environment(target, scratch),
            check=False,
        )
    if done.returncode in (FINE, FOUND):
        return done.returncode
    print(f"The run broke off (pytest says {done.returncode}); the lines above say why.", file=sys.stderr)
    return UNUSABLE


def _modules(part: str, apis: Sequence[str]) -> list[Path]:
    if part == "laws":
        return [path for api in apis for path in laws_paths(api)]
    return [PACKAGE / f"{part}.py"]


def _options(target: Target, apis: Sequence[str], seed: int, folder: Path | None) -> list[str]:
    """Nothing of the caller's project may reach the run: no configuration, no conftest, no plugin, no cache."""
    plain = ["-c", os.devnull, "-q", "--no-header", "--tb=short", "--show-capture=no", "-rN", "-W", "ignore"]
    plain += ["--import-mode=importlib"]
    plugins = ["-p", "no:cacheprovider", "-p", "schemathesis.pytest.plugin", "-p", "contract_tests.plugin"]
    told = [
        f"--rootdir={PACKAGE}",
        f"--confcutdir={PACKAGE}",
        f"--understudy-target={target.root}",
        f"--understudy-world={target.world}",
        f"--understudy-drawn={target.drawn}",
        f"--understudy-apis={','.join(apis)}",
        f"--understudy-seed={seed}",
    ]
    if folder is not None:
        told += [f"--understudy-report-dir={folder}", f"--junitxml={folder / 'junit.xml'}"]
    return [*plain, *plugins, *told]


def _environment(target: Target, scratch: str) -> dict[str, str]:
    """The caller's environment without what would change the requests, or lead them through a proxy."""
    settled = {
        "PYTHONHASHSEED": "0",
        "PYTHONSAFEPATH": "1",
        "PYTHONPATH": os.pathsep.join(filter(None, [str(PACKAGE.parent), os.environ.get("PYTHONPATH", "")])),
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "HYPOTHESIS_STORAGE_DIRECTORY": str(Path(scratch) / "hypothesis"),
        "NO_PROXY": "*",
        TOKEN: target.control_token or "",
    }
    dropped = ("PYTEST_ADDOPTS", "SCHEMATHESIS_HOOKS", "PYTEST_PLUGINS")
    return {name: value for name, value in os.environ.items() if name not in dropped} | settled
