"""The closing: the state as a world's fixture, from which the opening makes it again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mockserver.apis.xpressbot.ladder import LADDER
from mockserver.apis.xpressbot.receiving import RECEIVE
from mockserver.apis.xpressbot.state import Entity
from mockserver.engine.ladder import STEP
from mockserver.engine.sandbox import Transaction

#: What is told of each kind of thing, in the contract's order.
_WORKSPACE = ("id", "name")
_API_KEY = ("key", "workspaceId", "name", "channelIds")
_CHANNEL = ("id", "workspaceId", "name", "phoneNumber", "phoneNumberId", "isActive")
_CUSTOM_FIELD = ("id", "channelId", "name", "type", "isRequired", "options")
_LABEL = ("id", "channelId", "name", "description", "color", "displayOrder")
_CONTACT = ("id", "channelId", "phoneNumber", "name", "email", "profilePictureUrl")
_DATES = ("createdAt", "updatedAt")
_TEMPLATE = (
    "id", "channelId", "templateName", "languageCode", "category", "status", "header", "mediaType", "body", "variables"
)  # fmt: skip
_CONVERSATION = ("id", "channelId", "contactId")
_MESSAGE = (
    "id", "wamid", "channelId", "contactId", "direction", "type", "content", "status", "timestamp", "deliveredAt", "readAt",
    "error", "apiReference",
)  # fmt: skip
_AUTOMATION = ("id", "channelId", "automationName", "isActive")
_STEP = ("outcome", "reached", "start")


def gather(tx: Transaction) -> dict[str, Any]:
    """The whole state in the vocabulary of the contract's ``x-world``, its moments in RFC 3339; what there is none of is left out
    where it may be.
    """
    channels = [channel["id"] for channel in _all(tx, "channel", "")]
    return {
        "continued": True,
        "cast": {record.id: record.body for record in tx.find("cast", "")},
        "delays": LADDER.delays(tx),
        "workspaces": _told(tx, "workspace", _WORKSPACE),
        "apiKeys": _told(tx, "api key", _API_KEY),
        "channels": _told(tx, "channel", _CHANNEL),
        "customFields": _told(tx, "custom field", _CUSTOM_FIELD, *channels),
        "labels": [{name: label[name] for name in _LABEL} for label in _all(tx, "label", *channels)],
        "contacts": [_contact(tx, contact) for contact in _all(tx, "contact", *channels)],
        "templates": _told(tx, "template", _TEMPLATE, *channels),
        "conversations": _told(tx, "conversation", _CONVERSATION, *channels),
        "messages": _told(tx, "message", _MESSAGE, *channels),
        "automations": _told(tx, "automation", _AUTOMATION, *channels),
        **_some(agenda=_agenda(tx)),
    }


def _contact(tx: Transaction, contact: Entity) -> Entity:
    values = _some(customFieldsData=contact["customFieldsData"], outdatedFields=_outdated(tx, contact))
    return {**_only(contact, _CONTACT), **values, **_some(labelNames=contact["labelNames"]), **_only(contact, _DATES)}


def _outdated(tx: Transaction, contact: Entity) -> list[str]:
    """The fields whose types have changed since the contact got a value."""
    values = contact["customFieldsData"].items()
    return [name for name, value in values if _is_number(tx, contact["channelId"], name) == isinstance(value, str)]


def _is_number(tx: Transaction, channel_id: str, name: str) -> bool:
    field = tx.get("custom field", channel_id, name)
    assert field is not None, "custom fields are never deleted"
    return bool(field["type"] == "number")


def _agenda(tx: Transaction) -> list[Entity]:
    """What is planned, in its order, then the messages that are stuck."""
    journeys = {journey["id"]: journey for journey in LADDER.under_way(tx)}
    planned = [
        _step(journeys.pop(job.body["id"])) if job.kind == STEP else _arrival(job.body, job.chance)
        for job in tx.planned(STEP, RECEIVE)
    ]
    return planned + [_step(journey) for journey in journeys.values()]


def _step(journey: Entity) -> Entity:
    step = {"wamid": journey["id"], **_only(journey, _STEP)}
    return {"channelId": journey["owner"], "due": journey["due"], **_only(journey, ("chance",)), "step": step}


def _arrival(letter: Mapping[str, Any], chance: str) -> Entity:
    message = letter["message"]
    writer = {"from": message["to"], **_only(letter, ("name",))}
    arrival = {**_only(message, ("id", "wamid")), **writer, **_only(message, ("type", "content"))}
    return {"channelId": message["channelId"], "due": message["timestamp"], "chance": chance, "arrival": arrival}


def _told(tx: Transaction, kind: str, names: tuple[str, ...], *owners: str) -> list[Entity]:
    """All things of a kind, of nobody or of each owner."""
    return [_only(found, names) for found in _all(tx, kind, *(owners or ("",)))]


def _all(tx: Transaction, kind: str, *owners: str) -> list[Entity]:
    return [record.body for owner in owners for record in tx.find(kind, owner)]


def _only(found: Mapping[str, Any], names: tuple[str, ...]) -> Entity:
    return {name: found[name] for name in names if found[name] is not None}


def _some(**lists: Any) -> Entity:
    return {name: value for name, value in lists.items() if value}
