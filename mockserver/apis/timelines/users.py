"""Users: the people of a workspace, oldest first."""

from __future__ import annotations

from mockserver.apis.timelines.moments import second
from mockserver.apis.timelines.state import Entity
from mockserver.engine.refusals import Refusal
from mockserver.engine.sandbox import Transaction

ACTIVE, SUSPENDED = "active", "suspended"
OWNER, AGENT = "owner", "agent"


class UserUnknown(Refusal):
    """The workspace has no such user."""


def users(tx: Transaction, workspace: Entity, status: str | None = None) -> list[Entity]:
    """All users, or those of one status."""
    return [record.body for record in tx.find("user", workspace["workspace_id"], {"status": status} if status else {})]


def user(tx: Transaction, workspace: Entity, user_id: int) -> Entity:
    """One user of the workspace."""
    found = tx.get("user", workspace["workspace_id"], user_id)
    if found is None:
        raise UserUnknown
    return found


def owner(tx: Transaction, workspace: Entity) -> Entity:
    """The one user who is never suspended."""
    return next(each for each in users(tx, workspace) if each["role"] == OWNER)


def add(tx: Transaction, workspace: Entity, role: str = AGENT) -> Entity:
    """A new user with an address that takes no mail; whoever calls has made sure of a seat."""
    id = tx.increment("user id")
    added = {
        "user_id": id,
        "display_name": f"User {id}",
        "email": f"{id}-{workspace['workspace_id']}@partners.timelines.ai",
        "status": ACTIVE,
        "created_at": second(tx.now),
        "role": role,
    }
    keep(tx, workspace, added)
    return added


def keep(tx: Transaction, workspace: Entity, changed: Entity) -> None:
    """Store a user, new or changed."""
    tx.put("user", workspace["workspace_id"], changed["user_id"], changed, {"status": changed["status"]})
