"""``understudy serve`` with what an integrator gives it: a world of one's own, names, other addresses."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from mockserver.data import MOUNTS
from tests.cli.conftest import UNDERSTUDY, Command

Serve = Callable[..., "tuple[str, str]"]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Starts ``understudy serve`` on a free port: its URL, and what it printed until it answered."""
    started: list[subprocess.Popen[str]] = []

    def start(*words: str, token: str = "") -> tuple[str, str]:
        environment = {**os.environ, "UNDERSTUDY_CONTROL_TOKEN": token}
        running = subprocess.Popen(
            [*UNDERSTUDY, "serve", "--port", "0", *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment,
        )
        started.append(running)
        assert running.stdout is not None
        lines = []
        for line in running.stdout:
            lines.append(line)
            if line.startswith("Ctrl-C"):
                break
        printed = "".join(lines)
        found = re.search(r"at (http://\S+?)/?$", printed, re.M)
        assert found, running.communicate()
        return found[1], printed

    yield start
    for running in started:
        running.terminate()
        running.communicate(timeout=20)


def test_a_world_with_one_api_is_served_as_that_api_alone(serve: Serve, understudy: Command, tmp_path: Path) -> None:
    understudy("world", "new", str(tmp_path / "mine"), "bird", "--from", "empty")
    url, printed = serve("--world", str(tmp_path / "mine"))
    assert "serves 1 of 5 APIs" in printed
    assert httpx.get(f"{url}/_understudy/ready").json()["apis"] == {"bird": MOUNTS["bird"]}
    told = json.loads(understudy("credentials", "--world", str(tmp_path / "mine"), "--url", url, "--format", "json").stdout)
    assert list(told) == ["bird"]
    owner = told["bird"]["owner"]
    channels = f"{owner['workspace_id']}/channels/{owner['channels']['sms']}"
    key = {"Authorization": f"AccessKey {owner['access_key']}"}
    # Alone it also stands at its documented path.
    for base in (told["bird"]["base_url"], url):
        assert httpx.get(f"{base}/workspaces/{channels}/messages", headers=key).status_code == 200


def test_an_api_that_the_world_lacks_is_told_with_what_to_do(process: Command, understudy: Command, tmp_path: Path) -> None:
    understudy("world", "new", str(tmp_path / "mine"), "bird", "--from", "empty")
    ended = process("serve", "tofrom", "--port", "0", "--world", str(tmp_path / "mine"))
    assert (ended.returncode, ended.stdout) == (2, "")
    assert f"add this one: understudy world new {tmp_path}/mine tofrom --from empty" in ended.stderr


def test_a_folder_without_any_api_is_told(process: Command, tmp_path: Path) -> None:
    ended = process("serve", "--port", "0", "--world", str(tmp_path))
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "holds no file of any API" in ended.stderr


def test_who_listens_on_all_addresses_is_reached_by_each_of_them_and_by_no_strange_name(serve: Serve) -> None:
    url, printed = serve("timelines", "--host", "0.0.0.0", "--allow-host", "mock.test", token="chosen-by-hand")
    assert "chosen-by-hand" not in printed
    port = url.rpartition(":")[2]
    own = {socket.gethostbyname(socket.gethostname()), "127.0.0.1", "0.0.0.0"}
    hosts = {f"{name}:{port}": 200 for name in own} | {"mock.test": 200, "localhost": 200, "evil.test": 421}
    answers = {
        host: httpx.get(f"http://127.0.0.1:{port}/_understudy/ready", headers={"Host": host}).status_code for host in hosts
    }
    strange = {host for host in answers if host.split(":")[0] in own - {"127.0.0.1", "0.0.0.0"}}
    # An address of this machine counts where the request came to it.
    for host in strange:
        assert httpx.get(f"http://{host}/_understudy/ready").status_code == 200
    assert {host: status for host, status in answers.items() if host not in strange} == {
        host: status for host, status in hosts.items() if host not in strange
    }


@pytest.mark.parametrize("name", ["http://mock", "mock:4010", "*", "a b", "[::1", ""])
def test_what_is_no_name_of_a_host_is_told(understudy: Command, name: str) -> None:
    ended = understudy("serve", "--allow-host", name)
    assert (ended.returncode, ended.stdout, ended.stderr.count("\n")) == (2, "", 1)
    assert "is no name of a host such as mock" in ended.stderr
