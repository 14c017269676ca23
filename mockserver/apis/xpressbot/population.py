"""The population: any number of further contacts in the channel of a world's owner, each with a message."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from mockserver.apis.xpressbot import contacts, messages
from mockserver.apis.xpressbot.state import Entity
from mockserver.engine.backfill import Backfill
from mockserver.engine.crowd import Crowd
from mockserver.engine.sandbox import Transaction

_SPAN = timedelta(days=30)


def backfill(tx: Transaction, world: Mapping[str, Any], crowd: Crowd, count: int) -> Backfill:
    """``count`` contacts of the last 30 days and a message to each that was read; none has written back."""
    (channel,) = world["cast"]["owner"]["channels"]

    def insert(numbers: Sequence[int]) -> None:
        people = [_contact(crowd, number, channel, more.moment(number)) for number in numbers]
        tx.insert_many("contact", channel, ((one["phoneNumber"], one, contacts.facets(one)) for one in people))
        talks = (_conversation(number, contact) for number, contact in zip(numbers, people, strict=True))
        tx.insert_many("conversation", channel, ((one["contactId"], one, {}) for one in talks))
        sent = (_message(crowd, number, contact) for number, contact in zip(numbers, people, strict=True))
        tx.insert_many("message", channel, ((one["wamid"], one, {}) for one in sent))

    more = Backfill(count, tx.now - _SPAN, tx.now, insert)
    return more


def _contact(crowd: Crowd, number: int, channel: str, moment: str) -> Entity:
    person = crowd.person(number)
    return {
        "id": f"contact_{number:010d}",
        "channelId": channel,
        "phoneNumber": person.phone,
        "name": person.name,
        "email": person.email,
        "profilePictureUrl": None,
        "customFieldsData": {},
        "labelNames": [],
        "lastInboundAt": None,
        "createdAt": moment,
        "updatedAt": moment,
    }


def _conversation(number: int, contact: Entity) -> Entity:
    return {"id": f"conv_{number:010d}", "channelId": contact["channelId"], "contactId": contact["id"]}


def _message(crowd: Crowd, number: int, contact: Entity) -> Entity:
    moment = contact["createdAt"]
    return {
        "id": f"msg_{number:010d}",
        "wamid": messages.wamid(contact["phoneNumber"], f"{number:018X}"),
        "channelId": contact["channelId"],
        "contactId": contact["id"],
        "to": contact["phoneNumber"],
        "direction": "outbound",
        "status": "read",
        "type": "text",
        "content": crowd.text(number),
        "timestamp": moment,
        "deliveredAt": moment,
        "readAt": moment,
        "error": None,
        "apiReference": None,
    }
