"""The opening: a world's fixture put into the store, after what no schema can say has been checked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mockserver.apis.bird import contacts, messages, sending, subscriptions
from mockserver.apis.bird.bodies import chargeable_units
from mockserver.apis.bird.ladder import LADDER
from mockserver.apis.bird.lists import Entity
from mockserver.engine.backfill import NOTHING, Backfill
from mockserver.engine.sandbox import Transaction

World = Mapping[str, Any]
_CARRIED = ("sent", "delivered", "delivery_failed")


def furnish(tx: Transaction, world: World, more: Backfill = NOTHING) -> None:
    """Put a validated world into the store, ``more`` messages between its own.

    ValueError ("<json pointer>: reason") where its parts contradict each other.
    """
    whole = {"contacts": [], "tags": [], "messages": [], "webhookSubscriptions": [], **world}
    for mistake in _mistakes(whole):
        raise ValueError(mistake)
    tx.put("upload secret", "", "secret", whole["uploads"])
    LADDER.furnish(tx, whole["delays"])
    for key in whole["accessKeys"]:
        tx.put("access key", "", key["key"], key)
    organizations = {workspace["id"]: workspace["organizationId"] for workspace in whole["workspaces"]}
    _furnish_places(tx, whole)
    for contact in whole["contacts"]:
        _furnish_contact(tx, contact)
    for tag in whole["tags"]:
        tx.put("tag", tag["workspaceId"], tag["name"], {"id": tag["id"]})
    for message in sorted(whole["messages"], key=lambda found: found["createdAt"]):
        more.until(message["createdAt"])
        _furnish_message(tx, whole, message)
    more.rest()
    _set_off_scheduled(tx, whole)
    for wanted in whole["webhookSubscriptions"]:
        place = wanted["workspaceId"]
        subscriptions.store(tx, organizations[place], place, {"service": "channels", **wanted})


def _furnish_places(tx: Transaction, world: World) -> None:
    for workspace in world["workspaces"]:
        tx.put("workspace", workspace["organizationId"], workspace["id"], _dated(workspace))
    for connector in world["connectors"]:
        tx.put("connector", connector["workspaceId"], connector["id"], _dated(connector))
    for channel in _channels(world).values():
        tx.put("channel", channel["workspaceId"], channel["id"], _dated(channel))
    for project in world["projects"]:
        tx.put("project", project["workspaceId"], project["id"], _dated({**project, "type": "channelTemplate"}))
    for template in world["channelTemplates"]:
        tx.put("channel template", template["projectId"], template["id"], _dated(template))


def _dated(entity: World) -> Entity:
    return {**entity, "updatedAt": entity["createdAt"]}


def _channels(world: World) -> dict[str, Entity]:
    """Each channel with what it takes over from its connector."""
    connectors = {connector["id"]: connector for connector in world["connectors"]}
    shared = ("workspaceId", "platformId", "identifier")
    return {
        channel["id"]: {**channel, **{name: connectors[channel["connectorId"]][name] for name in shared}}
        for channel in world["channels"]
    }


def _furnish_contact(tx: Transaction, contact: World) -> None:
    entity = {name: value for name, value in contact.items() if name != "workspaceId"}
    contacts.store(tx, contact["workspaceId"], _dated({"attributes": {}, **entity}))


def _furnish_message(tx: Transaction, world: World, given: World) -> None:
    channel = _channels(world)[given["channelId"]]
    known = {contact["id"]: contact for contact in world["contacts"]}
    parties = [_party(channel, known[contact_id]) for contact_id in given["contactIds"]]
    out = given["direction"] == "outgoing"
    framed = messages.outgoing(tx, channel, parties) if out else messages.incoming(tx, channel, parties[0])
    said = {name: value for name, value in given.items() if name not in ("contactIds", "tags")}
    latest = given.get("lastStatusAt", given["createdAt"])
    times = {"lastStatusAt": latest, "updatedAt": latest}
    if out:
        times = {**times, **_carriage(tx, channel, given)}
    tags = messages.tagged(tx, channel["workspaceId"], given.get("tags", ()))
    messages.store(tx, channel["workspaceId"], {**framed, **said, **times, **tags})


def _carriage(tx: Transaction, channel: Entity, given: World) -> Entity:
    """What the platform has said about an outgoing message so far."""
    facts: Entity = {"chargeableUnits": chargeable_units(channel["platformId"], given.get("body"))}
    if "scheduledFor" in given:
        facts["sendAt"] = given["scheduledFor"]
    if given["status"] in _CARRIED:
        facts |= messages.marked(tx, {"platformId": channel["platformId"], **facts})
    return facts


def _set_off_scheduled(tx: Transaction, world: World) -> None:
    for workspace in world["workspaces"]:
        for record in tx.find("message", workspace["id"], {"status": "scheduled", "direction": "outgoing"}):
            sending.set_off(tx, workspace["id"], record.body)


def _party(channel: Entity, contact: World) -> Entity:
    wanted = contacts.KIND_OF_PLATFORM[channel["platformId"]]
    value = next(found["value"] for found in contact["identifiers"] if contacts.kind_of(found["value"]) == wanted)
    return {"id": contact["id"], "identifierKey": wanted, "identifierValue": value}


def _mistakes(world: World) -> Iterator[str]:
    for kind in ("organizations", "workspaces", "connectors", "channels", "projects", "channelTemplates", "contacts"):
        yield from _repeated(world, kind, "id")
    yield from _repeated(world, "accessKeys", "key")
    yield from _repeated(world, "messages", "id")
    for kind in ("accessKeys", "workspaces"):
        yield from _dangling(world, kind, "organizationId", "organizations")
    for kind in ("connectors", "projects", "contacts", "tags", "webhookSubscriptions"):
        yield from _dangling(world, kind, "workspaceId", "workspaces")
    yield from _dangling(world, "channels", "connectorId", "connectors")
    yield from _dangling(world, "projects", "activeTemplateId", "channelTemplates")
    yield from _dangling(world, "channelTemplates", "projectId", "projects")
    yield from _dangling(world, "messages", "channelId", "channels")
    yield from _shared_identifiers(world)
    yield from _misaddressed(world)
    for actor, part in world["cast"].items():
        yield from _miscast(world, f"/cast/{actor}", part)


def _repeated(world: World, kind: str, name: str) -> Iterator[str]:
    seen = set()
    for place, entity in enumerate(world[kind]):
        if name in entity and entity[name] in seen:
            yield f"/{kind}/{place}/{name}: is taken by an earlier one"
        seen.add(entity.get(name))


def _dangling(world: World, kind: str, name: str, target: str) -> Iterator[str]:
    known = {entity["id"] for entity in world[target]}
    for place, entity in enumerate(world[kind]):
        if entity[name] not in known:
            yield f"/{kind}/{place}/{name}: is none of the {target}"


def _shared_identifiers(world: World) -> Iterator[str]:
    seen = set()
    for place, contact in enumerate(world["contacts"]):
        for index, identifier in enumerate(contact["identifiers"]):
            key = (contact["workspaceId"], identifier["value"].lower())
            if key in seen:
                yield f"/contacts/{place}/identifiers/{index}/value: belongs to an earlier contact"
            seen.add(key)


def _misaddressed(world: World) -> Iterator[str]:
    channels, known = _channels(world), {contact["id"]: contact for contact in world["contacts"]}
    for place, message in enumerate(world["messages"]):
        channel = channels[message["channelId"]]
        wanted = contacts.KIND_OF_PLATFORM[channel["platformId"]]
        for index, contact_id in enumerate(message["contactIds"]):
            contact = known.get(contact_id)
            if contact is None or contact["workspaceId"] != channel["workspaceId"]:
                yield f"/messages/{place}/contactIds/{index}: is no contact of the channel's workspace"
            elif wanted not in (contacts.kind_of(identifier["value"]) for identifier in contact["identifiers"]):
                yield f"/messages/{place}/contactIds/{index}: has no {wanted}"


def _miscast(world: World, pointer: str, part: World) -> Iterator[str]:
    keys = {key["key"]: key["organizationId"] for key in world["accessKeys"]}
    if keys.get(part["accessKey"]) != part["organizationId"]:
        yield f"{pointer}/accessKey: is no key of the organization"
    workspaces = {workspace["id"]: workspace["organizationId"] for workspace in world["workspaces"]}
    if workspaces.get(part["workspaceId"]) != part["organizationId"]:
        yield f"{pointer}/workspaceId: is no workspace of the organization"
    channels = _channels(world)
    for name, channel_id in part["channels"].items():
        wanted = ("sms", "inactive") if name == "inactive" else (name, "active")
        found = channels.get(channel_id, {})
        if (found.get("platformId"), found.get("status")) != wanted or found["workspaceId"] != part["workspaceId"]:
            yield f"{pointer}/channels/{name}: is no such channel of the workspace"
    templates = {template["id"]: template for template in world["channelTemplates"]}
    template = templates.get(part["template"]["version"], {"projectId": None, "locales": []})
    if template["projectId"] != part["template"]["projectId"] or part["template"]["locale"] not in template["locales"]:
        yield f"{pointer}/template: is no template of the project in this locale"
