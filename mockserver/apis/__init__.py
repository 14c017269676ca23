"""The APIs that the mock stands in for, each in a folder with the same rooms, found by its name."""

from __future__ import annotations

import importlib
import importlib.util
from types import ModuleType


def room(api: str, name: str) -> ModuleType:
    """A room of an API: ``operations``, ``state``, ``wire``, ``credentials`` or ``opening``."""
    return importlib.import_module(f"{__name__}.{api}.{name}")


def has_state(api: str) -> bool:
    """Whether its operations behave; without them the mock answers documented examples and says so."""
    return importlib.util.find_spec(f"{__name__}.{api}.operations") is not None
