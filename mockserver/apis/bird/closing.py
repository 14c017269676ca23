"""The closing: the state told as a world's fixture, from which the opening makes the same state again.

Left out is what was sent to subscribers, and the files of more than 1 MiB that were uploaded.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from mockserver.apis.bird import agenda, deliveries, files, media, messages
from mockserver.apis.bird.ladder import LADDER
from mockserver.apis.bird.lists import Entity
from mockserver.apis.bird.opening import party
from mockserver.apis.bird.world import SHARED
from mockserver.engine.sandbox import Transaction

#: What follows from the rest of a message.
_DERIVED = ("platformId", "updatedAt", "tagIds", "sender", "receiver")


def gather(tx: Transaction) -> dict[str, Any]:
    """The state as a document that is valid against the contract's ``x-world`` and that ``furnish`` takes."""
    settled = tx.get("world", "", "settled")
    assert settled is not None, "the world was opened"
    workspaces = _in_order(tx, "workspace", _ids(settled["organizations"]))
    projects = _in_order(tx, "project", _ids(workspaces))
    return {
        "continued": True,
        "cast": settled["cast"],
        "delays": LADDER.delays(tx),
        "organizations": settled["organizations"],
        "accessKeys": [record.body for record in tx.find("access key", "")],
        "uploads": tx.get("upload secret", "", "secret"),
        "workspaces": [_without(workspace, "updatedAt") for workspace in workspaces],
        "connectors": [_without(connector, "updatedAt") for connector in _in_order(tx, "connector", _ids(workspaces))],
        "channels": [_channel(channel) for channel in _in_order(tx, "channel", _ids(workspaces))],
        "projects": [_without(project, "updatedAt", "type") for project in projects],
        "channelTemplates": [_without(one, "updatedAt") for one in _in_order(tx, "channel template", _ids(projects))],
        **_filled(_changing(tx, _ids(workspaces))),
    }


def _changing(tx: Transaction, places: list[str]) -> dict[str, list[Entity]]:
    """What the workspaces' users write, and what comes of it."""
    return {
        "contacts": [_contact(place, body) for place, _, body in _placed(tx, "contact", places)],
        "tags": [{"id": body["id"], "workspaceId": place, "name": name} for place, name, body in _placed(tx, "tag", places)],
        "messages": _messages(tx, places),
        "agenda": agenda.tell(tx),
        "media": [_medium(tx, place) for place in media.tell(tx)],
        "webhookSubscriptions": [_subscription(body) for body in _in_order(tx, "subscription", places)],
        "deliveries": deliveries.tell(tx),
    }


def _channel(channel: Entity) -> Entity:
    unchanged = ("updatedAt",) if channel["updatedAt"] == channel["createdAt"] else ()
    return _without(channel, *SHARED, *unchanged)


def _contact(workspace_id: str, contact: Entity) -> Entity:
    names = ("displayName", "identifiers", *(("attributes",) if contact["attributes"] else ()), "createdAt")
    said = {name: contact[name] for name in names if name in contact}
    return {"id": contact["id"], "workspaceId": workspace_id, **said}


def _messages(tx: Transaction, places: list[str]) -> list[Entity]:
    channels = {channel["id"]: channel for channel in _in_order(tx, "channel", places)}
    people = {contact["id"]: contact for contact in _in_order(tx, "contact", places)}
    return [_message(found, channels[found["channelId"]], people) for found in _in_order(tx, "message", places)]


def _message(message: Entity, channel: Entity, people: Mapping[str, Entity]) -> Entity:
    out = message["direction"] == "outgoing"
    named = message["receiver"]["contacts"] if out else [message["sender"]["contact"]]
    parties = [party(channel, people[contact["id"]]) for contact in named]
    usual = messages.from_channel(channel, parties) if out else messages.to_channel(channel, parties[0])
    ends = {name: message[name] for name in usual if message[name] != usual[name]}
    frame = {name: message[name] for name in ("id", "channelId", "direction")}
    return {**frame, "contactIds": [contact["id"] for contact in named], **ends, **_without(message, *_DERIVED)}


def _medium(tx: Transaction, place: Entity) -> Entity:
    content = files.content(tx, place["id"])
    return place if content is None else {**place, "content": content}


def _subscription(subscription: Entity) -> Entity:
    frame = {name: subscription[name] for name in ("id", "workspaceId")}
    return {**frame, **_without(subscription, "organizationId", "service", "status", "updatedAt")}


def _placed(tx: Transaction, kind: str, owners: Iterable[str]) -> list[tuple[str, str, Entity]]:
    """Owner, id and body of all records of the owners, in the one order in which they came to be."""
    found = sorted(((record.seq, owner, record) for owner in owners for record in tx.find(kind, owner)), key=lambda one: one[0])
    return [(owner, record.id, record.body) for _, owner, record in found]


def _in_order(tx: Transaction, kind: str, owners: Iterable[str]) -> list[Entity]:
    return [body for _, _, body in _placed(tx, kind, owners)]


def _ids(entities: Iterable[Entity]) -> list[str]:
    return [entity["id"] for entity in entities]


def _without(entity: Entity, *names: str) -> Entity:
    return {name: value for name, value in entity.items() if name not in names}


def _filled(lists: Mapping[str, list[Entity]]) -> dict[str, list[Entity]]:
    """Those that hold something; the others need no word."""
    return {name: entries for name, entries in lists.items() if entries}
