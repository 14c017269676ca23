"""Messages: in and out, kept by channel, found again by WhatsApp's id."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from mockserver.apis.xpressbot.state import Entity, new_id
from mockserver.engine.clock import rfc3339
from mockserver.engine.refusals import Refusal
from mockserver.engine.sandbox import Transaction

OUTBOUND, INBOUND = "outbound", "inbound"
#: What a regular message is made of.
PARTS = ("body", "url", "caption", "filename")
_FIRST_STATUS = {OUTBOUND: "queued", INBOUND: "received"}
#: The byte of a WAMID that tells the direction.
_WAY = {OUTBOUND: b"\x11", INBOUND: b"\x12"}


class MessageContentMissing(Refusal):
    """A text without a body, or media without an address."""


class MessageUnknown(Refusal):
    """None of the key's channels has such a message."""


def new(tx: Transaction, channel_id: str, number: str, direction: str) -> Entity:
    """A message to or from a number that nothing has happened to yet."""
    id, unique = new_id(tx, "msg"), tx.chance.hex(18).upper()
    return untouched({"id": id, "wamid": wamid(number, unique, direction)}, channel_id, number, direction, tx.now)


def untouched(ids: Mapping[str, str], channel_id: str, number: str, direction: str, moment: datetime) -> Entity:
    """A message that has its ids, and to which nothing has happened yet."""
    return {
        **ids,
        "channelId": channel_id,
        "to": number,
        "direction": direction,
        "status": _FIRST_STATUS[direction],
        "timestamp": rfc3339(moment),
        "deliveredAt": None,
        "readAt": None,
        "error": None,
        "apiReference": None,
    }


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


def content(given: Mapping[str, Any]) -> str:
    """What a regular message carries: its text, or where its media is."""
    found: str | None = given.get("body" if given.get("type", "text") == "text" else "url")
    if found is None:
        raise MessageContentMissing
    return found


def wamid(number: str, unique: str, direction: str = OUTBOUND) -> str:
    """An id built like WhatsApp's own: the contact's number, which way the message goes, 18 hexadecimal digits."""
    digits = number.removeprefix("+").encode()
    raw = (
        b"\x1c\x18" + bytes([len(digits)]) + digits + b"\x15\x02\x00" + _WAY[direction] + b"\x18\x12" + unique.encode() + b"\x00"
    )
    return f"wamid.{base64.b64encode(raw).decode()}"
