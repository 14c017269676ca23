"""The state of accounts and workspaces: who owns what, which workspace a request is about, what is left to spend."""

from __future__ import annotations

from typing import Any

from mockserver.engine.clock import rfc3339
from mockserver.engine.refusals import Refusal
from mockserver.engine.sandbox import Transaction

Entity = dict[str, Any]


class WorkspaceNotOwned(Refusal):
    """The workspace is another account's, or deleted, or never existed: nobody is told which."""


class MainWorkspaceMissing(Refusal):
    """No workspace was named, and the account has no live main one."""


class InsufficientBalance(Refusal):
    """The account cannot pay for the whole request."""


class AccountUnknown(Refusal):
    """An administrator named an account that does not exist."""


class WorkspaceUnknown(Refusal):
    """An administrator named a workspace that the account does not have (any more)."""


def account(tx: Transaction, account_id: int) -> Entity | None:
    """The account with its person and its money."""
    return tx.get("account", account_id, account_id)


def all_workspaces(tx: Transaction, account_id: int) -> list[Entity]:
    """The account's workspaces, those that were deleted included, by id."""
    return [record.body for record in tx.find("workspace", account_id)]


def live_workspaces(tx: Transaction, account_id: int) -> list[Entity]:
    """The account's workspaces that were not deleted, by id."""
    return [record.body for record in tx.find("workspace", account_id, {"live": 1})]


def live_workspace(tx: Transaction, account_id: int, workspace_id: int | str) -> Entity | None:
    """One of them."""
    found = tx.get("workspace", account_id, workspace_id)
    return found if found and "deleted_at" not in found else None


def is_live(tx: Transaction, workspace_id: int) -> bool:
    """Whether the workspace, whoever owns it, exists and was not deleted."""
    return tx.get("live workspace", "", workspace_id) is not None


def anybodys_workspaces(tx: Transaction) -> list[int]:
    """All live workspaces of the world: for the administrator, who knows messages and no workspaces."""
    return [int(record.id) for record in tx.find("live workspace", "")]


def choose_workspace(tx: Transaction, account_id: int, wanted: str | None) -> int:
    """The workspace that a person's request is about: the one it names, or else the main one."""
    if wanted is not None:
        found = live_workspace(tx, account_id, wanted)
        if found is None:
            raise WorkspaceNotOwned
        return int(found["id"])
    for record in tx.find("workspace", account_id, {"live": 1, "main": 1}, limit=1):
        return int(record.body["id"])
    raise MainWorkspaceMissing


def charge(tx: Transaction, payer: Entity, cost: int) -> None:
    """Take ``cost`` from the account; whoever calls has made sure that it is there."""
    if cost:
        changed = {**payer, "balance": payer["balance"] - cost, "balance_updated_at": rfc3339(tx.now)}
        tx.put("account", payer["id"], payer["id"], changed)


def store_workspace(tx: Transaction, workspace: Entity) -> None:
    """Keep a workspace under its account. It has a ``color`` or not, and ``deleted_at`` once it is deleted."""
    facets = {"live": int("deleted_at" not in workspace), "main": int(workspace["is_main"])}
    tx.put("workspace", workspace["account_id"], workspace["id"], workspace, facets)
    if facets["live"]:
        tx.put("live workspace", "", workspace["id"], {"account_id": workspace["account_id"]})
    else:
        tx.delete("live workspace", "", workspace["id"])


def create_workspace(
    tx: Transaction, account_id: int, name: str, product_id: int, *, is_main: bool = False, color: str | None = None
) -> Entity:
    """What an administrator does: a new workspace with an id that none ever had. A new main one takes the place of the old."""
    if account(tx, account_id) is None:
        raise AccountUnknown
    if is_main:
        for old in live_workspaces(tx, account_id):
            store_workspace(tx, {**old, "is_main": False})
    created = {
        "id": tx.increment("workspace id"),
        "name": name,
        "is_main": is_main,
        "account_id": account_id,
        "product_id": product_id,
        **({"color": color} if color else {}),
    }
    store_workspace(tx, created)
    return created


def delete_workspace(tx: Transaction, account_id: int, workspace_id: int) -> Entity:
    """What an administrator does: the workspace leaves every list and is out of reach at once; its messages stay unseen."""
    found = live_workspace(tx, account_id, workspace_id)
    if found is None:
        raise WorkspaceUnknown
    deleted = {**found, "deleted_at": rfc3339(tx.now)}
    store_workspace(tx, deleted)
    return deleted
