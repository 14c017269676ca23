"""The worlds: what they open with, and the mistakes that no schema sees."""

from __future__ import annotations

import copy
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import phonenumbers
import pytest

from mockserver import worlds
from mockserver.apis.bird import credentials, messages, opening
from mockserver.apis.bird.lists import Paging
from mockserver.apis.bird.messages import Filters
from mockserver.data import fixtures_path, load_spec
from mockserver.engine.sandbox import Sandbox
from mockserver.engine.store import SqliteStore
from mockserver.serving.contract import Contract

NOON = datetime(2026, 2, 13, 12, 0, tzinfo=UTC)


def world(name: str = "default") -> dict[str, Any]:
    return worlds.read_world(name, {"bird": Contract("bird", load_spec("bird"))})["bird"].at(NOON)


def furnish(data: dict[str, Any]) -> None:
    store = SqliteStore()
    try:
        with Sandbox(store).transaction("bird") as tx:
            opening.furnish(tx, data)
    finally:
        store.close()


def test_the_empty_world_has_places_but_nothing_in_them(sandbox_of: Callable[..., Sandbox]) -> None:
    with sandbox_of("bird", world="empty").transaction("bird") as tx:
        for actor in world("empty")["cast"].values():
            place = actor["workspaceId"]
            assert tx.count("channel", place) == 4
            assert [tx.count(kind, place) for kind in ("contact", "message", "tag", "subscription")] == [0, 0, 0, 0]


def test_the_numbers_of_the_default_world_are_real_ones() -> None:
    for contact in world()["contacts"]:
        for identifier in contact["identifiers"]:
            if identifier["key"] == "phonenumber":
                assert phonenumbers.is_valid_number(phonenumbers.parse(identifier["value"])), identifier["value"]


def test_the_cast_has_what_clients_ask_for() -> None:
    actors = credentials.cast(world(), NOON)
    assert set(actors) == {"owner", "stranger"}
    for actor in actors.values():
        assert set(actor) == {"access_key", "workspace_id", "organization_id", "channels", "template"}
        assert set(actor["channels"]) == {"sms", "email", "whatsapp", "inactive"}
        assert set(actor["template"]) == {"projectId", "version", "locale"}


def set_at(data: Any, pointer: str, value: Any) -> None:
    *steps, last = [int(step) if step.isdigit() else step for step in pointer.split("/")[1:]]
    for step in steps:
        data = data[step]
    data[last] = value


STRANGER = "6b0d549b-6f03-475a-9600-a35a099950d8"


@pytest.mark.parametrize(
    ("pointer", "value"),
    [
        ("/channels/1/id", "8d116ece-1738-47d9-bd9c-172411e20b8f"),
        ("/accessKeys/0/organizationId", STRANGER),
        ("/workspaces/0/organizationId", STRANGER),
        ("/connectors/0/workspaceId", STRANGER[::-1]),
        ("/channels/0/connectorId", STRANGER),
        ("/projects/0/activeTemplateId", STRANGER),
        ("/channelTemplates/0/projectId", STRANGER),
        ("/messages/0/channelId", STRANGER),
        ("/messages/0/contactIds/0", STRANGER),
        ("/contacts/1/identifiers/0/value", "+31612345678"),
        ("/cast/owner/accessKey", "nobody"),
        ("/cast/owner/workspaceId", STRANGER),
        ("/cast/owner/channels/sms", "90c192cf-d3ac-44af-8f21-ddb66cad4a26"),
        ("/cast/owner/channels/inactive", "8d116ece-1738-47d9-bd9c-172411e20b8f"),
    ],
)
def test_a_mistake_is_reported_where_it_stands(pointer: str, value: str) -> None:
    data = copy.deepcopy(world())
    set_at(data, pointer, value)
    with pytest.raises(ValueError, match=rf"^{pointer}: "):
        furnish(data)


def test_a_contact_without_the_channels_kind_of_identifier_is_a_mistake() -> None:
    data = copy.deepcopy(world())
    only_mail = next(contact for contact in data["contacts"] if contact["identifiers"][0]["key"] == "emailaddress")
    data["messages"][0]["contactIds"] = [only_mail["id"]]
    with pytest.raises(ValueError, match=r"^/messages/0/contactIds/0: has no phonenumber"):
        furnish(data)


WAITING, SCHEDULED, INCOMING = (
    "e1736fad-f25e-428c-a50b-ba9a268bc8fa",
    "736787ce-c05e-4361-9ad6-49213aad9bb6",
    "ae863265-4265-4013-90a9-5519bb33898d",
)
SMS, OWNERS = "8d116ece-1738-47d9-bd9c-172411e20b8f", "d23f0824-128b-4f33-8c5c-7fd0a6a3a450"
SOON = "2026-02-13T12:05:00Z"
TEXT = {"type": "text", "text": {"text": "now"}}


def step(**changes: Any) -> dict[str, Any]:
    return {"due": SOON, "step": {"messageId": WAITING, "outcome": "delivered", **changes}}


def arrival(**changes: Any) -> dict[str, Any]:
    return {"due": SOON, "receive": {"channelId": SMS, "from": "+31699999999", "body": TEXT, **changes}}


def medium(**changes: Any) -> dict[str, Any]:
    place = {"id": STRANGER, "workspaceId": OWNERS, "contentType": "a/b", "expiresAt": SOON, "token": "0" * 32}
    return {**place, "size": 3, "content": "YWJj", **changes}


@pytest.mark.parametrize(
    ("pointer", "parts"),
    [
        ("/agenda/0/step/messageId", {"agenda": [step(messageId=STRANGER)]}),
        ("/agenda/0/step/messageId", {"agenda": [step(messageId=INCOMING)]}),
        ("/agenda/1/step/messageId", {"agenda": [step(), step()]}),
        ("/agenda/0/step/reached", {"agenda": [step(outcome="never", reached=["accepted", "processing", "sent"])]}),
        ("/agenda/0/lapse/messageId", {"agenda": [{"due": SOON, "lapse": {"messageId": STRANGER}}]}),
        ("/agenda/0/receive/channelId", {"agenda": [arrival(channelId=STRANGER)]}),
        ("/agenda/0/receive/from", {"agenda": [arrival(**{"from": "a@example.com"})]}),
        ("/agenda/0/receive/messageId", {"agenda": [arrival(messageId=WAITING)]}),
        ("/agenda/1/receive/messageId", {"agenda": [arrival(messageId=STRANGER), arrival(messageId=STRANGER)]}),
        ("/media/1/id", {"media": [medium(), medium()]}),
        ("/deliveries/0/workspaceId", {"deliveries": [{"workspaceId": STRANGER[::-1]}]}),
        ("/media/0/workspaceId", {"media": [medium(workspaceId=STRANGER[::-1])]}),
        ("/media/0/channelId", {"media": [medium(channelId="0cb1e29c-658c-4a14-95e6-0af593bd04cf")]}),
        ("/media/0/content", {"media": [medium(content="YWJj!")]}),
        ("/media/0/content", {"media": [medium(size=4)]}),
    ],
)
def test_what_cannot_happen_is_reported_where_it_stands(pointer: str, parts: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=rf"^{pointer}: "):
        furnish({**world(), **parts})


def test_who_is_named_by_the_receiver_is_named_by_the_contacts() -> None:
    data = copy.deepcopy(world())
    out = next(place for place, message in enumerate(data["messages"]) if message["direction"] == "outgoing")
    into = next(place for place, message in enumerate(data["messages"]) if message["direction"] == "incoming")
    party = {"id": STRANGER, "identifierKey": "phonenumber", "identifierValue": "+31612345678"}
    for place, end, wrong in (
        (out, "receiver", {"contacts": [party]}),
        (into, "sender", {"contact": party}),
        (into, "sender", {}),
    ):
        changed = copy.deepcopy(data)
        changed["messages"][place][end] = wrong
        with pytest.raises(ValueError, match=rf"^/messages/{place}/{end}: "):
            furnish(changed)


def test_a_contact_may_have_an_identifier_twice() -> None:
    data = copy.deepcopy(world())
    data["contacts"][0]["identifiers"] *= 2
    furnish(data)


def test_the_cast_of_a_continued_world_may_have_seen_its_channels_switched() -> None:
    data = {**copy.deepcopy(world()), "continued": True}
    for channel in data["channels"]:
        channel["status"] = {"active": "inactive", "inactive": "active"}[channel["status"]]
    furnish(data)
    data["cast"]["owner"]["channels"]["inactive"] = data["cast"]["owner"]["channels"]["email"]
    with pytest.raises(ValueError, match=r"^/cast/owner/channels/inactive: "):
        furnish(data)


def test_a_person_can_say_what_is_going_to_happen(house_in: Callable[[str], Any], tmp_path: Path) -> None:
    shutil.copytree(fixtures_path() / "default", tmp_path / "world")
    with (tmp_path / "world" / "bird.yaml").open("a") as file:
        file.write(
            f"""
agenda:
  - {{due: now+10s, step: {{messageId: {WAITING}, outcome: undelivered}}}}
  - {{due: now+10s, receive: {{channelId: {SMS}, from: '+31699999999', body: {{type: text, text: {{text: now}}}}}}}}
  - {{due: now+20h, lapse: {{messageId: {SCHEDULED}}}}}
"""
        )
    house = house_in(str(tmp_path / "world"))
    house.pass_time(10)
    newest = house.do(messages.messages, house.workspace, Filters(SMS), Paging(1), reverse=False).entries[0]
    assert (newest["direction"], newest["status"], newest["body"]) == ("incoming", "delivered", TEXT)
    house.pass_time(11)
    assert house.do(messages.message, house.workspace, SMS, WAITING)["failure"]["code"] == 20105
