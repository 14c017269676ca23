"""The operations of xpressbot's contract: a GET gathers its parameters into the body of the POST that asks the state."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from mockserver.apis.xpressbot import automations, contacts, fields, labels, messages, sending, state, templates, wire
from mockserver.apis.xpressbot.contacts import Changes
from mockserver.apis.xpressbot.fields import Definition
from mockserver.exchange import Call, Reply

Body = Mapping[str, Any] | None


def _gathered(arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    """A function's own arguments under the contract's names: ``channel_id`` → ``channelId``; what was not given is left out."""
    given = {name: value for name, value in arguments.items() if name != "call" and value is not None}
    return {re.sub("_([a-z])", lambda found: found[1].upper(), name): value for name, value in given.items()}


def _channel(call: Call, body: Body) -> str:
    return state.choose_channel(call.tx, call.actor.channel_ids, (body or {}).get("channelId"))


def list_channels(call: Call) -> Reply:
    """The key's channels."""
    return list_channels_by_post(call, None)


def list_channels_by_post(call: Call, body: Body) -> Reply:
    """The key's channels."""
    return Reply(wire.channel_list(state.channels(call.tx, call.actor.channel_ids)))


def manage_contact(
    call: Call,
    *,
    phone_number: str,
    channel_id: str | None,
    name: str | None,
    email: str | None,
    profile_picture_url: str | None,
    custom_fields_data: str | None,
    label_names: str | None,
) -> Reply:
    """Create or update a contact."""
    return manage_contact_by_post(call, _gathered(locals()))


def manage_contact_by_post(call: Call, body: Mapping[str, Any]) -> Reply:
    """Create or update a contact."""
    changes = Changes.of(body)
    contact, new = contacts.manage(call.tx, _channel(call, body), changes)
    return Reply(wire.contact_result(contact, new=new))


def list_contacts(call: Call, *, channel_id: str | None, page: int, limit: int, search: str | None) -> Reply:
    """A page of a channel's contacts."""
    return list_contacts_by_post(call, _gathered(locals()))


def list_contacts_by_post(call: Call, body: Body) -> Reply:
    """A page of a channel's contacts."""
    given = body or {}
    page, limit = int(given.get("page", 1)), int(given.get("limit", 50))
    found, total = contacts.page(call.tx, _channel(call, given), given.get("search"), page, limit)
    return Reply(wire.contact_page(found, total, page, limit))


def manage_custom_field(
    call: Call, *, name: str, channel_id: str | None, type: str | None, is_required: bool | None, options: str | None
) -> Reply:
    """Define or change a custom field."""
    return manage_custom_field_by_post(call, _gathered(locals()))


def manage_custom_field_by_post(call: Call, body: Mapping[str, Any]) -> Reply:
    """Define or change a custom field."""
    definition = Definition.of(body)
    field, new = fields.manage(call.tx, _channel(call, body), definition)
    return Reply(wire.custom_field_result(field, new=new))


def list_custom_fields(call: Call, *, channel_id: str | None) -> Reply:
    """A channel's custom fields."""
    return list_custom_fields_by_post(call, _gathered(locals()))


def list_custom_fields_by_post(call: Call, body: Body) -> Reply:
    """A channel's custom fields."""
    return Reply(wire.custom_field_list(fields.listed(call.tx, _channel(call, body))))


def manage_label(
    call: Call,
    *,
    name: str,
    channel_id: str | None,
    description: str | None,
    color: str | None,
    display_order: int | None,
) -> Reply:
    """Create or update a label."""
    return manage_label_by_post(call, _gathered(locals()))


def manage_label_by_post(call: Call, body: Mapping[str, Any]) -> Reply:
    """Create or update a label."""
    label, new = labels.manage(call.tx, _channel(call, body), body["name"], body)
    return Reply(wire.label_result(label, new=new))


def list_labels(call: Call, *, channel_id: str | None) -> Reply:
    """A channel's labels."""
    return list_labels_by_post(call, _gathered(locals()))


def list_labels_by_post(call: Call, body: Body) -> Reply:
    """A channel's labels."""
    return Reply(wire.label_list(labels.listed(call.tx, _channel(call, body))))


def list_templates(call: Call, *, channel_id: str | None) -> Reply:
    """A channel's approved templates."""
    return list_templates_by_post(call, _gathered(locals()))


def list_templates_by_post(call: Call, body: Body) -> Reply:
    """A channel's approved templates."""
    return Reply(wire.template_list(templates.approved(call.tx, _channel(call, body))))


def send_template(
    call: Call,
    *,
    to: str,
    template_name: str,
    channel_id: str | None,
    language_code: str | None,
    variables: str | None,
    body1: str | None,
    body2: str | None,
    body3: str | None,
    body4: str | None,
    body5: str | None,
    body6: str | None,
    body7: str | None,
    body8: str | None,
    body9: str | None,
    body10: str | None,
    header: str | None,
    image: str | None,
    video: str | None,
    document: str | None,
    media_url: str | None,
    media_type: str | None,
    api_reference: str | None,
) -> Reply:
    """Send a template."""
    return send_template_by_post(call, _gathered(locals()))


def send_template_by_post(call: Call, body: Mapping[str, Any]) -> Reply:
    """Send a template."""
    return Reply(wire.sent_template(sending.send_template(call.tx, _channel(call, body), body)))


def send_message(
    call: Call,
    *,
    to: str,
    type: str,
    body: str | None,
    url: str | None,
    caption: str | None,
    filename: str | None,
    channel_id: str | None,
    api_reference: str | None,
) -> Reply:
    """Send a regular message."""
    return send_message_by_post(call, _gathered(locals()))


def send_message_by_post(call: Call, body: Mapping[str, Any]) -> Reply:
    """Send a regular message."""
    content = messages.content(body)
    return Reply(wire.sent_message(sending.send(call.tx, _channel(call, body), body, content)))


def get_message_status(call: Call, *, wamid: str) -> Reply:
    """What became of a message."""
    return get_message_status_by_post(call, _gathered(locals()))


def get_message_status_by_post(call: Call, body: Mapping[str, Any]) -> Reply:
    """What became of a message."""
    return Reply(wire.message_status(messages.read(call.tx, call.actor.channel_ids, body["wamid"])))


def list_automations(call: Call, *, channel_id: str | None) -> Reply:
    """A channel's automations."""
    return list_automations_by_post(call, _gathered(locals()))


def list_automations_by_post(call: Call, body: Body) -> Reply:
    """A channel's automations."""
    return Reply(wire.automation_list(automations.listed(call.tx, _channel(call, body))))


def trigger_automation(
    call: Call, *, phone_number: str, automation_id: str | None, automation_name: str | None, channel_id: str | None
) -> Reply:
    """Trigger an automation."""
    return trigger_automation_by_post(call, _gathered(locals()))


def trigger_automation_by_post(call: Call, body: Mapping[str, Any]) -> Reply:
    """Trigger an automation."""
    automations.check_named(body)
    return Reply(wire.execution(automations.trigger(call.tx, _channel(call, body), body)))
