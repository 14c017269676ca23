"""The mock as a child process: it ends with its block, says why it cannot start, and nobody else's process is ended."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from mockserver.testing import ServerFailed, process, understudy
from mockserver.testing.process import Running, Wish
from tests.testing.conftest import runs


@pytest.mark.slow
def test_it_serves_for_the_time_of_a_block(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    found: list[int] = []
    with pytest.raises(KeyError):
        _serve_and_fail(found)
    assert not runs(found[0])
    assert list(tmp_path.iterdir()) == []


def _serve_and_fail(found: list[int]) -> None:
    with understudy(apis=["bird"], seed=7) as mock:
        assert mock.server.pid is not None
        found.append(mock.server.pid)
        assert runs(found[0])
        assert (mock.server.ready["seed"], list(mock.server.ready["apis"])) == (7, ["bird"])
        assert mock.server.url.startswith("http://127.0.0.1:")
        # In a server of one's own everything is where the vendor's documents have it.
        assert mock.bird.base_url == mock.server.base_url("bird")
        raise KeyError


def test_what_keeps_it_from_starting_is_told() -> None:
    with (
        pytest.raises(ServerFailed, match=r"ended with status 2 before it answered\. It wrote:\n  understudy: .*nowhere"),
        understudy(world="nowhere"),
    ):
        pass


@pytest.mark.slow
def test_all_who_share_a_folder_find_one_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, found, started = tmp_path / "shared", list[Running](), list[Running]()
    wish = Wish(apis=("bird",))
    start = process.start
    monkeypatch.setattr(process, "start", lambda *told: started.append(start(*told)) or started[-1])
    threads = [
        threading.Thread(target=lambda: found.append(process.shared(wish, folder, "a token", os.getpid()))) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(started) == 1
    assert found == started * 4
    process.end(folder, "a token")
    assert found[0].pid is not None
    assert not runs(found[0].pid)
    assert not folder.exists()


def test_a_process_that_is_not_the_server_any_more_is_left_alone(tmp_path: Path) -> None:
    other = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    try:
        (tmp_path / "server.json").write_text(json.dumps({"url": "http://127.0.0.1:9", "pid": other.pid}))
        process.end(tmp_path, "a token")
        assert other.poll() is None
        assert not tmp_path.exists()
    finally:
        other.kill()
        other.wait()


def test_a_world_is_a_name_or_a_folder(tmp_path: Path) -> None:
    assert process.settled("default") == "default"
    assert process.settled("./my-world") == str(Path.cwd() / "my-world")
    assert process.settled(tmp_path) == str(tmp_path)


def test_a_token_is_not_shown() -> None:
    assert "a secret" not in repr(Running("http://127.0.0.1:9", "a secret", 1))
