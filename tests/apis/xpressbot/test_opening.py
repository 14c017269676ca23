"""The opening: what a world puts into the store, and which contradictions it refuses."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import phonenumbers
import pytest

from mockserver import worlds
from mockserver.apis.xpressbot import messages
from mockserver.apis.xpressbot.credentials import cast
from mockserver.apis.xpressbot.opening import furnish
from mockserver.data import fixtures_path, load_spec
from mockserver.engine.clock import Clock
from mockserver.engine.sandbox import Sandbox
from mockserver.engine.store import SqliteStore
from mockserver.serving.contract import Contract
from mockserver.worlds import Fixture, written

NOON = datetime(2026, 2, 13, 12, 0, tzinfo=UTC)
OWNERS = "ch_7Kq2mVxPd4"


DUE = "is an instant as long as there is a step to take, and null after the last one"
REPAIRED = "wamid.HBgMNDM2NjQxMjM0NTY3FQIAERgSQjNFN0QxNTJGOEM0NjBBOTAwAA=="
STEP = {"channelId": "ch_5Jm1cXzGh9", "due": "now+5s", "step": {"wamid": REPAIRED, "outcome": "undelivered", "reached": ["sent"]}}
LETTER = {"id": "msg_new", "wamid": "wamid.new", "from": "+31612345678", "type": "text", "content": "now"}
ARRIVAL = {"channelId": OWNERS, "due": "now+5s", "arrival": LETTER}


def agenda(world: dict[str, Any], *entries: dict[str, Any]) -> None:
    world["agenda"] = [*entries]


def world(name: str = "default") -> dict[str, Any]:
    contract = Contract("xpressbot", load_spec("xpressbot"))
    return copy.deepcopy(Fixture(fixtures_path() / name / "xpressbot.yaml", contract).at(NOON))


@pytest.mark.parametrize("name", ["default", "empty"])
def test_every_world_has_the_whole_cast(name: str) -> None:
    actors = cast(world(name), NOON)
    assert {actor: len(part["channels"]) for actor, part in actors.items()} == {"owner": 1, "two_channels": 2, "stranger": 1}
    assert all(part.keys() == {"api_key", "channels"} for part in actors.values())
    channels = [channel for part in actors.values() for channel in part["channels"]]
    assert len(set(channels)) == len(channels) == 4


def test_numbers_are_valid_but_for_the_documents_own() -> None:
    numbers = [entity["phoneNumber"] for kind in ("channels", "contacts") for entity in world()[kind]]
    invalid = [number for number in numbers if not phonenumbers.is_valid_number(phonenumbers.parse(number))]
    assert invalid == ["+1234567890"]


def test_what_the_documents_examples_need_is_there(sandbox_of: Callable[..., Sandbox]) -> None:
    with sandbox_of("xpressbot").transaction("xpressbot") as tx:
        assert {"plan", "source"} <= {record.id for record in tx.find("custom field", OWNERS)}
        assert tx.get("contact", OWNERS, "+1234567890")
        assert tx.find("automation", OWNERS, {"name": "welcome flow"})
        (template,) = tx.find("template", OWNERS, {"templateName": "order_confirmation", "status": "APPROVED"})
        assert len(template.body["variables"]) == 3


def test_contacts_know_when_they_last_wrote(sandbox_of: Callable[..., Sandbox]) -> None:
    with sandbox_of("xpressbot", now=NOON).transaction("xpressbot") as tx:
        wrote = {record.body["name"]: record.body["lastInboundAt"] for record in tx.find("contact", OWNERS)}
    assert wrote["Jane Doe"] == "2026-02-13T10:00:00.000000Z"
    assert wrote["Marcus Bell"] == "2026-02-13T07:00:00.000000Z"
    assert wrote["Priya Raman"] == "2026-02-10T11:00:00.000000Z"
    assert wrote["Tom Okafor"] is None


def test_the_empty_world_has_nothing_but_keys_and_channels(sandbox_of: Callable[..., Sandbox]) -> None:
    with sandbox_of("xpressbot", world="empty").transaction("xpressbot") as tx:
        assert tx.count("api key", "") == 3
        assert tx.count("channel", "") == 4
        assert not any(
            tx.count(kind, OWNERS) for kind in ("contact", "label", "custom field", "template", "message", "automation")
        )


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (lambda w: w["labels"][1].update(name="vip"), "/labels/1: is taken by an earlier one"),
        (lambda w: w["contacts"][1].update(id=w["contacts"][0]["id"]), "/contacts/1/id: is taken by an earlier one"),
        (lambda w: w["apiKeys"][1].update(key=w["apiKeys"][0]["key"]), "/apiKeys/1/key: is taken by an earlier one"),
        (lambda w: w["automations"][1].update(automationName="WELCOME flow"), "/automations/1: is taken by an earlier one"),
        (lambda w: w["channels"][0].update(workspaceId="x"), "/channels/0/workspaceId: there is no such workspace"),
        (
            lambda w: w["apiKeys"][0]["channelIds"].append("ch_9Pz4sLfQk2"),
            "/apiKeys/0/channelIds/1: the workspace has no such channel",
        ),
        (lambda w: w["messages"][0].update(channelId="x"), "/messages/0/channelId: there is no such channel"),
        (lambda w: w["contacts"][4]["labelNames"].append("x"), "/contacts/4/labelNames/2: the channel has no such label"),
        (
            lambda w: w["contacts"][1]["customFieldsData"].update(loyalty_points="many"),
            "/contacts/1/customFieldsData/loyalty_points: the channel has no such field for this value",
        ),
        (
            lambda w: w["templates"][0]["variables"].pop(),
            "/templates/0/variables: must have one sample for each variable of the body",
        ),
        (lambda w: w["templates"][1].update(header="x"), "/templates/1/mediaType: a header is text or media, not both"),
        (lambda w: w["messages"][0].update(contactId="x"), "/messages/0/contactId: the channel has no such contact"),
        (lambda w: w["conversations"].pop(0), "/messages/1/contactId: there is no conversation with this contact"),
        (lambda w: agenda(w, {**STEP, "channelId": "x"}), "/agenda/0/channelId: there is no such channel"),
        (lambda w: agenda(w, {**STEP, "channelId": OWNERS}), "/agenda/0/step/wamid: the channel has no such message"),
        (lambda w: agenda(w, STEP, STEP), "/agenda/1/step/wamid: is taken by an earlier one"),
        (lambda w: agenda(w, ARRIVAL, ARRIVAL), "/agenda/1/arrival/wamid: is taken by an earlier one"),
        (lambda w: agenda(w, {**STEP, "due": None}), f"/agenda/0/due: {DUE}"),
        (lambda w: agenda(w, {**ARRIVAL, "due": None}), f"/agenda/0/due: {DUE}"),
        (
            lambda w: agenda(w, {**STEP, "step": {**STEP["step"], "reached": ["sent", "undelivered"]}}),
            f"/agenda/0/due: {DUE}",
        ),
        (lambda w: w["cast"]["owner"].update(api_key="x"), "/cast/owner/channels: are not the channels of this key"),
    ],
)
def test_contradictions_are_refused_where_they_stand(
    sandbox_of: Callable[..., Sandbox], change: Callable[[dict[str, Any]], Any], complaint: str
) -> None:
    changed = world()
    change(changed)
    with sandbox_of("xpressbot", world="empty").transaction("xpressbot") as tx, pytest.raises(ValueError) as raised:
        furnish(tx, changed)
    assert str(raised.value).splitlines()[0] == complaint


def test_a_person_writes_what_is_to_come_in_a_few_words(house: Any) -> None:
    fresh = replace(house, sandbox=Sandbox(SqliteStore(), clock=Clock(NOON)))
    text = written({**world(), "agenda": [STEP, ARRIVAL]})
    fixture = Fixture(Path("xpressbot.yaml"), Contract("xpressbot", load_spec("xpressbot")), text)
    fresh.do(lambda tx, _channel: worlds.furnish(fixture, furnish, tx))
    assert fresh.advance(5) == 2
    channels = (OWNERS, "ch_5Jm1cXzGh9")
    repaired, come = (fresh.do(lambda tx, _, id=id: messages.read(tx, channels, id)) for id in (REPAIRED, "wamid.new"))
    assert (repaired["status"], repaired["error"]) == ("failed", "The message could not be delivered to this number")
    assert (come["content"], come["to"], come["timestamp"]) == ("now", "+31612345678", "2026-02-13T12:00:05.000000Z")
    fresh.sandbox.store.close()


def test_a_value_may_be_older_than_its_fields_type(sandbox_of: Callable[..., Sandbox]) -> None:
    changed = world()
    changed["contacts"][1]["customFieldsData"].update(loyalty_points="many")
    changed["contacts"][1]["outdatedFields"] = ["loyalty_points"]
    with sandbox_of("xpressbot", world="empty").transaction("xpressbot") as tx:
        furnish(tx, changed)
        kept = tx.get("contact", OWNERS, "+447911234861")
    assert kept is not None
    assert kept["customFieldsData"]["loyalty_points"] == "many"
    assert "outdatedFields" not in kept
