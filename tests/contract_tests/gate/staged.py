"""Staged: a mock in a process of its own that a run takes for a staging deployment, and what stands in it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import yaml

from contract_tests import credentials
from mockserver.app import cast
from mockserver.testing import process

_TOKEN = "a-token-of-this-test"
_FILE = """
[targets.stage]
profile = "staging"
root = "{root}"
recipients = {{ phone = ["+15550100111"], email = ["t@example.com"] }}
limits = {{ calls_per_second = 1000, messages = 200 }}
[targets.stage.apis.{api}.cast]
{cast}
"""


@dataclass
class Staged:
    """``folder`` holds the file that names the target ``stage``; ``secrets``: the environment that it asks for."""

    api: str
    url: str
    folder: Path
    secrets: dict[str, str] = field(default_factory=dict)

    def world(self) -> Any:
        """The whole state of the API."""
        headers = {"Authorization": f"Bearer {_TOKEN}"}
        said = httpx.get(f"{self.url}/_understudy/sandboxes/default/export", headers=headers).raise_for_status().json()
        return yaml.safe_load(said.get("files", said)[f"{self.api}.yaml"])

    def write(self) -> None:
        """The file, with each secret of the cast in a variable."""
        lines = (f"{actor} = {self._toml(fields, (actor,))}" for actor, fields in cast(self.api, "default").items())
        (self.folder / "understudy.toml").write_text(_FILE.format(root=self.url, api=self.api, cast="\n".join(lines)), "utf-8")

    def _toml(self, value: Any, place: tuple[str, ...]) -> str:
        if len(place) > 1 and credentials.is_secret(self.api, place[1:]):
            name = "_".join(("STAGED", *place)).upper().replace("-", "_")
            self.secrets[name] = str(value)
            return f'{{ env = "{name}" }}'
        if isinstance(value, Mapping):
            return "{ " + ", ".join(f'"{key}" = {self._toml(each, (*place, str(key)))}' for key, each in value.items()) + " }"
        return json.dumps(value)


@contextmanager
def staged(api: str, folder: Path) -> Iterator[Staged]:
    """The mock, as long as the block lasts; its file lies in ``folder``."""
    mock = folder / "mock"
    mock.mkdir()
    running = process.start(process.Wish((api,)), mock, _TOKEN, os.getpid())
    try:
        stage = Staged(api, running.url, folder)
        stage.write()
        yield stage
    finally:
        process.end(mock, _TOKEN)


def changed(before: Any, after: Any, place: str = "") -> list[str]:
    """What of ``before`` is gone or another in ``after``; what came is none of it. Records are known by their ids."""
    if isinstance(before, list) and isinstance(after, list):
        before, after = _by_id(before), _by_id(after)
    if isinstance(before, dict) and isinstance(after, dict):
        return [line for key, value in before.items() for line in changed(value, after.get(key), f"{place}/{key}")]
    return [] if before == after else [f"{place}: {before!r} became {after!r}"]


def _by_id(records: list[Any]) -> dict[str, Any]:
    return {str(_id(each)): each for each in records}


def _id(record: Any) -> Any:
    """What has no id is known by all that it says."""
    named = [name for name in ("id", "token", "workspace_id", "user_id") if name in record] if isinstance(record, dict) else []
    return record[named[0]] if named else record
