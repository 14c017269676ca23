"""File: ``understudy.toml`` read and checked; every mistake told with file, place and what to write instead."""

from __future__ import annotations

import datetime
import difflib
import json
import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs

from contract_tests import credentials
from contract_tests.targets.target import TargetUnusable

NAME = "understudy.toml"
_SCHEMA = Path(__file__).with_name("understudy.schema.json")
_AFTER_API = 3  # targets, its name, apis


def read(config: Path | None) -> tuple[Path, dict[str, Any]]:
    """The file and its targets by name, checked by the schema. Without ``config`` it is looked for in the working folder and
    may be missing. TargetUnusable tells the first mistake.
    """
    path = config or Path(NAME)
    if config is None and not path.exists():
        return path, {}
    try:
        said = _plain(tomllib.loads(path.read_text("utf-8")))
    except OSError as problem:
        raise TargetUnusable(f"{path} cannot be read: {problem.strerror}.") from None
    except ValueError as problem:
        raise TargetUnusable(f"{path} is no TOML: {problem}.") from None
    for error in _validator().iter_errors(said):
        raise TargetUnusable(_words(path, error))
    targets: dict[str, Any] = said.get("targets", {})
    return path, targets


@cache
def schema() -> dict[str, Any]:
    """What may stand in the file, as JSON Schema."""
    said: dict[str, Any] = json.loads(_SCHEMA.read_text("utf-8"))
    return said


@cache
def _validator() -> Any:
    return jsonschema_rs.validator_for(schema())


def _plain(value: Any) -> Any:
    """TOML's dates as text, which is no id and no number; JSON has none."""
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return value.isoformat() if isinstance(value, datetime.date | datetime.time) else value


def _words(path: Path, error: Any) -> str:
    steps = [str(step) for step in error.instance_path]
    ruled: Any = schema()
    for step in error.schema_path[:-1]:
        ruled = ruled[int(step)] if isinstance(ruled, list) else ruled[step]
    where = f"{path}: {'.'.join(steps)}" if steps else f"{path}"
    kind = error.kind.name
    if kind == "additionalProperties":
        return f"{where}: {_unknown(error.kind.unexpected[0], ruled['properties'])}"
    if kind == "required":
        return f"{where}: {error.kind.property} is missing; it is {_described(ruled['properties'][error.kind.property])}."
    if kind == "propertyNames":
        return f"{where}: a target is named in lower case, as in [targets.staging]; 'mock' is taken."
    if _is_secret(steps):
        return f"{where} is a secret, which must not stand in a file; write {ruled['description']}."
    return f"{where} must be {ruled['description']}."


def _described(ruled: Any) -> str:
    return str(ruled.get("description") or schema()["$defs"][ruled["$ref"].rpartition("/")[2]]["description"])


def _unknown(key: str, known: Mapping[str, Any]) -> str:
    close = difflib.get_close_matches(key, known, 1)
    meant = f"is {close[0]!r} meant?" if close else f"known are {', '.join(known)}."
    return f"{key!r} is not known here; {meant}"


def _is_secret(steps: Sequence[str]) -> bool:
    if len(steps) == _AFTER_API and steps[-1] == "control_token":
        return True
    api, *rest = steps[_AFTER_API:] or [""]
    return rest[:1] == ["cast"] and credentials.is_secret(api, rest[2:])
