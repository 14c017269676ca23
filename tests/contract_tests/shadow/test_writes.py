"""What is written is kept, what is removed is gone, and what was refused has left nothing behind."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract_tests.shadow.talk import MESSAGES, Talk, message, newest, page, restlink, tofrom

KEYS = "/api/ui/workspaces/ws_1/api-keys"
WORKSPACE: Any = {
    "id": "ws_9", "name": "New", "role": "owner", "provider_configured": False, "created_at": "2026-02-13T12:00:00Z"
}  # fmt: skip


def send(talk: Talk, number: int, **changes: Any) -> list[str]:
    """Send the ``number``-th message of the workspace."""
    sent = message(number, **changes)
    said = {name: sent[name] for name in ("to", "body", "from")}
    reply = {"sid": sent["provider_sid"], "status": "queued"}
    return talk.say("POST", "/api/messages", reply, said, Authorization="Bearer key")


def key(number: int) -> Any:
    return {
        "id": f"key_{number}",
        "name": f"Key {number}",
        "prefix": "tf_live_0000",
        "created_by": "usr_1",
        "created_at": f"2026-02-13T12:{number:02}:00Z",
    }


def test_what_was_sent_is_listed_as_it_was_sent() -> None:
    talk = tofrom()
    assert send(talk, 4) == []
    assert talk.say("GET", MESSAGES, page(newest(4, 3))) == []


@pytest.mark.parametrize(
    "changed", [{"body": "other"}, {"to": "+14155550000"}, {"from": "+14155550000"}, {"direction": "inbound"}]
)
def test_what_was_sent_is_not_listed_otherwise(changed: dict[str, Any]) -> None:
    talk = tofrom()
    send(talk, 4)
    assert talk.say("GET", MESSAGES, page([message(4, **changed)])) == ["shadow_values"]


def test_what_was_acknowledged_is_stored() -> None:
    talk = tofrom()
    send(talk, 4)
    assert talk.say("GET", MESSAGES, page(newest(3, 2))) == ["shadow_missing"]


def test_what_may_be_on_another_page_is_not_missed() -> None:
    talk = tofrom()
    send(talk, 4)
    assert talk.say("GET", f"{MESSAGES}?page=2&limit=1", page(newest(2), total=5, number=2, limit=1)) == []
    assert talk.say("GET", f"{MESSAGES}?limit=1", page(newest(3), total=5, limit=1)) == ["shadow_missing"]


def test_a_total_grows_by_what_was_made_and_falls_by_what_was_removed() -> None:
    talk = tofrom()
    assert talk.say("GET", f"{KEYS}?limit=1", page([key(1)], total=2, limit=1)) == []
    assert talk.say("POST", KEYS, {**key(3), "key": "tf_live_" + "0" * 32}, {"name": "Key 3"}, 201) == []
    assert talk.say("GET", f"{KEYS}?limit=1", page([key(1)], total=3, limit=1)) == []
    assert talk.say("DELETE", f"{KEYS}/key_2", {"id": "key_2", "revoked_at": "2026-02-13T13:00:00Z"}) == []
    assert talk.say("GET", f"{KEYS}?limit=1", page([key(1)], total=3, limit=1)) == ["shadow_counts"]


def test_what_was_removed_is_gone() -> None:
    talk = tofrom()
    assert talk.say("GET", KEYS, page([key(1), key(2)])) == []
    talk.say("DELETE", f"{KEYS}/key_1", {"id": "key_1", "revoked_at": "2026-02-13T13:00:00Z"})
    assert "shadow_removed" in talk.say("GET", KEYS, page([key(1), key(2)]))


def test_what_was_removed_may_be_shown_as_removed_and_removed_again() -> None:
    talk = tofrom()
    talk.say("GET", KEYS, page([key(1), key(2)]))
    revoked = {"id": "key_1", "revoked_at": "2026-02-13T13:00:00Z"}
    assert talk.say("DELETE", f"{KEYS}/key_1", revoked) == talk.say("DELETE", f"{KEYS}/key_1", revoked) == []
    assert "shadow_removed" not in talk.say("GET", KEYS, page([{**key(1), **revoked}, key(2)]))


def test_what_nobody_removed_is_found() -> None:
    talk = tofrom()
    assert talk.say("POST", "/api/ui/workspaces", WORKSPACE, {"name": "New"}, 201) == []
    assert talk.say("GET", "/api/ui/workspaces/ws_9", WORKSPACE) == []
    stranger = talk.say("GET", "/api/ui/workspaces/ws_9", {"error": "not_found"}, status=404, Authorization="Bearer tom")
    assert stranger == [], "whoever may not see it does not find it"
    assert talk.say("GET", "/api/ui/workspaces/ws_9", {"error": "not_found"}, status=404) == ["shadow_missing"]


def test_no_two_new_things_have_one_id() -> None:
    talk = tofrom()
    assert talk.say("POST", "/api/ui/workspaces", WORKSPACE, {"name": "New"}, 201) == []
    assert talk.say("POST", "/api/ui/workspaces", WORKSPACE, {"name": "New"}, 201) == ["shadow_identity"]


def test_a_reply_repeats_what_the_request_said() -> None:
    talk = tofrom()
    assert talk.say("POST", "/api/ui/workspaces", WORKSPACE, {"name": " New "}, 201) == [], "trimmed is the same"
    other = {**WORKSPACE, "id": "ws_8"}
    assert talk.say("POST", "/api/ui/workspaces", other, {"name": "Old"}, 201) == ["shadow_values"]


SETTINGS: Any = {
    **{f"{event}_url": None for event in ("impression", "click", "conversion", "delivery")},
    **{f"{event}_fields": ["message_id"] for event in ("impression", "click", "conversion", "delivery")},
    "unique_clicks_only": False,
    "signing_secret_set": False,
}


def test_a_change_is_kept_and_changes_nothing_else() -> None:
    talk = restlink()
    changed = {**SETTINGS, "click_url": "https://example.com/click"}
    assert talk.say("GET", "/user/webhooks", SETTINGS) == []
    assert talk.say("PUT", "/user/webhooks", changed, {"click_url": "https://example.com/click"}) == []
    assert talk.say("GET", "/user/webhooks", changed) == []
    assert talk.say("GET", "/user/webhooks", SETTINGS)[:1] == ["shadow_values"]


def test_a_change_touches_nothing_that_it_does_not_name() -> None:
    talk = restlink()
    talk.say("GET", "/user/webhooks", SETTINGS)
    more = {**SETTINGS, "click_url": "https://example.com/click", "unique_clicks_only": True}
    assert talk.say("PUT", "/user/webhooks", more, {"click_url": "https://example.com/click"}) == ["shadow_values"]


def test_a_refused_change_has_no_effect() -> None:
    talk = restlink()
    talk.say("GET", "/user/webhooks", SETTINGS)
    refused = {"status": False, "error_code": "INVALID_PARAMS", "description": "no"}
    assert talk.say("PUT", "/user/webhooks", refused, {"unique_clicks_only": True}, status=400) == []
    assert "shadow_values" in talk.say("GET", "/user/webhooks", {**SETTINGS, "unique_clicks_only": True})


def test_a_refused_message_does_not_appear() -> None:
    talk = tofrom()
    talk.say("GET", MESSAGES, page(newest(3, 2)))
    said = {"to": "+14155550004", "body": "text 4"}
    assert talk.say("POST", "/api/messages", {"error": "x"}, said, status=400, Authorization="Bearer key") == []
    assert "shadow_missing" in talk.say("GET", MESSAGES, page(newest(4, 3, 2)))


def test_a_contact_that_is_known_is_changed_in_what_is_said_alone() -> None:
    talk = Talk("xpressbot", {"X-API-Key": "key"})
    contact: Any = {
        "id": "contact_1", "channelId": "ch_1", "phoneNumber": "+14155550001", "name": "Ann", "email": None,
        "profilePictureUrl": None, "customFieldsData": {}, "labelNames": ["vip"], "lastInboundAt": None,
        "createdAt": "2026-02-13T12:00:00Z", "updatedAt": "2026-02-13T12:00:00Z",
    }  # fmt: skip
    said = {"phoneNumber": "+14155550001", "name": "Ann", "labelNames": "vip"}

    def manage(shown: Any, asked: Any) -> list[str]:
        return talk.say("POST", "/contacts/manage", {"success": True, "data": shown, "message": "ok"}, asked)

    assert manage(contact, said) == []
    renamed = {**contact, "name": "Eve", "updatedAt": "2026-02-13T12:01:00Z"}
    assert manage(renamed, {"phoneNumber": "+14155550001", "name": "Eve"}) == []
    lost = {**renamed, "labelNames": []}
    assert manage(lost, {"phoneNumber": "+14155550001", "email": ""}) == ["shadow_values"]
    figures = {"page": 1, "limit": 50, "total": 2, "pages": 1}
    twice = {"success": True, "data": [{**lost, "id": "contact_2"}, lost], "pagination": figures}
    assert "shadow_identity" in talk.say("GET", "/contacts/list", twice), "one number, one contact"


def restlink_send(talk: Talk, number: int, cost: float = 0.5, **more: Any) -> list[str]:
    id = f"api_1_{number}_0000000000000000"
    accepted = {"dnis": "+14155550001", "message_id": id, "segments": 1, "status": "accepted"}
    reply = {"status": True, "messages": [], "results": [accepted], "summary": {"total_cost": cost}, **more}
    return talk.say("POST", "/sms/send", reply, {"to": ["+14155550001"], "message": "hi", "sender_id": "Me"})


def balance(talk: Talk, value: float) -> list[str]:
    return talk.say("GET", "/user/balance", {"balance": value, "currency": "USD", "updated": "2026.02.13 12:00:00"})


def status(talk: Talk, number: int, status: str) -> list[str]:
    id = f"api_1_{number}_0000000000000000"
    shown = {
        "message_id": id, "telecom_message_id": None, "recipient": "+14155550001", "segments": 1, "message": "hi",
        "sender_id": "Me", "status": status, "status_code": None, "cost": 0.5, "created_at": "2026-02-13T12:00:00Z",
        "delivered_at": None,
    }  # fmt: skip
    return talk.say("GET", f"/sms/status/{id}", {"status": True, "message": shown})


def test_a_balance_falls_by_what_was_spent() -> None:
    talk = restlink()
    assert balance(talk, 10) == restlink_send(talk, 1) == balance(talk, 9.5) == status(talk, 1, "DELIVRD") == []
    assert restlink_send(talk, 2, sandbox=True) == balance(talk, 9.5) == status(talk, 2, "DELIVRD") == [], "it costs nothing"
    assert balance(talk, 9.4) == ["shadow_balance"]


def test_a_status_goes_back_in_no_reply() -> None:
    talk = restlink()
    figures = {"total": 1, "page": 1, "limit": 25, "total_pages": 1}

    def listed(status: str) -> list[str]:
        shown = {
            "id": 1, "client_message_id": "api_1_1_0000000000000000", "recipient": "+14155550001", "sender_id": "Me",
            "message": "hi", "status": status, "status_code": None, "segments": 1, "cost": 0.5,
            "created_at": "2026-02-13T12:00:00Z", "delivered_at": None,
        }  # fmt: skip
        return talk.say("GET", "/sms/messages", {"messages": [shown], **figures})

    assert listed("pending") == status(talk, 1, "sent") == []
    assert listed("pending") == ["shadow_values"], "not even in one that is what it was before"


def test_a_balance_may_rise_by_what_was_given_back_and_by_no_more() -> None:
    talk = restlink()
    balance(talk, 10)
    restlink_send(talk, 1)
    assert balance(talk, 10) == [], "it may have been rejected and given back"
    assert status(talk, 1, "pending") == ["shadow_balance"], "it was not"
    restlink_send(talk, 2)
    assert balance(talk, 10.6) == ["shadow_balance"]
