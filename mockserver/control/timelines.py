"""What the people of a timelines workspace do outside of the Partner API."""

from __future__ import annotations

from typing import Any

from mockserver.control.deeds import Deeds
from mockserver.engine.aliases import alias
from mockserver.exchange import Call, Reply


class TimelinesDeeds(Deeds):
    """Usage, connections, and where the webhooks go."""

    def record_timelines_usage(self, call: Call, workspace_id: str, body: dict[str, int]) -> Reply:
        """Use up quotas and balance."""
        quotas, tx = self._room(call, "timelines", "quotas")
        amounts = {name: int(amount) for name, amount in body.items()}
        after = quotas.record_usage(tx, self._timelines_workspace(call, workspace_id), **amounts)
        figures = ("workspace_id", "messages_quota", "api_calls_quota", "non_recurring_quota")
        return Reply({name: after[name] for name in figures})

    def connect_timelines_whatsapp(self, call: Call, workspace_id: str, user_id: int, body: dict[str, Any]) -> Reply:
        """Scan a user's QR code."""
        connections, tx = self._room(call, "timelines", "connections")
        account = connections.connect(tx, self._timelines_workspace(call, workspace_id), user_id, body["phone_number"])
        shown = ("whatsapp_account_id", "user_id", "phone_number_e164", "connected_at")
        return Reply({name: account[name] for name in shown})

    def set_timelines_webhook(self, call: Call, partner_id: str, body: dict[str, Any]) -> Reply:
        """Name a partner's address."""
        webhooks, tx = self._room(call, "timelines", "webhooks")
        webhooks.set_address(tx, self._true_partner(call, partner_id), body["url"])
        return Reply({"partner_id": partner_id, "url": body["url"]})

    def _true_partner(self, call: Call, partner_id: str) -> str:
        """A partner by the id that the world has, or by the one that leads to the sandbox."""
        known = self._here(call).world.fixtures["timelines"].credentials
        return next((one for one in known if alias(one, call.tx.sandbox) == partner_id), partner_id)

    def _timelines_workspace(self, call: Call, workspace_id: str) -> Any:
        state, tx = self._room(call, "timelines")
        return state.anybodys_workspace(tx, workspace_id)
