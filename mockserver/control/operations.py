"""The operations of specs/control.yaml."""

from __future__ import annotations

from functools import partial

from mockserver.control.bird import BirdDeeds
from mockserver.control.clock import ClockDeeds, instant
from mockserver.control.faults import FaultDeeds
from mockserver.control.journal import JournalDeeds
from mockserver.control.messages import MessageDeeds
from mockserver.control.restlink import RestlinkDeeds
from mockserver.control.sandboxes import SandboxDeeds
from mockserver.control.timelines import TimelinesDeeds
from mockserver.control.tofrom import TofromDeeds
from mockserver.control.webhooks import WebhookDeeds
from mockserver.control.xpressbot import XpressbotDeeds
from mockserver.data import MOUNTS
from mockserver.engine.faults.words import all_armed
from mockserver.exchange import Call, LaterReply, Reply
from mockserver.playground import Playground


class ControlOperations(
    JournalDeeds,
    SandboxDeeds,
    ClockDeeds,
    MessageDeeds,
    WebhookDeeds,
    FaultDeeds,
    RestlinkDeeds,
    BirdDeeds,
    TimelinesDeeds,
    TofromDeeds,
    XpressbotDeeds,
):
    """One method for each operationId, acting on one mock."""

    def ready(self, call: Call) -> Reply:
        """Name the world and what is served."""
        settings, here = self._mock.settings, self._here(call)
        mounts = {api: MOUNTS[api] for api in settings.apis}
        drawn = call.tx.drawn - (call.tx.get("chance", "", "opening") or {"drawn": 0})["drawn"]
        told = {"status": "ready", "world": here.world.name, "seed": here.sandbox.seed, "drawn": drawn, "apis": mounts}
        armed = all_armed(call.tx)
        return Reply({**told, "faults": len(armed), "armed": armed} if armed else told)

    def live(self, call: Call) -> Reply:
        """Say that the process runs."""
        return Reply({"status": "live"})

    def reset(self, call: Call, *, body: dict[str, str] | None) -> LaterReply:
        """Load the world anew."""
        self._mock.sandboxes.reset(call.tx, instant(body["now"]) if body and "now" in body else None)
        return LaterReply(partial(self._let_go, self._here(call)))

    async def _let_go(self, here: Playground) -> Reply:
        await self._mock.sandboxes.let_go(here)
        return Reply()
