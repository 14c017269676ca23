"""Provider: whose credentials carry a workspace's messages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mockserver.apis.tofrom.lists import Entity
from mockserver.engine.clock import rfc3339
from mockserver.engine.sandbox import Transaction

_CREDENTIALS = ("provider", "account_sid", "auth_token")


def settings(tx: Transaction, workspace_id: str) -> Entity | None:
    """The credentials in full, None while there are none."""
    return tx.get("provider", workspace_id, "provider")


def configure(tx: Transaction, workspace_id: str, credentials: Mapping[str, Any]) -> Entity:
    """Store credentials in place of any earlier ones."""
    settled = {**{name: credentials[name] for name in _CREDENTIALS}, "updated_at": rfc3339(tx.now)}
    store(tx, workspace_id, settled)
    return settled


def store(tx: Transaction, workspace_id: str, settled: Entity) -> None:
    """Keep the settings of a workspace."""
    tx.put("provider", workspace_id, "provider", settled)
