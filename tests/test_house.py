"""The house keeps its own rules: imports, types, lint, one function for each operation, words for each refusal."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from mockserver import apis
from mockserver.control.operations import ControlOperations
from mockserver.data import MOUNTS, load_spec
from mockserver.engine import paging, refusals
from mockserver.engine.refusals import Refusal
from mockserver.serving.contract import Contract

ROOT = Path(__file__).parent.parent


@pytest.mark.slow
@pytest.mark.parametrize(
    "words",
    [
        ["ruff", "check", "."],
        ["ruff", "format", "--check", "."],
        ["mypy"],
        ["lint-imports"],
    ],
    ids=" ".join,
)
def test_the_checkers_are_content(words: list[str]) -> None:
    command = [str(Path(sys.executable).with_name(words[0])), *words[1:]]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr


def operations_of(name: str) -> Any:
    return ControlOperations if name == "control" else apis.room(name, "operations")


@pytest.mark.parametrize("name", ["control", *MOUNTS])
def test_operations_and_functions_are_the_same_set(name: str) -> None:
    contract = Contract(name, load_spec(name))
    module = operations_of(name)
    members = {key: value for key, value in inspect.getmembers(module, inspect.isfunction) if not key.startswith("_")}
    public = {key: value for key, value in members.items() if name == "control" or value.__module__ == module.__name__}
    assert set(public) == set(contract.operations)
    for key, function in public.items():
        arguments = set(inspect.signature(function).parameters) - {"self", "call"}
        assert arguments == contract.operations[key].arguments(), key


def modules_of(package: ModuleType) -> Iterator[ModuleType]:
    for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        yield importlib.import_module(found.name)


def refusals_of(api: str) -> set[str]:
    modules = modules_of(importlib.import_module(f"mockserver.apis.{api}"))
    values = (value for module in modules for value in vars(module).values())
    kinds = {value for value in values if inspect.isclass(value) and issubclass(value, Refusal)}
    generic = {value for module in (refusals, paging) for value in vars(module).values() if inspect.isclass(value)}
    return {kind.__name__ for kind in kinds - generic}


@pytest.mark.parametrize("api", MOUNTS)
def test_the_contract_has_words_for_every_refusal_of_the_code(api: str) -> None:
    # What only the administrator's deeds can meet has its words in the control plane's contract.
    contracts = [Contract(name, load_spec(name)) for name in (api, "control")]
    known = {name for contract in contracts for operation in contract.answering for name in operation.refusals}
    assert refusals_of(api) <= known


def committed() -> list[Path]:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [ROOT / line for line in listed.splitlines() if (ROOT / line).is_file()]


def test_only_the_settings_read_the_environment() -> None:
    readers = [path for path in (ROOT / "mockserver").rglob("*.py") if re.search(r"os\.environ|getenv", path.read_text())]
    assert readers == [ROOT / "mockserver" / "settings.py"]


def test_nothing_committed_names_a_machine_or_a_registry() -> None:
    # Put together, so that this file does not name them either.
    forbidden = re.compile(
        "|".join(["/" + "root/", "/" + "work/", "pypi" + r"\.org", "pythonhosted" + r"\.org", "npmjs" + r"\.(?:org|com)"])
    )
    named = [path for path in committed() if path.suffix != ".png" and forbidden.search(path.read_text("utf-8"))]
    assert named == []


def test_constraints_name_versions_only() -> None:
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    assert lines
    assert [line for line in lines if not re.fullmatch(r"[A-Za-z0-9_.-]+==[A-Za-z0-9_.+-]+", line)] == []


def test_ci_runs_the_test_command_of_the_readme() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    last = (ROOT / ".ci" / "run").read_text("utf-8").strip().splitlines()[-1]
    assert f"\n{last}\n" in readme
