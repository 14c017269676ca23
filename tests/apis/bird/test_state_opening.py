"""The worlds: what they open with, and the mistakes that no schema sees."""

from __future__ import annotations

import copy
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import phonenumbers
import pytest

from mockserver import worlds
from mockserver.apis.bird import credentials, opening
from mockserver.data import load_spec
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
