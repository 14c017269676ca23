"""The operations of bird's contract: each finds the caller's workspace and asks the rules."""

from __future__ import annotations

from typing import Any

from mockserver.apis.bird import contacts, files, media, messages, sending, state, subscriptions, wire
from mockserver.apis.bird.lists import Paging
from mockserver.apis.bird.messages import Filters
from mockserver.exchange import Call, FileReply, Reply


def _workspace(call: Call, workspace_id: str) -> str:
    return str(state.workspace(call.tx, call.actor.organization_id, workspace_id)["id"])


def _place(call: Call, organization_id: str, workspace_id: str) -> tuple[str, str]:
    return state.organization(call.tx, call.actor.organization_id, organization_id), _workspace(call, workspace_id)


def send_message(call: Call, workspace_id: str, channel_id: str, body: dict[str, Any]) -> Reply:
    """Take a message over."""
    workspace = _workspace(call, workspace_id)
    media_roots = (wire.media_root(call.base_url), wire.media_root(call.home_url))
    return Reply(wire.same(sending.send(call.tx, workspace, channel_id, body, media_roots)))


def list_channel_messages(
    call: Call,
    workspace_id: str,
    channel_id: str,
    limit: int,
    page_token: str | None,
    reverse: bool,
    start_at: str | None,
    end_at: str | None,
    direction: str | None,
    platform: str | None,
    status: list[str] | None,
    tags: list[str] | None,
) -> Reply:
    """A page of one channel's messages."""
    wanted = (start_at, end_at, direction, platform, tuple(status or ()), tuple(tags or ()))
    filters = Filters(channel_id.lower(), *wanted)
    found = messages.messages(call.tx, _workspace(call, workspace_id), filters, Paging(limit, page_token), reverse=reverse)
    return Reply(wire.listed(found))


def list_workspace_messages(
    call: Call,
    workspace_id: str,
    limit: int,
    page_token: str | None,
    reverse: bool,
    start_at: str | None,
    end_at: str | None,
    direction: str | None,
    platform: str | None,
    status: list[str] | None,
    tags: list[str] | None,
) -> Reply:
    """A page of all channels' messages."""
    filters = Filters(None, start_at, end_at, direction, platform, tuple(status or ()), tuple(tags or ()))
    found = messages.messages(call.tx, _workspace(call, workspace_id), filters, Paging(limit, page_token), reverse=reverse)
    return Reply(wire.listed(found))


def get_message(call: Call, workspace_id: str, channel_id: str, message_id: str) -> Reply:
    """One message."""
    return Reply(wire.same(messages.message(call.tx, _workspace(call, workspace_id), channel_id, message_id)))


def create_workspace_presigned_upload(call: Call, workspace_id: str, body: dict[str, Any]) -> Reply:
    """A place for a file that any channel may use."""
    prepared = media.prepare(call.tx, _workspace(call, workspace_id), None, body["contentType"])
    return Reply(wire.presigned_upload(prepared, call.home_url))


def create_channel_presigned_upload(call: Call, workspace_id: str, channel_id: str, body: dict[str, Any]) -> Reply:
    """A place for a file that one channel may use."""
    workspace = _workspace(call, workspace_id)
    channel = state.channel(call.tx, workspace, channel_id)
    return Reply(wire.presigned_upload(media.prepare(call.tx, workspace, channel["id"], body["contentType"]), call.home_url))


def upload_media(call: Call, body: dict[str, Any]) -> Reply:
    """Fill a place with its file."""
    file = body["file"]
    filled = media.admit(call.tx, body, file.size)
    files.remember(call.tx, filled["id"], file.path)
    call.uploads.keep(file, filled["id"])
    return Reply()


def download_media(call: Call, media_id: str) -> FileReply:
    """The file of a place."""
    found = media.stored(call.tx, media_id)
    path = call.uploads.path(found["id"])
    files.lay_out(call.tx, found["id"], path)
    return FileReply(path, found["contentType"])


def list_contacts(call: Call, workspace_id: str, limit: int, page_token: str | None) -> Reply:
    """A page of contacts."""
    found = contacts.contacts(call.tx, _workspace(call, workspace_id), Paging(limit, page_token))
    return Reply(wire.listed(found, wire.contact))


def create_contact(call: Call, workspace_id: str, body: dict[str, Any]) -> Reply:
    """Make a contact."""
    return Reply(wire.contact(contacts.create(call.tx, _workspace(call, workspace_id), body)))


def get_contact(call: Call, workspace_id: str, contact_id: str) -> Reply:
    """One contact."""
    return Reply(wire.contact(contacts.contact(call.tx, _workspace(call, workspace_id), contact_id)))


def list_channels(call: Call, workspace_id: str, limit: int, page_token: str | None) -> Reply:
    """A page of channels."""
    return Reply(wire.listed(state.channels(call.tx, _workspace(call, workspace_id), Paging(limit, page_token))))


def get_channel(call: Call, workspace_id: str, channel_id: str) -> Reply:
    """One channel."""
    return Reply(wire.same(state.channel(call.tx, _workspace(call, workspace_id), channel_id)))


def list_connectors(call: Call, workspace_id: str, limit: int, page_token: str | None) -> Reply:
    """A page of connectors."""
    return Reply(wire.listed(state.connectors(call.tx, _workspace(call, workspace_id), Paging(limit, page_token))))


def get_connector(call: Call, workspace_id: str, connector_id: str) -> Reply:
    """One connector."""
    return Reply(wire.same(state.connector(call.tx, _workspace(call, workspace_id), connector_id)))


def list_projects(call: Call, workspace_id: str, limit: int, page_token: str | None) -> Reply:
    """A page of projects."""
    return Reply(wire.listed(state.projects(call.tx, _workspace(call, workspace_id), Paging(limit, page_token))))


def get_project(call: Call, workspace_id: str, project_id: str) -> Reply:
    """One project."""
    return Reply(wire.same(state.project(call.tx, _workspace(call, workspace_id), project_id)))


def list_channel_templates(call: Call, workspace_id: str, project_id: str, limit: int, page_token: str | None) -> Reply:
    """A page of a project's templates."""
    workspace = _workspace(call, workspace_id)
    return Reply(wire.listed(state.channel_templates(call.tx, workspace, project_id, Paging(limit, page_token))))


def get_channel_template(call: Call, workspace_id: str, project_id: str, template_id: str) -> Reply:
    """One template."""
    return Reply(wire.same(state.channel_template(call.tx, _workspace(call, workspace_id), project_id, template_id)))


def list_available_webhooks(call: Call, workspace_id: str) -> Reply:
    """The events that can be subscribed to."""
    _workspace(call, workspace_id)
    return Reply(wire.available_webhooks(subscriptions.EVENTS))


def list_workspaces(call: Call, organization_id: str, limit: int, page_token: str | None) -> Reply:
    """A page of the organization's workspaces."""
    organization = state.organization(call.tx, call.actor.organization_id, organization_id)
    return Reply(wire.listed(state.workspaces(call.tx, organization, Paging(limit, page_token))))


def get_workspace(call: Call, organization_id: str, workspace_id: str) -> Reply:
    """One workspace of the organization."""
    organization = state.organization(call.tx, call.actor.organization_id, organization_id)
    return Reply(wire.same(state.workspace(call.tx, organization, workspace_id)))


def create_webhook_subscription(call: Call, organization_id: str, workspace_id: str, body: dict[str, Any]) -> Reply:
    """Follow an event."""
    organization, workspace = _place(call, organization_id, workspace_id)
    return Reply(wire.subscription(subscriptions.create(call.tx, organization, workspace, body)))


def list_webhook_subscriptions(call: Call, organization_id: str, workspace_id: str, limit: int, page_token: str | None) -> Reply:
    """A page of subscriptions."""
    _, workspace = _place(call, organization_id, workspace_id)
    found = subscriptions.subscriptions(call.tx, workspace, Paging(limit, page_token))
    return Reply(wire.listed(found, wire.subscription))


def get_webhook_subscription(call: Call, organization_id: str, workspace_id: str, subscription_id: str) -> Reply:
    """One subscription."""
    _, workspace = _place(call, organization_id, workspace_id)
    return Reply(wire.subscription(subscriptions.subscription(call.tx, workspace, subscription_id)))


def delete_webhook_subscription(call: Call, organization_id: str, workspace_id: str, subscription_id: str) -> Reply:
    """End a subscription."""
    _, workspace = _place(call, organization_id, workspace_id)
    subscriptions.delete(call.tx, workspace, subscription_id)
    return Reply()
