"""tofrom over a socket: logging in and out, workspaces, members, and the wall around a workspace."""

from __future__ import annotations

from typing import Any

import pytest

UNKNOWN = (404, "workspace_not_found", "There is no such workspace among those of this user.")
FORBIDDEN = (403, "forbidden", "Only owners and admins of the workspace may do this.")
NOT_KNOWN = (401, "unauthorized", "The credential is not known or no longer valid.")
CREDENTIALS = {"provider": "twilio", "account_sid": f"AC{'0' * 32}", "auth_token": "a-token-of-16-ch"}
READS = ("", "/members", "/api-keys", "/provider", "/phone-numbers", "/phone-numbers/available", "/messages")
CHANGES = (
    ("POST", "/members", {"email": "noah.kim@harborline.example"}),
    ("POST", "/api-keys", {"name": "Night job"}),
    ("DELETE", "/api-keys/key_2nb6h8y4", None),
    ("PUT", "/provider", CREDENTIALS),
    ("POST", "/phone-numbers", {"phone_number": "+14153670119"}),
    ("DELETE", "/phone-numbers/num_5ra9w2k7", None),
)


def test_a_login_is_answered_with_a_session_that_works(wire: Any) -> None:
    reply = wire.log_in(email="Dana.Whitfield@HARBORLINE.example")
    assert reply.status_code == 200
    body = reply.json()
    assert body["user"] == {"id": "usr_dana4w7k", "email": "dana.whitfield@harborline.example", "name": "Dana Whitfield"}
    assert set(body) == {"session_token", "expires_at", "user"}
    assert "X-RateLimit-Limit" not in reply.headers
    headers = {"Authorization": f"Bearer {body['session_token']}"}
    shown = wire.client.get("/api/ui/workspaces", headers=headers).json()
    assert shown == wire.client.get("/api/ui/workspaces", headers=wire.person()).json()


@pytest.mark.parametrize("wrong", [{"password": "correct-horse-8-lantern"}, {"email": "nobody@harborline.example"}])
def test_a_wrong_login_does_not_say_what_is_wrong(wire: Any, wrong: dict[str, str]) -> None:
    assert wire.told(wire.log_in(**wrong)) == (401, "invalid_login", "No account has this e-mail address with this password.")


def test_after_logout_that_session_alone_is_dead(wire: Any) -> None:
    headers = {"Authorization": f"Bearer {wire.log_in().json()['session_token']}"}
    ended = wire.client.post("/api/auth/logout", headers=headers)
    assert (ended.status_code, ended.json()) == (200, {"status": "logged_out"})
    assert ended.headers["X-RateLimit-Limit"] == "1000"
    assert wire.told(wire.client.get("/api/ui/workspaces", headers=headers)) == NOT_KNOWN
    assert wire.told(wire.client.post("/api/auth/logout", headers=headers)) == NOT_KNOWN
    assert wire.client.get("/api/ui/workspaces", headers=wire.person()).status_code == 200


def test_a_made_workspace_is_read_and_listed(wire: Any) -> None:
    made = wire.client.post("/api/ui/workspaces", headers=wire.person(), json={"name": "Harborline Catering"})
    assert made.status_code == 201
    workspace = made.json()
    assert {**workspace, "id": "", "created_at": ""} == {
        "id": "", "name": "Harborline Catering", "role": "owner", "provider_configured": False, "created_at": ""
    }  # fmt: skip
    assert wire.client.get(f"/api/ui/workspaces/{workspace['id']}", headers=wire.person()).json() == workspace
    listed = wire.client.get("/api/ui/workspaces", headers=wire.person()).json()
    assert listed["data"][-1] == workspace
    assert listed["pagination"] == {"currentPage": 1, "totalPages": 1, "totalItems": 3, "hasNext": False}


@pytest.mark.parametrize(
    ("body", "error"), [({}, "missing_params"), ({"name": ""}, "missing_params"), ({"name": "x" * 81}, "invalid_params")]
)
def test_a_workspace_needs_a_name(wire: Any, body: dict[str, str], error: str) -> None:
    assert wire.told(wire.client.post("/api/ui/workspaces", headers=wire.person(), json=body))[:2] == (400, error)


def test_the_pages_of_a_list_say_where_they_stand(wire: Any) -> None:
    found = [wire.get("/members", page=page, limit=3)["pagination"] for page in (1, 2, 3)]
    assert found == [
        {"currentPage": 1, "totalPages": 2, "totalItems": 4, "hasNext": True},
        {"currentPage": 2, "totalPages": 2, "totalItems": 4, "hasNext": False},
        {"currentPage": 3, "totalPages": 2, "totalItems": 4, "hasNext": False},
    ]
    assert wire.get("/messages", "unconfigured") == {
        "data": [], "pagination": {"currentPage": 1, "totalPages": 0, "totalItems": 0, "hasNext": False}
    }  # fmt: skip
    assert wire.get("/messages", page=1_000_000, limit=100)["data"] == []


@pytest.mark.parametrize("path", READS)
def test_what_is_in_a_workspace_of_others_is_read_by_nobody_else(wire: Any, path: str) -> None:
    for workspace in (wire.cast["stranger"]["workspace_id"], "ws_nothing"):
        reply = wire.client.get(f"/api/ui/workspaces/{workspace}{path}", headers=wire.person())
        assert wire.told(reply) == UNKNOWN
    assert wire.client.get(wire.at(path), headers=wire.person()).status_code == 200


@pytest.mark.parametrize(("method", "path", "body"), CHANGES)
def test_what_is_in_a_workspace_of_others_is_changed_by_nobody_else(wire: Any, method: str, path: str, body: Any) -> None:
    for workspace in (wire.cast["owner"]["workspace_id"], "ws_nothing"):
        reply = wire.client.request(method, f"/api/ui/workspaces/{workspace}{path}", headers=wire.person("stranger"), json=body)
        assert wire.told(reply) == UNKNOWN
    assert wire.client.request(method, wire.at(path), headers=wire.person(), json=body).status_code in (200, 201)


def test_an_invitation_is_answered_alike_with_and_without_an_account(wire: Any) -> None:
    for email in (wire.cast["stranger"]["email"], "noah.kim@harborline.example"):
        reply = wire.post("/members", email=email)
        assert reply.status_code == 201
        body = reply.json()
        assert {**body, "id": "", "created_at": ""} == {
            "id": "", "user_id": None, "email": email, "name": None, "role": "member", "status": "invited", "created_at": ""
        }  # fmt: skip
        assert wire.get("/members")["data"][-1] == body
    again = wire.post("/members", email="NOAH.kim@harborline.example", role="admin")
    assert wire.told(again) == (400, "already_member", "A member with this e-mail address exists in the workspace.")


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({}, "missing_params"),
        ({"email": "noah"}, "invalid_params"),
        ({"email": "noah.kim@harborline.example", "role": "owner"}, "invalid_params"),
    ],
)
def test_a_wrong_invitation_is_refused(wire: Any, body: dict[str, str], error: str) -> None:
    assert wire.told(wire.post("/members", **body))[:2] == (400, error)


@pytest.mark.parametrize("role", ["member", "admin"])
def test_an_invited_person_gets_in_by_logging_in_and_may_do_what_the_role_says(wire: Any, role: str) -> None:
    wire.post("/members", email=wire.cast["stranger"]["email"], role=role)
    assert wire.told(wire.client.get(wire.at(), headers=wire.person("stranger"))) == UNKNOWN
    wire.log_in("stranger")
    headers = wire.person("stranger")
    assert wire.client.get(wire.at(), headers=headers).json()["role"] == role
    for path in READS:
        assert wire.client.get(wire.at(path), headers=headers).status_code == 200
    for method, path, body in CHANGES:
        reply = wire.client.request(method, wire.at(path), headers=headers, json=body)
        if role == "member":
            assert wire.told(reply) == FORBIDDEN
        else:
            assert reply.status_code in (200, 201), reply.text
    found = wire.get("/members")["data"][4]
    assert (found["user_id"], found["name"], found["status"]) == ("usr_tomb6q2z", "Tom Becker", "active")


@pytest.mark.parametrize("workspace", ["a%0Ab", "ws_4kq8z1m7%0A", "a%20b", "%C3%A9", "x" * 65])
def test_an_id_that_cannot_be_one_is_a_wrong_parameter(wire: Any, workspace: str) -> None:
    reply = wire.client.get(f"/api/ui/workspaces/{workspace}/members", headers=wire.person())
    assert wire.told(reply)[:2] == (400, "invalid_params")
    assert reply.headers["X-RateLimit-Limit"] == "1000"
