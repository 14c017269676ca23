"""``understudy test`` ends with a status that says what it found, and tells in one line why it could not start."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from contract_tests.command import FINE, UNUSABLE, run
from contract_tests.serving import serving
from mockserver.data import MOUNTS
from tests.detection.proxy import in_front_of

TOKEN = "UNDERSTUDY_CONTROL_TOKEN"


async def no_mock(scope: Any, receive: Any, send: Any) -> None:
    """A server that is no mock: it knows everything under every path."""
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
        await send({"type": "http.response.body", "body": b"{}"})


@pytest.fixture
def silence() -> Iterator[str]:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{bound.getsockname()[1]}"


def test_a_target_that_cannot_be_used_is_told_in_one_line(silence: str, capfd: pytest.CaptureFixture[str]) -> None:
    for target, words in {"nonsense": "neither", "ftp://127.0.0.1": "neither", silence: "Nothing answers"}.items():
        assert run(["bird"], target) == UNUSABLE
        told = capfd.readouterr()
        assert words in told.err
        assert told.err.count("\n") == 1
        assert told.out == ""


@pytest.mark.parametrize("part", ["conformance", "stories"])
def test_where_no_credentials_are_known_all_is_skipped_and_that_is_no_green_run(
    part: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with serving(no_mock) as url:
        assert run(["timelines"], url, tmp_path, part=part) == UNUSABLE
    assert "Nothing was tested" in capfd.readouterr().err
    document = json.loads((tmp_path / "statements.json").read_text("utf-8"))
    assert document["findings"] == []
    cases = [*ElementTree.parse(tmp_path / "junit.xml").getroot().iter("testcase")]
    assert cases
    reasons = [skip.get("message", "") for case in cases for skip in case.iter("skipped")]
    assert len(reasons) == len(cases)
    assert all(re.match(r"The target names no '(owner|stranger)' of the cast", reason) for reason in reasons)


def test_a_report_folder_that_cannot_be_made_is_told(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "taken").write_text("a file")
    assert run(["timelines"], "mock", tmp_path / "taken" / "reports") == UNUSABLE
    told = capfd.readouterr()
    assert "No report can be written" in told.err
    assert told.err.count("\n") == 1


def test_an_api_that_the_mock_does_not_serve_is_told(start_mock: Callable[..., Any], capfd: pytest.CaptureFixture[str]) -> None:
    mock = start_mock(apis=("timelines",))
    assert run(["bird"], mock.url) == UNUSABLE
    assert "does not serve bird" in capfd.readouterr().err


def test_one_part_of_all_that_is_served_runs_and_reports(
    start_mock: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mock = start_mock(apis=("timelines",))
    monkeypatch.setenv(TOKEN, mock.app.settings.control_token)
    assert run([], f"{mock.url}/", tmp_path / "reports", part="laws") == FINE
    document = json.loads((tmp_path / "reports" / "statements.json").read_text("utf-8"))
    assert {row["id"] for row in document["statements"] if row["verdict"] == "proven"} == {f"L{n:02}" for n in range(1, 14)}
    cases = ElementTree.parse(tmp_path / "reports" / "junit.xml").getroot().iter("testcase")
    assert {each.attrib["value"] for case in cases for each in case.iter("property")} >= {"L01", "L13"}


@pytest.mark.slow
def test_without_the_control_plane_a_second_run_finds_nothing_either(
    start_mock: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(TOKEN, "another mock's token")
    mock = start_mock(apis=("timelines",))
    assert [run([], mock.url, part="laws") for _ in range(2)] == [FINE, FINE]
    assert "is not this mock's" in capfd.readouterr().err


@pytest.mark.slow
def test_a_run_leaves_nothing_behind_and_heeds_no_configuration_of_its_surroundings(
    start_mock: Callable[..., Any], tmp_path: Path
) -> None:
    mock = start_mock(apis=("timelines",))
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = --no-such-option\n")
    (tmp_path / "conftest.py").write_text("raise RuntimeError\n")
    (tmp_path / "schemathesis.toml").write_text("no such option = 1\n")
    (tmp_path / "httpx.py").write_text("raise RuntimeError\n")
    before = {path.name for path in tmp_path.iterdir()}
    program = f"import sys; sys.path.insert(0, {str(Path.cwd())!r}); from contract_tests.command import run; "
    done = subprocess.run(
        [sys.executable, "-P", "-c", program + f"sys.exit(run([], {mock.url!r}, part='stories'))"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == FINE, done.stdout + done.stderr
    assert {path.name for path in tmp_path.iterdir()} == before


@pytest.mark.slow
@pytest.mark.parametrize("api", MOUNTS)
def test_all_five_keep_their_contracts(api: str, tmp_path: Path) -> None:
    assert run([api], "mock", tmp_path) == FINE
    document = json.loads((tmp_path / "statements.json").read_text("utf-8"))
    assert {row["id"] for row in document["statements"] if row["verdict"] != "proven"} == set()


def plain(text: bytes) -> bytes:
    """Without what differs from run to run: moments that a law must take from the clock, and the free ports where it receives."""
    timeless = re.sub(rb"\d{4}-\d\d-\d\dT\d\d(:|%3A)\d\d(:|%3A)\d\d[0-9.]*", b"MOMENT", text)
    return re.sub(rb"127\.0\.0\.1(:|%3A)\d+", b"RECEIVER", timeless)


def told_by_the_target(url: str) -> bool:
    """Whether the request repeats a form that the target filled in, with its own moments and a signature over them."""
    return url.endswith("/media-uploads")


@pytest.mark.slow
@pytest.mark.parametrize(("api", "part"), [("timelines", None), ("bird", "conformance"), ("restlink", "stories")])
def test_one_seed_sends_the_same_requests_in_the_same_order(
    api: str, part: str | None, start_mock: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def recorded(seed: int, hash_seed: str) -> list[tuple[str, bytes, bytes]]:
        monkeypatch.setenv("PYTHONHASHSEED", hash_seed)
        mock = start_mock(apis=(api,))
        monkeypatch.setenv(TOKEN, mock.app.settings.control_token)
        with in_front_of(mock.url) as (url, proxy):
            assert run([api], url, seed=seed, part=part) == FINE
        requests = [(method, plain(line.encode()), plain(body)) for method, line, body in proxy.seen]
        return [(method, line, b"" if told_by_the_target(line.decode()) else body) for method, line, body in requests]

    first, second = recorded(1, "1"), recorded(1, "2")
    assert len(first) > 500
    differing = [pair for pair in zip(first, second, strict=False) if pair[0] != pair[1]]
    assert differing == []
    assert len(first) == len(second)
