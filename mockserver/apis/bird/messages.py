"""Messages: sending them through a channel, keeping them, finding them again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from mockserver.apis.bird import contacts, media, state
from mockserver.apis.bird.bodies import chargeable_units, media_links
from mockserver.apis.bird.lists import Entity, Page, Paging, page
from mockserver.apis.bird.moments import instant, sortable
from mockserver.engine.refusals import Refusal
from mockserver.engine.sandbox import Transaction
from mockserver.engine.store import OneOf, Span, Where

AT_ONCE = timedelta(minutes=10)
HORIZON = timedelta(days=35)


class MessageUnknown(Refusal):
    """The channel has no such message."""


class ChannelInactive(Refusal):
    """The channel is switched off."""


class ReceiversNotAllowed(Refusal):
    """Several receivers on a channel that is no e-mail channel."""


class ScheduledTooFar(Refusal):
    """The message is to go out more than 35 days from now."""


class TemplateUnknown(Refusal):
    """The workspace has no active template of this project, version and locale."""


class TemplateNotForPlatform(Refusal):
    """The template has no content for the channel's platform."""


def send(tx: Transaction, workspace_id: str, channel_id: str, wanted: Mapping[str, Any], media_root: str) -> Entity:
    """Take a message over; gives it as ``accepted`` or ``scheduled``. ``media_root``: under which uploaded media lie."""
    channel = state.channel(tx, workspace_id, channel_id)
    if channel["status"] != "active":
        raise ChannelInactive
    if len(wanted["receiver"]["contacts"]) > 1 and channel["platformId"] != "email":
        raise ReceiversNotAllowed
    timing = _timing(tx, wanted.get("scheduledFor"))
    _check_template(tx, channel, wanted.get("template"))
    _check_media(tx, channel, wanted, media_root)
    receivers = [
        contacts.receiver(tx, workspace_id, channel["platformId"], given, f".receiver.contacts[{place}]")
        for place, given in enumerate(wanted["receiver"]["contacts"])
    ]
    kept = {name: wanted[name] for name in ("body", "template", "reference", "meta", "replyTo") if name in wanted}
    units = chargeable_units(channel["platformId"], wanted.get("body"))
    message = {**outgoing(tx, channel, receivers, wanted.get("sender")), **kept, "chargeableUnits": units, **timing}
    return store(tx, workspace_id, {**message, **tagged(tx, workspace_id, wanted.get("tags", ()))})


def outgoing(tx: Transaction, channel: Entity, receivers: list[Entity], sender: Mapping[str, Any] | None = None) -> Entity:
    """The part of an outgoing message that its channel and its receivers decide."""
    shown = (sender or {}).get("connector", {}).get("identifierValue", channel["identifier"])
    return {
        **_framed(tx, channel, "outgoing"),
        "sender": {"connector": {"id": channel["connectorId"], "identifierValue": shown}},
        "receiver": {"contacts": receivers},
    }


def incoming(tx: Transaction, channel: Entity, sender: Entity) -> Entity:
    """The part of an incoming message that its channel and its sender decide."""
    connector = {"id": channel["connectorId"], "identifierValue": channel["identifier"]}
    return {
        **_framed(tx, channel, "incoming"),
        "sender": {"contact": sender},
        "receiver": {"connectors": [connector]},
    }


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


def _timing(tx: Transaction, scheduled_for: str | None) -> Entity:
    if scheduled_for is None:
        return {}
    moment = instant(scheduled_for)
    if moment > tx.now + HORIZON:
        raise ScheduledTooFar
    if moment <= tx.now + AT_ONCE:
        return {"scheduledFor": scheduled_for}
    return {"scheduledFor": scheduled_for, "sendAt": sortable(moment), "status": "scheduled"}


def _check_template(tx: Transaction, channel: Entity, wanted: Mapping[str, Any] | None) -> None:
    if wanted is None:
        return
    project = tx.get("project", channel["workspaceId"], wanted["projectId"].lower())
    if project is None:
        raise TemplateUnknown
    version = project["activeTemplateId"] if wanted["version"] == "latest" else wanted["version"].lower()
    template = tx.get("channel template", project["id"], version)
    if template is None or template["status"] != "active" or wanted["locale"] not in template["locales"]:
        raise TemplateUnknown
    if channel["platformId"] not in template["platforms"]:
        raise TemplateNotForPlatform


def _check_media(tx: Transaction, channel: Entity, wanted: Mapping[str, Any], media_root: str) -> None:
    place = {"workspace_id": channel["workspaceId"], "channel_id": channel["id"], "media_root": media_root}
    for part in ("body", "template"):
        for path, link in media_links(wanted.get(part), f".{part}"):
            media.check_link(tx, link, path, **place)


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
    """Keep a message, with an id for its body, to be found by what lists filter by."""
    kept = {**message, "bodyId": tx.chance.uuid()} if "body" in message else message
    tx.put("message", workspace_id, message["id"], kept, facets(message))
    return kept


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
