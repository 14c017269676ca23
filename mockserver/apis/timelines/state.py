"""The state of workspaces: which partner has which, and under which name."""

from __future__ import annotations

from typing import Any

from mockserver.engine.refusals import Refusal
from mockserver.engine.sandbox import Transaction

Entity = dict[str, Any]


class WorkspaceUnknown(Refusal):
    """The workspace is another partner's or never existed: nobody is told which."""


class PartnerUnknown(Refusal):
    """The world has no such partner."""


def workspace(tx: Transaction, partner_id: str, workspace_id: str) -> Entity:
    """A workspace of this partner. What is in it is reached by this entity only."""
    found = tx.get("workspace", partner_id, workspace_id)
    if found is None:
        raise WorkspaceUnknown
    return found


def anybodys_workspace(tx: Transaction, workspace_id: str) -> Entity:
    """For the administrator, who knows workspaces and no partners."""
    for partner in tx.find("partner", ""):
        if found := tx.get("workspace", partner.id, workspace_id):
            return found
    raise WorkspaceUnknown


def named(tx: Transaction, partner_id: str, display_name: str) -> Entity | None:
    """The partner's workspace of this name, whatever its case."""
    return next((record.body for record in tx.find("workspace", partner_id, {"name": display_name.lower()}, limit=1)), None)


def keep(tx: Transaction, changed: Entity) -> None:
    """Store a workspace, new or changed."""
    facets = {"name": changed["display_name"].lower()}
    tx.put("workspace", changed["partner_id"], changed["workspace_id"], changed, facets)


def partner(tx: Transaction, partner_id: str) -> Entity:
    """Who resells workspaces."""
    found = tx.get("partner", "", partner_id)
    if found is None:
        raise PartnerUnknown
    return found


def plan(tx: Transaction, partner_id: str) -> Entity:
    """What the partner's workspaces have."""
    found = tx.get("plan", "", partner(tx, partner_id)["plan_id"])
    assert found is not None, "a partner has a plan"
    return found
