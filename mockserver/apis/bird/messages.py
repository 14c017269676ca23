"""Messages: what stands on them, keeping them, finding them again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mockserver.apis.bird import state
from mockserver.apis.bird.lists import Entity, Page, Paging, page
from mockserver.apis.bird.moments import instant, sortable
from mockserver.engine.refusals import Refusal
from mockserver.engine.sandbox import Transaction
from mockserver.engine.store import OneOf, Span, Where


class MessageUnknown(Refusal):
    """The channel has no such message."""


def outgoing(tx: Transaction, channel: Entity, receivers: list[Entity], sender: Mapping[str, Any] | None = None) -> Entity:
    """The part of an outgoing message that its channel and its receivers decide."""
    return {**_framed(tx, channel, "outgoing"), **from_channel(channel, receivers, sender)}


def incoming(tx: Transaction, channel: Entity, sender: Entity) -> Entity:
    """The part of an incoming message that its channel and its sender decide."""
    return {**_framed(tx, channel, "incoming"), **to_channel(channel, sender)}


def from_channel(channel: Entity, receivers: list[Entity], sender: Mapping[str, Any] | None = None) -> Entity:
    """``sender`` and ``receiver`` of an outgoing message."""
    shown = (sender or {}).get("connector", {}).get("identifierValue", channel["identifier"])
    return {
        "sender": {"connector": {"id": channel["connectorId"], "identifierValue": shown}},
        "receiver": {"contacts": receivers},
    }


def to_channel(channel: Entity, sender: Entity) -> Entity:
    """``sender`` and ``receiver`` of an incoming message."""
    connector = {"id": channel["connectorId"], "identifierValue": channel["identifier"]}
    return {"sender": {"contact": sender}, "receiver": {"connectors": [connector]}}


def _framed(tx: Transaction, channel: Entity, direction: str) -> Entity:
    now = sortable(tx.now)
    return {
        "id": tx.chance.uuid(),
        "channelId": channel["id"],
        "platformId": channel["platformId"],
        "direction": direction,
        "status": "accepted",
        "createdAt": now,
        "updatedAt": now,
        "lastStatusAt": now,
    }


def tagged(tx: Transaction, workspace_id: str, names: Any) -> Entity:
    """``tags`` in lower case, each once, and their ``tagIds``; a tag that is new to the workspace is made."""
    tags = list(dict.fromkeys(name.lower() for name in names))
    return {"tags": tags, "tagIds": [_tag_id(tx, workspace_id, tag) for tag in tags]}


def _tag_id(tx: Transaction, workspace_id: str, name: str) -> str:
    found = tx.get("tag", workspace_id, name)
    if found is None:
        found = {"id": tx.chance.uuid()}
        tx.put("tag", workspace_id, name, found)
    return str(found["id"])


def store(tx: Transaction, workspace_id: str, message: Entity) -> Entity:
    """Keep a new message, with an id for its body if it has none yet."""
    unnamed = "body" in message and "bodyId" not in message
    return _put(tx, workspace_id, {**message, "bodyId": tx.chance.uuid()} if unnamed else message)


def change(tx: Transaction, workspace_id: str, message: Entity, status: str, facts: Mapping[str, Any]) -> Entity:
    """Give a message another status, and what is known of it since; gives the message as it is then."""
    now = sortable(tx.now)
    return _put(tx, workspace_id, {**message, "status": status, "updatedAt": now, "lastStatusAt": now, **facts})


def _put(tx: Transaction, workspace_id: str, message: Entity) -> Entity:
    tx.put("message", workspace_id, message["id"], message, facets(message))
    return message


def marked(tx: Transaction, message: Entity) -> Entity:
    """The platform's own marks, for a message that it has and for each part of it."""
    mark = f"{message['platformId']}-{tx.chance.hex(16)}"
    parts = [{"platformReference": f"{mark}-{part + 1}"} for part in range(message["chargeableUnits"])]
    return {"platformReferenceId": mark, "parts": parts}


def facets(message: Entity) -> dict[str, Any]:
    """What lists find a message by."""
    return {
        "channel": message["channelId"],
        "direction": message["direction"],
        "platform": message["platformId"],
        "status": message["status"],
        "created": message["createdAt"],
        "tag": message["tags"],
    }


def on_its_way(tx: Transaction, workspace_id: str, message_id: str) -> Entity:
    """A message of which the caller knows that it is there."""
    found = tx.get("message", workspace_id, message_id)
    assert found is not None, "no message is ever taken away"
    return found


def message(tx: Transaction, workspace_id: str, channel_id: str, message_id: str) -> Entity:
    """A message of a channel of the workspace."""
    channel = state.channel(tx, workspace_id, channel_id)
    found = tx.get("message", workspace_id, message_id.lower())
    if found is None or found["channelId"] != channel["id"]:
        raise MessageUnknown
    return found


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list is narrowed down to; None and empty mean everything. ``start_at``, ``end_at``: RFC 3339, both inclusive."""

    channel_id: str | None = None
    start_at: str | None = None
    end_at: str | None = None
    direction: str | None = None
    platform: str | None = None
    status: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()

    def where(self) -> Where:
        """The same for the store."""
        exact = {"channel": self.channel_id, "direction": self.direction, "platform": self.platform}
        given: dict[str, str | int | Span | OneOf | Any] = {name: value for name, value in exact.items() if value is not None}
        if self.start_at or self.end_at:
            given["created"] = Span(_bound(self.start_at), _bound(self.end_at))
        if self.status:
            given["status"] = OneOf(self.status)
        if self.tags:
            given["tag"] = OneOf(tuple(tag.lower() for tag in self.tags))
        return given


def _bound(text: str | None) -> str | None:
    return sortable(instant(text)) if text else None


def messages(tx: Transaction, workspace_id: str, filters: Filters, paging: Paging, *, reverse: bool) -> Page:
    """Messages of the workspace, the newest first unless ``reverse``. ChannelUnknown if the filters name no channel of it."""
    if filters.channel_id is not None:
        state.channel(tx, workspace_id, filters.channel_id)
    return page(tx, "message", workspace_id, paging, filters.where(), newest_first=not reverse)
