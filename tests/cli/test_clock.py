"""``understudy clock`` and ``reset``: time at the prompt."""

from __future__ import annotations

import json

import httpx
import pytest

from tests.cli.conftest import Command
from tests.conftest import RunningMock


@pytest.fixture(autouse=True)
def opening_state(mock: RunningMock) -> None:
    mock.reset()


def test_the_clock_is_frozen_advanced_set_and_let_run(understudy: Command) -> None:
    assert understudy("clock", "freeze", "2026-02-13T12:00:00Z").stdout == "2026-02-13T12:00:00.000000Z frozen\n"
    assert understudy("clock", "advance", "2h30m").stdout == "2026-02-13T14:30:00.000000Z frozen, 0 jobs done\n"
    assert understudy("clock", "show").stdout == "2026-02-13T14:30:00.000000Z frozen\n"
    assert understudy("clock", "set", "2026-03-01T00:00:00+01:00").stdout.startswith("2026-02-28T23:00:00.000000Z frozen")
    running = json.loads(understudy("clock", "run", "2027-01-01T00:00:00Z", "--json").stdout)
    assert (running["mode"], running["now"][:17]) == ("running", "2027-01-01T00:00:")
    assert " running" in understudy("clock", "set", "2028-01-01T00:00:00Z").stdout
    assert understudy("clock", "run").stdout[:4] == json.loads(understudy("clock", "show", "--json").stdout)["now"][:4] != "2028"


def test_advancing_does_what_falls_due(understudy: Command, mock: RunningMock) -> None:
    understudy("clock", "freeze")
    owner = mock.cast("restlink")["owner"]
    sms = {"to": ["+14155551234"], "message": "hi", "sender_id": "MyApp"}
    httpx.post(f"{mock.base('restlink')}/sms/send", headers={"X-API-Key": owner["api_keys"]["16"]}, json=sms).raise_for_status()
    assert json.loads(understudy("clock", "advance", "1d", "--json").stdout)["jobs"] >= 2


def test_reset_opens_the_world_anew_and_at_an_instant(understudy: Command, mock: RunningMock) -> None:
    understudy("clock", "freeze", "2026-02-13T12:00:00Z")
    ended = understudy("reset")
    assert (ended.returncode, ended.stdout) == (0, "")
    assert mock.control.get("/clock").json()["mode"] == "running"
    assert understudy("reset", "--now", "2026-02-13T12:00:00Z").returncode == 0
    assert mock.control.get("/clock").json() == {"now": "2026-02-13T12:00:00.000000Z", "mode": "frozen"}


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["clock", "advance", "soon"], "'soon' is no length of time such as 90s or 2h30m."),
        (["clock", "advance", "4000d"], "The body is not what this operation takes: seconds: must be at most 315360000"),
        (["clock", "set", "noon"], "'noon' is no instant such as"),
        (["clock", "set"], "Missing argument 'INSTANT'"),
        (["reset", "--now", "noon"], "'noon' is no instant such as"),
        (["clock", "show", "--url", "notaurl"], "'notaurl' is no URL"),
        (["clock", "show", "--token", "wrong-one"], "does not take this token: set UNDERSTUDY_CONTROL_TOKEN (or --token)"),
        (["clock", "show", "--token", "wröng"], "plain ASCII"),
        (
            ["clock", "show", "--url", "http://127.0.0.1:1"],
            "nothing answers at http://127.0.0.1:1: start it with `understudy serve`",
        ),
    ],
)
def test_mistakes_end_with_2_and_one_clear_line_that_shows_no_token(understudy: Command, words: list[str], message: str) -> None:
    ended = understudy(*words)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert message in ended.stderr
    assert ended.stderr.count("\n") == 1
    assert "wrong-one" not in ended.stderr
    assert "test-control-token" not in ended.stderr


def test_no_token_is_shown_by_the_help(understudy: Command) -> None:
    said = understudy("clock", "show", "--help").stdout
    assert "[env var: UNDERSTUDY_CONTROL_TOKEN]" in " ".join(said.split())
    assert "test-control-token" not in said
