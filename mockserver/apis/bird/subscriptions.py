"""Subscriptions: who is told about a workspace's messages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mockserver.apis.bird.lists import Entity, Page, Paging, page
from mockserver.apis.bird.moments import sortable
from mockserver.engine import outbox
from mockserver.engine.refusals import Refusal
from mockserver.engine.sandbox import Transaction

#: What a message's direction is called in an event.
_DIRECTIONS = {"incoming": "inbound", "outgoing": "outbound"}
#: What can be subscribed to, as ``<platform>.<direction>``.
EVENTS = tuple(f"{platform}.{direction}" for platform in ("sms", "email", "whatsapp") for direction in _DIRECTIONS.values())


class SubscriptionUnknown(Refusal):
    """The workspace has no such subscription."""


class FilterChannelUnknown(Refusal):
    """A filter names no channel of the workspace. ``path``: where in the body."""


def create(tx: Transaction, organization_id: str, workspace_id: str, wanted: Mapping[str, Any]) -> Entity:
    """A new subscription to ``service`` and ``event``, told at ``url``."""
    for place, narrowed in enumerate(wanted.get("eventFilters", ())):
        if tx.get("channel", workspace_id, narrowed["value"].lower()) is None:
            raise FilterChannelUnknown(path=f".eventFilters[{place}].value")
    made = {"id": tx.chance.uuid(), "createdAt": sortable(tx.now)}
    return store(tx, organization_id, workspace_id, {**wanted, **made})


def store(tx: Transaction, organization_id: str, workspace_id: str, wanted: Mapping[str, Any]) -> Entity:
    """Keep a subscription."""
    names = ("id", "service", "event", "url", "signingKey", "eventFilters", "createdAt")
    given = {name: wanted[name] for name in names if name in wanted}
    if "eventFilters" in given:
        given["eventFilters"] = [{name: narrowed[name] for name in ("key", "value")} for narrowed in given["eventFilters"]]
    place = {"organizationId": organization_id, "workspaceId": workspace_id}
    entity = {**given, **place, "status": "active", "updatedAt": wanted["createdAt"]}
    tx.put("subscription", workspace_id, entity["id"], entity, {"event": entity["event"]})
    return entity


def subscription(tx: Transaction, workspace_id: str, subscription_id: str) -> Entity:
    """A subscription of the workspace."""
    found = tx.get("subscription", workspace_id, subscription_id.lower())
    if found is None:
        raise SubscriptionUnknown
    return found


def subscriptions(tx: Transaction, workspace_id: str, paging: Paging) -> Page:
    """The workspace's subscriptions."""
    return page(tx, "subscription", workspace_id, paging)


def delete(tx: Transaction, workspace_id: str, subscription_id: str) -> None:
    """End a subscription."""
    if not tx.delete("subscription", workspace_id, subscription_id.lower()):
        raise SubscriptionUnknown


def report(tx: Transaction, workspace_id: str, message: Entity) -> None:
    """Tell those who follow messages like this one that it came in, or what its status is now."""
    event = f"{message['platformId']}.{_DIRECTIONS[message['direction']]}"
    body = wrapped(event, message)
    for record in tx.find("subscription", workspace_id, {"event": event}):
        if _fits(record.body, message):
            facts = {"signing_key": record.body.get("signingKey"), "request_id": tx.chance.uuid()}
            told = {"webhook": "message", "event": event, "owner": workspace_id, "url": record.body["url"]}
            outbox.post(tx, **told, body=body, facts=facts)


def wrapped(event: str, message: Mapping[str, Any]) -> Entity:
    """What a subscriber is sent."""
    return {"service": "channels", "event": event, "payload": message}


def _fits(subscription: Entity, message: Entity) -> bool:
    narrowed = subscription.get("eventFilters", ())
    return all(message[found["key"]] == found["value"].lower() for found in narrowed)
