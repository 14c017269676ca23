"""What a run tells while it lasts: each event once, a bar on a terminal and lines elsewhere."""

from __future__ import annotations

import io
from pathlib import Path

from rich.console import Console

from contract_tests import events
from contract_tests.events import Caught, Event
from contract_tests.progress import Told, follow, shown


def event(test: str, part: str = "laws", outcome: str = "passed") -> Event:
    return Event(test, "bird", part, outcome, 0.5, of=3)


def test_an_event_comes_back_as_it_was_told(tmp_path: Path) -> None:
    told = Event(
        "a::b",
        "bird",
        "laws",
        "failed",
        1.5,
        "bird.b",
        ("B01",),
        "",
        (Caught("c", "m", "GET /", "/a", ("B02",)),),
        (1, 2),
        "d",
        7,
    )
    events.append(tmp_path / "events", told)
    assert list(Told(tmp_path / "events").new()) == [told]


def test_events_are_handed_over_once_and_only_when_they_are_whole(tmp_path: Path) -> None:
    path = tmp_path / "events"
    told = Told(path)
    assert list(told.new()) == []
    events.append(path, event("one"))
    half = path.read_bytes()[:-1]
    path.write_bytes(path.read_bytes() + half)
    assert [each.test for each in told.new()] == ["one"]
    assert list(told.new()) == []
    with path.open("ab") as file:
        file.write(b"\n")
    assert [each.test for each in told.new()] == ["one"]


def test_what_is_told_last_is_not_lost(tmp_path: Path) -> None:
    path, seen = tmp_path / "events", []
    alive = iter([True, True, False])

    def look() -> bool:
        alive_still = next(alive)
        if not alive_still:
            events.append(path, event("the last"))
        return alive_still

    follow(Told(path), look, lambda each: seen.append(each.test))
    assert seen == ["the last"]


def page(terminal: bool) -> str:
    output = io.StringIO()
    with shown(Console(file=output, force_terminal=terminal, width=100)) as see:
        for each in (event("a"), event("b", outcome="skipped"), event("c", "stories", "failed")):
            see(each)
    return output.getvalue()


def test_without_a_terminal_there_is_a_line_for_each_part_and_no_bar() -> None:
    assert page(terminal=False) == "laws: 1 passed, 1 skipped\nstories: 1 failed\n"


def test_on_a_terminal_a_bar_tells_where_the_run_is() -> None:
    assert "bird stories, 1 failed" in page(terminal=True)
    assert "3/3" in page(terminal=True)
