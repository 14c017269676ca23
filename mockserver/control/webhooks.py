"""Webhooks: what left by itself, waited for, sent once more, disturbed."""

from __future__ import annotations

import asyncio
import contextlib
from functools import partial
from typing import Any

import orjson

from mockserver.control.deeds import Deeds
from mockserver.engine import disturbances, outbox
from mockserver.exchange import Call, LaterReply, Reply
from mockserver.playground import Playground

_SHOWN = ("id", "api", "event", "owner", "url", "status", "queued_at", "attempts")
_CONDITIONS = ("api", "event", "owner", "url", "status")
#: A reply to a wait shows no more deliveries than this.
_MOST = 1000
#: In seconds: one look for all that comes in so short a time, since a look at thousands costs more than sending one.
_BREATH = 0.02


def _delivery(delivery: outbox.Delivery) -> dict[str, Any]:
    return {**{name: delivery[name] for name in _SHOWN}, "body": orjson.loads(delivery["body"])}


class WebhookDeeds(Deeds):
    """The outbox of the sandbox."""

    def list_deliveries(
        self,
        call: Call,
        *,
        api: str | None,
        event: str | None,
        owner: str | None,
        url: str | None,
        status: str | None,
        limit: int,
        offset: int,
    ) -> Reply:
        """List what was queued."""
        given = {"api": api, "event": event, "owner": owner, "url": url, "status": status}
        where = {name: value for name, value in given.items() if value is not None}
        found, total = outbox.page(call.tx, where, limit, offset)
        return Reply({"total": total, "deliveries": [_delivery(delivery) for delivery in found]})

    def get_delivery(self, call: Call, *, delivery_id: int) -> Reply:
        """Read one."""
        return Reply(_delivery(outbox.read(call.tx, delivery_id)))

    def redeliver(self, call: Call, *, delivery_id: int) -> Reply:
        """Queue one again."""
        return Reply(_delivery(outbox.redeliver(call.tx, delivery_id)))

    def wait_for_deliveries(self, call: Call, body: dict[str, Any]) -> LaterReply:
        """Answer when so many are there."""
        wish = {"status": outbox.DELIVERED, "count": 1, "timeout": 5, **body}
        where = {name: wish[name] for name in _CONDITIONS if name in wish}
        return LaterReply(partial(_wait, self._here(call), where, wish["count"], wish["timeout"]))

    def get_disturbances(self, call: Call) -> Reply:
        """The rules in force."""
        return Reply({"rules": disturbances.all_rules(call.tx.within("outbox"))})

    def set_disturbances(self, call: Call, body: dict[str, Any]) -> Reply:
        """Other rules."""
        rules = [{"seconds": 60, **rule} for rule in body["rules"]]
        disturbances.replace_all(call.tx.within("outbox"), rules)
        return Reply({"rules": rules})


async def _wait(here: Playground, where: dict[str, str], count: int, timeout: float) -> Reply:
    stirred = asyncio.Event()
    end = here.sandbox.watch(stirred.set)
    try:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout):
                while _count(here, where) < count and not here.leaving:
                    stirred.clear()
                    await stirred.wait()
                    await asyncio.sleep(_BREATH)
    finally:
        end()
    with here.sandbox.transaction("control") as tx:
        found, total = outbox.page(tx, where, _MOST)
    return Reply({"met": total >= count, "total": total, "deliveries": [_delivery(delivery) for delivery in found]})


def _count(here: Playground, where: dict[str, str]) -> int:
    with here.sandbox.transaction("control") as tx:
        return outbox.page(tx, where, 0)[1]
