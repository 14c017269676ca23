"""The wire: xpressbot's entities and refusals in the words of its contract."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mockserver.apis.xpressbot.state import Entity
from mockserver.engine.paging import pages
from mockserver.engine.refusals import InvalidRequest, Refusal

Json = dict[str, Any]
_ABOUT_A_PARAMETER = ("BodyInvalid", "ParameterInvalid")
#: What is shown of each kind of thing, in the contract's order.
_CHANNEL = ("id", "name", "phoneNumberId", "isActive")
_CONTACT = (
    "id", "channelId", "phoneNumber", "name", "email", "profilePictureUrl", "customFieldsData", "labelNames", "lastInboundAt",
    "createdAt", "updatedAt",
)  # fmt: skip
_TEMPLATE = (
    "id", "channelId", "templateName", "name", "languageCode", "category", "status", "header", "mediaType", "body", "variables"
)  # fmt: skip
_SENT_TEMPLATE = (
    "id", "wamid", "channelId", "contactId", "to", "templateName", "languageCode", "variables", "apiReference", "status",
    "timestamp",
)  # fmt: skip
_SENT_MESSAGE = (
    "id", "wamid", "channelId", "contactId", "to", "type", "body", "url", "caption", "filename", "apiReference", "status",
    "timestamp",
)  # fmt: skip
_MESSAGE = (
    "id", "wamid", "channelId", "to", "status", "direction", "type", "content", "timestamp", "deliveredAt", "readAt", "error",
    "apiReference",
)  # fmt: skip
_CUSTOM_FIELD = ("id", "channelId", "name", "type", "isRequired", "options")
_LABEL = ("id", "channelId", "name", "description", "color", "displayOrder")
_AUTOMATION = ("id", "channelId", "automationName", "name", "isActive")


def refuse(refusal: Refusal, body: Json) -> Json:
    """The contract's words; for a wrong parameter the message says which one it is, and what it must be."""
    if isinstance(refusal, InvalidRequest) and refusal.name in _ABOUT_A_PARAMETER:
        for issue in refusal.issues[:1]:
            # Only the first step: what is deeper may be a name of the caller's own making.
            return {**body, "message": f"{issue.path[0]} {issue.reason}"} if issue.path else body
    return body


def channel_list(channels: Sequence[Entity]) -> Json:
    """The channels of a key."""
    return listed([_shown(channel, _CHANNEL) for channel in channels], "channel")


def contact_result(contact: Entity, *, new: bool) -> Json:
    """A contact that was made or changed."""
    return managed(_shown(contact, _CONTACT), "Contact", new=new)


def contact_page(contacts: Sequence[Entity], total: int, page: int, limit: int) -> Json:
    """A page of contacts, and where it stands."""
    data = [_shown(contact, _CONTACT) for contact in contacts]
    pagination = {"page": page, "limit": limit, "total": total, "pages": pages(total, limit)}
    return {"success": True, "data": data, "pagination": pagination}


def custom_field_result(field: Entity, *, new: bool) -> Json:
    """A custom field that was defined or changed."""
    return managed(_shown(field, _CUSTOM_FIELD), "Custom field", new=new)


def custom_field_list(fields: Sequence[Entity]) -> Json:
    """Custom fields."""
    return listed([_shown(field, _CUSTOM_FIELD) for field in fields], "custom field")


def label_result(label: Entity, *, new: bool) -> Json:
    """A label that was made or changed."""
    return managed(_shown(label, _LABEL), "Label", new=new)


def label_list(labels: Sequence[Entity]) -> Json:
    """Labels."""
    return listed([_shown(label, _LABEL) for label in labels], "label")


def template_list(templates: Sequence[Entity]) -> Json:
    """Templates, each with its name under both names that a client may look for."""
    both = ({**template, "name": template["templateName"]} for template in templates)
    return listed([_shown(template, _TEMPLATE) for template in both], "template")


def sent_template(message: Entity) -> Json:
    """A template on its way."""
    return _result(_shown(message, _SENT_TEMPLATE), "Template sent")


def sent_message(message: Entity) -> Json:
    """A regular message on its way."""
    return _result(_shown(message, _SENT_MESSAGE), "Message sent")


def message_status(message: Entity) -> Json:
    """What became of a message."""
    return _result(_shown(message, _MESSAGE), "Message found")


def automation_list(automations: Sequence[Entity]) -> Json:
    """Automations, each with its name under both names that a client may look for."""
    both = ({**automation, "name": automation["automationName"]} for automation in automations)
    return listed([_shown(automation, _AUTOMATION) for automation in both], "automation")


def execution(run: Entity) -> Json:
    """A run that was started."""
    return {"success": True, "data": run}


def managed(entity: Entity, thing: str, *, new: bool) -> Json:
    """What was made or changed."""
    return _result(entity, f"{thing} {'created' if new else 'updated'}")


def listed(entities: Sequence[Entity], thing: str) -> Json:
    """All things of a kind."""
    return {"success": True, "data": entities, "message": f"Found {len(entities)} {thing}(s)"}


def _result(data: Json, message: str) -> Json:
    return {"success": True, "data": data, "message": message}


def _shown(entity: Entity, names: Sequence[str]) -> Json:
    return {name: entity[name] for name in names}
