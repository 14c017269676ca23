"""Sandboxes: how they are reached, that they do not see each other, and when they leave."""

from __future__ import annotations

import base64
import re
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import httpx
import pytest

from mockserver.data import MOUNTS
from mockserver.engine.store import SqliteStore, StateUnusable

from .conftest import RunningMock

JSON = dict[str, Any]


@pytest.fixture
def mock(start_mock: Callable[..., RunningMock]) -> RunningMock:
    return start_mock()


@pytest.fixture
def plain(mock: RunningMock) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=mock.url, timeout=30) as client:
        yield client


def made(mock: RunningMock, **plan: Any) -> JSON:
    reply = mock.control.post("/sandboxes", json=plan)
    assert reply.status_code == 201, reply.text
    opened: JSON = reply.json()
    return opened


def balance(client: httpx.Client, key: str, prefix: str = "", **headers: str) -> tuple[int, Any]:
    reply = client.get(f"{prefix}/restlink/api/v1/user/balance", headers={"X-API-Key": key, **headers})
    return reply.status_code, reply.json().get("balance")


def send(client: httpx.Client, key: str, prefix: str = "", **headers: str) -> httpx.Response:
    body = {"to": ["+14155551234"], "message": "hi", "sender_id": "MyApp"}
    return client.post(f"{prefix}/restlink/api/v1/sms/send", json=body, headers={"X-API-Key": key, **headers})


def key_of(credentials: JSON) -> str:
    key: str = credentials["restlink"]["owner"]["api_keys"]["16"]
    return key


WORLDS_KEY = "sk_prod_0016f3a95b1c7e824d60"
SPENT = (200, 1250.492)
UNTOUCHED = (200, 1250.5)


def test_a_path_a_header_and_a_credential_lead_to_a_sandbox(mock: RunningMock, plain: httpx.Client) -> None:
    own = key_of(made(mock, name="one")["credentials"])
    assert send(plain, WORLDS_KEY, "/~one").status_code == 200
    assert balance(plain, WORLDS_KEY, "/~one") == SPENT
    assert balance(plain, WORLDS_KEY, **{"X-Understudy-Sandbox": "one"}) == SPENT
    assert balance(plain, own) == SPENT
    assert balance(plain, own, "/~one") == SPENT
    assert balance(plain, WORLDS_KEY) == UNTOUCHED


def test_a_sandbox_that_is_named_for_the_first_time_is_made(mock: RunningMock, plain: httpx.Client) -> None:
    assert send(plain, WORLDS_KEY, "/~fresh.1").status_code == 200
    assert balance(plain, WORLDS_KEY, "/~fresh.1") == SPENT
    assert [one["name"] for one in mock.control.get("/sandboxes").json()["sandboxes"]] == ["default", "fresh.1"]


def test_credentials_of_one_sandbox_are_nobodys_in_another(mock: RunningMock, plain: httpx.Client) -> None:
    one, two = (key_of(made(mock, name=name)["credentials"]) for name in ("one", "two"))
    assert len({one, two, WORLDS_KEY}) == 3
    assert balance(plain, one, "/~two")[0] == 401
    assert balance(plain, one, "/~default")[0] == 401
    assert balance(plain, one, **{"X-Understudy-Sandbox": "two"})[0] == 401
    assert mock.control.delete("/sandboxes/one").status_code == 204
    assert balance(plain, one)[0] == 401
    assert balance(plain, two)[0] == 200


SHAPES = {
    "restlink": (r"sk_prod_[A-Za-z0-9]{16,64}", lambda owner: owner["api_keys"]["16"]),
    "bird": (r"[A-Za-z0-9]{36}", lambda owner: owner["access_key"]),
    "tofrom": (r"tf_live_[0-9a-f]{32}", lambda owner: owner["api_key"]),
    "xpressbot": (r"[\w-]+", lambda owner: owner["api_key"]),
    "timelines": (r"[\w-]+", lambda owner: owner["partner_id"]),
}


@pytest.mark.parametrize("api", SHAPES)
def test_a_sandboxs_own_credentials_have_the_shape_of_the_worlds(mock: RunningMock, api: str) -> None:
    shape, read = SHAPES[api]
    ours = read(made(mock, name="one")["credentials"][api]["owner"])
    worlds = read(mock.control.get("/credentials").json()[api]["owner"])
    assert ours != worlds
    assert len(ours) == len(worlds)
    assert re.fullmatch(shape, ours)
    assert re.fullmatch(shape, worlds)


def _call(api: str, actor: JSON) -> tuple[str, JSON]:
    """A request that shows the state, and the same for each kind of credential."""
    match api:
        case "restlink":
            return "/user/balance", {"Authorization": f"Bearer {actor['jwt']}"}
        case "bird":
            return f"/workspaces/{actor['workspace_id']}/contacts", {"Authorization": f"AccessKey {actor['access_key']}"}
        case "tofrom":
            path = f"/api/ui/workspaces/{actor['workspace_id']}/messages"
            return path, {"Authorization": f"Bearer {actor['session_token']}"}
        case "xpressbot":
            return "/channels/list", {"X-API-Key": actor["api_key"]}
        case _:
            headers = {"Authorization": f"Bearer {actor['jwt']}", "X-TL-Partner-Id": actor["partner_id"]}
            return f"/workspaces/{actor['workspace_id']}", headers


@pytest.mark.parametrize("api", MOUNTS)
def test_every_apis_own_credentials_select_the_sandbox_by_themselves(mock: RunningMock, plain: httpx.Client, api: str) -> None:
    opened = made(mock, name="one", now="2031-05-05T12:00:00Z")
    for actor in ("owner", "stranger"):
        path, headers = _call(api, opened["credentials"][api][actor])
        reply = plain.get(opened["credentials"][api]["base_url"] + path, headers=headers)
        assert reply.status_code == 200, reply.text
        # The sandbox plays in another year: what the default one would say is not it.
        assert "2031" in reply.text or "2030" in reply.text or api == "xpressbot"
        assert plain.get(f"{mock.url}/~two{MOUNTS[api]}{path}", headers=headers).status_code in (401, 403)


def test_a_login_and_the_session_that_it_gives_stay_in_their_sandbox(mock: RunningMock, plain: httpx.Client) -> None:
    sessions = {}
    for name in ("one", "two"):
        owner = made(mock, name=name, now="2026-02-13T12:00:00Z")["credentials"]["tofrom"]["owner"]
        login = {"email": owner["email"], "password": owner["password"]}
        reply = plain.post("/tofrom/api/auth/login", json=login)
        assert reply.status_code == 200, reply.text
        sessions[name] = reply.json()["session_token"]
        assert plain.post("/~default/tofrom/api/auth/login", json=login).status_code == 401
    assert sessions["one"] != sessions["two"]
    for name, token in sessions.items():
        reply = plain.post("/tofrom/api/ui/workspaces", json={"name": name}, headers={"Authorization": f"Bearer {token}"})
        assert reply.status_code == 201, reply.text
    for name, token in sessions.items():
        found = plain.get("/tofrom/api/ui/workspaces", headers={"Authorization": f"Bearer {token}"}).json()
        assert [one["name"] for one in found["data"] if one["name"] in sessions] == [name]


def test_a_key_that_is_made_in_a_sandbox_leads_to_it(mock: RunningMock, plain: httpx.Client) -> None:
    owner = made(mock, name="one")["credentials"]["tofrom"]["owner"]
    session = {"Authorization": f"Bearer {owner['session_token']}"}
    reply = plain.post(f"/tofrom/api/ui/workspaces/{owner['workspace_id']}/api-keys", json={"name": "fresh"}, headers=session)
    assert reply.status_code == 201, reply.text
    key = reply.json()["key"]
    text = {"from": owner["phone_number"], "to": "+13129450127", "body": "hello"}
    sent = plain.post("/tofrom/api/messages", json=text, headers={"Authorization": f"Bearer {key}"})
    assert sent.status_code < 300, sent.text
    assert plain.post("/~default/tofrom/api/messages", json=text, headers={"Authorization": f"Bearer {key}"}).status_code == 401


def test_clocks_go_their_own_ways(mock: RunningMock, plain: httpx.Client) -> None:
    made(mock, name="one", now="2030-01-01T00:00:00Z")
    moved = plain.post("/~one/_understudy/clock/advance", json={"seconds": 60}, headers=mock.control.headers)
    assert moved.json()["now"] == "2030-01-01T00:01:00.000000Z"
    assert mock.control.get("/clock").json()["mode"] == "running"
    assert plain.get("/~two/_understudy/clock", headers=mock.control.headers).json()["mode"] == "running"


def test_sandboxes_of_one_seed_answer_alike(mock: RunningMock, plain: httpx.Client) -> None:
    replies = []
    for name in ("one", "two"):
        made(mock, name=name, now="2026-02-13T12:00:00Z")
        first = send(plain, WORLDS_KEY, f"/~{name}").content
        listed = plain.get(f"/~{name}/restlink/api/v1/sms/messages", headers={"X-API-Key": WORLDS_KEY}).content
        replies.append((first, listed))
    assert replies[0] == replies[1]
    made(mock, name="three", now="2026-02-13T12:00:00Z", seed=7)
    assert send(plain, WORLDS_KEY, "/~three").content != replies[0][0]


def test_a_reset_is_of_one_sandbox(mock: RunningMock, plain: httpx.Client) -> None:
    own = key_of(made(mock, name="one")["credentials"])
    for prefix in ("", "/~one"):
        send(plain, WORLDS_KEY, prefix)
    assert plain.post("/~one/_understudy/reset", headers=mock.control.headers).status_code == 204
    assert balance(plain, own) == UNTOUCHED
    assert balance(plain, WORLDS_KEY) == SPENT


def test_a_name_is_free_again_once_its_sandbox_is_dropped(mock: RunningMock, plain: httpx.Client) -> None:
    made(mock, name="one")
    send(plain, WORLDS_KEY, "/~one")
    assert mock.control.post("/sandboxes", json={"name": "one"}).json()["error"] == "sandbox_taken"
    assert plain.delete("/~one/_understudy/sandboxes/one", headers=mock.control.headers).status_code == 204
    assert mock.control.get("/sandboxes/one").json()["error"] == "sandbox_unknown"
    made(mock, name="one")
    assert balance(plain, WORLDS_KEY, "/~one") == UNTOUCHED


def test_the_default_sandbox_stays(mock: RunningMock) -> None:
    reply = mock.control.delete("/sandboxes/default")
    assert (reply.status_code, reply.json()["error"]) == (409, "sandbox_permanent")


@pytest.mark.parametrize("name", ["Upper", "-x", "a" * 64, "%2E%2E", "sp%20ace", ""])
def test_what_cannot_be_a_name_is_refused(mock: RunningMock, plain: httpx.Client, name: str) -> None:
    for path in ("/restlink/api/v1/user/balance", "/", "/nowhere"):
        reply = plain.get(f"/~{name}{path}", headers={"X-API-Key": WORLDS_KEY})
        assert (reply.status_code, reply.json()["error"]) == (400, "sandbox_name_invalid")
    assert len(mock.control.get("/sandboxes").json()["sandboxes"]) == 1


def test_there_are_never_more_than_the_run_may_hold(start_mock: Callable[..., RunningMock]) -> None:
    mock = start_mock(sandboxes=2)
    made(mock, name="one")
    made(mock, name="two")
    assert mock.control.post("/sandboxes", json={}).json()["error"] == "too_many_sandboxes"
    reply = httpx.get(f"{mock.url}/~three/restlink/api/v1/user/balance", headers={"X-API-Key": WORLDS_KEY})
    assert (reply.status_code, reply.json()["error"]) == (409, "too_many_sandboxes")
    assert mock.control.delete("/sandboxes/one").status_code == 204
    made(mock, name="three")


def test_what_nobody_uses_leaves(start_mock: Callable[..., RunningMock]) -> None:
    mock = start_mock(sandbox_idle=0.3)
    own = key_of(made(mock, name="one")["credentials"])
    for _ in range(400):
        if len(mock.control.get("/sandboxes").json()["sandboxes"]) == 1:
            break
        mock.control.get("/live")
    else:
        pytest.fail("it is still there")
    with httpx.Client(base_url=mock.url) as client:
        assert balance(client, own)[0] == 401
        assert balance(client, WORLDS_KEY) == UNTOUCHED


def test_a_world_that_cannot_be_opened_is_refused_with_its_places(mock: RunningMock) -> None:
    reply = mock.control.post("/sandboxes", json={"name": "one", "files": {"restlink.yaml": "cast: 7\n"}})
    assert (reply.status_code, reply.json()["error"]) == (400, "world_rejected")
    assert any(issue.startswith("restlink.yaml:1: /cast:") for issue in reply.json()["issues"])
    assert any(issue.startswith("bird.yaml: ") for issue in reply.json()["issues"])
    assert mock.control.post("/sandboxes", json={"world": "atlantis"}).json()["error"] == "world_rejected"
    assert len(mock.control.get("/sandboxes").json()["sandboxes"]) == 1


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("cast: &a [*a]", "a value holds itself"),
        ("- " * 100_000, "nested more than 64 levels deep"),
        ("\n".join(f"k{i}: &k{i} [{f'*k{i - 1}' if i else 1}]" for i in range(100)), "nested more than 64 levels deep"),
        ("\n".join(f"k{i}: &k{i} [{', '.join([f'*k{i - 1}' if i else '1'] * 9)}]" for i in range(30)), "more values than"),
        ("cast: !!set {a}", "a tag that JSON has no kind of value for"),
        ("cast: !!int x", "no number"),
        (f"cast: {'9' * 6000}", "no number"),
    ],
)
def test_a_world_that_would_grow_beyond_all_bounds_is_refused(mock: RunningMock, text: str, reason: str) -> None:
    reply = mock.control.post("/sandboxes", json={"name": "one", "files": {"restlink.yaml": text}})
    assert reply.status_code == 400, reply.text
    assert reason in str(reply.json()["issues"])


def test_sandboxes_outlive_the_process_in_a_state_file(start_mock: Callable[..., RunningMock], tmp_path: Any) -> None:
    first = start_mock(state=tmp_path / "state.db")
    own = key_of(made(first, name="one", now="2026-02-13T12:00:00Z", world="empty")["credentials"])
    with httpx.Client(base_url=first.url) as client:
        assert send(client, own).status_code == 200
        told = balance(client, own)
    first.close()
    second = start_mock(state=tmp_path / "state.db")
    with httpx.Client(base_url=second.url) as client:
        assert balance(client, own) == told
        assert client.get("/~one/_understudy/clock", headers=second.control.headers).json()["mode"] == "frozen"
    assert second.control.get("/sandboxes/one").json()["world"] == "empty"


@pytest.mark.parametrize("kid", ['"\\ud800"', '"\\u0000"', "7", "[]", f'"{"k" * 20_000}"'])
def test_a_token_that_names_no_possible_key_leads_nowhere(mock: RunningMock, plain: httpx.Client, kid: str) -> None:
    made(mock, name="one")
    parts = [f'{{"alg":"HS256","kid":{kid}}}', '{"sub":"1","account_id":1,"iat":1,"exp":2}', "signature"]
    token = ".".join(base64.urlsafe_b64encode(part.encode()).decode().rstrip("=") for part in parts)
    reply = plain.get("/restlink/api/v1/user/balance", headers={"Authorization": f"Bearer {token}"})
    assert reply.status_code == 401, reply.text


def test_who_still_sends_to_a_dropped_sandbox_is_not_heard_in_the_next_of_its_name(
    mock: RunningMock, plain: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mockserver.sandboxes._PATIENCE", 0.1)
    made(mock, name="one")
    body = b'{"to": ["+14155551234"], "message": "hi", "sender_id": "MyApp"}'
    head = (
        f"POST /~one/restlink/api/v1/sms/send HTTP/1.1\r\nHost: x\r\nX-API-Key: {WORLDS_KEY}\r\nContent-Length: {len(body)}\r\n"
    )
    with socket.create_connection(("127.0.0.1", httpx.URL(mock.url).port), timeout=10) as sending:
        sending.sendall(head.encode() + b"Content-Type: application/json\r\n\r\n" + body[:-1])
        while mock.control.get("/sandboxes/one").json()["idle_seconds"]:
            pass
        assert mock.control.delete("/sandboxes/one").status_code == 204
        made(mock, name="one")
        with suppress(OSError):
            sending.sendall(body[-1:])
            assert not sending.recv(1)
    assert balance(plain, WORLDS_KEY, "/~one") == UNTOUCHED


def test_a_reset_waits_for_no_receiver_of_what_was_before(mock: RunningMock, plain: httpx.Client) -> None:
    with socket.create_server(("127.0.0.1", 0)) as receiver, ThreadPoolExecutor() as others:
        hook = {"delivery_url": f"http://127.0.0.1:{receiver.getsockname()[1]}/", "signing_secret": "any"}
        assert plain.put("/restlink/api/v1/user/webhooks", json=hook, headers={"X-API-Key": WORLDS_KEY}).status_code == 200
        assert send(plain, WORLDS_KEY).status_code == 200
        advanced = others.submit(plain.post, "/_understudy/clock/advance", json={"seconds": 60}, headers=mock.control.headers)
        receiver.settimeout(20)
        silent, _ = receiver.accept()
        assert mock.control.post("/reset").status_code == 204
        assert not mock.app.courier._lanes
        assert advanced.result(20).status_code == 200
        silent.close()


def test_nothing_is_left_in_the_store_of_a_dropped_sandbox(mock: RunningMock, plain: httpx.Client) -> None:
    made(mock, name="one")
    assert send(plain, WORLDS_KEY, "/~one").status_code == 200
    assert plain.post("/~one/_understudy/reset", headers=mock.control.headers).status_code == 204
    assert mock.control.delete("/sandboxes/one").status_code == 204
    store = mock.app.sandbox.store
    assert isinstance(store, SqliteStore)
    queries = ("SELECT scope FROM record", "SELECT id FROM record", "SELECT name FROM counter", "SELECT sandbox FROM job")
    names = [name for query in queries for (name,) in store._connection.execute(query)]
    assert names
    assert not [name for name in names if re.search(r"\bone\b", name)]


def test_a_restored_sandbox_has_the_apis_that_its_first_run_had_not(
    start_mock: Callable[..., RunningMock], tmp_path: Any
) -> None:
    first = start_mock(state=tmp_path / "state.db", apis=("restlink",))
    key = key_of(made(first, name="one")["credentials"])
    first.close()
    second = start_mock(state=tmp_path / "state.db", apis=("restlink", "xpressbot"))
    opened = second.control.get("/sandboxes/one").json()
    xpressbot = opened["credentials"]["xpressbot"]
    with httpx.Client() as client:
        assert balance(client, key, second.url)[0] == 200
        own = {"X-API-Key": xpressbot["owner"]["api_key"]}
        assert client.get(f"{xpressbot['base_url']}/channels/list", headers=own).status_code == 200
    assert second.control.get("/sandboxes/one/export").status_code == 200


def test_one_api_more_does_not_set_the_clock_back(start_mock: Callable[..., RunningMock], tmp_path: Any) -> None:
    first = start_mock(apis=("restlink", "xpressbot"))
    first.control.put("/clock", json={"mode": "frozen", "now": "2031-05-05T12:00:00Z"})
    for name, text in first.control.get("/sandboxes/default/export").json()["files"].items():
        (tmp_path / name).write_text(text, "utf-8")
    second = start_mock(world=str(tmp_path), state=tmp_path / "state.db", apis=("restlink",))
    second.control.post("/clock/advance", json={"seconds": 60})
    second.close()
    third = start_mock(world=str(tmp_path), state=tmp_path / "state.db", apis=("restlink", "xpressbot"))
    assert third.control.get("/clock").json() == {"now": "2031-05-05T12:01:00.000000Z", "mode": "frozen"}


def test_a_sandbox_whose_world_lacks_an_api_is_named_at_the_start(start_mock: Callable[..., RunningMock], tmp_path: Any) -> None:
    first = start_mock(state=tmp_path / "state.db", apis=("restlink",))
    made(first, name="one", files=first.control.get("/sandboxes/default/export").json()["files"])
    first.close()
    with pytest.raises(StateUnusable, match=r"a sandbox 'one' whose world.*xpressbot\.yaml: no such file"):
        start_mock(state=tmp_path / "state.db", apis=("restlink", "xpressbot"))


def test_links_that_need_no_credential_lead_home(mock: RunningMock, plain: httpx.Client) -> None:
    owner = made(mock, name="one")["credentials"]["bird"]["owner"]
    path = f"/bird/workspaces/{owner['workspace_id']}/channels/{owner['channels']['sms']}/presigned-upload"
    reply = plain.post(path, json={"contentType": "image/png"}, headers={"Authorization": f"AccessKey {owner['access_key']}"})
    assert reply.status_code < 300, reply.text
    assert reply.json()["uploadUrl"].startswith(f"{mock.url}/~one/bird/")
