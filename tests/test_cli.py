"""The commands: what they print, and how they end."""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from mockserver.data import MOUNTS, load_spec, load_yaml

Serve = Callable[..., "tuple[subprocess.Popen[str], str]"]
UNDERSTUDY = [sys.executable, "-W", "error", "-m", "mockserver"]


def run(*words: str, **options: Any) -> subprocess.CompletedProcess[str]:
    """A command of its own process, ended."""
    return subprocess.run([*UNDERSTUDY, *words], capture_output=True, text=True, timeout=60, check=False, **options)


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Starts ``understudy serve`` and gives its process and what it printed until it answered."""
    started: list[subprocess.Popen[str]] = []

    def start(*words: str) -> tuple[subprocess.Popen[str], str]:
        environment = {**os.environ, "UNDERSTUDY_CONTROL_TOKEN": ""}
        process = subprocess.Popen(
            [*UNDERSTUDY, "serve", "--port", "0", *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment,
        )
        started.append(process)
        assert process.stdout is not None
        lines = []
        for line in process.stdout:
            lines.append(line)
            if line.startswith("Ctrl-C"):
                break
        return process, "".join(lines)

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()


def test_serve_prints_base_urls_and_curl_lines_that_work(serve: Serve) -> None:
    _, printed = serve()
    url = re.search(r"http://127\.0\.0\.1:\d+", printed)
    assert url
    for api, mount in MOUNTS.items():
        assert re.search(rf"^{api} +{re.escape(url[0] + mount)}$", printed, re.M), printed
    curls = re.findall(r"^ +(curl .*)$", printed, re.M)
    assert len(curls) == len(MOUNTS)
    for line in curls:
        words = [*shlex.split(line), "-s", "-o", os.devnull, "-w", "%{http_code} %{content_type}"]
        answer = subprocess.run(words, capture_output=True, text=True, timeout=20, check=False)
        assert answer.stdout == "200 application/json", line
    token = re.search(r"bearer token: (\S+)\)", printed)
    assert token
    assert httpx.post(f"{url[0]}/_understudy/reset", headers={"Authorization": f"Bearer {token[1]}"}).status_code == 204


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_serve_ends_with_status_0_on_a_signal(serve: Serve, number: int) -> None:
    process, _ = serve("restlink")
    process.send_signal(number)
    _, errors = process.communicate(timeout=15)
    assert (process.returncode, errors) == (0, "")


def test_one_api_also_stands_at_its_documented_path(serve: Serve) -> None:
    _, printed = serve("restlink")
    base = re.search(r"http://127\.0\.0\.1:\d+", printed)
    assert base
    key = json.loads(run("credentials", "restlink", "--format", "json").stdout)["restlink"]["owner"]["api_keys"]["16"]
    for path in ("/api/v1", "/restlink/api/v1"):
        assert httpx.get(f"{base[0]}{path}/user/balance", headers={"X-API-Key": key}).status_code == 200
    assert httpx.get(f"{base[0]}/bird/anything").status_code == 404


def test_state_outlives_the_process(serve: Serve, tmp_path: Path) -> None:
    state = str(tmp_path / "state.db")
    key = json.loads(run("credentials", "restlink", "--format", "json").stdout)["restlink"]["owner"]["api_keys"]["16"]
    totals = []
    for _ in range(2):
        process, printed = serve("restlink", "--state", state)
        base = re.search(r"http://\S+/api/v1", printed)
        assert base
        client = httpx.Client(base_url=base[0], headers={"X-API-Key": key})
        client.post("/sms/send", json={"to": ["+14155551234"], "message": "hi", "sender_id": "MyApp"}).raise_for_status()
        totals.append(client.get("/sms/messages").json()["total"])
        client.close()
        process.terminate()
        process.communicate(timeout=15)
    assert totals[1] == totals[0] + 1


def test_a_state_file_takes_in_apis_that_it_did_not_hold(serve: Serve, tmp_path: Path) -> None:
    state = str(tmp_path / "state.db")
    for api in ("bird", "restlink"):
        process, printed = serve(api, "--state", state)
        words = [*shlex.split(re.findall(r"^ +(curl .*)$", printed, re.M)[0]), "-s", "-o", os.devnull, "-w", "%{http_code}"]
        assert subprocess.run(words, capture_output=True, text=True, check=True).stdout == "200"
        process.terminate()
        process.communicate(timeout=15)


def test_quiet_prints_nothing(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = [*UNDERSTUDY, "serve", "timelines", "--quiet", "--port", str(port)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        for _ in range(200):
            try:
                assert httpx.get(f"http://127.0.0.1:{port}/_understudy/ready").json()["status"] == "ready"
                break
            except httpx.ConnectError:
                time.sleep(0.05)
        process.terminate()
        assert process.communicate(timeout=15) == ("", "")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["serve", "nobody"], "'nobody' is not one of"),
        (["serve", "--world", "nowhere"], "there is no world 'nowhere'"),
        (["serve", "--host", "0.0.0.0"], "set UNDERSTUDY_CONTROL_TOKEN first"),
        (["serve", "--host", "not an address"], "is no address to listen on"),
        (["serve", "--port", "70000"], "70000 is not in the range"),
        (["credentials", "--world", "nowhere"], "there is no world 'nowhere'"),
        (["credentials", "bird", "--format", "xml"], "'xml' is not one of"),
        (["specs", "path"], "Missing argument 'API'"),
        (["test", "--target", "ftp://x"], "ftp://x"),
        (["nonsense"], "No such command 'nonsense'"),
        (["credentials", "--url", "notaurl"], "'notaurl' is no URL"),
        (["credentials", "--now", "noon"], "'noon' is no instant such as"),
        (["credentials", "--now", "2300-01-01T00:00:00Z"], "is no instant such as"),
    ],
)
def test_usage_and_set_up_mistakes_end_with_2_and_no_traceback(words: list[str], message: str) -> None:
    ended = run(*words, env={**os.environ, "UNDERSTUDY_CONTROL_TOKEN": ""})
    assert ended.returncode == 2
    assert message in ended.stderr
    assert "Traceback" not in ended.stderr
    assert ended.stderr.count("\n") == 1, "one clear line"


@pytest.mark.parametrize("words", [[], ["faults"]])
def test_a_command_without_words_shows_its_help_as_it_is(words: list[str]) -> None:
    ended = run(*words)
    assert (ended.returncode, ended.stderr) == (2, run(*words, "--help").stdout)


def test_a_state_file_of_another_world_is_refused(serve: Serve, tmp_path: Path) -> None:
    state = str(tmp_path / "state.db")
    process, _ = serve("bird", "--state", state)
    process.terminate()
    process.communicate(timeout=15)
    ended = run("serve", "bird", "--port", "0", "--state", state, "--world", "empty")
    assert ended.returncode == 2
    assert "holds bird of world 'default', not of 'empty'" in ended.stderr


def test_a_taken_port_and_a_broken_state_file_are_told(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        ended = run("serve", "restlink", "--port", str(port))
        assert (ended.returncode, ended.stdout) == (2, "")
        assert f"cannot listen on 127.0.0.1:{port}" in ended.stderr
    broken = tmp_path / "state.db"
    broken.write_text("no database " * 100)
    ended = run("serve", "restlink", "--port", "0", "--state", str(broken))
    assert ended.returncode == 2
    assert "cannot be used as a state file" in ended.stderr


EXPECTED_CAST: dict[str, dict[str, set[str]]] = {
    "restlink": {
        "owner": {"jwt", "expired_jwt", "account_id", "main", "workspaces", "deleted", "api_keys", "keys"},
        "stranger": {"jwt", "account_id", "main", "workspaces", "api_keys"},
        "mainless": {"jwt", "account_id"},
        "poor": {"jwt", "main"},
    },
    "bird": {key: {"access_key", "workspace_id", "organization_id", "channels", "template"} for key in ("owner", "stranger")},
    "tofrom": {
        key: {"session_token", "email", "password", "api_key", "workspace_id", "phone_number"}
        for key in ("owner", "stranger", "unconfigured")
    },
    "xpressbot": {key: {"api_key", "channels"} for key in ("owner", "two_channels", "stranger")},
    "timelines": {key: {"partner_id", "secret", "jwt", "workspace_id"} for key in ("owner", "stranger")},
}


@pytest.mark.parametrize("world", ["default", "empty"])
def test_credentials_as_json_have_the_promised_shape(world: str) -> None:
    ended = run("credentials", "--format", "json", "--url", "http://127.0.0.1:9/", "--world", world)
    assert ended.returncode == 0, ended.stderr
    printed = json.loads(ended.stdout)
    assert list(printed) == list(MOUNTS)
    for api, actors in printed.items():
        assert actors.pop("base_url") == f"http://127.0.0.1:9{MOUNTS[api]}"
        assert {name: set(actor) for name, actor in actors.items()} == EXPECTED_CAST[api]
    owner = printed["restlink"]["owner"]
    assert (owner["account_id"], owner["main"], owner["workspaces"]) == (279, 16, [16, 18])
    assert set(owner["api_keys"]) == {"16", "18"}
    assert set(owner["keys"]) == {"limited", "inactive", "expired", "sandbox", "hmac"}
    assert set(owner["keys"]["hmac"]) == {"key", "secret"}
    for actor in ("owner", "stranger"):
        assert set(printed["bird"][actor]["channels"]) == {"sms", "email", "whatsapp", "inactive"}
        assert set(printed["bird"][actor]["template"]) == {"projectId", "version", "locale"}
    assert [len(printed["xpressbot"][actor]["channels"]) for actor in ("owner", "two_channels", "stranger")] == [1, 2, 1]


def test_credentials_as_env_can_be_read_by_a_shell() -> None:
    lines = run("credentials", "restlink", "--format", "env").stdout
    script = 'set -eu; . /dev/stdin; echo "$RESTLINK_OWNER_ACCOUNT_ID $RESTLINK_OWNER_WORKSPACES $RESTLINK_BASE_URL"'
    read = subprocess.run(["bash", "-c", script], input=lines, capture_output=True, text=True, check=True)
    assert read.stdout == "279 16,18 http://127.0.0.1:4010/restlink/api/v1\n"


def test_credentials_as_a_table_show_every_token_whole() -> None:
    printed = json.loads(run("credentials", "restlink", "--format", "json").stdout)
    table = run("credentials", "restlink").stdout
    assert printed["restlink"]["owner"]["jwt"] in table
    assert "keys.hmac.secret" in table


def test_specs_commands() -> None:
    assert [line.split()[0] for line in run("specs", "list").stdout.splitlines()] == list(MOUNTS)
    checked = run("specs", "check")
    assert (checked.returncode, checked.stdout) == (0, "5 contracts, 0 findings\n")
    path = Path(run("specs", "path", "bird").stdout.strip())
    assert path.read_text("utf-8") == run("specs", "export", "bird").stdout
    assert json.loads(run("specs", "export", "bird", "--format", "json").stdout) == load_spec("bird")
    assert load_yaml(run("specs", "export", "bird", "--format", "yaml").stdout) == load_spec("bird")


def test_serve_bounds_how_many_sandboxes_there_are_and_how_long(serve: Serve) -> None:
    _, printed = serve("restlink", "--sandboxes", "1", "--sandbox-idle", "0.2")
    url, token = re.search(r"http://127\.0\.0\.1:\d+", printed), re.search(r"bearer token: (\S+)\)", printed)
    assert url
    assert token
    with httpx.Client(base_url=f"{url[0]}/_understudy", headers={"Authorization": f"Bearer {token[1]}"}) as control:
        assert control.post("/sandboxes", json={"name": "one"}).status_code == 201
        assert control.post("/sandboxes", json={"name": "two"}).json()["error"] == "too_many_sandboxes"
        assert any(control.post("/sandboxes", json={"name": "two"}).status_code == 201 for _ in range(2000))
