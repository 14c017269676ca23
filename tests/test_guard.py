"""The control plane's guard: no strange name, no other origin and no credential of an API gets in."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from mockserver.data import MOUNTS, load_spec
from mockserver.guard import Guard, HostNotAllowed
from mockserver.serving.contract import Contract
from tests.conftest import RunningMock

CONTROL = Contract("control", load_spec("control"))
ALLOWED = Guard(["mock.test", "10.1.2.3", "::"])
#: Paths of the control plane: every door that it has.
DOORS = ["/ready", "/live", "/clock", "/reset", "/ui/", "/ui", "/openapi.json", "/openapi.yaml", "/nowhere", ""]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


def scope(*hosts: str, arrived_at: str = "192.168.1.5") -> dict[str, Any]:
    return {"headers": [(b"host", host.encode("latin-1")) for host in hosts], "server": (arrived_at, 4010)}


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "localhost:4010",
        "LOCALHOST.",
        "mock.localhost:1",
        "127.0.0.1",
        "127.9.9.9:80",
        "[::1]:4010",
        "[::ffff:127.0.0.1]",
        "192.168.1.5:4010",
        "mock.test",
        "Mock.Test.:4010",
        "10.1.2.3",
        "[::]:4010",
    ],
)
def test_its_own_names_are_let_in(host: str) -> None:
    ALLOWED.check(scope(host))


@pytest.mark.parametrize(
    "hosts",
    [
        ["evil.example"],
        ["evil.example:4010"],
        ["localhost.evil.example"],
        ["127.0.0.1.evil.example"],
        ["notlocalhost"],
        ["evil.example@127.0.0.1"],
        ["127.0.0.1, evil.example"],
        ["192.168.1.6"],
        ["[fe80::1]"],
        ["0.0.0.0:4010"],
        ["128.0.0.1"],
        [""],
        [" "],
        ["localhost:x"],
        ["lo\xadcalhost"],
        ["localhost\n"],
        ["[localhost]"],
        ["sub.mock.test"],
        ["."],
        ["-"],
        [],
        ["localhost", "evil.example"],
        ["localhost", "localhost"],
    ],
)
def test_every_other_name_is_not(hosts: list[str]) -> None:
    with pytest.raises(HostNotAllowed):
        ALLOWED.check(scope(*hosts))


def test_the_address_of_a_socket_for_both_families_is_read_as_the_one_that_was_meant() -> None:
    Guard().check(scope("192.168.1.5", arrived_at="::ffff:192.168.1.5"))
    for host in ("mock.test", "."):
        with pytest.raises(HostNotAllowed):
            Guard().check(scope(host, arrived_at=""))
    with pytest.raises(HostNotAllowed):
        Guard().check({"headers": [(b"host", b"mock.test")], "server": None})


@pytest.fixture
def strange(mock: RunningMock) -> Iterator[httpx.Client]:
    """Sends the right token to the wrong name."""
    headers = {"Host": "evil.example", "Authorization": f"Bearer {mock.app.settings.control_token}"}
    with httpx.Client(base_url=mock.url, headers=headers) as client:
        yield client


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("prefix", ["", "/~nobody"])
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
def test_no_door_opens_for_a_strange_name(strange: httpx.Client, mock: RunningMock, prefix: str, door: str, method: str) -> None:
    refused = strange.request(method, f"{prefix}/_understudy{door}", headers={"X-Understudy-Sandbox": "nobody"})
    assert (refused.status_code, refused.json()["error"]) == (421, "host_not_allowed")
    assert "evil" not in refused.text
    assert CONTROL.schemas.reply({"$ref": "#/components/schemas/Error"}).is_valid(refused.json())


def test_a_strange_name_makes_no_sandbox(strange: httpx.Client, mock: RunningMock) -> None:
    strange.get("/~made-by-a-stranger/_understudy/ready")
    assert mock.app.sandboxes.find("made-by-a-stranger") is None


def test_the_apis_answer_to_any_name(strange: httpx.Client, mock: RunningMock) -> None:
    key = {"X-API-Key": mock.cast("restlink")["owner"]["api_keys"]["16"]}
    assert strange.get(f"{MOUNTS['restlink']}/user/balance", headers=key).status_code == 200


def test_a_name_that_was_allowed_is_the_mocks_own(start_mock: Callable[..., RunningMock]) -> None:
    running = start_mock(apis=["bird"], allowed_hosts=["mock.test"])
    assert httpx.get(f"{running.url}/_understudy/ready", headers={"Host": "mock.test:4010"}).status_code == 200
    assert httpx.get(f"{running.url}/_understudy/ready", headers={"Host": "other.test"}).status_code == 421


def deeds() -> list[tuple[str, str]]:
    """Every operation that needs the token: its method and a path that fits."""
    return [
        (operation.method.upper(), re.sub(r"{[^}]*}", "1", operation.path))
        for operation in CONTROL.operations.values()
        if operation.security
    ]


@pytest.mark.parametrize(("method", "path"), deeds(), ids=lambda word: word)
def test_no_credential_of_an_api_opens_a_deed_and_neither_does_none(mock: RunningMock, method: str, path: str) -> None:
    with httpx.Client(base_url=f"{mock.url}/_understudy") as client:
        assert client.request(method, path).status_code == 401
        for headers in credentials(mock):
            refused = client.request(method, path, headers=headers)
            assert (refused.status_code, set(refused.json())) == (401, {"error", "detail"}), headers


def credentials(mock: RunningMock) -> Iterator[dict[str, str]]:
    """The headers that let the owners of the five APIs in."""
    owners = {api: mock.cast(api)["owner"] for api in MOUNTS}
    yield {"Authorization": f"AccessKey {owners['bird']['access_key']}"}
    yield {"Authorization": f"Bearer {owners['restlink']['jwt']}"}
    yield {"X-API-Key": owners["restlink"]["api_keys"]["16"]}
    yield {"Authorization": f"Bearer {owners['tofrom']['session_token']}"}
    yield {"Authorization": f"Bearer {owners['tofrom']['api_key']}"}
    yield {"Authorization": f"Bearer {owners['xpressbot']['api_key']}"}
    yield {"Authorization": f"Bearer {owners['timelines']['jwt']}"}


@pytest.mark.parametrize("path", [*dict.fromkeys(path for _, path in deeds()), "/ready", "/live"])
def test_a_browsers_question_for_another_origin_gets_405(mock: RunningMock, path: str) -> None:
    asks = {
        "Origin": "https://evil.example",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization",
    }
    answer = httpx.options(f"{mock.url}/_understudy{path}", headers=asks)
    assert answer.status_code == 405
    assert answer.headers["Allow"]


def test_no_reply_names_an_origin(mock: RunningMock) -> None:
    origin = {"Origin": "https://evil.example"}
    for door in DOORS:
        for method in ("GET", "OPTIONS", "POST", "HEAD"):
            answer = mock.control.request(method, door.removeprefix("/") or "/", headers=origin)
            assert [name for name in answer.headers if name.startswith("access-control-")] == [], (method, door)
    mock.reset()


def test_the_swagger_ui_needs_nothing_from_elsewhere(mock: RunningMock) -> None:
    with httpx.Client(base_url=f"{mock.url}/_understudy") as client:
        page = client.get("/ui/")
        assert page.status_code == 200
        assets = re.findall(r"(?:src|href)=\"([^\"]+)\"", page.text)
        assert any(asset.endswith("swagger-ui-bundle.js") for asset in assets)
        for asset in assets:
            assert not re.match(r"(?:https?:)?//", asset), asset
            assert client.get(f"/ui/{asset.removeprefix('./')}").status_code == 200, asset
        (contract,) = re.findall(r"url: \"([^\"]+)\"", page.text)
        assert client.get(contract.removeprefix("/_understudy")).json()["info"]["title"] == CONTROL.raw["info"]["title"]


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
def test_a_browser_without_a_network_draws_every_operation(mock: RunningMock, tmp_path: Path) -> None:
    words = [
        str(CHROMIUM),
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        f"--user-data-dir={tmp_path}",
        "--virtual-time-budget=20000",
    ]
    offline = ["--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1", "--dump-dom", f"{mock.url}/_understudy/ui/"]
    drawn = subprocess.run([*words, *offline], capture_output=True, text=True, timeout=120, check=True).stdout
    assert CONTROL.raw["info"]["title"] in drawn
    for operation_id in CONTROL.operations:
        assert f'-{operation_id}"' in drawn, operation_id
