"""Tokens: the one with which a workspace's own Public API is called."""

from __future__ import annotations

from mockserver.apis.timelines import webhooks
from mockserver.apis.timelines.moments import second
from mockserver.apis.timelines.state import Entity, keep
from mockserver.engine.sandbox import Transaction


def token(tx: Transaction, workspace: Entity) -> Entity:
    """The workspace's token, made now if there was none."""
    found: Entity | None = workspace["api_token"]
    return found or _replace(tx, workspace, rotated_at=None)


def rotate(tx: Transaction, workspace: Entity) -> Entity:
    """A new token; the one before is dead."""
    made = _replace(tx, workspace, rotated_at=second(tx.now))
    webhooks.tell(tx, workspace, "api_token:rotated", {"rotated_at": made["rotated_at"]})
    return made


def _replace(tx: Transaction, workspace: Entity, rotated_at: str | None) -> Entity:
    made = {"token": f"tla_{tx.chance.hex(32)}", "rotated_at": rotated_at}
    keep(tx, {**workspace, "api_token": made})
    return made
