"""Workspaces: made, renamed, resized and looked at as a whole."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mockserver.apis.timelines import connections, quotas, seats, users
from mockserver.apis.timelines.moments import second
from mockserver.apis.timelines.state import Entity, keep, named, plan
from mockserver.engine.refusals import Refusal
from mockserver.engine.sandbox import Transaction


class WorkspaceNameTaken(Refusal):
    """The partner has a workspace of this name."""


class WorkspaceRenameRefused(Refusal):
    """The partner has another workspace of this name."""


@dataclass(frozen=True, slots=True)
class Overview:
    """A workspace with all that is in it now. ``seats`` and the quotas are those of the current period."""

    workspace: Entity
    seats: Entity
    messages_quota: Entity
    api_calls_quota: Entity
    users: list[Entity]
    accounts: list[Entity]
    links: list[Entity]


@dataclass(frozen=True, slots=True)
class Summary:
    """A workspace and who holds its seats. ``suspended``: user ids, each with the account that the user connected last."""

    workspace: Entity
    plan_id: int
    free_seats: int
    owner_id: int
    suspended: list[tuple[int, Entity | None]]


def create(tx: Transaction, partner_id: str, display_name: str, seats_purchased: int) -> Entity:
    """A workspace on the partner's plan, with an owner in its first seat."""
    if named(tx, partner_id, display_name):
        raise WorkspaceNameTaken
    terms = plan(tx, partner_id)
    workspace = {
        "workspace_id": f"ws_{tx.chance.hex(16)}",
        "partner_id": partner_id,
        "display_name": display_name,
        "group_id": tx.increment("group id"),
        "created_at": second(tx.now),
        "updated_at": second(tx.now),
        "seats": quotas.opening(seats_purchased, tx.now, quotas.SEATS_PERIOD),
        "messages_quota": quotas.opening(terms["messages"], tx.now, quotas.MESSAGES_PERIOD),
        "api_calls_quota": quotas.opening(terms["api_calls"], tx.now, quotas.MESSAGES_PERIOD),
        "non_recurring_quota": {"remaining_balance": 0, "last_updated_at": second(tx.now)},
        "api_token": None,
    }
    keep(tx, workspace)
    users.add(tx, workspace, users.OWNER)
    seats.tell_if_full(tx, workspace)
    return workspace


def update(tx: Transaction, workspace: Entity, display_name: str | None, seats_purchased: int | None) -> Entity:
    """The workspace under another name, with more or fewer seats; None leaves either as it is."""
    changes: dict[str, Any] = {}
    if display_name is not None:
        other = named(tx, workspace["partner_id"], display_name)
        if other and other["workspace_id"] != workspace["workspace_id"]:
            raise WorkspaceRenameRefused
        changes["display_name"] = display_name
    if seats_purchased is not None:
        changes["seats"] = {**workspace["seats"], "total": seats_purchased}
    changed = {**workspace, **changes}
    if changed != workspace:
        changed["updated_at"] = second(tx.now)
        keep(tx, changed)
        if changed["seats"] != workspace["seats"]:
            seats.settle(tx, changed)
    return changed


def overview(tx: Transaction, workspace: Entity) -> Overview:
    """All of a workspace."""
    return Overview(
        workspace,
        {**quotas.current(workspace["seats"], tx.now), "used": seats.used(tx, workspace)},
        quotas.current(workspace["messages_quota"], tx.now),
        quotas.current(workspace["api_calls_quota"], tx.now),
        users.users(tx, workspace),
        connections.accounts(tx, workspace),
        connections.live_links(tx, workspace),
    )


def summary(tx: Transaction, workspace: Entity) -> Summary:
    """What creating and changing a workspace tell."""
    lost = [each["user_id"] for each in users.users(tx, workspace, users.SUSPENDED)]
    return Summary(
        workspace,
        plan(tx, workspace["partner_id"])["plan_id"],
        seats.free(tx, workspace),
        users.owner(tx, workspace)["user_id"],
        [(user_id, connections.last_account(tx, workspace, user_id)) for user_id in lost],
    )
