"""Messages: sent by template to anybody, sent freely within 24 hours of an answer, found again by WhatsApp's id."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Any

from mockserver.apis.xpressbot import contacts, templates
from mockserver.apis.xpressbot.state import Entity, new_id
from mockserver.engine.clock import rfc3339
from mockserver.engine.refusals import Refusal
from mockserver.engine.sandbox import Transaction

_FREE = ("body", "url", "caption", "filename")


class MessageContentMissing(Refusal):
    """A text without a body, or media without an address."""


class WindowClosed(Refusal):
    """The recipient has not written in the last 24 hours."""


class MessageUnknown(Refusal):
    """None of the key's channels has such a message."""


def store(tx: Transaction, message: Entity) -> None:
    """Keep a message, new or changed."""
    tx.put("message", message["channelId"], message["wamid"], message)


def read(tx: Transaction, channel_ids: Sequence[str], wamid: str) -> Entity:
    """A message of any of these channels."""
    for channel_id in channel_ids:
        found = tx.get("message", channel_id, wamid)
        if found is not None:
            return found
    raise MessageUnknown


def send_template(tx: Transaction, channel_id: str, given: Mapping[str, Any]) -> Entity:
    """Send an approved template; an unknown recipient becomes a contact."""
    template = templates.choose(tx, channel_id, given["templateName"], given.get("languageCode"))
    variables = templates.fill(template, given)
    return _send(
        tx,
        channel_id,
        given,
        type="template",
        content=templates.content(template, variables),
        templateName=template["templateName"],
        languageCode=template["languageCode"],
        variables=variables,
    )


def content(given: Mapping[str, Any]) -> str:
    """What a regular message carries: its text, or where its media is."""
    found: str | None = given.get("body" if given.get("type", "text") == "text" else "url")
    if found is None:
        raise MessageContentMissing
    return found


def send(tx: Transaction, channel_id: str, given: Mapping[str, Any], content: str) -> Entity:
    """Send a regular message to somebody who has just written."""
    if not contacts.is_in_session(tx, channel_id, given["to"]):
        raise WindowClosed
    parts = {name: given.get(name) for name in _FREE}
    return _send(tx, channel_id, given, type=given.get("type", "text"), content=content, **parts)


def _send(tx: Transaction, channel_id: str, given: Mapping[str, Any], **rest: Any) -> Entity:
    contact, _ = contacts.reach(tx, channel_id, given["to"])
    message = {
        "id": new_id(tx, "msg"),
        "wamid": wamid(given["to"], tx.chance.hex(18).upper()),
        "channelId": channel_id,
        "contactId": contact["id"],
        "to": given["to"],
        "direction": "outbound",
        "status": "sent",
        "timestamp": rfc3339(tx.now),
        "deliveredAt": None,
        "readAt": None,
        "error": None,
        "apiReference": given.get("apiReference"),
        **rest,
    }
    store(tx, message)
    return message


def wamid(to: str, unique: str) -> str:
    """An id built like WhatsApp's own: the number, that the message goes out, 18 hexadecimal digits."""
    digits = to.removeprefix("+").encode()
    raw = b"\x1c\x18" + bytes([len(digits)]) + digits + b"\x15\x02\x00\x11\x18\x12" + unique.encode() + b"\x00"
    return f"wamid.{base64.b64encode(raw).decode()}"
