"""Receiving: a message from outside arrives on a channel, now or when the clock gets there."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from mockserver.apis.bird import contacts, messages, state, subscriptions
from mockserver.apis.bird.lists import Entity
from mockserver.engine.refusals import Refusal
from mockserver.engine.sandbox import Transaction

#: The kind of job that lets a message arrive.
RECEIVE = "receive"


class SenderMismatch(Refusal):
    """The sender has no address of the channel's kind."""


def expect(tx: Transaction, workspace_id: str, channel_id: str, sender: str, body: Mapping[str, Any], arrival: datetime) -> str:
    """Let ``sender`` (a phone number or an e-mail address) write to a channel; gives the message's id.

    ChannelUnknown, ChannelInactive, SenderMismatch.
    """
    channel = state.active_channel(tx, workspace_id, channel_id)
    if contacts.kind_of(sender) != contacts.KIND_OF_PLATFORM[channel["platformId"]]:
        raise SenderMismatch
    place = {"workspaceId": channel["workspaceId"], "channelId": channel["id"]}
    coming = {**place, "id": tx.chance.uuid(), "sender": sender, "body": body}
    if arrival <= tx.now:
        receive(tx, coming)
    else:
        tx.schedule(arrival, RECEIVE, coming)
    return str(coming["id"])


def receive(tx: Transaction, coming: Mapping[str, Any]) -> None:
    """The job: the message arrives, unless its channel was switched off meanwhile."""
    channel = state.channel(tx, coming["workspaceId"], coming["channelId"])
    if channel["status"] == "active":
        message = messages.store(tx, channel["workspaceId"], _message(tx, channel, coming))
        subscriptions.report(tx, channel["workspaceId"], message)


def _message(tx: Transaction, channel: Entity, coming: Mapping[str, Any]) -> Entity:
    given = {"identifierValue": coming["sender"]}
    party = contacts.receiver(tx, channel["workspaceId"], channel["platformId"], given, "")
    kept = {"id": coming["id"], "body": coming["body"], "status": "delivered", "tags": [], "tagIds": []}
    return {**messages.incoming(tx, channel, party), **kept}
