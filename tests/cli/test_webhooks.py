"""``understudy webhooks``: listed, waited for, sent once more."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import httpx
import pytest

from contract_tests.receiver import receiving
from tests.cli.conftest import Command
from tests.conftest import RunningMock


@pytest.fixture
def reported(mock: RunningMock) -> Iterator[tuple[str, Callable[[], None]]]:
    """Where restlink's reports of delivery go, and what sends a message that will be reported."""
    mock.reset()
    key = {"X-API-Key": mock.cast("restlink")["owner"]["api_keys"]["16"]}
    with receiving() as receiver, httpx.Client(base_url=mock.base("restlink"), headers=key) as client:
        mock.control.put("/clock", json={"mode": "frozen"}).raise_for_status()
        hooks = {"delivery_url": receiver.url, "signing_secret": "s3cret"}
        client.put("/user/webhooks", json=hooks).raise_for_status()

        def send() -> None:
            sms = {"to": ["+14155551234"], "message": "hi", "sender_id": "MyApp"}
            client.post("/sms/send", json=sms).raise_for_status()
            mock.control.post("/clock/advance", json={"seconds": 60}).raise_for_status()

        yield receiver.url, send
    mock.reset()


def test_webhooks_are_listed_waited_for_and_sent_again(understudy: Command, reported: tuple[str, Callable[[], None]]) -> None:
    url, send = reported
    assert understudy("webhooks", "list").stdout == "no webhooks\n"
    send()
    head, first, *_ = understudy("webhooks", "list", "--api", "restlink", "--to", url).stdout.splitlines()
    assert head.split("  ")[0] == "id"
    assert understudy("webhooks", "list", "--to", f"{url}/elsewhere").stdout == "no webhooks\n"
    assert first.startswith("1 ")
    assert {"restlink", "delivery", "16", "delivered", "1", "204", url} <= set(first.split())
    waited = understudy("webhooks", "wait", "--event", "delivery", "--json")
    assert waited.returncode == 0
    assert json.loads(waited.stdout)["met"] is True
    assert understudy("webhooks", "redeliver", "1").returncode == 0
    limited = understudy("webhooks", "list", "--limit", "1").stdout.splitlines()
    assert len(limited) == 3
    assert limited[-1].startswith("1 of ")


def test_what_does_not_come_in_time_ends_with_1(understudy: Command, mock: RunningMock) -> None:
    mock.reset()
    ended = understudy("webhooks", "wait", "--timeout", "0s")
    assert (ended.returncode, ended.stdout) == (1, "no webhooks\n")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["redeliver", "999"], "understudy: "),
        (["redeliver", "0"], "0 is not in the range"),
        (["list", "--api", "nobody"], "'nobody' is not one of"),
        (["list", "--status", "lost"], "status: must be one of"),
        (["wait", "--timeout", "2h"], "timeout: must be at most 60"),
    ],
)
def test_mistakes_end_with_2_and_one_clear_line(understudy: Command, words: list[str], message: str) -> None:
    ended = understudy("webhooks", *words)
    assert (ended.returncode, ended.stdout, ended.stderr.count("\n")) == (2, "", 1)
    assert message in ended.stderr
