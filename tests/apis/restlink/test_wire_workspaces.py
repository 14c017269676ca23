"""Workspaces on the wire: the documented table of header values, row by row, on every operation."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

CROSS_TENANT = {
    "status": False,
    "error_code": "CROSS_TENANT_WORKSPACE",
    "description": "This workspace is not one of yours",
}
NO_MAIN = {
    "status": False,
    "error_code": "NO_MAIN_WORKSPACE",
    "description": "There is no main workspace; please contact support",
}
HEADER_INVALID = {
    "status": False,
    "error_code": "INVALID_WORKSPACE_HEADER",
    "description": "X-Workspace-ID must be a positive integer",
}
NOT_AVAILABLE = {
    "status": False,
    "error_code": "WORKSPACE_NOT_AVAILABLE",
    "description": "The workspace of this API key no longer exists",
}
DOCUMENTED = [
    {"id": 16, "name": "Main", "is_main": True, "account_id": 279, "product_id": 1430},
    {"id": 18, "name": "test-space", "is_main": False, "color": "#5298D9", "account_id": 279, "product_id": 1406},
]
MESSAGE = {"to": ["+14155551234"], "message": "hi", "sender_id": "MyApp"}
OPERATIONS: list[tuple[str, str, Any]] = [
    ("POST", "/sms/send", MESSAGE),
    ("GET", "/sms/status/api_1041_1771841700123456789_9f86d081884c7d65", None),
    ("GET", "/sms/messages", None),
    ("GET", "/sms/stats", None),
    ("GET", "/user/balance", None),
    ("GET", "/user/profile", None),
    ("GET", "/user/workspaces", None),
    ("GET", "/user/webhooks", None),
    ("PUT", "/user/webhooks", {}),
    ("POST", "/user/webhooks/test", {"event": "delivery"}),
    ("GET", "/user/webhooks/logs", None),
]
every_operation = pytest.mark.parametrize(("method", "path", "body"), OPERATIONS, ids=[f"{m} {p}" for m, p, _ in OPERATIONS])


def answer(response: httpx.Response) -> tuple[int, Any]:
    return response.status_code, response.json()


def test_the_documented_list_of_workspaces(wire: Any) -> None:
    assert answer(wire.client.get("/user/workspaces", headers=wire.jwt())) == (200, DOCUMENTED)


@pytest.mark.parametrize("workspace", [None, 16, 18])
def test_the_profile_embeds_the_same_list(wire: Any, workspace: int | None) -> None:
    assert wire.client.get("/user/profile", headers=wire.jwt(workspace=workspace)).json()["workspaces"] == DOCUMENTED
    assert wire.client.get("/user/profile", headers=wire.key(workspace or 16)).json()["workspaces"] == DOCUMENTED


def test_an_api_key_gets_no_list_of_workspaces(wire: Any) -> None:
    refused = {"status": False, "error_code": "FORBIDDEN", "description": "This operation is not available to API keys"}
    for key in (16, 18, "limited", "sandbox"):
        assert answer(wire.client.get("/user/workspaces", headers=wire.key(key))) == (403, refused)


@every_operation
@pytest.mark.parametrize("value", ["0", "-1", "abc", "16.0", "1e1", "", "016", "+16", "16 18", "16,18", "1" * 19, "٣"])
def test_a_header_that_is_no_positive_integer_is_refused(wire: Any, method: str, path: str, body: Any, value: str) -> None:
    headers = {**wire.jwt(), "X-Workspace-ID": value.encode()}
    assert answer(wire.client.request(method, path, json=body, headers=headers)) == (400, HEADER_INVALID)


@every_operation
def test_a_header_given_twice_is_refused(wire: Any, method: str, path: str, body: Any) -> None:
    headers = [*wire.jwt(workspace=16).items(), ("X-Workspace-ID", "18")]
    assert answer(wire.client.request(method, path, json=body, headers=headers)) == (400, HEADER_INVALID)


@every_operation
@pytest.mark.parametrize("workspace", [31, 17, 999999, "9" * 18], ids=["foreign", "deleted", "unknown", "huge"])
def test_a_workspace_that_is_not_ones_own_is_refused(wire: Any, method: str, path: str, body: Any, workspace: int | str) -> None:
    response = wire.client.request(method, path, json=body, headers=wire.jwt(workspace=workspace))
    assert answer(response) == (403, CROSS_TENANT)


@every_operation
def test_without_a_live_main_workspace_one_must_be_named(wire: Any, method: str, path: str, body: Any) -> None:
    assert answer(wire.client.request(method, path, json=body, headers=wire.jwt("mainless"))) == (403, NO_MAIN)
    named = wire.client.request(method, path, json=body, headers=wire.jwt("mainless", 41))
    assert named.json().get("error_code") in (None, "NOT_FOUND") if isinstance(named.json(), dict) else named.status_code == 200


@pytest.mark.parametrize("value", ["18", "31", "17", "0", "abc", ""])
def test_a_key_ignores_the_header(wire: Any, value: str) -> None:
    sent = wire.send({**wire.key(16), "X-Workspace-ID": value})
    assert sent.status_code == 200
    path = f"/sms/status/{sent.json()['messages'][0]['message_id']}"
    assert wire.client.get(path, headers=wire.key(16)).status_code == 200
    assert wire.client.get(path, headers=wire.key(18)).status_code == 404


def test_a_deleted_workspace_is_gone_at_once(wire: Any) -> None:
    created = wire.control.post("/restlink/accounts/279/workspaces", json={"name": "spring", "product_id": 1406})
    assert created.status_code == 201
    workspace = created.json()
    assert wire.client.get("/user/workspaces", headers=wire.jwt()).json() == [*DOCUMENTED, workspace]
    assert wire.send(wire.jwt(workspace=workspace["id"])).status_code == 200
    deleted = wire.control.delete(f"/restlink/accounts/279/workspaces/{workspace['id']}")
    assert deleted.status_code == 204
    assert wire.client.get("/user/workspaces", headers=wire.jwt()).json() == DOCUMENTED
    assert answer(wire.send(wire.jwt(workspace=workspace["id"]))) == (403, CROSS_TENANT)


def test_the_key_of_a_deleted_workspace_is_of_no_use(wire: Any) -> None:
    assert wire.control.delete("/restlink/accounts/279/workspaces/18").status_code == 204
    for method, path, body in OPERATIONS:
        response = wire.client.request(method, path, json=body, headers=wire.key(18))
        assert answer(response) == (403, NOT_AVAILABLE), path
