"""The opening: a world's fixture put into the store, after what no schema can say has been checked."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from mockserver.apis.xpressbot import automations, contacts, fields, labels, messages, receiving, templates
from mockserver.apis.xpressbot.ladder import LADDER
from mockserver.engine.backfill import NOTHING, Backfill
from mockserver.engine.clock import parse_rfc3339
from mockserver.engine.contradictions import refuse
from mockserver.engine.sandbox import Transaction

Part = Mapping[str, Any]
Mistakes = Iterator[str]

#: What belongs to a channel, and what may be there only once in it.
_OF_A_CHANNEL: Mapping[str, Callable[[Part], Any]] = {
    "customFields": lambda field: field["name"],
    "labels": lambda label: label["name"],
    "contacts": lambda contact: contact["phoneNumber"],
    "templates": lambda template: (template["templateName"], template["languageCode"]),
    "conversations": lambda conversation: conversation["contactId"],
    "messages": lambda message: message["wamid"],
    "automations": lambda automation: automation["automationName"].casefold(),
}
_VARIABLE = re.compile(r"\{\{([0-9]+)\}\}")


def furnish(tx: Transaction, world: Part, more: Backfill = NOTHING) -> None:
    """Put a validated world into the store, ``more`` contacts between its own.

    ValueError ("<json pointer>: reason") where its parts contradict each other.
    """
    refuse(_mistakes(world))
    LADDER.furnish(tx, world["delays"])
    for actor, part in world["cast"].items():
        tx.put("cast", "", actor, part)
    for workspace in world["workspaces"]:
        tx.put("workspace", "", workspace["id"], workspace)
    for key in world["apiKeys"]:
        tx.put("api key", "", key["key"], key)
    for channel in world["channels"]:
        # Not below its workspace: a channel of somebody else is told apart from one that does not exist (403 and 404).
        tx.put("channel", "", channel["id"], channel)
    for field in world["customFields"]:
        fields.store(tx, dict(field))
    for label in world["labels"]:
        labels.store(tx, dict(label))
    for template in world["templates"]:
        templates.store(tx, _with_nothing(template, "header", "mediaType"))
    for automation in world["automations"]:
        automations.store(tx, dict(automation))
    _furnish_people(tx, world, more)
    for entry in world.get("agenda", ()):
        _plan(tx, entry)


def _furnish_people(tx: Transaction, world: Part, more: Backfill) -> None:
    """Contacts, the conversations with them, and their messages."""
    written = _in_order(world, "messages", "timestamp")
    last_inbound = {message["contactId"]: message["timestamp"] for message in written if message["direction"] == "inbound"}
    for contact in _in_order(world, "contacts", "createdAt"):
        usual: Part = {"customFieldsData": {}, "labelNames": [], "lastInboundAt": last_inbound.get(contact["id"])}
        known = {name: value for name, value in contact.items() if name != "outdatedFields"}
        more.until(contact["createdAt"])
        contacts.store(tx, {**_with_nothing(known, "name", "email", "profilePictureUrl"), **usual, **known})
    more.rest()
    for conversation in world["conversations"]:
        tx.put("conversation", conversation["channelId"], conversation["contactId"], conversation)
    numbers = {contact["id"]: contact["phoneNumber"] for contact in world["contacts"]}
    for message in written:
        known = _with_nothing(message, "deliveredAt", "readAt", "error", "apiReference")
        messages.store(tx, {**known, "to": numbers[message["contactId"]]})


def _in_order(world: Part, kind: str, moment: str) -> Sequence[Part]:
    """A world's things of a kind as they came to be; what is equally old stays in the order of the file."""
    found: Sequence[Part] = world[kind]
    return found if world.get("continued") else sorted(found, key=lambda entity: str(entity[moment]))


def _plan(tx: Transaction, entry: Part) -> None:
    channel_id, due, chance = entry["channelId"], entry["due"], entry.get("chance")
    if "step" in entry:
        step = {"reached": [], "start": due, **entry["step"]}
        journey = {name: step[name] for name in ("outcome", "reached", "start")}
        LADDER.resume(tx, [{"id": step["wamid"], "owner": channel_id, **journey, "due": due, "chance": chance}])
    else:
        arrival = entry["arrival"]
        ids = {name: arrival[name] for name in ("id", "wamid")}
        message = messages.untouched(ids, channel_id, arrival["from"], messages.INBOUND, parse_rfc3339(due))
        letter = {"message": {**message, "type": arrival["type"], "content": arrival["content"]}, "name": arrival.get("name")}
        receiving.plan(tx, letter, chance)


def _with_nothing(entity: Part, *names: str) -> dict[str, Any]:
    return {**dict.fromkeys(names), **entity}


def _mistakes(world: Part) -> Mistakes:
    yield from _repeated((f"/apiKeys/{place}/key", key["key"]) for place, key in enumerate(world["apiKeys"]))
    for kind in ("workspaces", "channels", *_OF_A_CHANNEL):
        yield from _repeated((f"/{kind}/{place}/id", entity["id"]) for place, entity in enumerate(world[kind]))
    for kind, unique in _OF_A_CHANNEL.items():
        entities = list(enumerate(world[kind]))
        yield from _repeated((f"/{kind}/{place}", (entity["channelId"], unique(entity))) for place, entity in entities)
    yield from _homeless(world)
    yield from _misfitting_contacts(world)
    yield from _misfitting_templates(world)
    yield from _misdirected(world)
    yield from _misplanned(world)
    yield from _miscast(world)


def _repeated(values: Iterable[tuple[str, Any]]) -> Mistakes:
    seen = set()
    for pointer, value in values:
        if value in seen:
            yield f"{pointer}: is taken by an earlier one"
        seen.add(value)


def _homeless(world: Part) -> Mistakes:
    """Channels without a workspace, keys that open what is not theirs, and all that lies in no channel."""
    workspaces = {workspace["id"] for workspace in world["workspaces"]}
    owners = {channel["id"]: channel["workspaceId"] for channel in world["channels"]}
    for kind in ("channels", "apiKeys"):
        for place, entity in enumerate(world[kind]):
            if entity["workspaceId"] not in workspaces:
                yield f"/{kind}/{place}/workspaceId: there is no such workspace"
    for place, key in enumerate(world["apiKeys"]):
        for index, channel_id in enumerate(key["channelIds"]):
            if owners.get(channel_id) != key["workspaceId"]:
                yield f"/apiKeys/{place}/channelIds/{index}: the workspace has no such channel"
    for kind in _OF_A_CHANNEL:
        for place, entity in enumerate(world[kind]):
            if entity["channelId"] not in owners:
                yield f"/{kind}/{place}/channelId: there is no such channel"


def _misfitting_contacts(world: Part) -> Mistakes:
    fields = {(field["channelId"], field["name"]): field["type"] for field in world["customFields"]}
    labels = {(label["channelId"], label["name"]) for label in world["labels"]}
    for place, contact in enumerate(world["contacts"]):
        for name, value in contact.get("customFieldsData", {}).items():
            type = fields.get((contact["channelId"], name))
            misfits = (type == "number") == isinstance(value, str) and name not in contact.get("outdatedFields", ())
            if type is None or misfits:
                yield f"/contacts/{place}/customFieldsData/{name}: the channel has no such field for this value"
        for index, name in enumerate(contact.get("labelNames", ())):
            if (contact["channelId"], name) not in labels:
                yield f"/contacts/{place}/labelNames/{index}: the channel has no such label"


def _misfitting_templates(world: Part) -> Mistakes:
    for place, template in enumerate(world["templates"]):
        numbers = {int(number) for number in _VARIABLE.findall(template["body"])}
        if numbers != set(range(1, len(template["variables"]) + 1)):
            yield f"/templates/{place}/variables: must have one sample for each variable of the body"
        if "header" in template and "mediaType" in template:
            yield f"/templates/{place}/mediaType: a header is text or media, not both"


def _misdirected(world: Part) -> Mistakes:
    """Conversations and messages with nobody, or outside of a conversation."""
    contacts = {(contact["channelId"], contact["id"]) for contact in world["contacts"]}
    conversations = {(conversation["channelId"], conversation["contactId"]) for conversation in world["conversations"]}
    for kind in ("conversations", "messages"):
        for place, entity in enumerate(world[kind]):
            if (entity["channelId"], entity["contactId"]) not in contacts:
                yield f"/{kind}/{place}/contactId: the channel has no such contact"
    for place, message in enumerate(world["messages"]):
        if (message["channelId"], message["contactId"]) not in conversations:
            yield f"/messages/{place}/contactId: there is no conversation with this contact"


def _misplanned(world: Part) -> Mistakes:
    channels = {channel["id"] for channel in world["channels"]}
    known = {(message["channelId"], message["wamid"]) for message in world["messages"]}
    entries = [(f"/agenda/{place}", entry) for place, entry in enumerate(world.get("agenda", ()))]
    for pointer, entry in entries:
        step = entry.get("step", {})
        if entry["channelId"] not in channels:
            yield f"{pointer}/channelId: there is no such channel"
        elif step and (entry["channelId"], step["wamid"]) not in known:
            yield f"{pointer}/step/wamid: the channel has no such message"
        left = not step or LADDER.left(step["outcome"], step.get("reached", ()))
        if bool(left) != bool(entry["due"]):
            yield f"{pointer}/due: is an instant as long as there is a step to take, and null after the last one"
    yield from _repeated((f"{pointer}/step/wamid", entry["step"]["wamid"]) for pointer, entry in entries if "step" in entry)
    coming = [(f"{pointer}/arrival/wamid", entry["arrival"]["wamid"]) for pointer, entry in entries if "arrival" in entry]
    yield from _repeated([*((f"/messages/{place}", one["wamid"]) for place, one in enumerate(world["messages"])), *coming])


def _miscast(world: Part) -> Mistakes:
    opened = {key["key"]: set(key["channelIds"]) for key in world["apiKeys"]}
    for actor, part in world["cast"].items():
        if opened.get(part["api_key"]) != set(part["channels"]):
            yield f"/cast/{actor}/channels: are not the channels of this key"
