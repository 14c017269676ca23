"""API keys: made, listed and revoked; the secret alone lets a program in."""

from __future__ import annotations

from mockserver.apis.tofrom import lists, state
from mockserver.apis.tofrom.lists import Entity, Page, Slice
from mockserver.engine.clock import rfc3339
from mockserver.engine.refusals import Refusal
from mockserver.engine.sandbox import Transaction


class ApiKeyUnknown(Refusal):
    """The workspace has no such key in force."""


def page(tx: Transaction, workspace_id: str, wanted: Slice) -> Page:
    """The keys in force, oldest first."""
    return lists.page(tx, "api key", workspace_id, wanted)


def make(tx: Transaction, workspace_id: str, user_id: str, name: str) -> Entity:
    """A key that works at once."""
    made = {
        "id": state.new_id(tx, "key"),
        "name": name,
        "key": tx.mint("tf_live_", 32),
        "created_by": user_id,
        "created_at": rfc3339(tx.now),
    }
    store(tx, workspace_id, made)
    return made


def revoke(tx: Transaction, workspace_id: str, key_id: str) -> Entity:
    """The key as it was; from now on it opens nothing."""
    found = tx.get("api key", workspace_id, key_id)
    if found is None:
        raise ApiKeyUnknown
    tx.delete("api key", workspace_id, key_id)
    tx.delete("secret", "", found["key"])
    remember(tx, workspace_id, {**found, "revoked_at": rfc3339(tx.now)})
    return found


def store(tx: Transaction, workspace_id: str, key: Entity) -> None:
    """Put a key in force."""
    tx.put("api key", workspace_id, key["id"], key)
    tx.put("secret", "", key["key"], {"workspace_id": workspace_id, "api_key_id": key["id"]})


def remember(tx: Transaction, workspace_id: str, key: Entity) -> None:
    """Keep what is known of a key that was revoked."""
    tx.put("revoked key", workspace_id, key["id"], key)
