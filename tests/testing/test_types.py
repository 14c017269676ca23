"""A type checker knows what tests have at hand."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

USE = """
from mockserver.testing import BirdActor, Entry, Sent, Understudy, connect, understudy as start

def test_it(understudy: Understudy) -> None:
    owner: BirdActor = understudy.bird.owner
    key: str = owner.access_key
    sent: Sent = understudy.sent(api="bird", status=202, body={"text": key}, within=1)
    entry: Entry = sent[0]
    with understudy.fault(status=429, next=1) as fault:
        hits: int = fault.hits
    with start(apis=["bird"]) as mock, connect("http://127.0.0.1:4010") as other:
        url: str = mock.bird.base_url + other.name
    print(entry.status, hits, url, understudy.restlink.poor.jwt, understudy.advance("2h").year)
"""
MISTAKES = """
from mockserver.testing import Understudy

def test_it(understudy: Understudy) -> None:
    understudy.sent(statuss=202)
    understudy.bird.mainless
    understudy.bird.owner.api_key
"""


def checked(text: str, folder: Path) -> str:
    (folder / "use.py").write_text(text)
    words = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(folder / "cache"), "use.py"]
    return subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False).stdout


@pytest.mark.slow
def test_it_is_content_with_what_is_right_and_sees_what_is_wrong(tmp_path: Path) -> None:
    assert checked(USE, tmp_path).startswith("Success"), checked(USE, tmp_path)
    told = checked(MISTAKES, tmp_path)
    assert [line.split(":")[1] for line in told.splitlines() if ": error:" in line] == ["5", "6", "7"]
