"""Where the shadow cannot know, it says nothing."""

from __future__ import annotations

import json

import pytest

from tests.contract_tests.shadow.talk import MESSAGES, Talk, message, newest, page, restlink, tofrom
from tests.contract_tests.shadow.test_writes import SETTINGS, key, send

OTHER = [message(3, body="other"), *newest(2, 1)]


def knowing(profile: str = "mock") -> Talk:
    talk = tofrom(profile)
    assert talk.say("GET", MESSAGES, page(newest(3, 2, 1))) == []
    return talk


def test_a_reset_makes_everything_possible() -> None:
    talk = knowing()
    talk.steer("POST", "/reset")
    assert talk.say("GET", MESSAGES, page(OTHER)) == []


@pytest.mark.parametrize(
    ("path", "body"), [("/tofrom/workspaces/ws_1/inbound", {}), ("/clock/advance", {"seconds": 9}), ("/messages/outcome", {})]
)
def test_things_may_appear_after_the_world_was_steered(path: str, body: object) -> None:
    talk = knowing()
    talk.steer("POST", path, body, status=200)
    assert talk.say("GET", MESSAGES, page([message(4, direction="inbound"), *newest(3, 2, 1)])) == []


def test_another_apis_deeds_leave_this_one_as_it_was() -> None:
    talk = knowing()
    talk.steer("POST", "/bird/workspaces/1/channels/2/inbound", {}, status=200)
    assert "shadow_values" in talk.say("GET", MESSAGES, page(OTHER))


def test_values_stay_when_only_the_clock_was_moved() -> None:
    talk = knowing()
    talk.steer("POST", "/clock/advance", {"seconds": 9}, status=200)
    assert "shadow_values" in talk.say("GET", MESSAGES, page(OTHER))


def test_a_clock_that_was_turned_back_breaks_no_order() -> None:
    talk = knowing()
    talk.steer("PUT", "/clock", {"mode": "running"}, status=200)
    assert talk.say("GET", MESSAGES, page(newest(2, 3, 1))) == []


def test_nothing_is_said_while_a_fault_is_armed() -> None:
    talk = knowing()
    talk.steer("POST", "/faults", {"latency": {"seconds": 1}}, status=201)
    assert talk.say("GET", MESSAGES, page(OTHER)) == []
    talk.steer("DELETE", "/faults/f1")
    assert "shadow_values" in talk.say("GET", MESSAGES, page(OTHER)), "it was no word of the deployment's, so it was not believed"


def test_a_reply_that_says_itself_that_it_was_made_up_is_not_believed() -> None:
    talk = knowing()
    exchange = talk.exchange("GET", MESSAGES)
    talk.shadow.leaves(exchange)
    exchange.status, exchange.reply_body = 200, json.dumps(page(OTHER)).encode()
    exchange.reply_headers = [("Content-Type", "application/json"), ("X-Understudy-Fault", "f1")]
    talk.shadow.saw(exchange)
    assert exchange.objections == []
    assert talk.say("GET", MESSAGES, page(newest(3, 2, 1))) == []


def test_a_read_that_overlaps_a_write_is_not_judged() -> None:
    talk = restlink()
    talk.say("GET", "/user/webhooks", SETTINGS)
    changed = {**SETTINGS, "unique_clicks_only": True}
    with talk.under_way("PUT", "/user/webhooks", changed, {"unique_clicks_only": True}) as checks:
        assert talk.say("GET", "/user/webhooks", changed) == talk.say("GET", "/user/webhooks", SETTINGS) == []
        reading = talk.exchange("GET", "/user/webhooks")
        talk.shadow.leaves(reading)
    assert checks == talk.answer(reading, SETTINGS) == []
    assert "shadow_values" in talk.say("GET", "/user/webhooks", SETTINGS), "by now it is written"


@pytest.mark.parametrize("last", [0, 1])
def test_two_changes_at_once_may_end_either_way(last: int) -> None:
    talk = restlink()
    both = [{**SETTINGS, "unique_clicks_only": said} for said in (True, False)]
    with talk.under_way("PUT", "/user/webhooks", both[0], {"unique_clicks_only": True}):
        talk.say("PUT", "/user/webhooks", both[1], {"unique_clicks_only": False})
    assert talk.say("GET", "/user/webhooks", both[last]) == []


def test_a_write_that_was_held_back_is_not_waited_for() -> None:
    talk = restlink()
    talk.say("GET", "/user/webhooks", SETTINGS)
    writing = talk.exchange("PUT", "/user/webhooks", {"unique_clicks_only": True})
    talk.shadow.leaves(writing)
    talk.shadow.undo(writing)
    assert "shadow_values" in talk.say("GET", "/user/webhooks", {**SETTINGS, "unique_clicks_only": True})


def test_what_head_may_have_done_is_possible() -> None:
    talk = Talk("xpressbot", {"X-API-Key": "key"})
    label = {"id": "l_1", "channelId": "ch_1", "name": "vip", "description": None, "color": None, "displayOrder": 1}

    def listed(order: int) -> list[str]:
        reply = {"success": True, "data": [{**label, "displayOrder": order}], "message": "Found 1 label(s)"}
        return talk.say("GET", "/labels/list", reply)

    assert listed(1) == talk.say("HEAD", "/labels/manage?name=vip&displayOrder=2", None) == listed(2) == []
    assert listed(3) == ["shadow_values"]


def test_what_is_too_long_ago_is_forgotten_and_not_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("contract_tests.shadow.memory.THINGS", 2)
    talk = tofrom()
    assert talk.say("GET", MESSAGES, page(newest(2, 1))) == []
    assert talk.say("GET", f"{MESSAGES}?to=%2B14155550003", page(newest(3))) == []
    assert talk.say("GET", f"{MESSAGES}?to=%2B14155550001", page([message(1, body="other")])) == ["shadow_values"]
    assert talk.say("GET", f"{MESSAGES}?to=%2B14155550002", page([message(2, body="other")])) == []


@pytest.mark.parametrize("status", [0, 502, 504])
def test_a_write_without_an_answer_may_have_had_an_effect(status: int) -> None:
    talk = restlink()
    talk.say("GET", "/user/webhooks", SETTINGS)
    talk.say("PUT", "/user/webhooks", None, {"unique_clicks_only": True}, status=status)
    assert talk.say("GET", "/user/webhooks", {**SETTINGS, "unique_clicks_only": True}) == []


def test_a_caller_whom_nobody_knows_is_left_alone() -> None:
    talk = knowing()
    assert talk.say("GET", MESSAGES, page(OTHER), Authorization="Bearer unheard-of") == []


BIRD = "/workspaces/d23f0824-128b-4f33-8c5c-7fd0a6a3a450"


def test_what_somebody_may_not_see_is_not_found_by_them() -> None:
    talk = Talk("bird", {"Authorization": "AccessKey key"})
    contact = {"id": "c1", "computedDisplayName": "", "featuredIdentifiers": [], "identifierCount": 0, "attributes": {}}
    shown = {**contact, "createdAt": "2026-02-13T12:00:00Z", "updatedAt": "2026-02-13T12:00:00Z"}
    assert talk.say("GET", f"{BIRD}/contacts/c1", shown) == []
    error = {"code": "NotFound", "message": "no"}
    assert talk.say("GET", f"{BIRD}/contacts/c1", error, status=404, Authorization="AccessKey other") == []
    assert talk.say("GET", f"{BIRD}/contacts/c1", error, status=404) == ["shadow_missing"]


def test_what_is_asked_for_in_the_wrong_place_is_not_found() -> None:
    talk = Talk("bird", {"Authorization": "AccessKey key"})
    shown = {"id": "m1", "channelId": "one", "status": "sent", "createdAt": "2026-02-13T12:00:00Z"}
    assert talk.say("GET", f"{BIRD}/channels/one/messages/m1", shown) == []
    error = {"code": "NotFound", "message": "no"}
    assert talk.say("GET", f"{BIRD}/channels/two/messages/m1", error, status=404) == []
    assert talk.say("GET", f"{BIRD}/channels/two/messages/m1", shown) == ["shadow_foreign"]
    assert talk.say("GET", f"{BIRD}/channels/one/messages/m1", error, status=404) == ["shadow_missing"]


def test_credentials_made_on_the_way_are_learned() -> None:
    talk = tofrom()
    made = {**key(1), "key": "tf_live_" + "1" * 32}
    talk.say("POST", "/api/ui/workspaces/ws_1/api-keys", made, {"name": "Key 1"}, 201)
    sent = {"sid": message(4)["provider_sid"], "status": "queued"}
    said = {"to": message(4)["to"], "body": "text 4"}
    talk.say("POST", "/api/messages", sent, said, Authorization=f"Bearer {made['key']}")
    assert "shadow_missing" in talk.say("GET", MESSAGES, page(newest(3)))


def test_where_others_work_too_only_what_the_run_made_and_nobody_changes_is_judged() -> None:
    talk = knowing("staging")
    assert talk.say("GET", MESSAGES, page([message(9), *newest(3, 1)], total=9)) == [], "others send and total as they like"
    assert "shadow_values" in talk.say("GET", MESSAGES, page(OTHER)), "but no message ever changes"
    talk.say("POST", "/api/ui/workspaces/ws_1/members", member("usr_1"), {"email": "a@example.com"}, 201)
    assert talk.say("GET", "/api/ui/workspaces/ws_1/members", page([])) == [], "a deployment may take a moment"
    talk.now += 60
    assert talk.say("GET", "/api/ui/workspaces/ws_1/members", page([])) == ["shadow_missing"], "but no minute"


def member(user: str | None) -> object:
    return {
        "id": "mem_1", "user_id": user, "email": "a@example.com", "name": None, "role": "member", "status": "invited",
        "created_at": "2026-02-13T12:00:00Z",
    }  # fmt: skip


def test_a_secret_is_never_told() -> None:
    talk = Talk("timelines", {"Authorization": "Bearer e30.eyJwYXJ0bmVyX2lkIjogIm1lIn0.e30"})
    token = {"workspace_id": "ws_1", "token": "tla_one", "rotated_at": None}
    talk.say("GET", "/workspaces/ws_1/api-token", token)
    exchange = talk.exchange("GET", "/workspaces/ws_1/api-token")
    talk.shadow.leaves(exchange)
    assert "shadow_values" in talk.answer(exchange, {**token, "token": "tla_two"})
    assert "tla_" not in " ".join(objection.message for objection in exchange.objections)


@pytest.mark.parametrize("reply", [None, [], 7, {}, {"data": 7}, {"data": [7]}, {"data": [{}]}, {"data": [{"provider_sid": {}}]}])
def test_a_reply_of_any_other_shape_is_somebody_elses_business(reply: object) -> None:
    talk = knowing()
    assert talk.say("GET", MESSAGES, reply) in ([], ["shadow_repeat"])
    send(talk, 4)
    assert talk.say("POST", "/api/messages", reply, {"to": 7, "body": None}, Authorization="Bearer key") == []
