"""The operations of specs/control.yaml."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Protocol

from mockserver import apis
from mockserver.data import MOUNTS
from mockserver.engine.clock import ClockOutOfRange, parse_rfc3339, rfc3339
from mockserver.engine.refusals import Refusal
from mockserver.engine.sandbox import Sandbox, Transaction
from mockserver.exchange import Call, Reply
from mockserver.settings import Settings


class ApiNotServed(Refusal):
    """The deed belongs to an API that is not part of this run."""


class Operated(Protocol):
    """What the control plane needs of the mock that it acts on."""

    @property
    def settings(self) -> Settings:
        """What the run was told."""

    @property
    def sandbox(self) -> Sandbox:
        """The state and the clock."""

    def reset(self, tx: Transaction) -> None:
        """Put the sandbox back into its opening state."""


def _instant(text: str) -> datetime:
    try:
        return parse_rfc3339(text)
    except (ValueError, OverflowError):
        # A valid RFC 3339 date-time that Python's calendar does not have: a leap second, the year 0.
        raise ClockOutOfRange from None


class ControlOperations:
    """One method for each operationId, acting on one mock."""

    def __init__(self, mock: Operated) -> None:
        self._mock = mock

    def _state(self, call: Call, api: str, noun: str = "state") -> tuple[Any, Transaction]:
        if api not in self._mock.settings.apis:
            raise ApiNotServed
        return apis.room(api, noun), call.tx.within(api)

    def ready(self, call: Call) -> Reply:
        """Name the world and what is served."""
        settings = self._mock.settings
        mounts = {api: MOUNTS[api] for api in settings.apis}
        drawn = call.tx.drawn - (call.tx.get("chance", "", "opening") or {"drawn": 0})["drawn"]
        return Reply({"status": "ready", "world": settings.world, "seed": settings.seed, "drawn": drawn, "apis": mounts})

    def live(self, call: Call) -> Reply:
        """Say that the process runs."""
        return Reply({"status": "live"})

    def reset(self, call: Call) -> Reply:
        """Load the world anew."""
        self._mock.reset(call.tx)
        return Reply()

    def get_clock(self, call: Call) -> Reply:
        """What time it is."""
        return self._told()

    def set_clock(self, call: Call, body: dict[str, str]) -> Reply:
        """Freeze the clock, set it, or let it run."""
        at = _instant(body["now"]) if "now" in body else None
        change = self._mock.sandbox.clock.freeze if body["mode"] == "frozen" else self._mock.sandbox.clock.run
        change(at)
        return self._told()

    def advance_clock(self, call: Call, body: dict[str, float]) -> Reply:
        """Let time pass."""
        self._mock.sandbox.clock.advance(timedelta(seconds=body["seconds"]))
        return self._told()

    def _told(self) -> Reply:
        clock = self._mock.sandbox.clock
        return Reply({"now": rfc3339(clock.now()), "mode": "frozen" if clock.is_frozen else "running"})

    def create_restlink_workspace(self, call: Call, account_id: int, body: dict[str, Any]) -> Reply:
        """Give an account one more workspace."""
        state, tx = self._state(call, "restlink")
        choices = {"is_main": body.get("is_main", False), "color": body.get("color")}
        return Reply(state.create_workspace(tx, account_id, body["name"], body["product_id"], **choices))

    def delete_restlink_workspace(self, call: Call, account_id: int, workspace_id: int) -> Reply:
        """Take a workspace out of reach."""
        state, tx = self._state(call, "restlink")
        state.delete_workspace(tx, account_id, workspace_id)
        return Reply()

    def set_bird_channel_status(self, call: Call, workspace_id: str, channel_id: str, body: dict[str, Any]) -> Reply:
        """Switch a channel on or off."""
        state, tx = self._state(call, "bird")
        channel = state.set_channel_status(tx, workspace_id, channel_id, body["status"])
        return Reply({"id": channel["id"], "status": channel["status"]})

    def record_timelines_usage(self, call: Call, workspace_id: str, body: dict[str, int]) -> Reply:
        """Use up quotas and balance."""
        quotas, tx = self._state(call, "timelines", "quotas")
        amounts = {name: int(amount) for name, amount in body.items()}
        after = quotas.record_usage(tx, self._timelines_workspace(call, workspace_id), **amounts)
        figures = ("workspace_id", "messages_quota", "api_calls_quota", "non_recurring_quota")
        return Reply({name: after[name] for name in figures})

    def connect_timelines_whatsapp(self, call: Call, workspace_id: str, user_id: int, body: dict[str, Any]) -> Reply:
        """Scan a user's QR code."""
        connections, tx = self._state(call, "timelines", "connections")
        account = connections.connect(tx, self._timelines_workspace(call, workspace_id), user_id, body["phone_number"])
        shown = ("whatsapp_account_id", "user_id", "phone_number_e164", "connected_at")
        return Reply({name: account[name] for name in shown})

    def _timelines_workspace(self, call: Call, workspace_id: str) -> Any:
        state, tx = self._state(call, "timelines")
        return state.anybodys_workspace(tx, workspace_id)
