"""What an administrator of restlink does."""

from __future__ import annotations

from typing import Any

from mockserver.control.deeds import Deeds
from mockserver.exchange import Call, Reply


class RestlinkDeeds(Deeds):
    """Workspaces made and deleted."""

    def create_restlink_workspace(self, call: Call, account_id: int, body: dict[str, Any]) -> Reply:
        """Give an account one more workspace."""
        state, tx = self._room(call, "restlink")
        choices = {"is_main": body.get("is_main", False), "color": body.get("color")}
        return Reply(state.create_workspace(tx, account_id, body["name"], body["product_id"], **choices))

    def delete_restlink_workspace(self, call: Call, account_id: int, workspace_id: int) -> Reply:
        """Take a workspace out of reach."""
        state, tx = self._room(call, "restlink")
        state.delete_workspace(tx, account_id, workspace_id)
        return Reply()
