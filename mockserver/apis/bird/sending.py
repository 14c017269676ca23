"""Sending: a message is taken over by a channel, and goes its way now or when its time comes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from mockserver.apis.bird import contacts, media, messages, state, subscriptions
from mockserver.apis.bird.bodies import chargeable_units, media_links
from mockserver.apis.bird.ladder import LADDER, LAPSE
from mockserver.apis.bird.lists import Entity
from mockserver.apis.bird.moments import instant, sortable
from mockserver.engine.outcomes import DELIVERED, outcome_of
from mockserver.engine.refusals import Refusal
from mockserver.engine.sandbox import Transaction

AT_ONCE = timedelta(minutes=10)
HORIZON = timedelta(days=35)


class ReceiversNotAllowed(Refusal):
    """Several receivers on a channel that is no e-mail channel."""


class ScheduledTooFar(Refusal):
    """The message is to go out more than 35 days from now."""


class TemplateUnknown(Refusal):
    """The workspace has no active template of this project, version and locale."""


class TemplateNotForPlatform(Refusal):
    """The template has no content for the channel's platform."""


def send(tx: Transaction, workspace_id: str, channel_id: str, wanted: Mapping[str, Any], media_roots: tuple[str, ...]) -> Entity:
    """Take a message over; gives it as ``accepted`` or ``scheduled``. ``media_roots``: under which uploaded media lie."""
    channel = state.active_channel(tx, workspace_id, channel_id)
    if len(wanted["receiver"]["contacts"]) > 1 and channel["platformId"] != "email":
        raise ReceiversNotAllowed
    timing = _timing(tx, wanted.get("scheduledFor"))
    _check_template(tx, channel, wanted.get("template"))
    _check_media(tx, channel, wanted, media_roots)
    receivers = [
        contacts.receiver(tx, workspace_id, channel["platformId"], given, f".receiver.contacts[{place}]")
        for place, given in enumerate(wanted["receiver"]["contacts"])
    ]
    kept = {name: wanted[name] for name in ("body", "template", "reference", "meta", "replyTo") if name in wanted}
    units = chargeable_units(channel["platformId"], wanted.get("body"))
    framed = messages.outgoing(tx, channel, receivers, wanted.get("sender"))
    tags = messages.tagged(tx, workspace_id, wanted.get("tags", ()))
    sent = messages.store(tx, workspace_id, {**framed, **kept, "chargeableUnits": units, **timing, **tags})
    subscriptions.report(tx, workspace_id, sent)
    set_off(tx, workspace_id, sent, wanted.get("validity", 0))
    return sent


def set_off(tx: Transaction, workspace_id: str, message: Entity, validity: int = 0) -> None:
    """Let a message go its way, now or at its ``sendAt``; it is worth trying for ``validity`` seconds, 0 sets no bound."""
    outcomes = [outcome_of(contact["identifierValue"]) for contact in message["receiver"]["contacts"]]
    decisive = next((outcome for outcome in outcomes if outcome != DELIVERED), DELIVERED)
    start = max(tx.now, instant(message.get("sendAt") or message["createdAt"]))
    LADDER.begin(tx, workspace_id, message["id"], decisive, start)
    if validity:
        tx.schedule(start + timedelta(seconds=validity), LAPSE, {"id": message["id"]})


def _timing(tx: Transaction, scheduled_for: str | None) -> Entity:
    if scheduled_for is None:
        return {}
    moment = instant(scheduled_for)
    if moment > tx.now + HORIZON:
        raise ScheduledTooFar
    if moment <= tx.now + AT_ONCE:
        return {"scheduledFor": scheduled_for}
    return {"scheduledFor": scheduled_for, "sendAt": sortable(moment), "status": "scheduled"}


def _check_template(tx: Transaction, channel: Entity, wanted: Mapping[str, Any] | None) -> None:
    if wanted is None:
        return
    project = tx.get("project", channel["workspaceId"], wanted["projectId"].lower())
    if project is None:
        raise TemplateUnknown
    version = project["activeTemplateId"] if wanted["version"] == "latest" else wanted["version"].lower()
    template = tx.get("channel template", project["id"], version)
    if template is None or template["status"] != "active" or wanted["locale"] not in template["locales"]:
        raise TemplateUnknown
    if channel["platformId"] not in template["platforms"]:
        raise TemplateNotForPlatform


def _check_media(tx: Transaction, channel: Entity, wanted: Mapping[str, Any], media_roots: tuple[str, ...]) -> None:
    place = {"workspace_id": channel["workspaceId"], "channel_id": channel["id"], "media_roots": media_roots}
    for part in ("body", "template"):
        for path, link in media_links(wanted.get(part), f".{part}"):
            media.check_link(tx, link, path, **place)
