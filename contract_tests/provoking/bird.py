"""What provokes bird."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from contract_tests.laws import later
from contract_tests.provoking.provocation import Provocation, Provoked, but, made, placed, right, showing, twice
from contract_tests.tenants.asking import Json
from contract_tests.tenants.bird import subscription
from contract_tests.tenants.stage import Stage
from contract_tests.tenants.things import Things, absent, first

_SEND, _UPLOAD = ("send_message",), ("upload_media",)
_PICTURE = ("a.png", b"\x89PNG\r\n\x1a\n", "image/png")
_FAR = timedelta(days=36)
_ORGANIZATION = ("list_workspaces", "get_workspace", "list_webhook_subscriptions", "create_webhook_subscription")
_WORKSPACE = (
    "list_channels",
    "list_workspace_messages",
    "send_message",
    "create_contact",
    "list_projects",
    "list_available_webhooks",
)
_CHANNEL = ("get_channel", "create_channel_presigned_upload", "list_channel_messages", "send_message")
_PAGED = ("list_channels", "list_channel_messages", "list_contacts", "list_connectors", "list_projects")


def _absent(name: str) -> Provocation:
    return placed("path", name, lambda stage: absent(stage.things()(name), stage.api.random))


def _nobody(stage: Stage) -> str:
    return str(absent(stage.things()("workspaceId"), stage.api.random))


def _to(*contacts: Json) -> Json:
    return {"receiver": {"contacts": list(contacts)}}


def _phone(things: Things) -> Json:
    return {"identifierKey": "phonenumber", "identifierValue": things.phone()}


def _two(stage: Stage) -> Json:
    return _to(_phone(stage.things()), _phone(stage.things()))


def _template(stage: Stage, **changes: str) -> Json:
    told = stage.things().cast["template"]
    named = {"projectId": told["projectId"], "version": told["version"], "locale": told["locale"], **changes}
    return {"body": None, "template": {**named, "variables": {"order": "4711", "date": "4 November"}}}


def _of_another_platform(stage: Stage) -> Json:
    """An active template of the workspace that says nothing for the channel's platform."""
    owner = stage.things()
    within = f"/workspaces/{owner('workspaceId')}/projects"
    projects = [each["id"] for each in owner.ask("GET", within, "AccessKey")["results"]]
    listed = [owner.ask("GET", f"{within}/{each}/channel-templates", "AccessKey")["results"] for each in projects]
    fitting = [each for found in listed for each in found if each["status"] == "active" and "sms" not in each["platforms"]]
    found = first(fitting, "template without a text message")
    named = {"projectId": found["projectId"], "version": found["id"], "locale": found["locales"][0]}
    return {"body": None, "template": {**named, "variables": dict.fromkeys(found["variables"], "x")}}


def _inactive(stage: Stage, operation_id: str) -> httpx.Response:
    asked = right(stage, operation_id)
    return asked.placing("path", "channelId", stage.things().cast["channels"]["inactive"]).send(stage.api.client)


def presigned(stage: Stage, kind: str | None = None) -> Json:
    """What an upload needs, for the workspace or one channel."""
    operation_id = "create_channel_presigned_upload" if kind else "create_workspace_presigned_upload"
    asked = right(stage, operation_id, None, {"contentType": "image/png"})
    if kind:
        asked = asked.placing("path", "channelId", stage.things().cast["channels"][kind])
    told: Json = asked.send(stage.api.client).json()
    return told


def upload(stage: Stage, prepared: Json, **changes: Any) -> httpx.Response:
    """Do what it says, changed."""
    form = {name: value for name, value in {**prepared["uploadFormData"], **changes}.items() if value is not None}
    return stage.api.client.post(stage.api.behind_the_gate(prepared["uploadUrl"]), data=form, files={"file": _PICTURE})


def _uploading(**changes: Any) -> Provocation:
    return lambda stage, operation_id: upload(stage, presigned(stage), **changes)


def _uploaded_twice(stage: Stage, operation_id: str) -> httpx.Response:
    prepared = presigned(stage)
    upload(stage, prepared)
    return upload(stage, prepared)


def _too_late(stage: Stage, operation_id: str) -> httpx.Response:
    prepared = presigned(stage)
    with later(stage.api, 8 * 24 * 3600):
        return upload(stage, prepared)


def _picture(link: str) -> Json:
    return {"body": {"type": "image", "image": {"images": [{"mediaUrl": link}]}}}


def _of_another_channel(stage: Stage) -> Json:
    prepared = presigned(stage, "whatsapp")
    upload(stage, prepared)
    return _picture(prepared["mediaUrl"])


PROVOKED = Provoked(
    at={
        "CredentialMalformed": (("list_channels", "send_message"), showing(("Authorization", lambda stage: "Bearer x"))),
        "CredentialUnknown": (("list_channels", "send_message"), showing(("Authorization", lambda stage: "AccessKey nobodys"))),
        "OrganizationUnknown": (_ORGANIZATION, _absent("organizationId")),
        "WorkspaceUnknown": (_WORKSPACE, _absent("workspaceId")),
        "ChannelUnknown": (_CHANNEL, _absent("channelId")),
        "MessageUnknown": (("get_message",), _absent("messageId")),
        "ContactUnknown": (("get_contact",), _absent("contactId")),
        "ConnectorUnknown": (("get_connector",), _absent("connectorId")),
        "ProjectUnknown": (("get_project", "list_channel_templates"), _absent("projectId")),
        "ChannelTemplateUnknown": (("get_channel_template",), _absent("templateId")),
        "SubscriptionUnknown": (("get_webhook_subscription", "delete_webhook_subscription"), _absent("subscriptionId")),
        "MediaUnknown": (("download_media",), lambda stage, _: stage.api.client.get(f"/media/{_nobody(stage)}")),
        "CursorInvalid": (_PAGED, placed("query", "pageToken", lambda stage: "nowhere")),
        "FilterChannelUnknown": (
            ("create_webhook_subscription",),
            made(lambda stage: subscription(stage.things(), _nobody(stage))),
        ),
        "ChannelInactive": (_SEND, _inactive),
        "ReceiversNotAllowed": (_SEND, made(_two)),
        "ReceiverMismatch": (_SEND, but(**_to({"identifierKey": "emailaddress", "identifierValue": "somebody@example.com"}))),
        "ReceiverUnknown": (_SEND, made(lambda stage: _to({"id": _nobody(stage)}))),
        "ScheduledTooFar": (_SEND, made(lambda stage: {"scheduledFor": (datetime.now(UTC) + _FAR).isoformat()})),
        "TemplateUnknown": (_SEND, made(lambda stage: _template(stage, version=_nobody(stage)))),
        "TemplateNotForPlatform": (_SEND, made(_of_another_platform)),
        "MediaOfAnotherChannel": (_SEND, made(_of_another_channel)),
        "MediaNotUploaded": (_SEND, made(lambda stage: _picture(presigned(stage)["mediaUrl"]))),
        "IdentifierTaken": (("create_contact",), twice(lambda stage: {})),
        "IdentifierMismatch": (("create_contact",), but(identifiers=[{"key": "phonenumber", "value": "somebody@example.com"}])),
        "UploadKeyUnknown": (_UPLOAD, _uploading(key="nobodys/key")),
        "PolicyMismatch": (_UPLOAD, _uploading(**{"Content-Type": "text/plain"})),
        "SignatureForeign": (_UPLOAD, _uploading(**{"x-amz-signature": "0" * 64})),
        "UploadExpired": (_UPLOAD, _too_late),
        "UploadDone": (_UPLOAD, _uploaded_twice),
    },
    never={},
    statements={"404": ("B04",), "413": ("B05",), "422": ("B06",), "409": ("B07",), "401": ("B01",)},
)
