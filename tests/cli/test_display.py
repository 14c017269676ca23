"""What commands print: for a terminal, and for everything else."""

from __future__ import annotations

import os
import pty
import select
import sys
import time
from collections.abc import Callable, Iterator

import pytest

from mockserver.cli import display

ROWS = [("[red]1", "a\x1b[2Jb"), (None, {"of": True})]


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], int]]:
    """Makes standard output and error a terminal; where what they show is read. Not before the test: pytest sets its own."""
    ours, theirs = pty.openpty()
    stream = os.fdopen(theirs, "w")

    def use() -> int:
        monkeypatch.setenv("TERM", "xterm")
        monkeypatch.delenv("NO_COLOR", raising=False)
        monkeypatch.setattr(sys, "stdout", stream)
        monkeypatch.setattr(sys, "stderr", stream)
        return ours

    yield use
    stream.close()
    os.close(ours)


def shown(terminal: int, until: str) -> str:
    """What the terminal got until it got that; bounded."""
    text = ""
    while until not in text and select.select([terminal], [], [], 10)[0]:
        text += os.read(terminal, 4096).decode()
    return text


def test_a_table_is_plain_where_there_is_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    display.echo_table(("name", "value"), ROWS, "nothing")
    assert capsys.readouterr().out == 'name    value\n[red]1  a\\x1b[2Jb\n-       {"of": true}\n'
    display.echo_table(("name", "value"), [], "nothing")
    assert capsys.readouterr().out == "nothing\n"


def test_a_table_has_heads_in_bold_on_a_terminal_and_moves_no_cursor(terminal: Callable[[], int]) -> None:
    screen = terminal()
    display.echo_table(("name", "value"), ROWS, "nothing")
    sys.stdout.flush()
    text = shown(screen, '{"of": true}')
    assert "\x1b[1m" in text
    assert "a\\x1b[2Jb" in text
    assert "[red]1" in text


def test_who_waits_is_told_what_for_on_a_terminal(terminal: Callable[[], int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(display, "_PATIENCE", 0)
    screen = terminal()
    with display.patience("Time passes"):
        assert "Time passes" in shown(screen, "Time passes")


def test_who_does_not_wait_is_told_nothing(terminal: Callable[[], int]) -> None:
    screen = terminal()
    with display.patience("Time passes"):
        pass
    assert not select.select([screen], [], [], 0)[0]


def test_where_there_is_no_terminal_nobody_is_told(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(display, "_PATIENCE", 0)
    with display.patience("Time passes"):
        time.sleep(0.05)
    assert capsys.readouterr() == ("", "")
