"""The courier: carries the outbox's deliveries out, those to one receiver one after the other, and notes what became of them."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol
from urllib.parse import urlsplit

from mockserver.delivery.post import Answer, Post, TargetForbidden
from mockserver.engine import outbox
from mockserver.engine.clock import rfc3339
from mockserver.engine.outbox import Delivery
from mockserver.engine.sandbox import Sandbox, Transaction
from mockserver.engine.store import Job

logger = logging.getLogger("understudy")

#: In seconds: a receiver that is slower gets the next delivery while it still thinks about the last one, but never
#: more than so many at once.
_PATIENCE, _AT_ONCE = 0.25, 64


class Sender(Protocol):
    """What one API says about its webhooks."""

    @property
    def timeout(self) -> float:
        """Seconds until no answer counts as a failure."""

    @property
    def retries(self) -> tuple[float, ...]:
        """Seconds from each failed attempt to the next."""

    def breach(self, delivery: Delivery) -> str | None:
        """Where its body breaks the contract, if it does."""

    def headers(self, delivery: Delivery, now: datetime) -> Mapping[str, str]:
        """What it carries beside the body, signature included."""

    def tried(self, tx: Transaction, delivery: Delivery) -> None:
        """Keep the API's own record of it."""


@dataclass(slots=True)
class _Lane:
    """The way to one receiver."""

    waiting: deque[tuple[Sandbox, Job]] = field(default_factory=deque)
    worker: asyncio.Task[None] | None = None


@dataclass(frozen=True, slots=True)
class _Attempt:
    """One request that is about to be made."""

    delivery: Delivery
    number: int
    at: datetime
    headers: Mapping[str, str]


class Courier:
    """Carries for all sandboxes. ``senders``: what each API says about its webhooks."""

    def __init__(self, post: Post, senders: Callable[[str], Sender]) -> None:
        self._post = post
        self._senders = senders
        self._lanes: dict[tuple[str, str], _Lane] = {}

    def take(self, sandbox: Sandbox, job: Job) -> None:
        """Line up an attempt."""
        key = (sandbox.name, self._receiver(sandbox, job))
        lane = self._lanes.setdefault(key, _Lane())
        lane.waiting.append((sandbox, job))
        if lane.worker is None:
            lane.worker = asyncio.create_task(self._work(key, lane))

    async def idle(self, sandbox: Sandbox) -> None:
        """Return when nothing of this sandbox is on its way any more."""
        while workers := [lane.worker for (name, _), lane in self._lanes.items() if name == sandbox.name and lane.worker]:
            await asyncio.wait(workers)

    async def forget(self, sandbox: Sandbox) -> None:
        """Stop whatever is on its way for a sandbox that ends."""
        await self._stop([key for key in self._lanes if key[0] == sandbox.name])

    async def close(self) -> None:
        """Stop; what was not finished is done again by whoever opens the state next."""
        await self._stop(list(self._lanes))

    async def _stop(self, keys: list[tuple[str, str]]) -> None:
        workers = [lane.worker for key in keys if (lane := self._lanes.pop(key)).worker]
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)

    def _receiver(self, sandbox: Sandbox, job: Job) -> str:
        with sandbox.job(job) as tx:
            try:
                return urlsplit(outbox.read(tx, job.body["delivery"])["url"]).netloc
            except (outbox.DeliveryUnknown, ValueError):
                return ""

    async def _work(self, key: tuple[str, str], lane: _Lane) -> None:
        running: set[asyncio.Task[None]] = set()
        try:
            while lane.waiting or running:
                if not lane.waiting or len(running) >= _AT_ONCE:
                    _, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
                    continue
                task = asyncio.create_task(self._carry(*lane.waiting.popleft()))
                running.add(task)
                await asyncio.wait({task}, timeout=_PATIENCE)
                running = {one for one in running if not one.done()}
        finally:
            for one in running:
                one.cancel()
            if self._lanes.get(key) is lane:
                del self._lanes[key]

    async def _carry(self, sandbox: Sandbox, job: Job) -> None:
        try:
            attempt = self._prepare(sandbox, job)
            if attempt is not None:
                await self._attempt(sandbox, job, attempt)
        except Exception:
            logger.exception("%s: a delivery failed: a bug of the mock", job.api)
            sandbox.drop(job)

    def _prepare(self, sandbox: Sandbox, job: Job) -> _Attempt | None:
        now = sandbox.clock.now()
        with sandbox.job(job, at=now) as tx:
            # Without its job the number names another delivery: the sandbox was put back to its opening state meanwhile.
            if not tx.is_planned(job.number):
                return None
            delivery = outbox.read(tx, job.body["delivery"])
            if job.body["attempt"] > 1 and delivery["status"] == outbox.DELIVERED:
                # Sent once more by hand, and taken, before its next try was due.
                tx.cancel(job.number)
                return None
            reason = self._senders(job.api).breach(delivery)
            if reason is not None:
                logger.error("%s: webhook %s was not sent: a bug of the mock: %s", job.api, delivery["webhook"], reason)
                self._give_up(tx, job, outbox.BREACH, reason)
                return None
            return _Attempt(delivery, job.body["attempt"], now, self._senders(job.api).headers(delivery, now))

    async def _attempt(self, sandbox: Sandbox, job: Job, attempt: _Attempt) -> None:
        sender, delivery = self._senders(job.api), attempt.delivery
        headers = {"Content-Type": "application/json", **attempt.headers}
        try:
            answer = await self._post.send(delivery["url"], delivery["body"].encode(), headers, sender.timeout)
        except TargetForbidden as forbidden:
            with sandbox.job(job, at=attempt.at) as tx:
                self._give_up(tx, job, outbox.FORBIDDEN, str(forbidden))
            return
        with sandbox.job(job, at=attempt.at) as tx:
            self._settle(tx, job, attempt, answer)

    def _settle(self, tx: Transaction, job: Job, attempt: _Attempt, answer: Answer) -> None:
        if not tx.cancel(job.number):
            return
        told: dict[str, Any] = {"http_status": answer.http_status, "error": answer.error, "headers": dict(attempt.headers)}
        entry = {"at": rfc3339(attempt.at), "number": attempt.number, **told}
        sender = self._senders(job.api)
        sender.tried(tx, outbox.tried(tx, attempt.delivery["id"], entry, sender.retries))

    def _give_up(self, tx: Transaction, job: Job, status: str, reason: str) -> None:
        if tx.cancel(job.number):
            self._senders(job.api).tried(tx, outbox.given_up(tx, job.body["delivery"], status, reason))
