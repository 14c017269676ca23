"""Whole runs of ``understudy fuzz``: what it finds of a deployment that lies, and what of one that does not."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from contract_tests.command import FINE, FOUND, TOKEN, UNUSABLE
from contract_tests.fuzz import command
from contract_tests.fuzz.command import Wish
from tests.detection.proxy import Answer, Forward, Passing, Proxy, honestly, in_front_of

pytestmark = pytest.mark.slow
TODAY = date(2026, 11, 1)


class ThirdWorkspace:
    """The third workspace that is made has lost its owner."""

    def __init__(self) -> None:
        self.made = 0

    def forget(self) -> None:
        self.made = 0

    async def __call__(self, passing: Passing, forward: Forward) -> Answer:
        answer = await forward(passing)
        if passing.place != "POST /workspaces" or not answer.well:
            return answer
        self.made += 1
        return answer.saying({**answer.json, "owner_user_id": None}) if self.made == 3 else answer


class OnceRotated:
    """A token that was rotated is shown without its workspace."""

    def __init__(self) -> None:
        self.rotated: set[str] = set()

    def forget(self) -> None:
        self.rotated.clear()

    async def __call__(self, passing: Passing, forward: Forward) -> Answer:
        answer = await forward(passing)
        if not passing.path.endswith("/api-token") or not answer.well:
            return answer
        if passing.method == "POST":
            self.rotated.add(passing.path)
            return answer
        shown = {name: value for name, value in answer.json.items() if name != "workspace_id"}
        return answer.saying(shown) if passing.path in self.rotated else answer


class Both:
    """One after the other."""

    def __init__(self) -> None:
        self.third, self.rotated = ThirdWorkspace(), OnceRotated()

    def forget(self) -> None:
        self.third.forget()
        self.rotated.forget()

    async def __call__(self, passing: Passing, forward: Forward) -> Answer:
        async def inner(passed: Passing) -> Answer:
            return await self.third(passed, forward)

        return await self.rotated(passing, inner)


@contextmanager
def before(start_mock: Callable[..., Any], lie: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, Proxy]]:
    """A mock of timelines behind a proxy; its control plane is open to the run."""
    mock = start_mock(apis=("timelines",))
    monkeypatch.setenv(TOKEN, mock.app.settings.control_token)
    with in_front_of(mock.url, lie) as (url, proxy):
        proxy.began_anew = getattr(lie, "forget", lambda: None)
        yield url, proxy


def findings(folder: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((folder / "fuzz.json").read_text("utf-8"))["findings"]
    return found


def test_lies_that_show_only_later_are_found_made_small_replayed_and_accepted(
    start_mock: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with before(start_mock, lie := Both(), monkeypatch) as (url, proxy):
        folder, file = tmp_path / "reports", tmp_path / "baseline.toml"
        wish = Wish(["timelines"], url, requests=500, corpus=tmp_path / "corpus", report_dir=folder, baseline=file, today=TODAY)
        assert command.run(wish) == FOUND
        assert len(proxy.seen) <= 500
        small = {
            tuple(step["operation"] for step in each["sequence"]["steps"]): each
            for each in findings(folder)
            if each["signature"]["check"] == "response_schema_conformance"
        }
        assert small.keys() == {("create_workspace",) * 3, ("rotate_api_token", "get_api_token")}
        assert {(each["state"], each["standing"]) for each in small.values()} == {("steady", "new")}
        found = small["create_workspace", "create_workspace", "create_workspace"]
        told = capfd.readouterr().out
        line = next(line.strip() for line in told.splitlines() if f"--replay {found['id']}" in line)
        assert line == found["replay"]
        words = {case.attrib["name"] for case in ElementTree.parse(folder / "junit.xml").getroot().iter("testcase")}
        assert any(found["id"] in name for name in words), words

        def replayed() -> subprocess.CompletedProcess[str]:
            return subprocess.run(
                [sys.executable, "-m", "mockserver", *line.split()[1:]], capture_output=True, text=True, check=False
            )

        sent = len(proxy.seen)
        again = replayed()
        assert again.returncode == FOUND, again.stderr
        assert f"It still fails: {found['id']}." in again.stdout
        assert len(proxy.seen) == sent + 3
        proxy.lie = honestly
        better = replayed()
        assert better.returncode == FINE, better.stdout + better.stderr
        assert f"{found['id']} does not fail any more." in better.stdout

        proxy.lie = lie
        for each in findings(folder):
            assert command.accepted(wish, each["id"], "Known as T-1", "Ann", date(2026, 12, 31)) == FINE
        # What was learned leads back to it with few requests.
        known = replace(wish, requests=40)
        assert command.run(known) == FINE
        assert "accepted by Ann until 2026-12-31: Known as T-1" in capfd.readouterr().out
        assert command.run(replace(known, today=date(2027, 1, 1))) == FOUND
        assert "No longer accepted by Ann until 2026-12-31: Known as T-1" in capfd.readouterr().out


def plain(seen: list[tuple[str, str, bytes]]) -> list[tuple[str, str, bytes]]:
    """Without what the mock takes from the clock."""
    return [(method, re.sub(r"20\d\d-\d\d-\d\dT[0-9:.%A]+", "MOMENT", url), body) for method, url, body in seen]


def test_one_seed_and_one_corpus_send_the_same_requests_and_find_nothing_that_is_right(
    start_mock: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def requests(folder: str, number: int, seed: int = 4) -> list[tuple[str, str, bytes]]:
        with before(start_mock, honestly, monkeypatch) as (url, proxy):
            wish = Wish(["timelines"], url, requests=number, seed=seed, corpus=tmp_path / folder)
            assert command.run(wish) == FINE
            return plain(proxy.seen)

    first, second = requests("a", 120), requests("b", 120)
    assert 80 < len(first) <= 120
    assert first == second
    assert names(tmp_path / "a") == names(tmp_path / "b") != []
    shutil.copytree(tmp_path / "a", tmp_path / "c")
    third, fourth = requests("a", 80), requests("c", 80)
    assert third == fourth
    assert third != first[: len(third)]


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*.json"))


def test_the_corpus_and_the_reports_hold_no_secret(
    start_mock: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    mock = start_mock(apis=("timelines",))
    monkeypatch.setenv(TOKEN, mock.app.settings.control_token)
    wish = Wish(["timelines"], mock.url, requests=100, corpus=tmp_path / "corpus", report_dir=tmp_path / "reports")
    assert command.run(wish) == FINE
    secrets = [actor[name] for actor in mock.cast("timelines").values() for name in ("jwt", "secret")]
    written = [path.read_text("utf-8") for path in tmp_path.rglob("*.*") if path.is_file()]
    assert len(written) > 10
    assert [secret for secret in secrets for text in written if secret in text] == []


def test_two_workers_share_the_requests_and_a_killed_one_does_not_lose_the_run(
    start_mock: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with before(start_mock, honestly, monkeypatch) as (url, proxy):
        begin, killed = command.Crew._begin, []

        def kill_the_first(crew: Any, task: Any, lane: Any) -> Any:
            member = begin(crew, task, lane)
            if not killed:
                killed.append(member.process.pid)
                threading.Thread(target=kill_at_work, args=(member,), daemon=True).start()
            return member

        def kill_at_work(member: Any) -> None:
            while member.lane.budget.sent < 20:
                time.sleep(0.01)
            os.kill(member.process.pid, signal.SIGKILL)

        monkeypatch.setattr(command.Crew, "_begin", kill_the_first)
        wish = Wish(["timelines"], url, requests=241, workers=2, corpus=tmp_path / "corpus")
        assert command.run(wish) == FINE
        told = capfd.readouterr().out
        assert "Worker 1 died (signal 9)" in told
        assert "8 of 8 operations" in told
        sent = [target for _, target, _ in proxy.seen if "/_understudy/" not in target]
        worlds = [match[1] for target in sent if (match := re.match(r"/~(fuzz-\d+-\d)/", target))]
        assert len(worlds) == len(sent) <= 241
        assert {world[-1]: worlds.count(world) for world in set(worlds)}.keys() == {"0", "1"}
        assert max(worlds.count(world) for world in set(worlds)) <= 121
        assert min(worlds.count(world) for world in set(worlds)) > 60


def test_a_run_that_is_stopped_tells_what_it_has_found(start_mock: Callable[..., Any], tmp_path: Path) -> None:
    mock = start_mock(apis=("timelines",))
    lies: list[str] = []

    async def lie(passing: Passing, forward: Forward) -> Answer:
        answer = await forward(passing)
        if passing.place != "POST /workspaces" or not answer.well:
            return answer
        lies.append(passing.url)
        return answer.but(status=503)

    with in_front_of(mock.url, lie) as (url, proxy):
        run = subprocess.Popen(
            [sys.executable, "-m", "mockserver", "fuzz", "timelines", "--target", url, "--time", "5m", "--report-dir", "reports"],
            env={**os.environ, "PYTHONPATH": str(Path.cwd()), TOKEN: mock.app.settings.control_token},
            cwd=tmp_path,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        # Twice: the first is told before the second is sent.
        while run.poll() is None and len(lies) < 3:
            time.sleep(0.05)
        run.send_signal(signal.SIGINT)
        out, err = run.communicate(timeout=60)
        sent = len(proxy.seen)
    assert run.returncode == FOUND, err
    assert f"Stopped after {sent} requests" in out
    assert "at POST /workspaces 503" in out
    assert json.loads((tmp_path / "reports" / "fuzz.json").read_text("utf-8"))["stopped"] is True


def test_production_is_only_read_and_what_cannot_start_is_told_in_one_line(
    start_mock: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    mock = start_mock(apis=("timelines",))
    cast = mock.cast("timelines")["owner"]
    monkeypatch.setenv("OWNERS_JWT", cast["jwt"])
    monkeypatch.delenv(TOKEN, raising=False)
    config = tmp_path / "understudy.toml"
    with in_front_of(mock.url) as (url, proxy):
        config.write_text(production(url, cast))
        wish = Wish(["timelines"], "live", config, requests=60, corpus=tmp_path / "corpus")
        assert command.run(wish) == FINE, capfd.readouterr()
        assert {method for method, _, _ in proxy.seen} == {"GET"}
        assert 30 < len(proxy.seen) <= 60
        assert command.run(replace(wish, target="nonsense")) == UNUSABLE
        (tmp_path / "broken.toml").write_text("[")
        assert command.run(replace(wish, baseline=tmp_path / "broken.toml")) == UNUSABLE
        assert command.replayed(wish, "0000000000") == UNUSABLE
        assert command.accepted(wish, "0000000000", "r", "b", TODAY) == UNUSABLE
        told = capfd.readouterr()
        assert told.err.count("\n") == 4
        assert "There is no finding '0000000000'" in told.err


def production(url: str, cast: dict[str, Any]) -> str:
    return f"""
[targets.live]
profile = "production"
limits = {{ calls_per_second = 1000 }}

[targets.live.apis.timelines]
base_url = "{url}/timelines/partner/api/v1"

[targets.live.apis.timelines.cast.owner]
partner_id = "{cast["partner_id"]}"
workspace_id = "{cast["workspace_id"]}"
jwt = {{ env = "OWNERS_JWT" }}
"""
