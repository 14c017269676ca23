"""Contacts: the people of a channel, known by their numbers, and the conversations with them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from mockserver.apis.xpressbot import fields, labels
from mockserver.apis.xpressbot.state import Entity, new_id
from mockserver.apis.xpressbot.texts import Value, names, values
from mockserver.engine.clock import parse_rfc3339, rfc3339
from mockserver.engine.refusals import Refusal
from mockserver.engine.sandbox import Transaction
from mockserver.engine.store import Contains, Where

SESSION = timedelta(hours=24)
MOST_LABELS = 50
_SHOWN = ("name", "email", "profilePictureUrl")


class LabelNamesInvalid(Refusal):
    """The names of labels are too long, too many, or no names."""


@dataclass(frozen=True, slots=True)
class Changes:
    """What a request says of a contact. ``labels``: all that it is to have, None leaves them alone."""

    phone_number: str
    shown: Mapping[str, str]
    values: Mapping[str, Value]
    labels: list[str] | None

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> Changes:
        """As a request has it; CustomFieldsInvalid or LabelNamesInvalid if it cannot be read."""
        fitting = values(given.get("customFieldsData", {}))
        chosen = names(given["labelNames"], MOST_LABELS, LabelNamesInvalid) if "labelNames" in given else None
        shown = {name: given[name] for name in _SHOWN if name in given}
        return cls(given["phoneNumber"], shown, fitting, None if chosen is None else list(dict.fromkeys(chosen)))


def page(tx: Transaction, channel_id: str, search: str | None, number: int, limit: int) -> tuple[list[Entity], int]:
    """The ``number``-th page of ``limit`` contacts, the newest first, and how many fit in all."""
    where: Where = {} if search is None else {"search": Contains(search.casefold())}
    records = tx.find("contact", channel_id, where, newest_first=True, limit=limit, offset=(number - 1) * limit)
    return [record.body for record in records], tx.count("contact", channel_id, where)


def store(tx: Transaction, contact: Entity) -> None:
    """Keep a contact, new or changed, to be found by parts of name and number."""
    tx.put("contact", contact["channelId"], contact["phoneNumber"], contact, facets(contact))


def facets(contact: Entity) -> dict[str, list[str]]:
    """What a contact is found by."""
    return {"search": [text.casefold() for text in (contact["name"], contact["phoneNumber"]) if text]}


def manage(tx: Transaction, channel_id: str, wanted: Changes) -> tuple[Entity, bool]:
    """Change the contact of this number in what is said, or make it; whether it is new. Labels that are not there are made."""
    known = tx.get("contact", channel_id, wanted.phone_number)
    contact = known or _new(tx, channel_id, wanted.phone_number)
    # Labels first: a custom field may be about one of them.
    chosen = contact["labelNames"] if wanted.labels is None else wanted.labels
    labels.ensure(tx, channel_id, wanted.labels or ())
    data = fields.changed(tx, channel_id, contact["customFieldsData"], wanted.values)
    changed = {**wanted.shown, "customFieldsData": data, "labelNames": chosen, "updatedAt": rfc3339(tx.now)}
    contact = {**contact, **changed}
    store(tx, contact)
    return contact, known is None


def reach(tx: Transaction, channel_id: str, phone_number: str) -> tuple[Entity, Entity]:
    """The contact of this number and the conversation with them, each made if it is not there."""
    contact = tx.get("contact", channel_id, phone_number)
    if contact is None:
        contact = _new(tx, channel_id, phone_number)
        store(tx, contact)
    conversation = tx.get("conversation", channel_id, contact["id"])
    if conversation is None:
        conversation = {"id": new_id(tx, "conv"), "channelId": channel_id, "contactId": contact["id"]}
        tx.put("conversation", channel_id, contact["id"], conversation)
    return contact, conversation


def heard(tx: Transaction, channel_id: str, phone_number: str, name: str | None) -> Entity:
    """The contact who has just written, under the name of their profile unless the workspace has one for them."""
    contact, _ = reach(tx, channel_id, phone_number)
    now = rfc3339(tx.now)
    named = {"name": name, "updatedAt": now} if name and contact["name"] is None else {}
    contact = {**contact, **named, "lastInboundAt": now}
    store(tx, contact)
    return contact


def is_in_session(tx: Transaction, channel_id: str, phone_number: str) -> bool:
    """Whether somebody has written to the channel less than 24 hours ago."""
    contact = tx.get("contact", channel_id, phone_number) or {"lastInboundAt": None}
    return contact["lastInboundAt"] is not None and tx.now - parse_rfc3339(contact["lastInboundAt"]) < SESSION


def _new(tx: Transaction, channel_id: str, phone_number: str) -> Entity:
    now = rfc3339(tx.now)
    return {
        "id": new_id(tx, "contact"),
        "channelId": channel_id,
        "phoneNumber": phone_number,
        **dict.fromkeys(_SHOWN),
        "customFieldsData": {},
        "labelNames": [],
        "lastInboundAt": None,
        "createdAt": now,
        "updatedAt": now,
    }
