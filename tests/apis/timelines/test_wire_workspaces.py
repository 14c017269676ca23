"""timelines over a socket: what each operation answers, in full, and what the next reading shows of it."""

from __future__ import annotations

import httpx
import pytest

OWN, SECOND, FOREIGN = "/workspaces/ws_1234567890abcdef", "/workspaces/ws_40d7b6e19f52c3a8", "/workspaces/ws_9c41e7a5b02d8f63"
WORKSPACE_UNKNOWN = {"error": {"code": "WorkspaceNotFound", "message": "This partner has no such workspace."}}
USER_UNKNOWN = {"error": {"code": "UserNotFound", "message": "This workspace has no such user."}}
PHONE = "+4915112345678"


def client_of(mock, actor: str) -> httpx.Client:
    own = mock.cast("timelines")[actor]
    fields = {"Authorization": f"Bearer {own['jwt']}", "X-TL-Partner-Id": own["partner_id"]}
    return httpx.Client(base_url=mock.base("timelines"), headers=fields)


@pytest.fixture
def timelines(mock):
    mock.reset()
    with client_of(mock, "owner") as client:
        yield client


@pytest.fixture
def stranger(mock):
    with client_of(mock, "stranger") as client:
        yield client


def scan(mock, user_id: int, number: str = PHONE) -> httpx.Response:
    return mock.control.post(f"/timelines{OWN}/users/{user_id}/whatsapp", json={"phone_number": number})


def test_the_documented_workspace_is_shown_in_the_documented_order(timelines):
    reply = timelines.get(OWN)
    assert reply.status_code == 200
    body = reply.json()
    assert list(body) == [
        "workspace_id", "display_name", "seats", "messages_quota", "api_calls_quota", "non_recurring_quota",
        "users", "whatsapp_accounts", "qr_links",
    ]  # fmt: skip
    assert (body["workspace_id"], body["display_name"]) == ("ws_1234567890abcdef", "my-first-workspace")
    for quota in ("seats", "messages_quota", "api_calls_quota"):
        assert list(body[quota]) == ["total", "used", "period_start", "period_end"]
        assert (body[quota]["total"], body[quota]["used"]) == (10, 7)
    assert body["non_recurring_quota"]["remaining_balance"] == 50
    owner = body["users"][0]
    assert owner == {
        "user_id": 42, "display_name": "John Doe", "email": "admin@timelines.ai", "status": "active",
        "created_at": owner["created_at"], "role": "owner",
    }  # fmt: skip
    account = body["whatsapp_accounts"][0]
    assert account == {
        "connected": True, "whatsapp_account_id": 987654321, "phone_number_e164": "+4915123456789",
        "connection_status": "connected", "user_id": "42", "connected_at": account["connected_at"],
    }  # fmt: skip
    assert [(each["qr_link"], each["user_id"]) for each in body["qr_links"]] == [
        ("https://timelines.ai/qr/abcdef123456", 58), ("https://timelines.ai/qr/7c19e0b4d2a8", 85)
    ]  # fmt: skip
    assert len(owner["created_at"]) == len("2024-01-01T10:00:00Z")


def test_a_new_workspace_is_answered_and_read_back(timelines):
    made = timelines.post("/workspaces", json={"display_name": "northside-clinic", "seats_purchased": 3.0})
    body = made.json()
    assert made.status_code == 201
    assert body == {
        "workspace_id": body["workspace_id"], "display_name": "northside-clinic", "plan_id": 1, "seats_total": 3,
        "seats_available": 2, "updated_at": body["created_at"], "owner_user_id": 104, "group_id": 22,
        "created_at": body["created_at"], "suspended_members": [],
    }  # fmt: skip
    assert '"seats_total":3,' in made.text
    shown = timelines.get(f"/workspaces/{body['workspace_id']}").json()
    assert (shown["seats"]["total"], shown["seats"]["used"]) == (3, 1)
    assert (shown["messages_quota"]["total"], shown["messages_quota"]["used"]) == (10000, 0)
    assert shown["non_recurring_quota"] == {"remaining_balance": 0, "last_updated_at": body["created_at"]}
    assert [(each["role"], each["email"]) for each in shown["users"]] == [
        ("owner", f"104-{body['workspace_id']}@partners.timelines.ai")
    ]
    assert (shown["whatsapp_accounts"], shown["qr_links"]) == ([], [])


def test_a_name_that_is_taken_is_a_conflict_and_changes_nothing(timelines, stranger):
    again = timelines.post("/workspaces", json={"display_name": "My-first-WORKSPACE", "seats_purchased": 1})
    assert again.status_code == 409
    assert again.json() == {
        "error": {"code": "WorkspaceCreationFailed", "message": "A workspace with this display name exists already."}
    }
    before = timelines.get(SECOND).json()
    renamed = timelines.patch(SECOND, json={"display_name": "my-first-workspace", "seats_purchased": 9})
    assert renamed.status_code == 409
    assert renamed.json() == {"error": {"code": "WorkspaceUpdateFailed", "message": "Another workspace has this display name."}}
    assert timelines.get(SECOND).json() == before
    assert stranger.post("/workspaces", json={"display_name": "my-first-workspace", "seats_purchased": 1}).status_code == 201


def test_a_downgrade_tells_the_suspended_members_and_an_upgrade_brings_them_back(timelines):
    smaller = timelines.patch(OWN, json={"seats_purchased": 5}).json()
    assert (smaller["seats_total"], smaller["seats_available"]) == (5, 0)
    assert smaller["suspended_members"] == [
        {"user_id": 84, "whatsapp_account_id": None, "phone_numbers": []},
        {"user_id": 85, "whatsapp_account_id": None, "phone_numbers": []},
    ]
    smaller = timelines.patch(OWN, json={"seats_purchased": 4}).json()
    assert smaller["suspended_members"][0] == {
        "user_id": 71, "whatsapp_account_id": 987660190, "phone_numbers": ["+48512345678"]
    }  # fmt: skip
    shown = timelines.get(OWN).json()
    assert [each["user_id"] for each in shown["users"] if each["status"] == "suspended"] == [71, 84, 85]
    assert (shown["seats"]["total"], shown["seats"]["used"]) == (4, 4)
    assert [each["user_id"] for each in shown["qr_links"]] == [58]
    assert not next(each for each in shown["whatsapp_accounts"] if each["user_id"] == "71")["connected"]
    refused = timelines.post(f"{OWN}/users/84/qr")
    assert refused.status_code == 409
    assert refused.json() == {
        "error": {"code": "UserSuspended", "message": "The user is suspended and cannot connect a WhatsApp account."}
    }
    larger = timelines.patch(OWN, json={"seats_purchased": 10}).json()
    assert (larger["seats_available"], larger["suspended_members"]) == (3, [])


def test_an_empty_change_changes_nothing(timelines):
    before = timelines.get(OWN).json()
    unchanged = timelines.patch(OWN, json={})
    assert unchanged.status_code == 200
    assert timelines.patch(OWN, json={"display_name": "my-first-workspace"}).json() == unchanged.json()
    assert timelines.get(OWN).json() == before


def test_users_are_made_all_or_none(timelines):
    refused = timelines.post(f"{OWN}/users", json={"count": 4})
    assert refused.status_code == 409
    words = "The workspace has fewer free seats than users to create. No user was created."
    assert refused.json() == {"error": {"code": "seats_full", "message": words}}
    made = timelines.post(f"{OWN}/users", json={"count": 3})
    body = made.json()
    assert made.status_code == 201
    assert (body["workspace_id"], body["seats_total"], body["seats_available"]) == ("ws_1234567890abcdef", 10, 0)
    assert body["users"][0] == {
        "user_id": 104, "display_name": "User 104", "email": "104-ws_1234567890abcdef@partners.timelines.ai",
        "status": "active", "created_at": body["users"][0]["created_at"], "role": "agent",
    }  # fmt: skip
    shown = timelines.get(OWN).json()
    assert (shown["users"][-3:], shown["seats"]["used"]) == (body["users"], 10)


def test_a_link_disconnects_then_revokes_then_is_scanned(mock, timelines):
    first = timelines.post(f"{OWN}/users/42/qr")
    assert first.status_code == 201
    body = first.json()
    assert body == {
        "workspace_id": "ws_1234567890abcdef", "user_id": 42, "qr_link": body["qr_link"], "expires_at": body["expires_at"],
        "whatsapp_disconnected": True, "previous_qr_revoked": False,
    }  # fmt: skip
    second = timelines.post(f"{OWN}/users/42/qr", json={"expires_in_hours": 1}).json()
    assert (second["whatsapp_disconnected"], second["previous_qr_revoked"]) == (False, True)
    links = [each["qr_link"] for each in timelines.get(OWN).json()["qr_links"]]
    assert (second["qr_link"] in links, body["qr_link"] in links, len(links)) == (True, False, 3)
    account = scan(mock, 42).raise_for_status().json()
    shown = timelines.get(OWN).json()
    assert second["qr_link"] not in [each["qr_link"] for each in shown["qr_links"]]
    assert shown["whatsapp_accounts"][-1] == {
        "connected": True, "whatsapp_account_id": account["whatsapp_account_id"], "phone_number_e164": PHONE,
        "connection_status": "connected", "user_id": "42", "connected_at": account["connected_at"],
    }  # fmt: skip


def test_disconnecting_says_what_it_did(timelines):
    path = f"{OWN}/users/42/whatsapp/disconnect"
    done = timelines.post(path).json()
    assert done == {
        "workspace_id": "ws_1234567890abcdef", "user_id": 42, "disconnected": True, "disconnected_at": done["disconnected_at"],
        "whatsapp_account_id": 987654321, "phone_number": "+4915123456789",
        "description": "The WhatsApp account was disconnected.",
    }  # fmt: skip
    account = timelines.get(OWN).json()["whatsapp_accounts"][0]
    assert (account["connected"], account["connection_status"]) == (False, "disconnected")
    assert timelines.post(path).json() == {
        "workspace_id": "ws_1234567890abcdef", "user_id": 42, "disconnected": False, "disconnected_at": None,
        "whatsapp_account_id": None, "phone_number": None, "description": "The user has no connected WhatsApp account.",
    }  # fmt: skip


def test_a_token_is_made_by_reading_and_replaced_by_rotating(timelines):
    first = timelines.get(f"{SECOND}/api-token")
    assert (first.status_code, first.json()["rotated_at"]) == (200, None)
    assert timelines.get(f"{SECOND}/api-token").json() == first.json()
    rotated = timelines.post(f"{SECOND}/api-token")
    assert rotated.status_code == 201
    assert rotated.json()["token"] != first.json()["token"]
    assert timelines.get(f"{SECOND}/api-token").json() == rotated.json()
    assert timelines.get(f"{OWN}/api-token").json()["token"] == "tla_771abf0a58859712f0b18f65780e8b3f"


WITHIN = [
    ("GET", "", None),
    ("PATCH", "", {"display_name": "mine-now", "seats_purchased": 1}),
    ("POST", "/users", {"count": 1}),
    ("POST", "/users/101/qr", None),
    ("POST", "/users/101/whatsapp/disconnect", None),
    ("GET", "/api-token", None),
    ("POST", "/api-token", None),
]


@pytest.mark.parametrize(("method", "rest", "body"), WITHIN)
def test_a_foreign_workspace_is_answered_like_one_that_never_was(timelines, stranger, method, rest, body):
    before = (stranger.get(FOREIGN).json(), stranger.get(f"{FOREIGN}/api-token").json())
    for path in (FOREIGN, "/workspaces/ws_nothing"):
        reply = timelines.request(method, path + rest, json=body)
        assert (reply.status_code, reply.json()) == (404, WORKSPACE_UNKNOWN)
    assert (stranger.get(FOREIGN).json(), stranger.get(f"{FOREIGN}/api-token").json()) == before


@pytest.mark.parametrize("user_id", [101, 91, 2147483647])
@pytest.mark.parametrize("rest", ["qr", "whatsapp/disconnect"])
def test_a_user_of_another_workspace_is_answered_like_one_that_never_was(timelines, user_id, rest):
    reply = timelines.post(f"{OWN}/users/{user_id}/{rest}")
    assert (reply.status_code, reply.json()) == (404, USER_UNKNOWN)


def test_the_same_requests_give_the_same_ids(mock, timelines):
    def made() -> tuple[str, str, str]:
        mock.reset()
        workspace = timelines.post("/workspaces", json={"display_name": "again", "seats_purchased": 1}).json()["workspace_id"]
        link = timelines.post(f"{OWN}/users/84/qr").json()["qr_link"]
        return workspace, link, timelines.post(f"{OWN}/api-token").json()["token"]

    assert made() == made()


def test_state_outlives_the_process(start_mock, tmp_path):
    settings = {"apis": ("timelines",), "state": tmp_path / "state.db"}
    first = start_mock(**settings)
    with client_of(first, "owner") as client:
        client.post(f"{OWN}/users", json={"count": 2}).raise_for_status()
        told = client.get(OWN).json()
    first.close()
    with client_of(start_mock(**settings), "owner") as client:
        assert client.get(OWN).json() == told
