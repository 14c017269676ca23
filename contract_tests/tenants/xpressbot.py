"""What xpressbot's tenants have: channels, and templates, automations and messages in them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from contract_tests.tenants.asking import Json
from contract_tests.tenants.knowledge import Knowledge, Wall
from contract_tests.tenants.things import SIBLING, Things, first

_PICTURE = "https://cdn.example.com/a.jpg"
_WINDOW = timedelta(hours=24)


def _ask(things: Things, path: str, **fields: Any) -> Any:
    return things.ask("POST", path, "HeaderKey", json={"channelId": things("channelId"), **fields})["data"]


def _channel(things: Things) -> str:
    channels = things.cast["channels"]
    return str(first(channels[1:], "second channel") if things.home == SIBLING else channels[0])


def _automation(things: Things) -> str:
    return str(first(_ask(things, "/automations/list"), "automation")["id"])


def template(things: Things) -> Json:
    """What a message from an approved template of the channel has to say."""
    found = first(_ask(things, "/whatsapp/templates/list"), "approved template")
    given: Json = {"to": things.phone(), "templateName": found["templateName"], "languageCode": found["languageCode"]}
    given |= {f"body{place}": f"value {place}" for place in range(1, len(found["variables"]) + 1)}
    if found["mediaType"]:
        given[found["mediaType"]] = _PICTURE
    elif "{{1}}" in (found["header"] or ""):
        given["header"] = "Saturday"
    return given


def _wamid(things: Things) -> str:
    return str(_ask(things, "/whatsapp/templates/send", **template(things))["wamid"])


def answerable(things: Things) -> str:
    """The number of a contact who has just written."""
    listed = _ask(things, "/contacts/list", limit=200)
    return str(first([each for each in listed if _wrote_lately(each)], "contact who has just written")["phoneNumber"])


def _wrote_lately(contact: Json) -> bool:
    if contact["lastInboundAt"] is None:
        return False
    wrote = datetime.fromisoformat(contact["lastInboundAt"].replace("Z", "+00:00"))
    return datetime.now(UTC) - wrote < _WINDOW - timedelta(minutes=5)


def _message(things: Things) -> Json:
    return {"to": answerable(things), "type": "text", "body": things.mark()}


_BODIES: dict[str, Any] = {
    "list_channels": lambda things: {},
    "manage_contact": lambda things: {"phoneNumber": things.phone(), "name": things.mark()},
    "list_contacts": lambda things: {"limit": 5},
    "manage_custom_field": lambda things: {"name": things.mark(), "type": "text"},
    "list_custom_fields": lambda things: {},
    "manage_label": lambda things: {"name": things.mark()},
    "list_labels": lambda things: {},
    "list_templates": lambda things: {},
    "send_template": template,
    "send_message": _message,
    "get_message_status": lambda things: {},
    "list_automations": lambda things: {},
    "trigger_automation": lambda things: {"phoneNumber": things.phone()},
}


KNOWLEDGE = Knowledge(
    makers={"channelId": _channel, "wamid": _wamid, "automationId": _automation},
    walls={
        # 403 for another's channel and 404 for none: the documents tell the two apart.
        "channelId": Wall("ChannelForbidden", ("X38",), alike=False),
        "wamid": Wall("MessageUnknown", ("X38",)),
        "automationId": Wall("AutomationUnknown", ("X38",)),
    },
    home="channelId",
    bodies={**_BODIES, **{f"{name}_by_post": body for name, body in _BODIES.items()}},
    reads=(
        ("list_channels_by_post", "HeaderKey"),
        ("list_contacts_by_post", "HeaderKey"),
        ("list_custom_fields_by_post", "HeaderKey"),
        ("list_labels_by_post", "HeaderKey"),
    ),
    fleeting=frozenset({"lastInboundAt", "updatedAt"}),
    locked=("X05",),
    apart=("X08", "X38"),
    sibling_actor="two_channels",
    none={
        "expired": "keys of this API have no end that the contract knows",
        "revoked": "no documented request takes a key back, and the cast has none that is",
    },
)
