"""What docs/faults.md says in tables is what a client meets."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner

from mockserver.app import cast
from mockserver.cli import main
from mockserver.data import load_spec
from mockserver.engine.faults.rules import EFFECTS

from .conftest import RunningMock

FAULTS = (Path(__file__).parent.parent / "docs" / "faults.md").read_text("utf-8")
CONTROL = load_spec("control")
SMS = {"to": ["+14155551234"], "message": "hi", "sender_id": "MyApp"}
KEY = {"X-API-Key": cast("restlink")["owner"]["api_keys"]["16"], "X-Run": "again"}
TIMES = {"not done": 0, "done": 1, "done twice": 2}


def table(beginning: str) -> list[list[str]]:
    """The cells of the table whose first line begins so, without its head."""
    lines = FAULTS[FAULTS.index(beginning) :].split("\n\n")[0].splitlines()
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines if not set(line) <= set("|-")][1:]


def rule(cell: str) -> Any:
    """The JSON of a cell in backquotes, as a rule."""
    return json.loads(f"{{{cell.strip('`')}}}")


@pytest.fixture(autouse=True)
def opening_state(mock: RunningMock) -> Iterator[None]:
    mock.reset()
    yield
    mock.control.delete("/faults")


def send(mock: RunningMock, **headers: str) -> httpx.Response | None:
    """A message sent; None where no whole reply came."""
    try:
        return httpx.post(f"{mock.base('restlink')}/sms/send", json=SMS, headers={**KEY, **headers}, timeout=20)
    except httpx.TransportError:
        return None


def sent(mock: RunningMock) -> int:
    total: int = httpx.get(f"{mock.base('restlink')}/sms/messages", headers=KEY).json()["total"]
    return total


def test_the_operations_of_the_table_are_those_of_the_contract() -> None:
    named = {re.sub(r"\{id\}", "{fault_id}", row[0].strip("`")) for row in table("| control plane |")}
    paths = {path: item for path, item in CONTROL["paths"].items() if path.startswith("/faults")}
    assert named == {f"{method.upper()} /_understudy{path}" for path, item in paths.items() for method in item}


def test_every_condition_and_effect_of_the_contract_stands_in_a_table() -> None:
    named = {next(iter(rule(row[0]))) for start in ("| condition |", "| when |", "| effect |") for row in table(start)}
    assert named == set(CONTROL["components"]["schemas"]["FaultRule"]["properties"])


@pytest.mark.parametrize("row", table("| condition |"), ids=lambda row: row[0])
def test_every_condition_of_the_table_fits_a_call(mock: RunningMock, row: list[str]) -> None:
    mock.control.post("/faults", json={**rule(row[0]), "error": {"status": 429}}).raise_for_status()
    reply = send(mock)
    assert reply is not None
    assert reply.headers["x-understudy-fault"] == "f1"


@pytest.mark.parametrize("row", table("| when |"), ids=lambda row: row[0])
def test_every_moment_of_the_table_is_understood(mock: RunningMock, row: list[str]) -> None:
    mock.control.post("/faults", json={**rule(row[0]), "api": "restlink", "error": {"status": 429}}).raise_for_status()
    told = [send(mock) for _ in range(6)]
    struck = [number for number, reply in enumerate(told, 1) if reply is not None and reply.status_code == 429]
    expected = {"next": [1, 2, 3], "every": [3, 6], "nth": [3]}
    name = next(iter(rule(row[0])))
    assert struck == expected.get(name, struck)


@pytest.mark.parametrize("row", table("| effect |"), ids=lambda row: row[0])
def test_every_effect_of_the_table_leaves_the_operation_as_it_says(mock: RunningMock, row: list[str]) -> None:
    effect, before = rule(row[0]), sent(mock)
    api = {"api": "restlink", "operation": "send_sms"}
    mock.control.post("/faults", json={**api, **effect}).raise_for_status()
    reply = send(mock)
    assert sent(mock) == before + TIMES[row[2]]
    assert next(iter(effect)) in EFFECTS
    if reply is not None:
        assert reply.headers["x-understudy-fault"].startswith("f1")
    unanswered = next(iter(effect)) in ("hang", "reset")
    assert (reply is None) == unanswered
    assert "connection" not in row[1] or unanswered


@pytest.mark.parametrize("row", table("| header |"), ids=lambda row: row[0])
def test_every_preference_of_the_table_is_applied(mock: RunningMock, row: list[str]) -> None:
    before, prefer = sent(mock), row[0].strip("`").removeprefix("Prefer: ")
    reply = send(mock, Prefer=prefer)
    assert reply is not None
    assert reply.headers["preference-applied"].split(", ") == prefer.split(", ")
    assert "x-understudy-preference" not in reply.headers
    assert reply.status_code == (402 if "402" in prefer or "Insufficient" in prefer else 200)
    assert sent(mock) == before + (prefer.startswith("wait"))


def test_the_longest_wait_is_named(mock: RunningMock) -> None:
    (longest,) = re.findall(r"at most (\d+)\)", FAULTS)
    (contract,) = re.findall(r"at most\s+(\d+)\. They go together", CONTROL["info"]["description"])
    assert contract == longest
    reply = send(mock, Prefer=f"wait={int(longest) + 1}")
    assert reply is not None
    assert reply.headers["x-understudy-preference"] == f"wait: takes 0 to {longest} seconds"


def test_the_first_example_of_the_page_is_as_good_as_its_command(mock: RunningMock) -> None:
    (shown,), (words,) = re.findall(r"-d '(\{.*\})'", FAULTS), re.findall(r"`understudy (faults arm .*)`", FAULTS)
    mock.control.post("/faults", json=json.loads(shown)).raise_for_status()
    reach = ["--url", mock.url, "--token", mock.app.settings.control_token]
    assert CliRunner().invoke(main, [*words.split(), *reach]).exit_code == 0
    first, second = mock.control.get("/faults").json()["faults"]
    assert first["rule"] == second["rule"]
    reply = send(mock)
    assert reply is not None
    assert reply.status_code == 429
