"""What the laws of tofrom share: requests by its actors, replies that must be right, and things of a law's own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from contract_tests.deployment import Api
from contract_tests.laws import people
from contract_tests.laws.likeness import documented

Headers = dict[str, str]
Json = dict[str, Any]
WORKSPACES = "/api/ui/workspaces"
STATUSES = {"queued", "sending", "sent", "delivered", "failed", "undelivered"}
CREDENTIALS = {"provider": "twilio", "account_sid": f"AC{'0a' * 16}", "auth_token": "law-of-the-masked-token"}
#: Lists within a workspace.
LISTS = ("/members", "/api-keys", "/phone-numbers", "/phone-numbers/available", "/messages")
READS = ("", "/provider", *LISTS)
#: Changes within a workspace that lead nowhere, for those who may not make them.
CHANGES = (
    ("POST", "/members", {"email": "nobody@law.example"}),
    ("POST", "/api-keys", {"name": "law"}),
    ("DELETE", "/api-keys/key_of_nobody", None),
    ("PUT", "/provider", CREDENTIALS),
    ("POST", "/phone-numbers", {"phone_number": "+12015550100"}),
    ("DELETE", "/phone-numbers/num_of_nobody", None),
)


def bearer(token: str) -> Headers:
    """Headers of a request with this token."""
    return {"Authorization": f"Bearer {token}"}


def person(api: Api, actor: str = "owner") -> Headers:
    """Headers of a person's request."""
    return bearer(api.cast[actor]["session_token"])


def at(api: Api, path: str = "", actor: str = "owner") -> str:
    """A path in the actor's workspace."""
    return f"{WORKSPACES}/{api.cast[actor]['workspace_id']}{path}"


def got(response: httpx.Response, status: int = 200) -> Any:
    """The body of a reply that must be a success of this status."""
    what = f"{response.request.method} {response.request.url.path}"
    assert response.status_code == status, f"{what} is answered {status}, not {response.status_code} {response.text}"
    return documented("tofrom", response)


def assert_refused(response: httpx.Response, status: int, *codes: str) -> None:
    """The answer is this status in the one shape of errors and, where codes are named, with one of them."""
    what = f"{response.request.method} {response.request.url.path}"
    assert response.status_code == status, f"{what} is refused with {status}, not {response.status_code} {response.text}"
    body = response.json()
    assert isinstance(body.get("error"), str), "an error names its code as error"
    assert re.fullmatch(r"[a-z0-9_.-]+", body["error"]), f"error is a code, not {body['error']!r}"
    assert isinstance(body.get("detail"), str), "an error describes itself as detail"
    assert body["detail"], "detail says something"
    assert not codes or body["error"] in codes, f"{what} is refused with {' or '.join(codes)}, not {body['error']}"


def recipient(api: Api) -> str:
    """A number of the range that is reserved for fiction, or one that the target pins."""
    return people.somebody(api, people.PHONE, lambda: f"+1{api.random.randrange(201, 990)}55501{api.random.randrange(100):02}")


def invited(api: Api) -> str:
    """An address that nobody has, or one that the target pins."""
    return people.another(api, people.EMAIL, lambda: f"law-{api.random.getrandbits(64):016x}@law.example")


def text(api: Api) -> str:
    """A message that nobody else sends."""
    return f"law {api.random.getrandbits(64):016x}"


def send(api: Api, secret: str, **fields: Any) -> httpx.Response:
    """A message by this key."""
    body = {"to": recipient(api), "body": text(api), **fields}
    return api.client.post("/api/messages", headers=bearer(secret), json=body)


def sent(api: Api, secret: str, **fields: Any) -> str:
    """Send a message; its sid."""
    return str(got(send(api, secret, **fields))["sid"])


def newest(api: Api, actor: str = "owner", **filters: Any) -> dict[str, Json]:
    """The newest messages of the actor's workspace by their sid."""
    found = got(api.client.get(at(api, "/messages", actor), headers=person(api, actor), params={"limit": 100, **filters}))
    return {message["provider_sid"]: message for message in found["data"]}


def kept(api: Api, secret: str, **fields: Any) -> Json:
    """Send a message by a key of the owner's workspace; the message as the list shows it."""
    sid = sent(api, secret, **fields)
    found = newest(api)
    assert sid in found, "a message that was accepted is in the workspace's list"
    return found[sid]


def new_workspace(api: Api, actor: str = "owner") -> str:
    """A workspace that the actor makes; its id."""
    return str(got(api.client.post(WORKSPACES, headers=person(api, actor), json={"name": text(api)}), 201)["id"])


@contextmanager
def new_key(api: Api, workspace: str | None = None) -> Iterator[str]:
    """The secret of a key that the owner makes, in the owner's workspace if in no other, and revokes at the end."""
    path = f"{WORKSPACES}/{workspace or api.cast['owner']['workspace_id']}/api-keys"
    made = got(api.client.post(path, headers=person(api), json={"name": "law"}), 201)
    try:
        yield made["key"]
    finally:
        api.client.delete(f"{path}/{made['id']}", headers=person(api))


@contextmanager
def bought_number(api: Api, workspace: str) -> Iterator[Json]:
    """A number that the owner gets for a workspace and gives back at the end."""
    path = f"{WORKSPACES}/{workspace}/phone-numbers"
    stock = got(api.client.get(f"{path}/available", headers=person(api), params={"limit": 100}))["data"]
    if not stock:
        pytest.skip("needs a phone number in the stock")
    wanted = api.random.choice(stock)["phone_number"]
    number: Json = got(api.client.post(path, headers=person(api), json={"phone_number": wanted}), 201)
    try:
        yield number
    finally:
        api.client.delete(f"{path}/{number['id']}", headers=person(api))


def shared_workspace(api: Api) -> str:
    """A workspace of the owner's that the stranger is a plain member of."""
    workspace = new_workspace(api)
    email = api.cast["stranger"]["email"]
    got(api.client.post(f"{WORKSPACES}/{workspace}/members", headers=person(api), json={"email": email, "role": "member"}), 201)
    log_in(api, "stranger")
    return workspace


def log_in(api: Api, actor: str) -> str:
    """A new session of the actor."""
    actor_login = {name: api.cast[actor][name] for name in ("email", "password")}
    return str(got(api.client.post("/api/auth/login", json=actor_login))["session_token"])


def walk(api: Api, path: str, headers: Headers, limit: int = 100, **filters: Any) -> list[Json]:
    """Everything that a list holds, by its pages, each of which is consistent with itself."""
    entries: list[Json] = []
    for number in range(1, 1000):
        page = got(api.client.get(path, headers=headers, params={**filters, "page": number, "limit": limit}))
        assert_consistent(page, number, limit)
        entries += page["data"]
        if not page["pagination"]["hasNext"]:
            return entries
    pytest.fail(f"{path} has no last page")


def assert_consistent(page: Json, number: int, limit: int) -> None:
    """The figures of a page agree with each other and with what was asked for."""
    assert set(page) >= {"data", "pagination"}, "a list is answered as data and pagination"
    figures = page["pagination"]
    assert all(type(figures[name]) is int for name in ("currentPage", "totalPages", "totalItems")), "the figures are integers"
    assert figures["currentPage"] == number, "currentPage is the page that was asked for"
    assert figures["totalPages"] == -(-figures["totalItems"] // limit), "totalPages pages of this size hold totalItems items"
    assert figures["hasNext"] is (number < figures["totalPages"]), "hasNext is true until the last page"
    expected = max(0, min(limit, figures["totalItems"] - (number - 1) * limit))
    assert len(page["data"]) == expected, "every page is full but the last, and those beyond are empty"
