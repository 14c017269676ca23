"""The population: any number of further contacts for a world's owner, each with a message."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from mockserver.apis.bird import contacts, messages
from mockserver.apis.bird.bodies import chargeable_units
from mockserver.apis.bird.lists import Entity
from mockserver.engine.backfill import Backfill
from mockserver.engine.crowd import Crowd
from mockserver.engine.sandbox import Transaction

_SPAN = timedelta(days=30)


def backfill(tx: Transaction, world: Mapping[str, Any], crowd: Crowd, count: int) -> Backfill:
    """``count`` contacts of the last 30 days and a delivered message to each, in turn through the owner's channels."""
    owner = world["cast"]["owner"]
    workspace = owner["workspaceId"]
    connectors = {connector["id"]: connector for connector in world["connectors"]}
    wanted = [owner["channels"][name] for name in contacts.KIND_OF_PLATFORM]
    channels = [
        {**channel, **{name: connectors[channel["connectorId"]][name] for name in ("platformId", "identifier")}}
        for channel in world["channels"]
        if channel["id"] in wanted
    ]

    def insert(numbers: Sequence[int]) -> None:
        people = [_contact(crowd, number, more.moment(number)) for number in numbers]
        tx.insert_many("contact", workspace, ((one["id"], one, contacts.facets(one)) for one in people))
        sent = (
            _message(crowd, number, channels[number % len(channels)], contact)
            for number, contact in zip(numbers, people, strict=True)
        )
        tx.insert_many("message", workspace, ((one["id"], one, messages.facets(one)) for one in sent))

    more = Backfill(count, tx.now - _SPAN, tx.now, insert)
    return more


def _contact(crowd: Crowd, number: int, moment: str) -> Entity:
    person = crowd.person(number)
    return {
        "id": crowd.uuid("contact", number),
        "displayName": person.name,
        "identifiers": [{"key": "phonenumber", "value": person.phone}, {"key": "emailaddress", "value": person.email}],
        "attributes": {},
        "createdAt": moment,
        "updatedAt": moment,
    }


def _message(crowd: Crowd, number: int, channel: Entity, contact: Entity) -> Entity:
    kind = contacts.KIND_OF_PLATFORM[channel["platformId"]]
    value = next(found["value"] for found in contact["identifiers"] if found["key"] == kind)
    body, moment = {"type": "text", "text": {"text": crowd.text(number)}}, contact["createdAt"]
    return {
        "id": crowd.uuid("message", number),
        "channelId": channel["id"],
        "platformId": channel["platformId"],
        "direction": "outgoing",
        "status": "delivered",
        "createdAt": moment,
        "updatedAt": moment,
        "lastStatusAt": moment,
        "sender": {"connector": {"id": channel["connectorId"], "identifierValue": channel["identifier"]}},
        "receiver": {"contacts": [{"id": contact["id"], "identifierKey": kind, "identifierValue": value}]},
        "body": body,
        "bodyId": crowd.uuid("body", number),
        "chargeableUnits": chargeable_units(channel["platformId"], body),
        "tags": [],
        "tagIds": [],
    }
