"""The APIs that the mock stands in for, each in a folder with the same rooms, found by its name."""

from __future__ import annotations

import importlib
from types import ModuleType


def room(api: str, name: str) -> ModuleType:
    """A room of an API: ``operations``, ``state``, ``wire``, ``credentials``, ``opening`` or ``population``."""
    return importlib.import_module(f"{__name__}.{api}.{name}")
