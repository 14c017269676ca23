"""A target is a mock, what the file names, or unknown; what stands there is asked, not guessed."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from contract_tests.deployment import Deployment
from contract_tests.serving import serving
from contract_tests.targets.choice import OWN, choose
from contract_tests.targets.opening import open_target
from contract_tests.targets.target import PRODUCTION, TargetUnusable
from mockserver.app import cast
from mockserver.data import MOUNTS, fixtures_path


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder: whoever runs the tests may have a file of targets."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(text: str) -> None:
    Path("understudy.toml").write_text(text, "utf-8")


async def no_mock(scope: Any, receive: Any, send: Any) -> None:
    """A server that is no mock: it knows everything under every path."""
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
        await send({"type": "http.response.body", "body": b"{}"})


async def another_name(scope: Any, receive: Any, send: Any) -> None:
    """A mock behind a proxy that asks it under a name that it does not know."""
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 421, "headers": []})
        await send({"type": "http.response.body", "body": b""})


@pytest.fixture
def stranger() -> Iterator[str]:
    with serving(no_mock) as url:
        yield url


@pytest.fixture
def unused_url() -> Iterator[str]:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{bound.getsockname()[1]}"


def test_a_mock_is_started_with_an_open_control_plane_and_ends_with_the_block() -> None:
    with open_target(OWN, ["timelines"], None) as (target, apis):
        assert apis == ("timelines",)
        assert httpx.get(f"{target.root}/_understudy/ready").json()["apis"] == {"timelines": MOUNTS["timelines"]}
        # Straight to the mock: what the gate leads to is the same.
        seen = target.seen_from(str(target.root))
        assert seen.resets
        seen.reset()
        root = target.root
    with pytest.raises(httpx.HTTPError):
        httpx.get(f"{root}/_understudy/ready", timeout=1)


def test_the_world_of_a_running_mock_gives_the_cast(start_mock: Callable[..., Any]) -> None:
    mock = start_mock(apis=("timelines", "restlink"), world="empty")
    with open_target(f"{mock.url}/", [], None) as (target, apis):
        assert set(apis) == {"timelines", "restlink"}
        assert target.casts["restlink"]["owner"]["api_keys"] == cast("restlink", "empty")["owner"]["api_keys"]
        assert target.bases["restlink"] == mock.base("restlink")
        assert target.profile == "mock"


def test_a_world_of_ones_own_is_found_by_its_folder(
    start_mock: Callable[..., Any], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(fixtures_path() / "empty", folder / "mine")
    mock = start_mock(apis=("timelines",), world="./mine")
    with open_target(mock.url, [], None) as (target, _):
        assert target.casts["timelines"]["owner"]["partner_id"] == cast("timelines", "empty")["owner"]["partner_id"]
    shutil.rmtree(folder / "mine")
    with pytest.raises(TargetUnusable, match="cast is not to be found"), open_target(mock.url, [], None):
        pass


def test_the_control_plane_is_open_to_its_own_token_alone(start_mock: Callable[..., Any]) -> None:
    mock = start_mock(apis=("timelines",))
    for token, opened in ((mock.app.settings.control_token, True), ("another", False), (None, False)):
        with open_target(mock.url, [], token) as (target, _):
            assert (target.control_token is not None) is opened
            assert (target.capabilities.reset, target.capabilities.clock) == (opened, opened)
            assert target.seen_from("http://gate").resets is opened


def test_what_others_left_is_told_where_nothing_can_be_reset(start_mock: Callable[..., Any]) -> None:
    mock = start_mock(apis=("timelines",))
    owner = mock.cast("timelines")["owner"]
    token = {"Authorization": f"Bearer {owner['jwt']}", "X-TL-Partner-Id": owner["partner_id"]}
    made = httpx.post(f"{mock.base('timelines')}/workspaces", headers=token, json={"display_name": "x", "seats_purchased": 1})
    assert made.status_code == 201
    with open_target(mock.url, [], None) as (target, _):
        assert target.drawn > 0
    write(f'[targets.shared]\nprofile = "mock"\nroot = "{mock.url}"\nreset = false')
    with open_target("shared", [], mock.app.settings.control_token) as (target, _):
        assert target.drawn > 0, "this one must not be reset"
        assert target.control_token is not None
        assert not target.seen_from("http://gate").resets
    with open_target(f"{mock.url}", [], mock.app.settings.control_token) as (target, _):
        assert target.drawn > 0, "a URL that the file names takes its section"
    Path("understudy.toml").unlink()
    with open_target(mock.url, [], mock.app.settings.control_token) as (target, _):
        assert target.drawn == 0, "the run begins with a reset"


def test_a_token_that_the_file_names_must_fit(start_mock: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    mock = start_mock(apis=("timelines",))
    write(f'[targets.shared]\nprofile = "mock"\nroot = "{mock.url}"\ncontrol_token = {{ env = "THE_TOKEN" }}')
    monkeypatch.setenv("THE_TOKEN", "another")
    with pytest.raises(TargetUnusable, match=r"control_token: \$THE_TOKEN does not open"), open_target("shared", [], None):
        pass
    monkeypatch.setenv("THE_TOKEN", mock.app.settings.control_token)
    with open_target("shared", [], None) as (target, _):
        assert target.control_token == mock.app.settings.control_token


def test_a_deployment_with_a_control_plane_is_reset_only_where_it_says_so(
    start_mock: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    mock = start_mock(apis=("timelines",))
    monkeypatch.setenv("THE_TOKEN", mock.app.settings.control_token)
    said = f'[targets.shared]\nprofile = "sandbox"\nroot = "{mock.url}"\ncontrol_url = "{mock.url}/_understudy"\n'
    write(said + 'control_token = { env = "THE_TOKEN" }\nclock = true')
    httpx.post(f"{mock.base('timelines')}/workspaces")
    with open_target("shared", ["timelines"], None) as (target, _):
        assert target.profile == "sandbox"
        seen = target.seen_from(str(target.root))
        assert not seen.resets
        control = seen.control()
        assert control is not None
        with control:
            assert control.get("/journal/count").json()["total"] == 1, "nothing was reset"
    write(said + 'control_token = { env = "THE_TOKEN" }\nreset = true')
    with open_target("shared", ["timelines"], None) as (target, _):
        seen = target.seen_from(str(target.root))
        assert seen.resets
        assert seen.control() is None, "only the clock's permission opens the control plane to tests"


def test_a_mock_behind_a_strange_name_is_told_how_to_be_asked() -> None:
    with (
        serving(another_name) as url,
        pytest.raises(TargetUnusable, match=r"--allow-host 127\.0\.0\.1"),
        open_target(url, [], None),
    ):
        pass


def test_what_claims_to_be_a_mock_and_is_none_opens_nothing(stranger: str) -> None:
    write(f'[targets.mine]\nprofile = "mock"\nroot = "{stranger}"')
    for where in ("mine", stranger):
        with pytest.raises(TargetUnusable, match="mine has the profile mock, but what answers"), open_target(where, [], None):
            pass


def test_what_nobody_knows_is_production_without_credentials(stranger: str) -> None:
    for where in (stranger, "https://api.example.com/v1"):
        with open_target(where, ["bird"], "a token") as (target, apis):
            assert (target.profile, target.limits.messages, target.casts, target.control_token) == (
                PRODUCTION,
                0,
                {"bird": {}},
                None,
            )
            assert target.bases["bird"] == f"{where}/bird"
            assert apis == ("bird",)


def test_silence_on_this_machine_is_told(unused_url: str) -> None:
    with pytest.raises(TargetUnusable, match="Nothing answers"), open_target(unused_url, [], None):
        pass


@pytest.mark.parametrize(
    "where", ["", "staging", "127.0.0.1:4010", "http://", "ftp://127.0.0.1", "http://h:99999/", "http://[::1/", "//h/x"]
)
def test_anything_else_is_refused_with_a_reason(where: str) -> None:
    with pytest.raises(TargetUnusable, match="neither 'mock'"):
        choose(where)


def test_a_password_in_a_url_is_refused_and_not_repeated() -> None:
    for where in ("https://user:hunter2@api.example.com/v1", "https://api.example.com/v1?key=hunter2"):
        with pytest.raises(TargetUnusable, match="no user, query or fragment") as refused:
            choose(where)
        assert "hunter2" not in str(refused.value)


TWO = """
[targets.staging]
profile = "staging"
root = "https://Staging.example.com/messaging/"

[targets.bird-only]
profile = "sandbox"
[targets.bird-only.apis.bird]
base_url = "https://bird.example.com:443/v2"
"""


@pytest.mark.parametrize(
    ("where", "name"),
    [
        ("staging", "staging"),
        ("https://staging.example.com/messaging", "staging"),
        ("https://staging.example.com:443/messaging/", "staging"),
        ("https://staging.example.com/messaging/bird", "staging"),
        ("https://bird.example.com/v2/", "bird-only"),
    ],
)
def test_a_name_or_the_url_of_a_section_takes_the_section(where: str, name: str) -> None:
    write(TWO)
    assert choose(where).target.name == name


@pytest.mark.parametrize(
    "where", ["http://staging.example.com/messaging", "https://staging.example.com", "https://bird.example.com/v3"]
)
def test_a_url_beside_a_section_is_unknown(where: str) -> None:
    write(TWO)
    assert choose(where).unknown


def test_a_url_that_two_sections_name_must_be_named() -> None:
    write(TWO + '[targets.also]\nprofile = "production"\nroot = "https://staging.example.com/messaging"')
    with pytest.raises(TargetUnusable, match="name one of staging, also"):
        choose("https://staging.example.com/messaging")
    assert choose("also").target.profile == "production"


def test_a_mock_of_ones_own_needs_no_sound_file() -> None:
    write("nonsense")
    assert choose(OWN).own
    with pytest.raises(TargetUnusable, match="is no TOML"):
        choose("staging")


def test_an_unknown_name_is_told_with_the_known_ones() -> None:
    write(TWO)
    with pytest.raises(TargetUnusable, match=r"a name \(understudy.toml names staging, bird-only\)"):
        choose("stagin")


def test_an_api_that_the_target_lacks_is_told() -> None:
    write(TWO)
    with (
        pytest.raises(TargetUnusable, match="bird-only does not serve restlink; it serves bird"),
        open_target("bird-only", ["restlink"], None),
    ):
        pass


def test_addresses_under_another_name_of_the_target_lead_through_the_gate() -> None:
    write(TWO + "\n[targets.one]\nprofile = 'sandbox'\nroot = 'http://10.0.0.5:8080'\nhosts = ['files.example.com', 'b:81']")
    with open_target("one", ["bird"], None) as (target, _):
        seen = Deployment.from_json(target.seen_from("http://gate").to_json())
    assert seen.behind_the_gate("https://files.example.com/bird/media/1?a=b") == "http://gate/bird/media/1?a=b"
    assert seen.behind_the_gate("http://b:81/bird") == "http://gate/bird"
    assert seen.behind_the_gate("http://10.0.0.5:8080/bird/media/1") == "http://gate/bird/media/1"
    for beside in ("https://files.example.com.evil.example/bird/1", "https://files.example.com/birds", "http://b:82/bird"):
        assert seen.behind_the_gate(beside) == beside
