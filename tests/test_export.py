"""Export: a sandbox as the folder of a world, which opens again where it was left, byte for byte."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from .conftest import RunningMock

JSON = dict[str, Any]
NOON = "2026-02-13T12:00:00Z"


@pytest.fixture
def mock(start_mock: Callable[..., RunningMock]) -> RunningMock:
    return start_mock()


def within(mock: RunningMock, sandbox: str) -> httpx.Client:
    """The mock as a client sees it that names a sandbox."""
    return httpx.Client(base_url=f"{mock.url}/~{sandbox}", timeout=30)


def files_of(mock: RunningMock, sandbox: str) -> JSON:
    reply = mock.control.get(f"/sandboxes/{sandbox}/export")
    assert reply.status_code == 200, reply.text
    files: JSON = reply.json()["files"]
    return files


def opened(mock: RunningMock, **plan: Any) -> JSON:
    reply = mock.control.post("/sandboxes", json=plan)
    assert reply.status_code == 201, reply.text
    made: JSON = reply.json()
    return made


def use(mock: RunningMock, sandbox: str) -> None:
    """Something happens in every API, and is under way."""
    cast = mock.control.get("/credentials").json()
    control = mock.control.headers
    with within(mock, sandbox) as client:
        restlink = {"X-API-Key": cast["restlink"]["owner"]["api_keys"]["16"]}
        text = {"to": ["+14155551234", "+14155599901"], "message": "hi", "sender_id": "MyApp"}
        assert client.post("/restlink/api/v1/sms/send", json=text, headers=restlink).status_code == 200
        tofrom = {"Authorization": f"Bearer {cast['tofrom']['owner']['api_key']}"}
        letter = {"from": cast["tofrom"]["owner"]["phone_number"], "to": "+13129450127", "body": "hello"}
        assert client.post("/tofrom/api/messages", json=letter, headers=tofrom).status_code < 300
        owner = cast["bird"]["owner"]
        bird = {"Authorization": f"AccessKey {owner['access_key']}"}
        message = {
            "receiver": {"contacts": [{"identifierValue": "+31612345678"}]},
            "body": {"type": "text", "text": {"text": "Hello"}},
        }
        path = f"/bird/workspaces/{owner['workspace_id']}/channels/{owner['channels']['sms']}/messages"
        assert client.post(path, json=message, headers=bird).status_code < 300
        assert client.post("/_understudy/clock/advance", json={"seconds": 3}, headers=control).status_code == 200


def shown(mock: RunningMock, sandbox: str) -> list[bytes]:
    """What lists of each API show."""
    cast = mock.control.get("/credentials").json()
    bird, timelines, tofrom = (cast[api]["owner"] for api in ("bird", "timelines", "tofrom"))
    with within(mock, sandbox) as client:
        asked = [
            ("/restlink/api/v1/sms/messages", {"X-API-Key": cast["restlink"]["owner"]["api_keys"]["16"]}),
            ("/restlink/api/v1/user/balance", {"X-API-Key": cast["restlink"]["owner"]["api_keys"]["16"]}),
            (
                f"/tofrom/api/ui/workspaces/{tofrom['workspace_id']}/messages",
                {"Authorization": f"Bearer {tofrom['session_token']}"},
            ),
            (
                f"/bird/workspaces/{bird['workspace_id']}/channels/{bird['channels']['sms']}/messages",
                {"Authorization": f"AccessKey {bird['access_key']}"},
            ),
            (
                f"/timelines/partner/api/v1/workspaces/{timelines['workspace_id']}",
                {"Authorization": f"Bearer {timelines['jwt']}", "X-TL-Partner-Id": timelines["partner_id"]},
            ),
            ("/xpressbot/api/workspace/v1/channels/list", {"X-API-Key": cast["xpressbot"]["owner"]["api_key"]}),
        ]
        replies = [client.get(path, headers=headers) for path, headers in asked]
    assert {reply.status_code for reply in replies} == {200}
    return [reply.content for reply in replies]


def write(files: JSON, folder: Path) -> Path:
    folder.mkdir()
    for name, text in files.items():
        (folder / name).write_text(text, "utf-8")
    return folder


@pytest.fixture
def at_noon(start_mock: Callable[..., RunningMock]) -> RunningMock:
    """A mock whose tokens, minted by its clock, are good at the noon of its sandboxes."""
    mock = start_mock()
    assert mock.control.post("/reset", json={"now": NOON}).status_code == 204
    return mock


def test_what_was_exported_opens_again_and_is_exported_alike(at_noon: RunningMock) -> None:
    mock = at_noon
    opened(mock, name="one", now=NOON, seed=5)
    use(mock, "one")
    files = files_of(mock, "one")
    assert opened(mock, name="two", files=files)["seed"] == 5
    assert files_of(mock, "two") == files
    assert shown(mock, "two") == shown(mock, "one")


def test_it_goes_on_where_it_was_left(at_noon: RunningMock) -> None:
    mock = at_noon
    opened(mock, name="one", now=NOON)
    use(mock, "one")
    opened(mock, name="two", files=files_of(mock, "one"))
    before = shown(mock, "one")
    for name in ("one", "two"):
        # What was under way comes to its end in both, and what follows is drawn alike.
        use(mock, name)
        with within(mock, name) as client:
            client.post("/_understudy/clock/advance", json={"seconds": 600}, headers=mock.control.headers)
    assert shown(mock, "one") == shown(mock, "two") != before


def test_a_reset_puts_it_back_to_where_it_was_exported(at_noon: RunningMock) -> None:
    mock = at_noon
    opened(mock, name="one", now=NOON)
    use(mock, "one")
    files = files_of(mock, "one")
    opened(mock, name="two", files=files)
    use(mock, "two")
    with within(mock, "two") as client:
        assert client.post("/_understudy/reset", headers=mock.control.headers).status_code == 204
    assert files_of(mock, "two") == files


@pytest.mark.parametrize("world", ["default", "empty"])
def test_a_world_that_nobody_touched_comes_back_as_it_was(at_noon: RunningMock, world: str) -> None:
    mock = at_noon
    opened(mock, name="one", world=world, now=NOON)
    files = files_of(mock, "one")
    opened(mock, name="two", files=files)
    assert files_of(mock, "two") == files
    assert shown(mock, "two") == shown(mock, "one")


def test_the_folder_can_be_served(at_noon: RunningMock, start_mock: Callable[..., RunningMock], tmp_path: Path) -> None:
    opened(at_noon, name="one", now=NOON, seed=3)
    use(at_noon, "one")
    files = files_of(at_noon, "one")
    other = start_mock(world=str(write(files, tmp_path / "home")))
    assert other.control.get("/clock").json() == {"now": "2026-02-13T12:00:03.000000Z", "mode": "frozen"}
    assert other.control.get("/ready").json()["seed"] == 3
    assert files_of(other, "default") == files
    assert shown(other, "default") == shown(at_noon, "one")


def test_what_the_default_sandbox_holds_can_be_taken_home(at_noon: RunningMock) -> None:
    use(at_noon, "default")
    opened(at_noon, name="two", files=files_of(at_noon, "default"))
    assert shown(at_noon, "two") == shown(at_noon, "default")


def test_credentials_of_an_imported_sandbox_lead_to_it(at_noon: RunningMock) -> None:
    opened(at_noon, name="one", now=NOON)
    use(at_noon, "one")
    key = opened(at_noon, name="two", files=files_of(at_noon, "one"))["credentials"]["restlink"]["owner"]["api_keys"]["16"]
    reply = httpx.get(f"{at_noon.url}/restlink/api/v1/sms/messages", headers={"X-API-Key": key})
    assert reply.content == shown(at_noon, "one")[0]


def test_a_clock_that_was_shifted_goes_on_shifted(mock: RunningMock) -> None:
    opened(mock, name="one")
    with within(mock, "one") as client:
        client.put("/_understudy/clock", json={"mode": "running", "now": "2031-01-01T00:00:00Z"}, headers=mock.control.headers)
    made = opened(mock, name="two", files=files_of(mock, "one"))
    assert made["mode"] == "running"
    assert made["now"].startswith("2031-01-01T00:0")
