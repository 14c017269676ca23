"""State: organizations, workspaces and what stands in them: channels, connectors, projects and their templates."""

from __future__ import annotations

from mockserver.apis.bird.lists import Entity, Page, Paging, page
from mockserver.apis.bird.moments import sortable
from mockserver.engine.refusals import Refusal
from mockserver.engine.sandbox import Transaction


class OrganizationUnknown(Refusal):
    """The organization does not exist, or is not the caller's."""


class WorkspaceUnknown(Refusal):
    """The workspace does not exist, or is not the caller's."""


class ChannelUnknown(Refusal):
    """The workspace has no such channel."""


class ChannelInactive(Refusal):
    """The channel is switched off."""


class ConnectorUnknown(Refusal):
    """The workspace has no such connector."""


class ProjectUnknown(Refusal):
    """The workspace has no such project."""


class ChannelTemplateUnknown(Refusal):
    """The project has no such template."""


def _existing(tx: Transaction, kind: str, owner: str, id: str, unknown: type[Refusal]) -> Entity:
    # UUIDs are compared whatever their case (RFC 9562, section 4).
    found = tx.get(kind, owner.lower(), id.lower())
    if found is None:
        raise unknown
    return found


def organization(tx: Transaction, actors_id: str, organization_id: str) -> str:
    """The organization's id, if it is the caller's own."""
    if organization_id.lower() != actors_id:
        raise OrganizationUnknown
    return actors_id


def workspace(tx: Transaction, organization_id: str, workspace_id: str) -> Entity:
    """A workspace of the caller's organization."""
    return _existing(tx, "workspace", organization_id, workspace_id, WorkspaceUnknown)


def workspaces(tx: Transaction, organization_id: str, paging: Paging) -> Page:
    """The organization's workspaces."""
    return page(tx, "workspace", organization_id, paging)


def channel(tx: Transaction, workspace_id: str, channel_id: str) -> Entity:
    """A channel of the workspace."""
    return _existing(tx, "channel", workspace_id, channel_id, ChannelUnknown)


def active_channel(tx: Transaction, workspace_id: str, channel_id: str) -> Entity:
    """The same, if it is switched on. ChannelInactive."""
    found = channel(tx, workspace_id, channel_id)
    if found["status"] != "active":
        raise ChannelInactive
    return found


def channels(tx: Transaction, workspace_id: str, paging: Paging) -> Page:
    """The workspace's channels."""
    return page(tx, "channel", workspace_id, paging)


def set_channel_status(tx: Transaction, workspace_id: str, channel_id: str, status: str) -> Entity:
    """Switch a channel to ``active`` or ``inactive``; gives the channel as it is then."""
    changed = {**channel(tx, workspace_id, channel_id), "status": status, "updatedAt": sortable(tx.now)}
    tx.put("channel", changed["workspaceId"], changed["id"], changed)
    return changed


def connector(tx: Transaction, workspace_id: str, connector_id: str) -> Entity:
    """A connector of the workspace."""
    return _existing(tx, "connector", workspace_id, connector_id, ConnectorUnknown)


def connectors(tx: Transaction, workspace_id: str, paging: Paging) -> Page:
    """The workspace's connectors."""
    return page(tx, "connector", workspace_id, paging)


def project(tx: Transaction, workspace_id: str, project_id: str) -> Entity:
    """A project of the workspace."""
    return _existing(tx, "project", workspace_id, project_id, ProjectUnknown)


def projects(tx: Transaction, workspace_id: str, paging: Paging) -> Page:
    """The workspace's projects."""
    return page(tx, "project", workspace_id, paging)


def channel_template(tx: Transaction, workspace_id: str, project_id: str, template_id: str) -> Entity:
    """A template of a project of the workspace."""
    found = project(tx, workspace_id, project_id)
    return _existing(tx, "channel template", found["id"], template_id, ChannelTemplateUnknown)


def channel_templates(tx: Transaction, workspace_id: str, project_id: str, paging: Paging) -> Page:
    """The templates of a project of the workspace."""
    return page(tx, "channel template", project(tx, workspace_id, project_id)["id"], paging)
