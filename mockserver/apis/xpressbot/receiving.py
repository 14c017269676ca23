"""Receiving: what somebody writes to a channel, now or when the clock gets there."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from mockserver.apis.xpressbot import contacts, messages
from mockserver.apis.xpressbot.state import ChannelUnknown, Entity
from mockserver.engine.clock import parse_rfc3339, rfc3339
from mockserver.engine.sandbox import Transaction

#: The kind of job that lets a message arrive.
RECEIVE = "receive"


def expect(tx: Transaction, channel_id: str, given: Mapping[str, Any], arrival: datetime) -> Entity:
    """Let a message come in, at once unless its arrival is later: the message as it will be read. ChannelUnknown."""
    if tx.get("channel", "", channel_id) is None:
        raise ChannelUnknown
    message = {
        **messages.new(tx, channel_id, given["from"], messages.INBOUND),
        "type": given.get("type", "text"),
        "content": messages.content(given),
        "timestamp": rfc3339(arrival),
        **{name: given.get(name) for name in messages.PARTS},
    }
    letter = {"message": message, "name": given.get("name")}
    if arrival > tx.now:
        plan(tx, letter)
    else:
        receive(tx, letter)
    return message


def plan(tx: Transaction, letter: Mapping[str, Any], chance: str | None = None) -> None:
    """Let a message arrive at its own instant. ``chance``: the key of the job's own chance, where it is known already."""
    tx.schedule(parse_rfc3339(letter["message"]["timestamp"]), RECEIVE, letter, chance)


def receive(tx: Transaction, letter: Mapping[str, Any]) -> None:
    """The job: the message is there, its writer can be answered for 24 hours."""
    message = letter["message"]
    contact = contacts.heard(tx, message["channelId"], message["to"], letter["name"])
    messages.store(tx, {**message, "contactId": contact["id"]})
