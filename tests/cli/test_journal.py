"""``understudy journal`` and ``coverage``: what was asked, answered and exercised."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from xml.etree import ElementTree

import httpx
import pytest

from tests.cli.conftest import Command
from tests.conftest import RunningMock

Send = Callable[..., int]


@pytest.fixture
def send(mock: RunningMock) -> Iterator[Send]:
    """Sends an SMS, a wrong one if its text is empty; the status."""
    mock.reset()
    key = {"X-API-Key": mock.cast("restlink")["owner"]["api_keys"]["16"]}
    with httpx.Client(base_url=mock.base("restlink"), headers=key) as client:

        def one(text: str = "hi") -> int:
            sms = {"to": ["+14155551234"], "message": text, "sender_id": "MyApp"}
            return client.post("/sms/send", json=sms).status_code

        yield one
    mock.reset()


def test_requests_are_listed_counted_shown_and_explained(understudy: Command, send: Send) -> None:
    assert understudy("journal", "list").stdout == "no requests\n"
    assert (send("first"), send("second"), send("")) == (200, 200, 400)
    listed = understudy("journal", "list", "--operation", "send_sms", "--limit", "2").stdout.splitlines()
    assert len(listed) == 4
    assert listed[-1] == "2 of 3"
    newest = understudy("journal", "list", "--newest", "--json").stdout
    assert [entry["reply"]["status"] for entry in json.loads(newest)["entries"]] == [400, 200, 200]
    assert understudy("journal", "count", "--status", "2xx").stdout == "2\n"
    assert understudy("journal", "count", "--body", "/message=second").stdout == "1\n"
    shown = understudy("journal", "show").stdout
    assert "-> 400" in shown
    assert "refused by contract" in shown
    first = json.loads(newest)["entries"][-1]["number"]
    assert '"message": "first"' in understudy("journal", "show", str(first)).stdout
    explained = understudy("journal", "explain").stdout
    assert "/sms/send -> 400" in explained
    assert "curl" in explained
    assert json.loads(understudy("journal", "explain", str(first), "--json").stdout)["entry"]["number"] == first
    assert understudy("journal", "clear").returncode == 0
    assert understudy("journal", "count").stdout == "0\n"


def test_a_count_that_is_expected_and_not_met_ends_with_1(understudy: Command, send: Send) -> None:
    send()
    assert understudy("journal", "count", "--expect", "1").returncode == 0
    ended = understudy("journal", "count", "--expect", "0")
    assert (ended.returncode, ended.stdout) == (1, "1\n")


def test_what_does_not_come_in_time_ends_with_1(understudy: Command, send: Send) -> None:
    ended = understudy("journal", "wait", "--api", "restlink", "--timeout", "0s")
    assert (ended.returncode, ended.stdout) == (1, "no requests\n")
    send()
    assert understudy("journal", "wait", "--api", "restlink", "--timeout", "0s").returncode == 0
    assert understudy("journal", "wait", "--count", "2", "--timeout", "0s").returncode == 1


def test_what_a_client_sent_cannot_move_the_cursor(understudy: Command, mock: RunningMock) -> None:
    mock.reset()
    key = {"X-API-Key": mock.cast("restlink")["owner"]["api_keys"]["16"], "Content-Type": "text/plain"}
    httpx.post(f"{mock.base('restlink')}/sms/send", headers=key, content=b"before \x1b[2J after")
    assert "before \\x1b[2J after" in understudy("journal", "show").stdout
    for words in (["list"], ["show"], ["explain"]):
        assert "\x1b" not in understudy("journal", *words).stdout
    mock.reset()


def test_an_empty_journal_has_no_latest(understudy: Command, mock: RunningMock) -> None:
    mock.reset()
    ended = understudy("journal", "show")
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "the journal is empty" in ended.stderr


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["journal", "show", "999999"], "understudy: "),
        (["journal", "list", "--status", "999"], "status: must have the documented form"),
        (["journal", "list", "--verdict", "fine"], "verdict: must be one of"),
        (["journal", "list", "--api", "nobody"], "'nobody' is not one of"),
        (["journal", "wait", "--timeout", "2h"], "timeout: must be at most 60"),
        (["coverage", "nobody"], "'nobody' is not one of"),
        (["coverage", "--threshold", "101"], "101.0 is not in the range"),
        (["coverage", "--output", "/dev/null/x"], "/dev/null/x cannot be written"),
    ],
)
def test_mistakes_end_with_2_and_one_clear_line(understudy: Command, words: list[str], message: str) -> None:
    ended = understudy(*words)
    assert (ended.returncode, ended.stdout, ended.stderr.count("\n")) == (2, "", 1), ended.stderr
    assert message in ended.stderr


def test_coverage_is_told_as_a_table_as_json_and_as_junit(understudy: Command, send: Send, tmp_path: Path) -> None:
    send()
    table = understudy("coverage", "restlink", "bird")
    assert table.returncode == 0
    assert [line.split(":")[0] for line in table.stdout.splitlines() if "operations" in line] == ["restlink", "bird", "all APIs"]
    told = json.loads(understudy("coverage", "restlink", "--format", "json").stdout)
    assert [api["api"] for api in told["apis"]] == ["restlink"]
    path = tmp_path / "coverage.xml"
    ended = understudy(
        "coverage", "restlink", "--format", "junit", "--threshold", "100", "--of", "statuses", "--output", str(path)
    )
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ElementTree.parse(path).getroot().findall("testsuite/testcase/failure")


def test_coverage_of_a_sandbox_counts_that_one_alone(understudy: Command, send: Send, mock: RunningMock) -> None:
    send()
    mock.control.post("/sandboxes", json={"name": "prompt-cov"})
    share = json.loads(understudy("coverage", "restlink", "--format", "json", "--sandbox", "prompt-cov").stdout)
    assert share["totals"]["operations"]["exercised"] == 0
    whole = json.loads(understudy("coverage", "restlink", "--format", "json").stdout)
    assert whole["totals"]["operations"]["exercised"] > 0
    mock.control.delete("/sandboxes/prompt-cov")


def test_a_sandbox_that_is_not_there_is_not_made_by_asking_for_it(understudy: Command, mock: RunningMock) -> None:
    ended = understudy("journal", "list", "--sandbox", "nope")
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "there is no sandbox 'nope'; there are default" in ended.stderr
    assert "understudy sandbox create nope" in ended.stderr
    assert mock.app.sandboxes.find("nope") is None


def test_a_name_that_nothing_has_is_no_name_to_count(understudy: Command) -> None:
    ended = understudy("journal", "count", "--operation", "send_mesage", "--expect", "0")
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "the nearest: send_message" in ended.stderr
