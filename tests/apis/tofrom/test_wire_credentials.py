"""tofrom over a socket: who is let in where, and what a recognised caller is told of the limit."""

from __future__ import annotations

import httpx
import pytest

SESSION_OPERATIONS = [
    ("POST", "/api/auth/logout"),
    ("GET", "/api/ui/workspaces"),
    ("POST", "/api/ui/workspaces"),
    ("GET", "/api/ui/workspaces/ws_4kq8z1m7"),
    ("GET", "/api/ui/workspaces/ws_4kq8z1m7/members"),
    ("POST", "/api/ui/workspaces/ws_4kq8z1m7/members"),
    ("GET", "/api/ui/workspaces/ws_4kq8z1m7/api-keys"),
    ("POST", "/api/ui/workspaces/ws_4kq8z1m7/api-keys"),
    ("DELETE", "/api/ui/workspaces/ws_4kq8z1m7/api-keys/key_1"),
    ("GET", "/api/ui/workspaces/ws_4kq8z1m7/provider"),
    ("PUT", "/api/ui/workspaces/ws_4kq8z1m7/provider"),
    ("GET", "/api/ui/workspaces/ws_4kq8z1m7/phone-numbers"),
    ("POST", "/api/ui/workspaces/ws_4kq8z1m7/phone-numbers"),
    ("GET", "/api/ui/workspaces/ws_4kq8z1m7/phone-numbers/available"),
    ("DELETE", "/api/ui/workspaces/ws_4kq8z1m7/phone-numbers/num_1"),
    ("GET", "/api/ui/workspaces/ws_4kq8z1m7/messages"),
]
MESSAGE = {"to": "+13129450127", "body": "Hello"}
RATE_HEADERS = ("X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset")
UNAUTHORIZED = "unauthorized"


@pytest.fixture
def tofrom(mock):
    mock.reset()
    with httpx.Client(base_url=mock.base("tofrom")) as client:
        yield client


@pytest.fixture
def owner(mock):
    return mock.cast("tofrom")["owner"]


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def refused(reply: httpx.Response) -> tuple[int, str]:
    assert set(reply.json()) == {"error", "detail"}
    return reply.status_code, reply.json()["error"]


@pytest.mark.parametrize(("method", "path"), SESSION_OPERATIONS)
def test_a_ui_operation_refuses_nobody_and_an_api_key(tofrom, owner, method, path):
    assert refused(tofrom.request(method, path)) == (401, UNAUTHORIZED)
    by_key = tofrom.request(method, path, headers=bearer(owner["api_key"]))
    assert by_key.status_code == 401
    assert by_key.json() == {
        "error": "wrong_credential",
        "detail": "This operation needs a session token; an API key was sent.",
    }
    assert not set(map(str.lower, RATE_HEADERS)) & set(by_key.headers)


def test_sending_refuses_a_session(tofrom, owner):
    reply = tofrom.post("/api/messages", headers=bearer(owner["session_token"]), json=MESSAGE)
    assert reply.status_code == 401
    assert reply.json() == {
        "error": "wrong_credential",
        "detail": "This operation needs an API key; a session token was sent.",
    }


@pytest.mark.parametrize("actor", ["owner", "stranger", "unconfigured"])
def test_every_actor_is_let_in_with_both_credentials(tofrom, mock, actor):
    cast = mock.cast("tofrom")[actor]
    assert tofrom.get("/api/ui/workspaces", headers=bearer(cast["session_token"])).status_code == 200
    assert tofrom.post("/api/messages", headers=bearer(cast["api_key"]), json=MESSAGE).status_code != 401


@pytest.mark.parametrize(
    "authorization", ["Bearer tfs_00000000000000000000000000000000", "Basic dTpw", "Bearer", "tfs_1", "Bearer \u00e9"]
)
def test_any_other_credential_is_refused(tofrom, authorization):
    reply = tofrom.get("/api/ui/workspaces", headers={b"Authorization": authorization.encode("latin-1")})
    assert refused(reply) == (401, UNAUTHORIZED)


def test_remaining_falls_by_one_whatever_the_answer(tofrom, owner):
    headers = bearer(owner["session_token"])
    first = tofrom.get("/api/ui/workspaces", headers=headers)
    bad = tofrom.get("/api/ui/workspaces?limit=101", headers=headers)
    other = tofrom.get("/api/ui/workspaces/ws_4kq8z1m7/members", headers=headers)
    if first.headers["X-RateLimit-Reset"] != other.headers["X-RateLimit-Reset"]:
        pytest.skip("a minute ended between two requests")
    assert [reply.status_code for reply in (first, bad, other)] == [200, 400, 200]
    assert [reply.headers["X-RateLimit-Limit"] for reply in (first, bad, other)] == ["1000"] * 3
    assert [reply.headers["X-RateLimit-Remaining"] for reply in (first, bad, other)] == ["999", "998", "997"]
