"""Statements: the list of what the documents promise, where the contracts say it, and which laws prove which of them."""

from __future__ import annotations

import importlib
from functools import cache
from pathlib import Path
from types import ModuleType

from contract_tests import places
from contract_tests.places import Place, Spot
from mockserver.data import load_yaml

LIST = Path(__file__).with_name("statements.yaml")
#: More statements than this under one finding accuse at random.
TELLING = 3


@cache
def documented() -> dict[str, dict[str, str]]:
    """API → id → what it says, in one line."""
    listed = load_yaml(LIST.read_text("utf-8"))
    return {api: {name: " ".join(row["says"].split()) for name, row in rows.items()} for api, rows in listed.items()}


@cache
def placed() -> dict[str, dict[str, list[Place]]]:
    """API → id → the places of the contract that say it."""
    listed = load_yaml(LIST.read_text("utf-8"))
    return {
        api: {name: [place for text in row["contract"] for place in places.parse(text)] for name, row in rows.items()}
        for api, rows in listed.items()
    }


def named(api: str, spot: Spot) -> list[str]:
    """The statements that are broken if something is wrong at this spot: those that name it most finely. None if so many do that
    nobody can tell which one it is.
    """
    covering = {name: _finest(known, spot) for name, known in placed().get(api, {}).items()}
    finest = max(filter(None, covering.values()), default=None)
    found = [name for name, fineness in covering.items() if fineness is not None and fineness == finest]
    return found if len(found) <= TELLING else []


def _finest(known: list[Place], spot: Spot) -> tuple[int, int] | None:
    return max((place.fineness for place in known if place.covers(spot)), default=None)


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
