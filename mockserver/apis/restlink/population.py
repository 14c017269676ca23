"""The population: any number of further messages for a world's owner."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from mockserver.apis.restlink import messages
from mockserver.apis.restlink.tariff import millionths
from mockserver.engine.backfill import Backfill
from mockserver.engine.crowd import Crowd
from mockserver.engine.sandbox import Transaction
from mockserver.engine.segments import parts_of
from mockserver.engine.store import Row

# The period that a list shows unless it is told otherwise.
_SPAN = timedelta(days=6)


def backfill(tx: Transaction, world: Mapping[str, Any], crowd: Crowd, count: int) -> Backfill:
    """``count`` delivered messages of the last six days, spread over the owner's live workspaces."""
    owner = world["cast"]["owner"]
    user = next(account["user"]["id"] for account in world["accounts"] if account["id"] == owner["account_id"])
    first = max((found["id"] for found in world["messages"]), default=0) + 1
    spread = owner["workspaces"]

    def insert(numbers: Sequence[int]) -> None:
        tx.increment("message id", len(numbers))
        for place, workspace in enumerate(spread):
            here = (number for number in numbers if number % len(spread) == place)
            rows = (_message(world, crowd, number, user, more.moment(number), first + number) for number in here)
            tx.insert_many("message", workspace, map(_row, rows))

    more = Backfill(count, tx.now - _SPAN, tx.now, insert)
    return more


def _row(message: dict[str, Any]) -> Row:
    return message["client_message_id"], message, messages.facets(message)


def _message(world: Mapping[str, Any], crowd: Crowd, number: int, user: int, moment: str, id: int) -> dict[str, Any]:
    person, text = crowd.person(number), crowd.text(number)
    prices, segments = world["pricing"], parts_of(text).segments
    return {
        "id": id,
        "client_message_id": f"api_{user}_{1_700_000_000_000_000_000 + number}_{number:016x}",
        "telecom_message_id": f"tm-{number:012d}",
        "recipient": person.phone,
        "country": person.country,
        "sender_id": "Understudy",
        "message": text,
        "status": "DELIVRD",
        "status_code": "000",
        "segments": segments,
        "cost": millionths(prices["countries"].get(person.country, prices["default"])) * segments,
        "created_at": moment,
        "delivered_at": moment,
    }
