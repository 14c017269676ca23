"""The opening: a world's fixture put into the store, after what no schema can say has been checked."""

from __future__ import annotations

from mockserver.apis.bird import agenda, contacts, deliveries, files, media, messages, sending, subscriptions
from mockserver.apis.bird.bodies import chargeable_units
from mockserver.apis.bird.contradictions import contradictions
from mockserver.apis.bird.ladder import LADDER
from mockserver.apis.bird.lists import Entity
from mockserver.apis.bird.moments import instant, sortable
from mockserver.apis.bird.world import World, channels_of, whole
from mockserver.engine.backfill import NOTHING, Backfill
from mockserver.engine.contradictions import refuse
from mockserver.engine.sandbox import Transaction

_CARRIED = ("sent", "delivered", "delivery_failed")


def furnish(tx: Transaction, world: World, more: Backfill = NOTHING) -> None:
    """Put a validated world into the store, ``more`` messages between its own.

    ValueError ("<json pointer>: reason") where its parts contradict each other.
    """
    told = whole(world)
    refuse(contradictions(told))
    # Nothing that happens changes them; kept for who tells of the world again.
    tx.put("world", "", "settled", {name: told[name] for name in ("cast", "organizations")})
    tx.put("upload secret", "", "secret", told["uploads"])
    LADDER.furnish(tx, told["delays"])
    for key in told["accessKeys"]:
        tx.put("access key", "", key["key"], key)
    _furnish_places(tx, told)
    for contact in told["contacts"]:
        _furnish_contact(tx, contact)
    for tag in told["tags"]:
        tx.put("tag", tag["workspaceId"], tag["name"], {"id": tag["id"]})
    _furnish_messages(tx, told, more)
    _furnish_media(tx, told)
    agenda.resume(tx, told)
    _set_off_scheduled(tx, told)
    _furnish_subscriptions(tx, told)
    deliveries.resume(tx, told["deliveries"])


def _furnish_places(tx: Transaction, world: World) -> None:
    for workspace in world["workspaces"]:
        tx.put("workspace", workspace["organizationId"], workspace["id"], _dated(workspace))
    for connector in world["connectors"]:
        tx.put("connector", connector["workspaceId"], connector["id"], _dated(connector))
    for channel in channels_of(world).values():
        tx.put("channel", channel["workspaceId"], channel["id"], _dated(channel))
    for project in world["projects"]:
        tx.put("project", project["workspaceId"], project["id"], _dated({**project, "type": "channelTemplate"}))
    for template in world["channelTemplates"]:
        tx.put("channel template", template["projectId"], template["id"], _dated(template))


def _dated(entity: World) -> Entity:
    named = {name: value for name, value in entity.items() if name != "updatedAt"}
    made = sortable(instant(entity["createdAt"]))
    changed = sortable(instant(entity.get("updatedAt", made)))
    return {**named, "createdAt": made, "updatedAt": changed}


def _furnish_contact(tx: Transaction, contact: World) -> None:
    entity = {name: value for name, value in contact.items() if name != "workspaceId"}
    contacts.store(tx, contact["workspaceId"], _dated({"attributes": {}, **entity}))


def _furnish_messages(tx: Transaction, world: World, more: Backfill) -> None:
    channels, known = channels_of(world), {contact["id"]: contact for contact in world["contacts"]}
    dated = [{**message, "createdAt": sortable(instant(message["createdAt"]))} for message in world["messages"]]
    # A clock that was set back leaves lists that are not in the order of time.
    for given in dated if world["continued"] else sorted(dated, key=lambda found: found["createdAt"]):
        more.until(given["createdAt"])
        channel, people = channels[given["channelId"]], [known[contact_id] for contact_id in given["contactIds"]]
        messages.store(tx, channel["workspaceId"], _message(tx, channel, people, given, continued=world["continued"]))
    more.rest()


def _message(tx: Transaction, channel: Entity, people: list[World], given: World, *, continued: bool) -> Entity:
    parties = [party(channel, person) for person in people]
    out = given["direction"] == "outgoing"
    framed = messages.outgoing(tx, channel, parties) if out else messages.incoming(tx, channel, parties[0])
    facts = _carriage(tx, channel, given, continued=continued) if out else {}
    tags = messages.tagged(tx, channel["workspaceId"], given.get("tags", ()))
    said = _in_place(given, tags) if continued else {name: value for name, value in given.items() if name != "tags"}
    entity = {**framed, **said, **_times(given), **facts, **tags}
    return {name: value for name, value in entity.items() if name != "contactIds"}


def _in_place(given: World, tags: Entity) -> Entity:
    """What is said in the order in which it is said, with the tags' ids beside their names."""
    said: Entity = {}
    for name, value in given.items():
        said |= tags if name == "tags" else {name: value}
    return said


def _times(given: World) -> Entity:
    latest = sortable(instant(given.get("lastStatusAt", given["createdAt"])))
    going = {"sendAt": sortable(instant(given["sendAt"]))} if "sendAt" in given else {}
    return {"lastStatusAt": latest, "updatedAt": latest, **going}


def _carriage(tx: Transaction, channel: Entity, given: World, *, continued: bool) -> Entity:
    """What is known of an outgoing message so far and is not said."""
    facts: Entity = {"chargeableUnits": chargeable_units(channel["platformId"], given.get("body"))}
    if "scheduledFor" in given and (given["status"] == "scheduled" or not continued):
        facts["sendAt"] = sortable(instant(given["scheduledFor"]))
    if given["status"] in _CARRIED and not continued:
        facts |= messages.marked(tx, {"platformId": channel["platformId"], **facts})
    return {name: value for name, value in facts.items() if name not in given}


def party(channel: Entity, contact: World) -> Entity:
    """A contact as sender or receiver on a channel, where nobody said by which of its identifiers."""
    wanted = contacts.KIND_OF_PLATFORM[channel["platformId"]]
    value = next(found["value"] for found in contact["identifiers"] if contacts.kind_of(found["value"]) == wanted)
    return {"id": contact["id"], "identifierKey": wanted, "identifierValue": value}


def _furnish_media(tx: Transaction, world: World) -> None:
    for place in world["media"]:
        media.restore(tx, place)
        if "content" in place:
            files.restore(tx, place["id"], place["content"])


def _set_off_scheduled(tx: Transaction, world: World) -> None:
    going = {entry["step"]["messageId"] for entry in world["agenda"] if "step" in entry}
    for workspace in world["workspaces"]:
        for record in tx.find("message", workspace["id"], {"status": "scheduled", "direction": "outgoing"}):
            if record.id not in going:
                sending.set_off(tx, workspace["id"], record.body)


def _furnish_subscriptions(tx: Transaction, world: World) -> None:
    organizations = {workspace["id"]: workspace["organizationId"] for workspace in world["workspaces"]}
    for wanted in world["webhookSubscriptions"]:
        place, made = wanted["workspaceId"], sortable(instant(wanted["createdAt"]))
        subscriptions.store(tx, organizations[place], place, {"service": "channels", **wanted, "createdAt": made})
