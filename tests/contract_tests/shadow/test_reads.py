"""What is read stays as it was: values, order, membership and counts of lists."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract_tests.shadow.talk import MESSAGES, Talk, message, newest, page, tofrom

SUBSCRIPTIONS = (
    "/organizations/6513270e-269e-4d37-b2a7-4de452e6b438/workspaces/d23f0824-128b-4f33-8c5c-7fd0a6a3a450/webhook-subscriptions"
)


@pytest.fixture
def talk() -> Talk:
    return tofrom()


def known(talk: Talk) -> None:
    """Three messages, of which the shadow has seen all."""
    assert talk.say("GET", MESSAGES, page(newest(3, 2, 1))) == []


def test_the_same_list_is_right_however_it_is_spelled(talk: Talk) -> None:
    known(talk)
    respelled = [{**each, "created_at": each["created_at"].replace("Z", ".2+00:00")} for each in newest(3, 2, 1)]
    assert talk.say("GET", MESSAGES, page([dict(reversed(each.items())) for each in respelled])) == []
    assert talk.say("GET", MESSAGES, page([{**each, "vendorNote": 1} for each in respelled])) == []
    assert talk.say("GET", MESSAGES, page([{**each, "parts": None} for each in respelled])) == []


@pytest.mark.parametrize(
    "changed", [{"body": "another"}, {"to": "+14155550009"}, {"created_at": "2026-02-13T12:01:30Z"}, {"direction": "inbound"}]
)
def test_a_value_that_is_read_never_changes(talk: Talk, changed: dict[str, Any]) -> None:
    known(talk)
    checks = talk.say("GET", f"{MESSAGES}?limit=50", page([*newest(3, 2), message(1, **changed)]))
    assert checks == ["shadow_values"]


def test_a_status_goes_on_and_not_back(talk: Talk) -> None:
    def at(status: str) -> list[str]:
        return talk.say("GET", MESSAGES, page([message(1, status=status)]))

    assert at("queued") == at("sending") == at("sent") == at("delivered") == []
    assert at("sent") == ["shadow_values"]


def test_fields_of_two_items_are_not_swapped(talk: Talk) -> None:
    known(talk)
    swapped = [message(3, body="text 2"), message(2, body="text 3"), message(1)]
    assert talk.say("GET", f"{MESSAGES}?limit=50", page(swapped)) == ["shadow_values"] * 2


def test_what_is_shown_twice_is_noticed(talk: Talk) -> None:
    assert "shadow_identity" in talk.say("GET", MESSAGES, page(newest(2, 2, 1)))


def test_what_is_left_out_is_noticed(talk: Talk) -> None:
    known(talk)
    assert "shadow_missing" in talk.say("GET", MESSAGES, page(newest(3, 1), total=3))
    known(talk)
    assert "shadow_missing" in talk.say("GET", f"{MESSAGES}?direction=outbound", page(newest(3, 1)))


def test_what_a_filter_leaves_out_is_not_missed(talk: Talk) -> None:
    known(talk)
    assert talk.say("GET", f"{MESSAGES}?to=%2B14155550002", page(newest(2))) == []
    assert talk.say("GET", f"{MESSAGES}?status=queued", page([])) == []
    assert talk.say("GET", f"{MESSAGES}?startDate=2026-02-14", page([])) == []
    assert talk.say("GET", f"{MESSAGES}?something=else", page([])) == []


@pytest.mark.parametrize(
    "query", ["direction=inbound", "status=queued", "to=%2B14155550001", "from=%2B14155550001", "endDate=2026-02-12"]
)
def test_a_filter_is_kept(talk: Talk, query: str) -> None:
    assert talk.say("GET", f"{MESSAGES}?{query}", page(newest(3))) == ["shadow_filter"]


def test_the_documented_order_is_kept(talk: Talk) -> None:
    assert talk.say("GET", MESSAGES, page(newest(1, 3, 2))) == ["shadow_order"]
    assert talk.say("GET", "/api/ui/workspaces/ws_1/phone-numbers", page([number(2), number(1)])) == ["shadow_order"]


def number(of: int) -> Any:
    return {
        "id": f"num_{of}",
        "phone_number": f"+1415367{of:04}",
        "country": "US",
        "capabilities": ["sms"],
        "created_at": f"2026-02-13T12:{of:02}:00Z",
    }


def test_an_order_that_no_contract_names_is_free(talk: Talk) -> None:
    members = [
        {"id": f"mem_{of}", "user_id": None, "email": f"{of}@example.com", "name": None, "role": "member", "status": "invited"}
        for of in (1, 2)
    ]
    listed = [{**each, "created_at": "2026-02-13T12:00:00Z"} for each in members]
    assert talk.say("GET", "/api/ui/workspaces/ws_1/members", page(listed)) == []
    assert talk.say("GET", "/api/ui/workspaces/ws_1/members?page=1", page(listed[::-1])) == []


@pytest.mark.parametrize(
    "figures",
    [{"totalItems": 4}, {"totalItems": 2}, {"totalPages": 2}, {"hasNext": True}, {"currentPage": 2}],
    ids=str,
)
def test_figures_that_do_not_agree_are_noticed(talk: Talk, figures: dict[str, Any]) -> None:
    listed = page(newest(3, 2, 1))
    assert "shadow_counts" in talk.say("GET", MESSAGES, {**listed, "pagination": {**listed["pagination"], **figures}})


def test_a_sum_counts_what_is_shown() -> None:
    talk = Talk("timelines", {"Authorization": "Bearer e30.eyJwYXJ0bmVyX2lkIjogIm1lIn0.e30"})
    users = [{"user_id": of, "status": status} for of, status in ((1, "active"), (2, "suspended"))]
    shown = {"workspace_id": "ws_1", "seats": {"total": 5, "used": 1}, "users": users}
    assert talk.say("GET", "/workspaces/ws_1", shown) == []
    assert talk.say("GET", "/workspaces/ws_2", {**shown, "workspace_id": "ws_2", "users": [*users[:1]]}) == ["shadow_foreign"]
    others = [{"user_id": 3, "status": "active"}]
    wrong = {"workspace_id": "ws_3", "seats": {"total": 5, "used": 2}, "users": others}
    assert talk.say("GET", "/workspaces/ws_3", wrong) == ["shadow_counts"]


def test_a_total_stays_while_nothing_happens(talk: Talk) -> None:
    assert talk.say("GET", f"{MESSAGES}?limit=2", page(newest(9, 8), total=5, limit=2)) == []
    assert "shadow_counts" in talk.say("GET", f"{MESSAGES}?limit=2", page(newest(9, 8), total=6, limit=2))


def test_a_walk_shows_each_thing_once(talk: Talk) -> None:
    assert talk.say("GET", f"{MESSAGES}?limit=2", page(newest(4, 3), total=4, limit=2)) == []
    assert talk.say("GET", f"{MESSAGES}?limit=2&page=2", page(newest(2, 1), total=4, number=2, limit=2)) == []
    again = talk.say("GET", f"{MESSAGES}?limit=2&page=2", page(newest(3, 2), total=4, number=2, limit=2))
    assert "shadow_identity" in again


def test_a_walk_shows_all(talk: Talk) -> None:
    bird = Talk("bird", {"Authorization": "AccessKey key"})
    made = [subscription(number) for number in range(3)]
    for one in made:
        assert bird.say("POST", SUBSCRIPTIONS, one, {name: one[name] for name in ("service", "event", "url")}, 201) == []
    first = {"results": made[:1], "nextPageToken": "on"}
    assert bird.say("GET", f"{SUBSCRIPTIONS}?limit=1", first) == []
    assert bird.say("GET", f"{SUBSCRIPTIONS}?limit=1&pageToken=on", {"results": made[2:]}) == ["shadow_missing"]


def subscription(number: int) -> Any:
    return {
        "id": f"00000000-0000-4000-8000-{number:012}",
        "organizationId": "6513270e-269e-4d37-b2a7-4de452e6b438",
        "workspaceId": "d23f0824-128b-4f33-8c5c-7fd0a6a3a450",
        "service": "channels",
        "event": "sms.inbound",
        "url": f"https://example.com/{number}",
        "status": "active",
        "createdAt": "2026-02-13T12:00:00Z",
        "updatedAt": "2026-02-13T12:00:00Z",
    }


def test_what_nobody_made_does_not_appear(talk: Talk) -> None:
    assert talk.say("GET", f"{MESSAGES}?limit=2", page(newest(4, 3), total=9, limit=2)) == []
    appeared = talk.say("GET", f"{MESSAGES}?limit=3", page(newest(5, 4, 3), total=9, limit=3))
    assert appeared == ["shadow_missing"]


def test_another_tenants_thing_is_noticed(talk: Talk) -> None:
    known(talk)
    theirs = MESSAGES.replace("ws_1", "ws_2")
    assert talk.say("GET", theirs, page(newest(2)), Authorization="Bearer tom") == ["shadow_foreign"]


def test_what_says_itself_that_it_is_anothers_is_noticed() -> None:
    talk = Talk("xpressbot", {"X-API-Key": "key"})
    channel = {"id": "ch_1", "name": "One", "phoneNumberId": "1", "isActive": True}
    assert talk.say("GET", "/channels/list", {"success": True, "data": [channel], "message": "Found 1 channel(s)"}) == []
    theirs = {"success": True, "data": [channel, {**channel, "id": "ch_2"}], "message": "Found 2 channel(s)"}
    assert "shadow_foreign" in talk.say("GET", "/channels/list", theirs)


def test_a_flag_stays_set(talk: Talk) -> None:
    workspace = {"id": "ws_1", "name": "One", "role": "owner", "provider_configured": True, "created_at": "2026-02-13T12:00:00Z"}
    assert talk.say("GET", "/api/ui/workspaces/ws_1", workspace) == []
    unset = {**workspace, "provider_configured": False}
    assert talk.say("GET", "/api/ui/workspaces/ws_1", unset) == ["shadow_values"]


def test_the_thing_that_was_asked_for_is_shown(talk: Talk) -> None:
    workspace = {"id": "ws_2", "name": "Two", "role": "owner", "provider_configured": True, "created_at": "2026-02-13T12:00:00Z"}
    assert talk.say("GET", "/api/ui/workspaces/ws_1", workspace) == ["shadow_values"]


def test_a_question_asked_again_has_the_same_answer() -> None:
    talk = Talk("bird", {"Authorization": "AccessKey key"})
    url = "/workspaces/d23f0824-128b-4f33-8c5c-7fd0a6a3a450/available-webhooks"
    events = [{"service": "channels", "event": event, "eventFilters": ["channelId"]} for event in ("sms.inbound", "sms.outbound")]
    assert talk.say("GET", url, {"results": events}) == []
    assert talk.say("GET", url, {"results": events[::-1], "revision": 2}) == [], "no order is promised, and a vendor may add"


def test_a_filter_admits_the_same_things_again(talk: Talk) -> None:
    assert talk.say("GET", f"{MESSAGES}?direction=outbound", page(newest(3, 2))) == []
    assert talk.say("GET", f"{MESSAGES}?direction=outbound", page(newest(3, 2, 1))) == ["shadow_repeat"]
