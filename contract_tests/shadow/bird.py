"""Bird's table: the messages, contacts and subscriptions of a workspace, and what belongs to it from the start."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from contract_tests.shadow import terms
from contract_tests.shadow.asked import Asked, Caller
from contract_tests.shadow.filters import any_of, equal, since, until
from contract_tests.shadow.moves import LATER, ONCE, Ladder
from contract_tests.shadow.terms import Callers, Collection, Listing, Making, Order, Reading, Removing, Table
from contract_tests.shadow.values import identity

_PAGED: Mapping[str, Any] = {"at": "/results", "token": "/nextPageToken", "usual": 25}


class _Callers(Callers):
    """A key opens the workspaces of its organization."""

    def __init__(self, cast: Mapping[str, Mapping[str, Any]]) -> None:
        self._known = {
            actor["access_key"]: {"organization": actor.get("organization_id"), "workspace": actor.get("workspace_id")}
            for actor in cast.values()
            if "access_key" in actor
        }

    def who(self, asked: Asked) -> Caller:
        sent = (asked.exchange.header("authorization") or "").strip()
        scheme, _, key = sent.partition(" ")
        known = self._known.get(key.strip(), {}) if scheme.lower() == "accesskey" else {}
        return Caller(sent, known)


def _workspace(asked: Asked) -> str | None:
    return identity(asked.values.get("workspaceId")) if asked.caller.facts else None


def _organization(asked: Asked) -> str | None:
    return identity(asked.values.get("organizationId")) if asked.caller.facts else None


def _project(asked: Asked) -> str | None:
    workspace, project = identity(asked.values.get("workspaceId")), identity(asked.values.get("projectId"))
    return f"{workspace} {project}" if asked.caller.facts else None


_FILTERS = {
    "startAt": since("createdAt"),
    "endAt": until("createdAt"),
    "direction": equal("direction"),
    "platform": equal("platformId"),
    "status": equal("status", moves=True),
    "tags": any_of("tags"),
}
_OF_WORKSPACE = {"workspaceId": "workspaceId"}
_IN_CHANNEL = {"channelId": "channelId"}
_WALKED = {terms.REUSED: ("B20",), terms.FOREIGN: ("B04",)}
_BY_AGE = Order("createdAt")
_IN_ORGANIZATION = {"organizationId": "organizationId", **_OF_WORKSPACE}

TABLE = Table(
    "bird",
    {
        each.name: each
        for each in (
            Collection(
                "message",
                _workspace,
                identity=("id",),
                order=Order("createdAt", newest=True),
                moves={
                    "status": Ladder(
                        ("scheduled",), ("accepted",), ("processing",), ("sent",),
                        ("delivered", "delivery_failed", "rejected", "sending_failed", "deleted", "skipped"),
                    ),
                    "updatedAt": LATER, "lastStatusAt": LATER, "reason": ONCE, "details": ONCE, "failure": ONCE,
                    "platformReferenceId": ONCE, "parts": ONCE,
                },
                global_ids=True,
                fixed=True,
                statements={
                    **_WALKED, terms.VALUE: ("B23", "B28"), terms.MISSING: ("B22", "B23"), terms.ORDER: ("B21",),
                    terms.COUNT: ("B19",),
                },
            ),
            Collection(
                "contact", _workspace, identity=("id",), order=Order("createdAt", newest=True), moves={"updatedAt": LATER},
                global_ids=True, statements={terms.MISSING: ("B09",)},
            ),
            Collection("subscription", _workspace, identity=("id",), order=_BY_AGE, moves={"updatedAt": LATER}, global_ids=True),
            Collection("workspace", _organization, identity=("id",), order=_BY_AGE, moves={"updatedAt": LATER}, global_ids=True),
            Collection("channel", _workspace, identity=("id",), order=_BY_AGE, moves={"updatedAt": LATER}, global_ids=True),
            Collection("connector", _workspace, identity=("id",), moves={"updatedAt": LATER}, global_ids=True),
            Collection("project", _workspace, identity=("id",), moves={"updatedAt": LATER}, global_ids=True),
            Collection("event", _workspace, identity=("event",)),
            Collection("template", _project, identity=("id",), moves={"updatedAt": LATER}, global_ids=True),
        )
    },
    {
        "list_workspaces": (Listing("workspace", **_PAGED, belongs={"organizationId": "organizationId"}),),
        "get_workspace": (Reading("workspace", by="workspaceId", belongs={"organizationId": "organizationId"}),),
        "list_webhook_subscriptions": (Listing("subscription", **_PAGED, belongs=_IN_ORGANIZATION),),
        "create_webhook_subscription": (Making("subscription", belongs=_IN_ORGANIZATION),),
        "get_webhook_subscription": (Reading("subscription", by="subscriptionId", belongs=_IN_ORGANIZATION),),
        "delete_webhook_subscription": (Removing("subscription", by="subscriptionId"),),
        "list_channels": (Listing("channel", **_PAGED, belongs=_OF_WORKSPACE),),
        "get_channel": (Reading("channel", by="channelId", belongs=_OF_WORKSPACE),),
        "list_workspace_messages": (Listing("message", **_PAGED, filters=_FILTERS, reverse="reverse"),),
        "list_channel_messages": (Listing("message", **_PAGED, within=_IN_CHANNEL, filters=_FILTERS, reverse="reverse"),),
        "send_message": (
            Making(
                "message",
                # The sender's address and the receivers come back as the parties that they are.
                said={"sender": None, "shortLinks": None},
                belongs=_IN_CHANNEL,
                grows=("contact",),
            ),
        ),
        "get_message": (Reading("message", by="messageId", within=_IN_CHANNEL),),
        "list_contacts": (Listing("contact", **_PAGED),),
        "create_contact": (Making("contact", said={"identifiers": "featuredIdentifiers"}),),
        "get_contact": (Reading("contact", by="contactId"),),
        "list_connectors": (Listing("connector", **_PAGED, belongs=_OF_WORKSPACE),),
        "get_connector": (Reading("connector", by="connectorId", belongs=_OF_WORKSPACE),),
        "list_projects": (Listing("project", **_PAGED, belongs=_OF_WORKSPACE),),
        "get_project": (Reading("project", by="projectId", belongs=_OF_WORKSPACE),),
        "list_channel_templates": (Listing("template", **_PAGED, belongs={"projectId": "projectId"}),),
        "get_channel_template": (Reading("template", by="templateId", belongs={"projectId": "projectId"}),),
        "list_available_webhooks": (Listing("event", "/results"),),
    },
    _Callers,
    unmodelled={
        "create_workspace_presigned_upload": "What it makes is read as a file, which no credential names",
        "create_channel_presigned_upload": "What it makes is read as a file, which no credential names",
        "upload_media": "A form and a file are no JSON; the laws of media hold them against each other",
        "download_media": "A file is no JSON; the laws of media hold it against what was uploaded",
    },
    moving=frozenset(
        {"status", "updatedAt", "lastStatusAt", "reason", "details", "failure", "platformReferenceId", "parts", "nextPageToken"}
    ),
)  # fmt: skip
