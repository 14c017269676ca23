"""Members: the people of a workspace and those who are invited to it."""

from __future__ import annotations

from mockserver.apis.tofrom import lists, state
from mockserver.apis.tofrom.lists import Entity, Page, Slice
from mockserver.engine.clock import rfc3339
from mockserver.engine.refusals import Refusal
from mockserver.engine.sandbox import Transaction


class MemberExists(Refusal):
    """The address is a member's or was invited before."""


def page(tx: Transaction, workspace_id: str, wanted: Slice) -> Page:
    """Members and open invitations in the order in which they were added, each with the person's name."""
    return lists.page(tx, "member", workspace_id, wanted).shown(lambda member: _with_name(tx, member))


def invite(tx: Transaction, workspace_id: str, email: str, role: str) -> Entity:
    """An open invitation, whether the address has an account or not."""
    if tx.count("member", workspace_id, {"email": email.lower()}):
        raise MemberExists
    invited = {"id": state.new_id(tx, "mem"), "user_id": None, "email": email, "role": role, "created_at": rfc3339(tx.now)}
    state.store_member(tx, workspace_id, invited)
    return _with_name(tx, invited)


def accept_invitations(tx: Transaction, user: Entity) -> None:
    """Let the user into every workspace that waits for the address."""
    for invitation in tx.find("invitation", user["email"].lower()):
        member = tx.get("member", invitation.id, invitation.body["member_id"])
        assert member is not None, "an invitation has its member"
        state.store_member(tx, invitation.id, {**member, "user_id": user["id"]})


def _with_name(tx: Transaction, member: Entity) -> Entity:
    user = tx.get("user", member["user_id"], member["user_id"]) if member["user_id"] else None
    return {**member, "name": user["name"] if user else None}
