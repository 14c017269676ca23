"""Live: who watches a workspace hears of its messages as they come and change."""

from __future__ import annotations

from mockserver.apis.tofrom.lists import Entity
from mockserver.engine.sandbox import Transaction


def announce(tx: Transaction, workspace_id: str, event: str, message: Entity) -> None:
    """Wake whoever waits for news, once this is committed."""
    tx.stir()
