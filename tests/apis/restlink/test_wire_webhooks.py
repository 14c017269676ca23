"""Webhook settings on the wire: per workspace, by parts, with the secret kept back."""

from __future__ import annotations

from typing import Any

import pytest

URL = "https://hooks.example/sms"
LINK = ["message_id", "recipient", "sender_id", "url", "timestamp"]
UNTOUCHED = {
    "impression_url": None,
    "impression_fields": LINK,
    "click_url": None,
    "click_fields": LINK,
    "conversion_url": None,
    "conversion_fields": ["message_id", "recipient", "sender_id", "action", "timestamp"],
    "delivery_url": None,
    "delivery_fields": ["message_id", "recipient", "sender_id", "status", "status_code", "num_parts", "cost", "timestamp"],
    "unique_clicks_only": False,
    "signing_secret_set": False,
}


def put(wire: Any, changes: Any, headers: dict[str, str]) -> Any:
    return wire.client.put("/user/webhooks", json=changes, headers=headers)


def test_a_workspace_that_set_nothing_shows_the_usual_fields(wire: Any) -> None:
    assert wire.client.get("/user/webhooks", headers=wire.jwt("poor")).json() == UNTOUCHED


def test_a_change_is_read_back_in_its_workspace_and_nowhere_else(wire: Any) -> None:
    other = wire.client.get("/user/webhooks", headers=wire.jwt(workspace=16)).json()
    before = wire.client.get("/user/webhooks", headers=wire.jwt(workspace=18)).json()
    changes = {"click_url": URL, "click_fields": ["url", "workspace_id"], "unique_clicks_only": True}
    changed = put(wire, {**changes, "signing_secret": "a secret"}, wire.jwt(workspace=18))
    assert changed.status_code == 200
    assert changed.json() == {**before, **changes, "signing_secret_set": True}
    assert "a secret" not in changed.text
    assert wire.client.get("/user/webhooks", headers=wire.key(18)).json() == changed.json()
    assert wire.client.get("/user/webhooks", headers=wire.key(16)).json() == other


def test_null_and_clear_undo(wire: Any) -> None:
    undone = {
        f"{event}_{part}": None for event in ("impression", "click", "conversion", "delivery") for part in ("url", "fields")
    }
    cleared = put(wire, {**undone, "clear_signing_secret": True, "unique_clicks_only": False}, wire.key(16))
    assert cleared.json() == UNTOUCHED


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"click_url": "ftp://hooks.example"}, "INVALID_URL"),
        ({"delivery_url": "hooks.example"}, "INVALID_URL"),
        ({"delivery_url": "https://"}, "INVALID_URL"),
        ({"delivery_url": "https://hooks.example:99999"}, "INVALID_URL"),
        ({"delivery_url": "https://hooks.example/a b"}, "INVALID_URL"),
        ({"delivery_url": 1}, "INVALID_URL"),
        ({"click_fields": ["status"]}, "INVALID_FIELDS"),
        ({"delivery_fields": []}, "INVALID_FIELDS"),
        ({"delivery_fields": ["status", "status"]}, "INVALID_FIELDS"),
        ({"delivery_fields": "status"}, "INVALID_FIELDS"),
        ({"unique_clicks_only": "yes"}, "INVALID_TOGGLE"),
        ({"unique_clicks_only": None}, "INVALID_TOGGLE"),
        ({"clear_signing_secret": 1}, "INVALID_TOGGLE"),
        ({"signing_secret": ""}, "INVALID_SECRET"),
        ({"signing_secret": "x" * 65}, "INVALID_SECRET"),
        ({"signing_secret": None}, "INVALID_SECRET"),
        ({"signing_secret": "x", "clear_signing_secret": True}, "CONFLICTING_FIELDS"),
        ([], "INVALID_BODY"),
    ],
)
def test_each_wrong_setting_has_its_code_and_changes_nothing(wire: Any, changes: Any, code: str) -> None:
    before = wire.client.get("/user/webhooks", headers=wire.key(16)).json()
    refused = put(wire, {"delivery_url": URL, **changes} if isinstance(changes, dict) else changes, wire.key(16))
    assert (refused.status_code, refused.json()["error_code"]) == (400, code)
    assert wire.client.get("/user/webhooks", headers=wire.key(16)).json() == before


@pytest.mark.parametrize("body", [None, {}, {"event": "delivery"}])
def test_a_sample_event_stands_in_the_log(wire: Any, body: Any) -> None:
    tried = wire.client.post("/user/webhooks/test", json=body, headers=wire.key(16))
    entry = wire.client.get("/user/webhooks/logs", params={"event": "delivery"}, headers=wire.key(16)).json()["logs"][0]
    assert tried.json() == {"status": True, "event": "delivery", "url": entry["url"], "log_id": entry["id"]}
    elsewhere = wire.client.get("/user/webhooks/logs", headers=wire.key(18)).json()["logs"]
    assert entry["id"] not in {other["id"] for other in elsewhere}


def test_an_event_without_an_address_cannot_be_tried(wire: Any) -> None:
    refused = wire.client.post("/user/webhooks/test", json={"event": "conversion"}, headers=wire.key(16))
    assert (refused.status_code, refused.json()) == (
        404,
        {"status": False, "error_code": "NOT_FOUND", "description": "This workspace has set no address for this event"},
    )
