"""The plan tells what a run may do and spend, without a packet and without a secret."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
from click.testing import CliRunner

from contract_tests.command import FINE, UNUSABLE, planned
from contract_tests.contracts import operations
from contract_tests.plan import page
from contract_tests.targets.choice import choose
from mockserver.cli import main
from mockserver.data import MOUNTS, load_spec

STAGING = """
[targets.staging]
profile = "staging"
root = "https://staging.example.com/messaging"
changes = ["update_webhooks"]
recipients = { phone = ["+14155550123"] }
limits = { messages = 20, price_per_message = 0.05 }
webhooks = { listen = "0.0.0.0:9000", url = "https://tunnel.example.com" }
control_url = "https://staging.example.com/_understudy"
control_token = { env = "CONTROL" }

[targets.staging.apis.restlink.cast.owner]
main = 16
api_keys = { 16 = { env = "RESTLINK_KEY" } }
jwt = { command = ["vault", "hunter2"] }

[targets.staging.apis.tofrom]
[targets.staging.apis.bird]
[targets.staging.apis.timelines]
"""


@pytest.fixture(autouse=True)
def nothing_is_sent(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No packet, not even to ask for a name; and no process."""

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("the plan spoke to somebody")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr("subprocess.Popen", refuse)
    monkeypatch.setenv("RESTLINK_KEY", "s3cret")
    monkeypatch.chdir(tmp_path)


def plan(where: str, *apis: str) -> str:
    return page(choose(where), apis, colour=False, width=300)


def rows(text: str) -> dict[str, list[str]]:
    """First word of a line → its cells."""
    lines = [[cell.strip() for cell in line.split("  ") if cell.strip()] for line in text.splitlines()]
    return {cells[0]: cells[1:] for cells in lines if cells}


@pytest.mark.parametrize("api", MOUNTS)
def test_every_operation_is_told_with_what_it_leaves_behind(api: str) -> None:
    told = rows(plan("mock", api))
    for place, operation in operations(load_spec(api)):
        request, effect, *_, allowed = told[operation["operationId"]]
        assert (request, effect, allowed) == (str(place), operation["x-side-effect"], "yes")
    assert told["messages"] == ["0: nothing leaves a mock"]


def test_a_section_is_told_with_its_limits_and_its_secrets_by_their_names() -> None:
    Path("understudy.toml").write_text(STAGING, "utf-8")
    text = plan("staging", "restlink", "tofrom", "timelines")
    told = rows(text)
    assert told["send_sms"] == ["POST /sms/send", "send", "each of /to", "yes"]
    assert told["update_webhooks"][-1] == "yes"
    assert told["set_provider"][-2:] == ["own", "only on what this run made"]
    assert told["create_qr_link"][-2:] == ["own", "only on what this run made"]
    assert told["buy_phone_number"][-2:] == [
        "no",
        "It buys something; name buy_phone_number under `changes` of staging to allow it",
    ]
    assert told["add_member"][-2:] == ["yes", "reaches nobody: no email is named under `recipients`"]
    assert told["calls"] == ["10000, 5 in a second"]
    assert (told["messages"], told["cost"]) == (["20"], ["1.00"])
    assert told["recipients"] == ["+14155550123"]
    assert told["restlink owner.api_keys.16"] == ["by $RESTLINK_KEY"]
    assert told["restlink owner.jwt"] == ["by command vault"]
    assert told["control plane"] == ["https://staging.example.com, by $CONTROL"]
    assert told["tofrom credentials"] == ["none; what needs one is skipped"]
    assert "s3cret" not in text
    assert "hunter2" not in text


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        ("messages = 20", "unknown, set price_per_message"),
        ("messages = 0", "0"),
        ("messages = 100, cost = 2, price_per_message = 0.05", "2.00"),
        ("messages = 10, cost = 2, price_per_message = 0.05", "0.50"),
    ],
)
def test_the_cost_is_counted_where_the_price_is_known(limits: str, words: str) -> None:
    said = f'[targets.a]\nprofile = "sandbox"\nroot = "http://h"\nlimits = {{ {limits} }}'
    Path("understudy.toml").write_text(said, "utf-8")
    assert rows(plan("a", "timelines"))["cost"] == [words]


def test_what_may_be_freed_by_its_name_is_told() -> None:
    said = '[targets.a]\nprofile = "{}"\nroot = "http://h"'
    Path("understudy.toml").write_text(said.format("sandbox"), "utf-8")
    assert rows(plan("a", "tofrom"))["set_provider"][-1] == "only on what this run made; name it under `changes` for more"
    assert "names nobody" in rows(plan("a", "tofrom"))["send_message"][-1]
    Path("understudy.toml").write_text(said.format("production"), "utf-8")
    refused = rows(plan("a", "tofrom"))["set_provider"]
    assert refused[-2:] == ["no", "Production is only read, and this operation is marked 'change'"]


def test_what_is_unknown_is_told_to_be_asked_or_taken_for_production() -> None:
    assert "http://127.0.0.1:9 will be asked whether a mock stands there" in plan("http://127.0.0.1:9", "timelines")
    unknown = plan("https://api.example.com", "timelines")
    assert "it is taken for production" in unknown
    assert rows(unknown)["create_workspace"][-2] == "no"


def test_the_command_prints_it_plainly_and_starts_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    assert planned(["timelines"], "mock") == FINE
    told = capfd.readouterr()
    assert "Plan for mock (profile mock). Nothing has been sent." in told.out
    assert "\x1b" not in told.out
    assert planned(["timelines"], "nowhere") == UNUSABLE
    told = capfd.readouterr()
    assert told.out == ""
    assert told.err.count("\n") == 1


def test_the_option_takes_a_file() -> None:
    Path("mine.toml").write_text(STAGING, "utf-8")
    ended = CliRunner().invoke(main, ["test", "--plan", "--config", "mine.toml", "--target", "staging"])
    assert ended.exit_code == FINE, ended.output
    assert "restlink at https://staging.example.com/messaging/restlink/api/v1" in ended.output
    assert "xpressbot" not in ended.output, "the file names four APIs"
