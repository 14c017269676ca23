"""Sending: templates to anybody, regular messages to somebody who has written in the last 24 hours."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mockserver.apis.xpressbot import contacts, messages, templates
from mockserver.apis.xpressbot.ladder import LADDER
from mockserver.apis.xpressbot.state import Entity
from mockserver.engine.outcomes import outcome_of
from mockserver.engine.refusals import Refusal
from mockserver.engine.sandbox import Transaction


class WindowClosed(Refusal):
    """The recipient has not written in the last 24 hours."""


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


def send(tx: Transaction, channel_id: str, given: Mapping[str, Any], content: str) -> Entity:
    """Send a regular message to somebody who has just written."""
    if not contacts.is_in_session(tx, channel_id, given["to"]):
        raise WindowClosed
    parts = {name: given.get(name) for name in messages.PARTS}
    return _send(tx, channel_id, given, type=given.get("type", "text"), content=content, **parts)


def _send(tx: Transaction, channel_id: str, given: Mapping[str, Any], **rest: Any) -> Entity:
    contact, _ = contacts.reach(tx, channel_id, given["to"])
    message = {
        **messages.new(tx, channel_id, given["to"], messages.OUTBOUND),
        "contactId": contact["id"],
        "apiReference": given.get("apiReference"),
        **rest,
    }
    messages.store(tx, message)
    LADDER.begin(tx, channel_id, message["wamid"], outcome_of(given["to"]))
    return message
