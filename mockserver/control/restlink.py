"""What an administrator of restlink does, and what recipients do."""

from __future__ import annotations

from typing import Any

from mockserver.control.deeds import Deeds
from mockserver.exchange import Call, Reply


class RestlinkDeeds(Deeds):
    """Workspaces made and deleted, links followed."""

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

    def record_restlink_event(self, call: Call, message_id: str, body: dict[str, str]) -> Reply:
        """Let a recipient see or follow a link, or do what was hoped for."""
        links, tx = self._room(call, "restlink", "links")
        visit = {name: value for name, value in body.items() if name != "event"}
        return Reply(links.record(tx, message_id, body["event"], visit))
