"""Links: impressions, clicks and conversions, counted and told, without HTTP."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from mockserver.apis.restlink import links, messages, sending, state, stats, webhooks, wire
from mockserver.apis.restlink.messages import MessageNotFound
from mockserver.apis.restlink.periods import Days
from mockserver.apis.restlink.sending import Text
from mockserver.data import load_spec
from mockserver.engine import outbox
from mockserver.engine.sandbox import Sandbox
from mockserver.serving.contract import Contract
from mockserver.serving.webhooks import Webhooks

OWNER, MAIN, OTHER, URL = 279, 16, 18, "http://127.0.0.1:9/main"
EVENTS = ("impression", "click", "conversion")
TODAY = Days("2026-02-13", "2026-02-13")


@pytest.fixture
def sandbox(sandbox_of: Callable[..., Sandbox]) -> Sandbox:
    found = sandbox_of("restlink")
    with found.transaction("restlink") as tx:
        webhooks.change(tx, MAIN, {f"{event}_url": f"{URL}/{event}" for event in EVENTS} | {"click_fields": None})
    return found


def send(sandbox: Sandbox, count: int = 1, workspace: int = MAIN) -> list[str]:
    with sandbox.transaction("restlink") as tx:
        sent = sending.send(tx, OWNER, workspace, ["+14155551234"] * count, Text("hi", "MyApp"))
        return [str(to.message_id) for to in sent.recipients]


def record(sandbox: Sandbox, message_id: str, event: str, **visit: str) -> dict[str, Any]:
    with sandbox.transaction("restlink") as tx:
        return links.record(tx, message_id, event, visit)


def told(sandbox: Sandbox) -> list[tuple[str, str, dict[str, Any]]]:
    with sandbox.transaction("restlink") as tx:
        found = outbox.page(tx, {}, 100)[0]
        return [(delivery["event"], delivery["url"], json.loads(delivery["body"])) for delivery in found]


def figures(sandbox: Sandbox, workspace: int = MAIN) -> tuple[int, int, int]:
    with sandbox.transaction("restlink") as tx:
        found = stats.summarize(messages.sent_within(tx, workspace, TODAY))
        shown = wire.stats_result(found, TODAY, "EUR")["stats"]
    return shown["click_count"], shown["unique_click_count"], shown["action_count"]


def test_each_event_is_told_to_its_own_address_with_its_usual_fields(sandbox: Sandbox) -> None:
    (message_id,) = send(sandbox)
    visit = {"url": "https://nordhaven.example/a", "action": "signup", "ip": "192.0.2.1", "user_agent": "Test/1"}
    for event in EVENTS:
        recorded = record(sandbox, message_id, event, **visit)
        assert recorded == {
            "message_id": message_id,
            "workspace_id": MAIN,
            "event": event,
            "timestamp": "2026-02-13T12:00:00.000000Z",
            "reported": True,
        }
    about = {
        "message_id": message_id,
        "recipient": "+14155551234",
        "sender_id": "MyApp",
        "timestamp": "2026-02-13T12:00:00.000000Z",
    }
    assert told(sandbox) == [
        ("impression", f"{URL}/impression", {**about, "url": visit["url"]}),
        ("click", f"{URL}/click", {**about, "url": visit["url"]}),
        ("conversion", f"{URL}/conversion", {**about, "action": "signup"}),
    ]


@pytest.mark.parametrize("event", EVENTS)
def test_the_workspaces_selection_decides_what_is_told(sandbox: Sandbox, event: str) -> None:
    own = ["action"] if event == "conversion" else ["user_agent", "ip", "url"]
    with sandbox.transaction("restlink") as tx:
        webhooks.change(tx, MAIN, {f"{event}_fields": [*own, "workspace_id"]})
    record(sandbox, send(sandbox)[0], event, action="signup", ip="2001:db8::1")
    ((_, _, body),) = told(sandbox)
    everything = {"action": "signup", "ip": "2001:db8::1", "url": "https://example.com/", "user_agent": "Mozilla/5.0"}
    assert list(body) == [*own, "workspace_id"]
    assert body == {**{name: everything[name] for name in own}, "workspace_id": MAIN}


@pytest.mark.parametrize(
    ("event", "field"),
    [
        *(
            (event, field)
            for event in EVENTS[:2]
            for field in (*webhooks.USUAL_FIELDS[event], "workspace_id", "ip", "user_agent")
        ),
        *(("conversion", field) for field in (*webhooks.USUAL_FIELDS["conversion"], "workspace_id")),
        *(("delivery", field) for field in (*webhooks.USUAL_FIELDS["delivery"], "workspace_id")),
    ],
)
def test_a_single_field_is_enough_for_an_event_and_for_its_sample(sandbox: Sandbox, event: str, field: str) -> None:
    contract = Webhooks(Contract("restlink", load_spec("restlink")))
    with sandbox.transaction("restlink") as tx:
        webhooks.change(tx, MAIN, {f"{event}_url": URL, f"{event}_fields": [field]})
        webhooks.send_sample(tx, MAIN, event)
    (message_id,) = send(sandbox)
    if event == "delivery":
        with sandbox.transaction("restlink") as tx:
            webhooks.report_delivery(tx, MAIN, messages.read(tx, MAIN, message_id))
    else:
        record(sandbox, message_id, event)
    bodies = [body for _, _, body in told(sandbox)]
    assert [list(body) for body in bodies] == [[field], [field]]
    assert [contract.breach(event, json.dumps(body)) for body in bodies] == [None, None]


def test_clicks_and_conversions_are_counted_for_the_messages_workspace(sandbox: Sandbox) -> None:
    first, second = send(sandbox, 2)
    for message_id, event, times in (
        (first, "click", 3),
        (second, "click", 1),
        (first, "conversion", 2),
        (second, "impression", 4),
    ):
        for _ in range(times):
            record(sandbox, message_id, event)
    assert figures(sandbox) == (4, 2, 2)
    assert figures(sandbox, OTHER) == (0, 0, 0)


def test_nothing_else_about_a_message_changes(sandbox: Sandbox) -> None:
    (message_id,) = send(sandbox)
    with sandbox.transaction("restlink") as tx:
        before = messages.read(tx, MAIN, message_id)
        links.record(tx, message_id, "click", {})
        after = messages.read(tx, MAIN, message_id)
    assert wire.status_result(after) == wire.status_result(before)
    assert wire.message_list([after], 1, 1, 25) == wire.message_list([before], 1, 1, 25)


def test_only_a_recipients_first_click_of_a_message_is_told_where_that_is_wanted(sandbox: Sandbox) -> None:
    with sandbox.transaction("restlink") as tx:
        webhooks.change(tx, MAIN, {"unique_clicks_only": True})
    ids = send(sandbox, 2)
    reported = [record(sandbox, message_id, "click")["reported"] for message_id in (*ids, *ids)]
    assert reported == [True, True, False, False]
    assert [body["message_id"] for _, _, body in told(sandbox)] == ids
    assert figures(sandbox) == (4, 2, 0)
    others = [record(sandbox, ids[0], event)["reported"] for event in ("impression", "conversion") * 2]
    assert others == [True] * 4


def test_without_an_address_it_counts_and_nobody_is_told(sandbox: Sandbox) -> None:
    (message_id,) = send(sandbox, workspace=OTHER)
    recorded = record(sandbox, message_id, "click")
    assert (recorded["workspace_id"], recorded["reported"]) == (OTHER, False)
    assert told(sandbox) == []
    assert figures(sandbox, OTHER) == (1, 1, 0)


def test_the_worlds_own_messages_have_links_too(sandbox: Sandbox) -> None:
    with sandbox.transaction("restlink") as tx:
        own = tx.find("message", OTHER, limit=1)[0].id
    assert record(sandbox, own, "click")["workspace_id"] == OTHER


@pytest.mark.parametrize("unknown", ["api_1041_1_0000000000000000", "x", "api_0_0_0000000000000000"])
def test_a_message_that_never_was_is_unknown(sandbox: Sandbox, unknown: str) -> None:
    with pytest.raises(MessageNotFound):
        record(sandbox, unknown, "click")
    assert told(sandbox) == []


def test_a_deleted_workspaces_message_is_unknown(sandbox: Sandbox) -> None:
    (message_id,) = send(sandbox)
    with sandbox.transaction("restlink") as tx:
        state.delete_workspace(tx, OWNER, MAIN)
    with pytest.raises(MessageNotFound):
        record(sandbox, message_id, "click")
