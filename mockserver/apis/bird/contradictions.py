"""Contradictions: what is wrong with a world although each of its parts is right, told by pointer and reason."""

from __future__ import annotations

from collections.abc import Iterator

from mockserver.apis.bird import contacts, files
from mockserver.apis.bird.ladder import LADDER
from mockserver.apis.bird.lists import Entity
from mockserver.apis.bird.world import World, channels_of


def contradictions(world: World) -> Iterator[str]:
    """``<json pointer>: reason`` for each; the world has every list, empty or not."""
    for kind in ("organizations", "workspaces", "connectors", "channels", "projects", "channelTemplates", "contacts"):
        yield from _repeated(world, kind, "id")
    yield from _repeated(world, "accessKeys", "key")
    for kind in ("messages", "media"):
        yield from _repeated(world, kind, "id")
    for kind in ("accessKeys", "workspaces"):
        yield from _dangling(world, kind, "organizationId", "organizations")
    for kind in ("connectors", "projects", "contacts", "tags", "media", "webhookSubscriptions", "deliveries"):
        yield from _dangling(world, kind, "workspaceId", "workspaces")
    yield from _dangling(world, "channels", "connectorId", "connectors")
    yield from _dangling(world, "projects", "activeTemplateId", "channelTemplates")
    yield from _dangling(world, "channelTemplates", "projectId", "projects")
    yield from _dangling(world, "messages", "channelId", "channels")
    yield from _shared_identifiers(world)
    yield from _misaddressed(world)
    yield from _untimely(world)
    yield from _misplaced(world)
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
    owners: dict[tuple[str, str], int] = {}
    for place, contact in enumerate(world["contacts"]):
        for index, identifier in enumerate(contact["identifiers"]):
            key = (contact["workspaceId"], identifier["value"].lower())
            if owners.setdefault(key, place) != place:
                yield f"/contacts/{place}/identifiers/{index}/value: belongs to an earlier contact"


def _misaddressed(world: World) -> Iterator[str]:
    channels, known = channels_of(world), {contact["id"]: contact for contact in world["contacts"]}
    for place, message in enumerate(world["messages"]):
        channel = channels[message["channelId"]]
        wanted = contacts.KIND_OF_PLATFORM[channel["platformId"]]
        yield from _misnamed(message, f"/messages/{place}")
        for index, contact_id in enumerate(message["contactIds"]):
            contact = known.get(contact_id)
            if contact is None or contact["workspaceId"] != channel["workspaceId"]:
                yield f"/messages/{place}/contactIds/{index}: is no contact of the channel's workspace"
            elif wanted not in (contacts.kind_of(identifier["value"]) for identifier in contact["identifiers"]):
                yield f"/messages/{place}/contactIds/{index}: has no {wanted}"


def _misnamed(message: World, pointer: str) -> Iterator[str]:
    out = message["direction"] == "outgoing"
    named, end = (message.get("receiver", {}).get("contacts"), "receiver") if out else (_senders(message), "sender")
    if end in message and [contact["id"] for contact in named or ()] != list(message["contactIds"]):
        yield f"{pointer}/{end}: names other contacts than contactIds"


def _senders(message: World) -> list[Entity]:
    sender = message.get("sender", {})
    return [sender["contact"]] if "contact" in sender else []


def _untimely(world: World) -> Iterator[str]:
    """What the agenda has wrong."""
    outgoing = {message["id"] for message in world["messages"] if "id" in message and message["direction"] == "outgoing"}
    taken = {message["id"] for message in world["messages"] if "id" in message}
    stepping: set[str] = set()
    channels = channels_of(world)
    for place, entry in enumerate(world["agenda"]):
        ((deed, said),) = ((name, entry[name]) for name in ("step", "lapse", "receive") if name in entry)
        pointer = f"/agenda/{place}/{deed}"
        if deed == "receive":
            yield from _unreceivable(said, pointer, channels, taken)
            taken.add(said.get("messageId", ""))
        elif said["messageId"] not in outgoing:
            yield f"{pointer}/messageId: is no outgoing message"
        elif deed == "step":
            yield from _stepless(entry, pointer, stepping)
            stepping.add(said["messageId"])


def _unreceivable(said: World, pointer: str, channels: dict[str, Entity], taken: set[str]) -> Iterator[str]:
    channel = channels.get(said["channelId"])
    if channel is None:
        yield f"{pointer}/channelId: is none of the channels"
    elif contacts.kind_of(said["from"]) != contacts.KIND_OF_PLATFORM[channel["platformId"]]:
        yield f"{pointer}/from: is no {contacts.KIND_OF_PLATFORM[channel['platformId']]}"
    if said.get("messageId") in taken:
        yield f"{pointer}/messageId: is taken by another message"


def _stepless(entry: World, pointer: str, stepping: set[str]) -> Iterator[str]:
    said = entry["step"]
    if said["messageId"] in stepping:
        yield f"{pointer}/messageId: has an earlier step to take"
    if "due" in entry and not LADDER.left(said["outcome"], said.get("reached", ())):
        yield f"{pointer}/reached: leaves no step to take"


def _misplaced(world: World) -> Iterator[str]:
    """What the media have wrong."""
    channels = channels_of(world)
    for place, medium in enumerate(world["media"]):
        if "channelId" in medium and channels.get(medium["channelId"], {}).get("workspaceId") != medium["workspaceId"]:
            yield f"/media/{place}/channelId: is no channel of the workspace"
        if "content" in medium and medium.get("size") != files.size_of(medium["content"]):
            yield f"/media/{place}/content: is not a file of this size in base64"


def _miscast(world: World, pointer: str, part: World) -> Iterator[str]:
    keys = {key["key"]: key["organizationId"] for key in world["accessKeys"]}
    if keys.get(part["accessKey"]) != part["organizationId"]:
        yield f"{pointer}/accessKey: is no key of the organization"
    workspaces = {workspace["id"]: workspace["organizationId"] for workspace in world["workspaces"]}
    if workspaces.get(part["workspaceId"]) != part["organizationId"]:
        yield f"{pointer}/workspaceId: is no workspace of the organization"
    channels = channels_of(world)
    for name, channel_id in part["channels"].items():
        wanted = ("sms", "inactive") if name == "inactive" else (name, "active")
        found = channels.get(channel_id, {})
        # What was true of a status when a world began need not be true any more.
        told = (found.get("platformId"), wanted[1] if world["continued"] else found.get("status"))
        if told != wanted or found["workspaceId"] != part["workspaceId"]:
            yield f"{pointer}/channels/{name}: is no such channel of the workspace"
    templates = {template["id"]: template for template in world["channelTemplates"]}
    template = templates.get(part["template"]["version"], {"projectId": None, "locales": []})
    if template["projectId"] != part["template"]["projectId"] or part["template"]["locale"] not in template["locales"]:
        yield f"{pointer}/template: is no template of the project in this locale"
