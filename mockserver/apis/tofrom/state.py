"""The state of workspaces: who is in which, in what role, and what that admits."""

from __future__ import annotations

import string

from mockserver.apis.tofrom import lists
from mockserver.apis.tofrom.lists import Entity, Page, Slice
from mockserver.engine.clock import rfc3339
from mockserver.engine.refusals import Refusal
from mockserver.engine.sandbox import Transaction

MANAGERS = ("owner", "admin")
_ID_ALPHABET = string.ascii_lowercase + string.digits


class WorkspaceUnknown(Refusal):
    """The user is in no such workspace, whoever else may be; or nobody is."""


class RoleInsufficient(Refusal):
    """The user may read the workspace, not change it."""


def new_id(tx: Transaction, kind: str) -> str:
    """``ws_8k2mx0q4tz7b``: the kind and twelve letters and digits."""
    return f"{kind}_{tx.chance.token(12, _ID_ALPHABET)}"


def membership(tx: Transaction, user_id: str, workspace_id: str) -> Entity:
    """The user as a member of the workspace."""
    found = tx.get("membership", user_id, workspace_id)
    if found is None:
        raise WorkspaceUnknown
    member = tx.get("member", workspace_id, found["member_id"])
    assert member is not None, "a membership has its member"
    return member


def management(tx: Transaction, user_id: str, workspace_id: str) -> Entity:
    """The user as a member who may change the workspace."""
    member = membership(tx, user_id, workspace_id)
    if member["role"] not in MANAGERS:
        raise RoleInsufficient
    return member


def workspace(tx: Transaction, user_id: str, workspace_id: str) -> Entity:
    """A workspace as this member sees it."""
    return _seen_by(tx, membership(tx, user_id, workspace_id), _workspace(tx, workspace_id))


def anybodys_workspace(tx: Transaction, workspace_id: str) -> Entity:
    """A workspace, whoever is in it. WorkspaceUnknown."""
    found = tx.get("workspace", "", workspace_id)
    if found is None:
        raise WorkspaceUnknown
    return found


def workspaces(tx: Transaction, user_id: str, wanted: Slice) -> Page:
    """The user's workspaces, oldest first; when the user joined them does not matter."""
    joined = [_workspace(tx, record.id) for record in tx.find("membership", user_id)]
    page = lists.cut(sorted(joined, key=lambda found: (found["created_at"], _place(tx, found))), wanted)
    return page.shown(lambda found: _seen_by(tx, membership(tx, user_id, found["id"]), found))


def create_workspace(tx: Transaction, user_id: str, name: str) -> Entity:
    """A new workspace with the user as its owner and nothing else in it."""
    created = {"id": new_id(tx, "ws"), "name": name, "created_at": rfc3339(tx.now)}
    store_workspace(tx, created)
    user = tx.get("user", user_id, user_id)
    assert user is not None, "an authenticated caller has an account"
    owner = {"id": new_id(tx, "mem"), "user_id": user_id, "email": user["email"], "role": "owner"}
    store_member(tx, created["id"], {**owner, "created_at": created["created_at"]})
    return workspace(tx, user_id, created["id"])


def store_workspace(tx: Transaction, found: Entity) -> None:
    """Keep a workspace."""
    # Not below its people: only a membership leads to it.
    tx.put("workspace", "", found["id"], found)


def store_member(tx: Transaction, workspace_id: str, member: Entity) -> None:
    """Keep a member. With a ``user_id`` it is that user's membership, without one an invitation that waits for its address."""
    email = member["email"].lower()
    tx.put("member", workspace_id, member["id"], member, {"email": email})
    if member["user_id"] is None:
        tx.put("invitation", email, workspace_id, {"member_id": member["id"]})
    else:
        tx.delete("invitation", email, workspace_id)
        tx.put("membership", member["user_id"], workspace_id, {"member_id": member["id"]})


def _workspace(tx: Transaction, workspace_id: str) -> Entity:
    found = tx.get("workspace", "", workspace_id)
    assert found is not None, "a membership has its workspace"
    return found


def _place(tx: Transaction, found: Entity) -> int:
    return tx.place("workspace", "", found["id"]) or 0


def _seen_by(tx: Transaction, member: Entity, found: Entity) -> Entity:
    configured = tx.get("provider", found["id"], "provider") is not None
    return {**found, "role": member["role"], "provider_configured": configured}
