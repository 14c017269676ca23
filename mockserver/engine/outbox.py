"""The outbox: what leaves by itself, committed with its cause and tried until somebody takes it or nobody will."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import orjson

from mockserver.engine import disturbances
from mockserver.engine.clock import parse_rfc3339, rfc3339
from mockserver.engine.refusals import Refusal
from mockserver.engine.sandbox import Transaction
from mockserver.engine.store import Job, Where

Delivery = dict[str, Any]

#: The kind of job that is one attempt at a delivery.
DELIVER = "deliver"
#: To be tried (again); taken by its receiver; every attempt failed; never to be sent; kept back for the one that follows.
WAITING, DELIVERED, EXHAUSTED, DROPPED, HELD = "waiting", "delivered", "exhausted", "dropped", "held"
#: Not sent, since the address may not be called, or since the body breaks the contract.
FORBIDDEN, BREACH = "forbidden", "breach"
STATUSES = (WAITING, DELIVERED, EXHAUSTED, DROPPED, HELD, FORBIDDEN, BREACH)
#: So many deliveries are remembered in a sandbox.
REMEMBERED = 50_000
_ROOM = "outbox"


class DeliveryUnknown(Refusal):
    """The sandbox has no such delivery (any more)."""


def post(
    tx: Transaction,
    *,
    webhook: str,
    event: str,
    owner: str | int,
    url: str,
    body: Mapping[str, Any],
    facts: Mapping[str, Any] | None = None,
) -> int:
    """Queue a webhook of the transaction's API: it leaves once the transaction is committed. Gives its number.

    ``webhook``: its name under the contract's ``x-webhooks``; ``event``: what it tells; ``owner``: whose it is; ``facts``: what
    only the API's signing needs (a secret, ids), shown to nobody.
    """
    room = tx.within(_ROOM)
    number = room.increment("delivery")
    delivery = {
        "id": number,
        "api": tx.api,
        "webhook": webhook,
        "event": event,
        "owner": str(owner),
        "url": url,
        # Text, so that each attempt and each signature is over the same bytes.
        "body": orjson.dumps(body).decode(),
        "facts": dict(facts or {}),
        "status": WAITING,
        "queued_at": rfc3339(tx.now),
        "attempts": [],
    }
    _send_off(tx, delivery, disturbances.effect(room, delivery))
    room.delete("delivery", "", number - REMEMBERED)
    return number


def _send_off(tx: Transaction, delivery: Delivery, effect: Mapping[str, Any]) -> None:
    held = _held(tx, delivery["url"])
    match effect.get("effect"):
        case disturbances.DROP:
            delivery["status"] = DROPPED
        case disturbances.LATE:
            _plan(tx, delivery, tx.now + timedelta(seconds=effect["seconds"]))
        case disturbances.SWAP if not held:
            delivery["status"] = HELD
            job = _plan(tx, delivery, tx.now + timedelta(seconds=effect["seconds"]))
            tx.within(_ROOM).put("held", delivery["url"], delivery["id"], {"job": job})
        case disturbances.TWICE:
            _plan(tx, delivery, tx.now)
            _plan(tx, delivery, tx.now)
        case _:
            _plan(tx, delivery, tx.now)
    _keep(tx, delivery)
    for earlier, job in held:
        tx.cancel(job)
        _plan(tx, earlier, tx.now)
        _keep(tx, {**earlier, "status": WAITING})


def _held(tx: Transaction, url: str) -> list[tuple[Delivery, int]]:
    """What is kept back until something else has left for this address; it is kept back no longer."""
    room = tx.within(_ROOM)
    found = []
    for record in room.find("held", url):
        room.delete("held", url, record.id)
        delivery = room.get("delivery", "", record.id)
        if delivery is not None and delivery["status"] == HELD:
            found.append((delivery, int(record.body["job"])))
    return found


def _plan(tx: Transaction, delivery: Delivery, due: datetime, attempt: int = 1, chance: str | None = None) -> int:
    return tx.within(delivery["api"]).schedule(due, DELIVER, {"delivery": delivery["id"], "attempt": attempt}, chance)


def _keep(tx: Transaction, delivery: Delivery) -> None:
    facets = {name: delivery[name] for name in ("api", "event", "owner", "status", "url")}
    tx.within(_ROOM).put("delivery", "", delivery["id"], delivery, facets)
    tx.stir()


def read(tx: Transaction, number: int) -> Delivery:
    """One delivery with its attempts."""
    found = tx.within(_ROOM).get("delivery", "", number)
    if found is None:
        raise DeliveryUnknown
    return found


def page(tx: Transaction, where: Where, limit: int, offset: int = 0) -> tuple[list[Delivery], int]:
    """Deliveries in the order in which they were queued, and how many fit in all."""
    room = tx.within(_ROOM)
    records = room.find("delivery", "", where, limit=limit, offset=offset)
    return [record.body for record in records], room.count("delivery", "", where)


def tried(tx: Transaction, number: int, attempt: Mapping[str, Any], retries: Sequence[float]) -> Delivery:
    """Note one attempt: taken, to be tried again after the next of ``retries`` (seconds), or exhausted.

    ``attempt``: ``at``, ``number`` (from 1), ``http_status`` or None, ``error`` or None, ``headers``.
    """
    found = read(tx, number)
    taken = attempt["http_status"] is not None and 200 <= attempt["http_status"] < 300
    again = not taken and attempt["number"] <= len(retries)
    if again:
        _plan(tx, found, tx.now + timedelta(seconds=retries[attempt["number"] - 1]), attempt["number"] + 1)
    status = DELIVERED if taken else WAITING if again else EXHAUSTED
    after = {**found, "status": status, "attempts": [*found["attempts"], dict(attempt)]}
    _keep(tx, after)
    return after


def given_up(tx: Transaction, number: int, status: str, reason: str) -> Delivery:
    """Note that it will not be sent at all, and why."""
    attempt = {"at": rfc3339(tx.now), "number": 1, "http_status": None, "error": reason, "headers": {}}
    found = read(tx, number)
    after = {**found, "status": status, "attempts": [*found["attempts"], attempt]}
    _keep(tx, after)
    return after


def redeliver(tx: Transaction, number: int) -> Delivery:
    """Send it once more, with all attempts before it, whatever became of it."""
    found = {**read(tx, number), "status": WAITING}
    _plan(tx, found, tx.now)
    _keep(tx, found)
    return found


def under_way(tx: Transaction) -> list[dict[str, Any]]:
    """What of the transaction's API is still to be tried, in the order in which it was planned.

    ``webhook``, ``event``, ``owner``, ``url``, ``body`` (parsed), ``facts``, ``queued_at``, whether it is ``held`` back until
    another one leaves, and its ``tries``: ``attempt`` (its number), ``due`` (RFC 3339) and the key of its own ``chance``.
    """
    tries: dict[int, list[Job]] = {}
    for job in sorted(tx.planned(DELIVER), key=lambda one: one.number):
        tries.setdefault(job.body["delivery"], []).append(job)
    found = ((tx.within(_ROOM).get("delivery", "", number), jobs) for number, jobs in tries.items())
    told = [_told(delivery, jobs) for delivery, jobs in found if delivery is not None]
    return [one for one in told if one["tries"]]


def _told(delivery: Delivery, jobs: Sequence[Job]) -> dict[str, Any]:
    # One that was sent once more by hand and taken is tried no more.
    left = [job for job in jobs if job.body["attempt"] == 1 or delivery["status"] != DELIVERED]
    return {
        **{name: delivery[name] for name in ("webhook", "event", "owner", "url", "facts", "queued_at")},
        "body": orjson.loads(delivery["body"]),
        "held": delivery["status"] == HELD,
        "tries": [{"attempt": job.body["attempt"], "due": job.due, "chance": job.chance} for job in left],
    }


def resume(tx: Transaction, deliveries: Iterable[Mapping[str, Any]]) -> None:
    """Queue deliveries again, as ``under_way`` told of them; a try without ``chance`` draws one."""
    room = tx.within(_ROOM)
    for told in deliveries:
        delivery = {
            "id": room.increment("delivery"),
            "api": tx.api,
            **{name: told[name] for name in ("webhook", "event", "owner", "url", "facts", "queued_at")},
            "body": orjson.dumps(told["body"]).decode(),
            "status": HELD if told["held"] else WAITING,
            "attempts": [],
        }
        jobs = [_plan(tx, delivery, parse_rfc3339(one["due"]), one["attempt"], one["chance"]) for one in told["tries"]]
        if told["held"]:
            room.put("held", delivery["url"], delivery["id"], {"job": jobs[0]})
        _keep(tx, delivery)
