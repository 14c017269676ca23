"""What the documents under docs/ say in tables is what the code does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from mockserver import apis
from mockserver.data import load_spec
from mockserver.engine.outcomes import DELIVERED, OUTCOMES, outcome_of

TIME = (Path(__file__).parent.parent / "docs" / "time.md").read_text("utf-8")
CONTROL = load_spec("control")
#: Steps that have a name of their own and the status of another one: status, step.
SAID_OTHERWISE = {
    ("undelivered", "expired"),
    ("failed", "undelivered"),
    ("failed", "rejected"),
    ("failed", "expired"),
    ("delivery_failed", "expired"),
}


def table(beginning: str) -> list[list[str]]:
    """The cells of the table whose first line begins so, without its rule."""
    lines = TIME[TIME.index(beginning) :].split("\n\n")[0].splitlines()
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines if not set(line) <= set("|-")]


def test_every_recipient_of_the_table_leads_to_the_outcome_of_its_line() -> None:
    _, *rows = table("| outcome |")
    assert [row[0].strip() for row in rows] == list(OUTCOMES)
    for outcome, ending, address, *_ in rows[1:]:
        assert outcome_of(f"+141555{ending}") == outcome
        assert outcome_of(address.strip("`").replace("…", "example.com")) == outcome
    assert outcome_of("+14155551234") == outcome_of("jane@example.com") == DELIVERED


@pytest.mark.parametrize("api", ["restlink", "tofrom", "xpressbot", "bird"])
def test_every_step_of_the_table_is_one_of_the_ladder_in_its_order(api: str) -> None:
    head, *rows = table("| outcome |")
    place = [cell.strip() for cell in head].index(api)
    for row in rows:
        outcome, steps = row[0].strip(), row[place].strip()
        rungs = apis.room(api, "ladder").LADDER.rungs[outcome]
        if steps == "as delivered":
            assert rungs == apis.room(api, "ladder").LADDER.rungs[DELIVERED]
        else:
            # A ladder may begin with the status that a message has already.
            named = [name for name in rungs if name != "accepted"]
            pairs = set(zip(steps.split(", "), named, strict=True))
            assert pairs <= {(name, name) for name in named} | SAID_OTHERWISE


def test_the_control_contract_names_the_same_recipients() -> None:
    described = CONTROL["paths"]["/messages/outcome"]["put"]["description"]
    named = dict(re.findall(r"(\d{5}) ([a-z]+)", described))
    assert {outcome_of(f"+1415555{ending}"[:-5] + ending): ending for ending in named} == {
        name: end for end, name in named.items()
    }


@pytest.mark.parametrize("path", sorted(set(re.findall(r"(?:GET|PUT|POST) (/_understudy/[^`]*)`", TIME))))
def test_every_path_that_is_named_exists(path: str) -> None:
    known = {re.sub(r"{[^}]*}", "{id}", template) for template in CONTROL["paths"]}
    assert path.removeprefix("/_understudy") in known


@pytest.mark.parametrize("operation", ["set_timelines_webhook", "connect_timelines_whatsapp", "record_timelines_usage"])
def test_what_only_the_control_plane_can_bring_about_is_told(operation: str) -> None:
    (path,) = (path for path, item in CONTROL["paths"].items() for deed in item.values() if deed.get("operationId") == operation)
    assert f"/_understudy{re.sub(r'{[^}]*}', '{id}', path)}`" in TIME


@pytest.mark.parametrize("api", ["restlink", "bird", "timelines"])
def test_the_schedule_of_retries_is_the_contracts(api: str) -> None:
    terms = load_spec(api)["x-delivery"]
    (row,) = (row for row in table("| | signed by") if row[0].strip() == api)
    assert f"within {terms['timeout']} s" in row[2]
    words = row[3].replace(" min", "m").replace(" s", "s")
    minutes = {f"{pause // 60}m" if pause >= 60 and pause % 60 == 0 else f"{pause}s" for pause in terms["retries"]}
    assert "for 8 hours" in words or all(re.search(rf"\b{pause}\b", words) for pause in minutes)
    assert sum(terms["retries"]) <= 8 * 3600
