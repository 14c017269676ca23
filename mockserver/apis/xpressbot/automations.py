"""Automations: flows of a channel that can be started by hand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mockserver.apis.xpressbot import contacts
from mockserver.apis.xpressbot.state import Entity, new_id
from mockserver.engine.refusals import Refusal
from mockserver.engine.sandbox import Transaction


class AutomationNotNamed(Refusal):
    """The request names no automation, neither by id nor by name."""


class AutomationUnknown(Refusal):
    """The channel has no such automation."""


def listed(tx: Transaction, channel_id: str) -> list[Entity]:
    """The channel's automations, the oldest first."""
    return [record.body for record in tx.find("automation", channel_id)]


def store(tx: Transaction, automation: Entity) -> None:
    """Keep an automation, to be found by its name in any case."""
    facets = {"name": automation["automationName"].casefold()}
    tx.put("automation", automation["channelId"], automation["id"], automation, facets)


def check_named(given: Mapping[str, Any]) -> None:
    """AutomationNotNamed unless the request says which one it means."""
    if "automationId" not in given and "automationName" not in given:
        raise AutomationNotNamed


def trigger(tx: Transaction, channel_id: str, given: Mapping[str, Any]) -> Entity:
    """Start an automation for a number, whose contact and conversation are made if they are not there: the run."""
    automation = _named(tx, channel_id, given)
    contact, conversation = contacts.reach(tx, channel_id, given["phoneNumber"])
    return {
        "executionId": new_id(tx, "exec"),
        "automationId": automation["id"],
        "automationName": automation["automationName"],
        "contactId": contact["id"],
        "conversationId": conversation["id"],
        "status": "triggered",
    }


def _named(tx: Transaction, channel_id: str, given: Mapping[str, Any]) -> Entity:
    """By id, which counts before a name."""
    if "automationId" in given:
        found = tx.get("automation", channel_id, given["automationId"])
    else:
        named = tx.find("automation", channel_id, {"name": given["automationName"].casefold()}, limit=1)
        found = named[0].body if named else None
    if found is None:
        raise AutomationUnknown
    return found
