"""Schemathesis with its stock settings, through the gate before a target with foreign data: it changes none of it, and finds no
failure that is the gate's. One run of some seconds, and a shorter one that shows what the ledger keeps away.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from contract_tests.gate.ledger import Ledger
from contract_tests.standing import Standing, standing
from contract_tests.targets.target import Limits, Target
from mockserver.app import cast
from mockserver.data import MOUNTS, spec_path
from mockserver.testing import process
from mockserver.testing.process import Running

API = "timelines"
TOKEN = "a-token-of-this-test"
#: Counters that no tenant sees.
COUNTED = ("last_group_id",)


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    folder = tmp_path / "mock"
    folder.mkdir()
    yield process.start(process.Wish((API,)), folder, TOKEN, os.getpid())
    process.end(folder, TOKEN)


def world(running: Running) -> Any:
    """The target's whole state of the API."""
    headers = {"Authorization": f"Bearer {TOKEN}"}
    said = httpx.get(f"{running.url}/_understudy/sandboxes/default/export", headers=headers).raise_for_status().json()
    state = yaml.safe_load(said.get("files", said)[f"{API}.yaml"])
    return {key: value for key, value in state.items() if key not in COUNTED}


def without(state: Any, ids: set[str]) -> Any:
    """The state without every record that one of these ids names."""
    if isinstance(state, list):
        return [without(part, ids) for part in state if not _is_of(part, ids)]
    return {key: without(value, ids) for key, value in state.items()} if isinstance(state, dict) else state


def _is_of(record: Any, ids: set[str]) -> bool:
    return isinstance(record, dict) and any(str(record.get(name)) in ids for name in ("workspace_id", "user_id"))


def run(running: Running, folder: Path, *options: str) -> tuple[Standing, subprocess.CompletedProcess[str]]:
    owner = cast(API, "default")["owner"]
    target = Target("stage", {API: running.url + MOUNTS[API]}, {}, "staging", limits=Limits())
    with standing(target, [API]) as stand:
        command = [
            str(Path(sys.executable).with_name("st")),
            "run",
            str(spec_path(API)),
            "--url",
            stand.bases()[API],
        ]
        command += ["-H", f"Authorization: Bearer {owner['jwt']}", "-H", f"X-TL-Partner-Id: {owner['partner_id']}", "--seed", "1"]
        environment = {**os.environ, **stand.environment(os.environ)}
        ended = subprocess.run([*command, *options], cwd=folder, env=environment, capture_output=True, text=True, check=False)
    return stand, ended


def created(stand: Standing) -> set[str]:
    ledger = next(rule for rule in stand.rules if isinstance(rule, Ledger))
    return {entry.thing.id for entry in ledger.entries} | {each.id for each in ledger.unknown if each.id}


QUICK = ("--phases", "examples,fuzzing", "--max-examples", "3")


@pytest.mark.slow
def test_stock_settings_change_no_foreign_data_and_find_nothing_of_the_gates(running: Running, tmp_path: Path) -> None:
    before = world(running)
    stand, ended = run(running, tmp_path, "--max-examples", "2")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert without(world(running), created(stand)) == before
    # It did something, and there was something to keep away; refusals were no passes.
    assert created(stand)
    assert sum(stand.gate.refused.values()) > 50
    assert re.search(r"\d+ skipped", ended.stdout), ended.stdout


@pytest.mark.slow
def test_without_the_ledger_they_do(running: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Ledger, "ask", lambda self, exchange: None)
    before = world(running)
    stand, _ = run(running, tmp_path, *QUICK)
    assert without(world(running), created(stand)) != before
