"""Statements: the list of what the documents promise, and which laws prove which of them."""

from __future__ import annotations

import importlib
from functools import cache
from pathlib import Path
from types import ModuleType

from mockserver.data import load_yaml

LIST = Path(__file__).with_name("statements.yaml")


@cache
def documented() -> dict[str, dict[str, str]]:
    """API → id → what it says, in one line."""
    listed = load_yaml(LIST.read_text("utf-8"))
    return {api: {name: " ".join(row["says"].split()) for name, row in rows.items()} for api, rows in listed.items()}


def laws_paths(api: str) -> list[Path]:
    """The modules that hold the API's laws: ``<api>.py``, and beside it ``<api>_<part>.py`` where one would be too long."""
    folder = LIST.parent / "laws"
    return sorted([*folder.glob(f"{api}.py"), *folder.glob(f"{api}_*.py")])


def laws_of(api: str) -> dict[str, set[str]]:
    """Statement id → names of the laws that prove it."""
    found: dict[str, set[str]] = {}
    for path in laws_paths(api):
        for name, ids in _marked(importlib.import_module(f"contract_tests.laws.{path.stem}")).items():
            for statement in ids:
                found.setdefault(statement, set()).add(name)
    return found


def _marked(module: ModuleType) -> dict[str, list[str]]:
    return {
        name: [statement for mark in getattr(value, "pytestmark", []) if mark.name == "law" for statement in mark.args]
        for name, value in vars(module).items()
        if name.startswith("test_")
    }
