"""What bird's tenants have: organizations with workspaces, and channels, contacts, projects and subscriptions in them."""

from __future__ import annotations

from typing import Any

from contract_tests.tenants.asking import Json
from contract_tests.tenants.knowledge import Inside, Knowledge, Wall
from contract_tests.tenants.things import SIBLING, Things, first, made_or


def _get(things: Things, path: str) -> list[Json]:
    found: list[Json] = things.ask("GET", path, "AccessKey")["results"]
    return found


def _workspace(things: Things) -> str:
    home = str(things.cast["workspace_id"])
    if things.home != SIBLING:
        return home
    others = [each["id"] for each in _get(things, f"/organizations/{things.cast['organization_id']}/workspaces")]
    return str(first([each for each in others if each != home], "second workspace"))


def _listed(path: str, what: str) -> Any:
    return lambda things: str(first(_get(things, f"/workspaces/{things('workspaceId')}/{path}"), what)["id"])


def _message(things: Things) -> str:
    path = f"channels/{things('channelId')}/messages"

    def sent() -> str:
        return str(things.ask("POST", f"/workspaces/{things('workspaceId')}/{path}", "AccessKey", json=text(things))["id"])

    listed = _listed(f"{path}?limit=1", "message")
    return str(made_or(sent, lambda: listed(things)) if things.actor == "owner" else listed(things))


def _subscriptions(things: Things) -> str:
    return f"/organizations/{things('organizationId')}/workspaces/{things('workspaceId')}/webhook-subscriptions"


def _subscription(things: Things) -> str:
    def made() -> str:
        return str(things.ask("POST", _subscriptions(things), "AccessKey", json=subscription(things))["id"])

    return str(made_or(made, lambda: first(_get(things, _subscriptions(things)), "subscription")["id"]))


def subscription(things: Things, channel: str | None = None) -> Json:
    """A right subscription, to one channel if that is named."""
    usual: Json = {"service": "channels", "event": "sms.inbound", "url": "https://hooks.northwind.example/wall"}
    return {**usual, "eventFilters": [{"key": "channelId", "value": channel}]} if channel else usual


def text(things: Things) -> Json:
    """A right text to one number."""
    contacts = [{"identifierKey": "phonenumber", "identifierValue": things.phone()}]
    return {"receiver": {"contacts": contacts}, "body": {"type": "text", "text": {"text": things.mark()}}}


def _template(things: Things, **changes: str) -> Json:
    told = things.cast["template"]
    named = {"projectId": told["projectId"], "version": told["version"], "locale": told["locale"], **changes}
    variables = {"order": "4711", "date": "4 November"}
    return {"receiver": text(things)["receiver"], "template": {**named, "variables": variables}}


KNOWLEDGE = Knowledge(
    makers={
        "organizationId": lambda things: things.cast["organization_id"],
        "workspaceId": _workspace,
        "channelId": lambda things: things.cast["channels"]["sms"],
        "messageId": _message,
        "contactId": _listed("contacts?limit=1", "contact"),
        "connectorId": _listed("connectors", "connector"),
        "projectId": lambda things: things.cast["template"]["projectId"],
        "templateId": lambda things: things.cast["template"]["version"],
        "subscriptionId": _subscription,
    },
    walls={
        "organizationId": Wall("OrganizationUnknown", ("B04",)),
        "workspaceId": Wall("WorkspaceUnknown", ("B04",)),
        "channelId": Wall("ChannelUnknown", ("B04",)),
        "messageId": Wall("MessageUnknown", ("B23",)),
        "contactId": Wall("ContactUnknown", ("B04",)),
        "connectorId": Wall("ConnectorUnknown", ("B04",)),
        "projectId": Wall("ProjectUnknown", ("B04",)),
        "templateId": Wall("ChannelTemplateUnknown", ("B04",)),
        "subscriptionId": Wall("SubscriptionUnknown", ("B04",)),
    },
    home="workspaceId",
    bodies={
        "send_message": text,
        "create_webhook_subscription": subscription,
        "create_contact": lambda things: {
            "displayName": things.mark(),
            "identifiers": [{"key": "phonenumber", "value": things.phone()}],
        },
    },
    reads=(
        ("list_workspaces", "AccessKey"),
        ("list_channels", "AccessKey"),
        ("list_workspace_messages", "AccessKey"),
        ("list_contacts", "AccessKey"),
        ("list_webhook_subscriptions", "AccessKey"),
    ),
    fleeting=frozenset(
        {"status", "lastStatusAt", "updatedAt", "reason", "failure", "details", "platformReferenceId", "parts", "nextPageToken"}
    ),
    locked=("B01",),
    apart=("B04",),
    inside=(
        Inside(
            "create_webhook_subscription",
            "eventFilters/channelId",
            subscription,
            lambda things: things("channelId"),
            Wall("FilterChannelUnknown", ("B04",)),
        ),
        Inside(
            "send_message",
            "template/projectId",
            lambda things, value: _template(things, projectId=value),
            lambda things: things("projectId"),
            Wall("TemplateUnknown", ("B04",)),
        ),
        Inside(
            "send_message",
            "template/version",
            lambda things, value: _template(things, version=value),
            lambda things: things("templateId"),
            Wall("TemplateUnknown", ("B04",)),
        ),
    ),
    none={
        "upload_media": "it takes no credential: the form's own fields prove it, of which B14 to B18 have laws",
        "download_media": "media are open to whoever knows the address",
        "expired": "keys of this API have no end that the contract knows",
        "revoked": "no documented request takes a key back, and the cast has none that is",
    },
)
