"""Ladders: the steps by which a message comes to its end, each after its own time, each in its own transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from mockserver.engine.clock import parse_rfc3339, rfc3339
from mockserver.engine.outcomes import NEVER, SLOW
from mockserver.engine.refusals import Refusal
from mockserver.engine.sandbox import Transaction

#: The kind of job that takes the next step.
STEP = "step"
#: How much longer each step takes on the way to the outcome ``slow``, where a world does not say.
_SLOWNESS = 20


class MessageNotUnderWay(Refusal):
    """No message of this id is on its way: it has come to its end, or never was."""


class Ladder:
    """One API's steps for each outcome, and what taking one does.

    ``rungs``: by outcome the names of the steps, in order; ``reach(tx, owner, id, rung, outcome)`` takes one. A world says by
    ``delays`` how many seconds lie before each step; ``slow`` among them is how much longer everything takes on the slow way.
    """

    def __init__(self, rungs: Mapping[str, Sequence[str]], reach: Callable[[Transaction, str, str, str, str], None]) -> None:
        self.rungs = rungs
        self._reach = reach

    def furnish(self, tx: Transaction, delays: Mapping[str, float]) -> None:
        """Keep a world's delays, in seconds."""
        tx.put("delays", "", "delays", delays)

    def delays(self, tx: Transaction) -> dict[str, float]:
        """The world's delays, in seconds."""
        return tx.get("delays", "", "delays") or {}

    def begin(self, tx: Transaction, owner: str | int, id: str, outcome: str, start: datetime | None = None) -> None:
        """Send a message on its way, now or from a later instant on."""
        self._go_on(tx, id, {"owner": str(owner), "outcome": outcome, "reached": []}, start or tx.now)

    def step(self, tx: Transaction, body: Mapping[str, Any]) -> None:
        """The job: take the next step, and plan the one after it."""
        journey = tx.get("journey", "", body["id"])
        if journey is not None:
            rung = self.left(journey["outcome"], journey["reached"])[0]
            self._reach(tx, journey["owner"], body["id"], rung, journey["outcome"])
            self._go_on(tx, body["id"], {**journey, "reached": [*journey["reached"], rung]}, tx.now)

    def divert(self, tx: Transaction, id: str, outcome: str) -> None:
        """Lead a message that is on its way to another outcome, from the step that it has reached. MessageNotUnderWay."""
        journey = tx.get("journey", "", id)
        if journey is None:
            raise MessageNotUnderWay
        if journey["job"] is not None:
            tx.cancel(journey["job"])
        self._go_on(tx, id, {**journey, "outcome": outcome}, max(tx.now, self._start(journey, tx.now)))

    def under_way(self, tx: Transaction) -> list[dict[str, Any]]:
        """Every message that is on its way, in the order in which their next steps were planned: ``id``, ``owner``, ``outcome``,
        ``reached``, ``start``, ``due`` (RFC 3339) and ``chance``, the key of the step's own chance. Those that are stuck come
        last, with None for both.
        """
        found = sorted(
            tx.find("journey", ""), key=lambda record: (record.body["job"] is None, record.body["job"] or 0, record.id)
        )
        return [{"id": record.id, **{name: value for name, value in record.body.items() if name != "job"}} for record in found]

    def resume(self, tx: Transaction, journeys: Iterable[Mapping[str, Any]]) -> None:
        """Set messages on their way again, as ``under_way`` told of them; a step without ``chance`` draws one."""
        for journey in journeys:
            known = {name: value for name, value in journey.items() if name != "id"}
            self._plan(tx, journey["id"], known, known["due"] and parse_rfc3339(known["due"]))

    def left(self, outcome: str, reached: Sequence[str]) -> list[str]:
        """The steps of the way to an outcome that were not taken yet."""
        return [rung for rung in self.rungs[outcome] if rung not in reached]

    def _start(self, journey: Mapping[str, Any], now: datetime) -> datetime:
        # A message that waits for its hour goes on waiting, whatever its outcome will be.
        return now if journey["reached"] else parse_rfc3339(journey["start"])

    def _go_on(self, tx: Transaction, id: str, journey: dict[str, Any], start: datetime) -> None:
        left = self.left(journey["outcome"], journey["reached"])
        if not left and journey["outcome"] != NEVER:
            tx.delete("journey", "", id)
            return
        due = start + self._delay(tx, left[0], journey["outcome"]) if left else None
        self._plan(tx, id, {**journey, "start": rfc3339(start), "due": due and rfc3339(due), "chance": None}, due)

    def _plan(self, tx: Transaction, id: str, journey: Mapping[str, Any], due: datetime | None) -> None:
        chance = (journey.get("chance") or tx.chance.fork()) if due else None
        job = tx.schedule(due, STEP, {"id": id}, chance) if due else None
        tx.put("journey", "", id, {**journey, "job": job, "chance": chance})

    def _delay(self, tx: Transaction, rung: str, outcome: str) -> timedelta:
        delays = self.delays(tx)
        return timedelta(seconds=delays.get(rung, 0) * (delays.get("slow", _SLOWNESS) if outcome == SLOW else 1))


def renumber(tx: Transaction, numbers: Mapping[int, int]) -> None:
    """Let messages under way, of a state that was copied, name the jobs of the copy."""
    for record in tx.find("journey", ""):
        if record.body["job"] in numbers:
            tx.put("journey", "", record.id, {**record.body, "job": numbers[record.body["job"]]})
