"""timelines' deeds on the control plane: usage that is recorded, QR codes that are scanned, addresses of webhooks."""

from __future__ import annotations

import httpx
import pytest

OWN = "/timelines/workspaces/ws_1234567890abcdef"
PHONE = "+4915112345678"


@pytest.fixture(autouse=True)
def opening_state(mock):
    mock.reset()


def read(mock) -> dict:
    owner = mock.cast("timelines")["owner"]
    fields = {"Authorization": f"Bearer {owner['jwt']}", "X-TL-Partner-Id": owner["partner_id"]}
    return httpx.get(f"{mock.base('timelines')}/workspaces/ws_1234567890abcdef", headers=fields).json()


def test_usage_answers_the_new_figures_and_the_workspace_shows_them(mock):
    told = mock.control.post(f"{OWN}/usage", json={"messages": 3, "api_calls": 1, "transactions": 20, "balance": 5})
    assert told.status_code == 200
    body, shown = told.json(), read(mock)
    assert body["workspace_id"] == "ws_1234567890abcdef"
    assert (body["messages_quota"]["used"], body["api_calls_quota"]["used"]) == (10, 8)
    assert body["non_recurring_quota"]["remaining_balance"] == 35
    for part in ("messages_quota", "api_calls_quota", "non_recurring_quota"):
        assert body[part] == shown[part]


@pytest.mark.parametrize("deeds", [{"messages": 4}, {"api_calls": 4}, {"transactions": 51}, {"messages": 1, "transactions": 51}])
def test_more_than_is_left_is_a_conflict_and_records_nothing(mock, deeds):
    before = read(mock)
    refused = mock.control.post(f"{OWN}/usage", json=deeds)
    assert refused.status_code == 409
    assert refused.json() == {
        "error": "quota_exceeded", "detail": "The workspace has less left than that; nothing was recorded."
    }  # fmt: skip
    assert read(mock) == before


@pytest.mark.parametrize(
    ("path", "body", "status", "error"),
    [
        (f"{OWN}/usage", {"messages": -1}, 400, "body_invalid"),
        (f"{OWN}/usage", {"messages": 1.5}, 400, "body_invalid"),
        (f"{OWN}/usage", {"message": 1}, 400, "body_invalid"),
        (f"{OWN}/usage", None, 400, "body_missing"),
        ("/timelines/workspaces/ws_nothing/usage", {}, 404, "workspace_unknown"),
        ("/timelines/workspaces/a%20b/usage", {}, 400, "parameter_invalid"),
        ("/timelines/workspaces/ws_nothing/users/58/whatsapp", {"phone_number": PHONE}, 404, "workspace_unknown"),
        (f"{OWN}/users/101/whatsapp", {"phone_number": PHONE}, 404, "user_unknown"),
        (f"{OWN}/users/0/whatsapp", {"phone_number": PHONE}, 400, "parameter_invalid"),
        (f"{OWN}/users/84/whatsapp", {"phone_number": PHONE}, 409, "qr_link_missing"),
        (f"{OWN}/users/42/whatsapp", {"phone_number": PHONE}, 409, "qr_link_missing"),
        (f"{OWN}/users/58/whatsapp", {"phone_number": "+971501234567"}, 409, "phone_number_connected"),
        (f"{OWN}/users/58/whatsapp", {"phone_number": "0151 12345678"}, 400, "body_invalid"),
        (f"{OWN}/users/58/whatsapp", {}, 400, "body_invalid"),
    ],
)
def test_wrong_deeds_are_refused_and_change_nothing(mock, path, body, status, error):
    before = read(mock)
    reply = mock.control.post(path, json=body)
    assert (reply.status_code, reply.json()["error"]) == (status, error)
    assert read(mock) == before


def test_scanning_connects_the_account_and_uses_the_link_up(mock):
    told = mock.control.post(f"{OWN}/users/58/whatsapp", json={"phone_number": PHONE})
    assert told.status_code == 200
    assert told.json() == {
        "whatsapp_account_id": 987802218, "user_id": 58, "phone_number_e164": PHONE, "connected_at": told.json()["connected_at"]
    }  # fmt: skip
    shown = read(mock)
    assert (shown["whatsapp_accounts"][-1]["phone_number_e164"], shown["whatsapp_accounts"][-1]["connected"]) == (PHONE, True)
    assert [link["user_id"] for link in shown["qr_links"]] == [85]


def test_a_run_without_timelines_does_not_know_its_deeds(start_mock):
    bird = start_mock(apis=("bird",))
    for method, path, body in (
        ("POST", f"{OWN}/usage", {}),
        ("POST", f"{OWN}/users/58/whatsapp", {"phone_number": PHONE}),
        ("PUT", "/timelines/partners/partner_12345/webhook", {"url": None}),
    ):
        reply = bird.control.request(method, path, json=body)
        assert (reply.status_code, reply.json()["error"]) == (404, "api_not_served")
