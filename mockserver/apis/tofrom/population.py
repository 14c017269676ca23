"""The population: any number of further messages in the workspace of a world's owner."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from mockserver.apis.tofrom import messages
from mockserver.apis.tofrom.lists import Entity
from mockserver.engine.backfill import Backfill
from mockserver.engine.crowd import Crowd
from mockserver.engine.sandbox import Transaction

_SPAN = timedelta(days=30)


def backfill(tx: Transaction, world: Mapping[str, Any], crowd: Crowd, count: int) -> Backfill:
    """``count`` delivered messages of the last 30 days, every third of them received."""
    owner = world["cast"]["owner"]

    def insert(numbers: Sequence[int]) -> None:
        sent = (_message(crowd, number, owner["phone_number"], more.moment(number)) for number in numbers)
        rows = ((one["id"], one, messages.facets(one)) for one in sent)
        tx.insert_many("message", owner["workspace_id"], rows)

    more = Backfill(count, tx.now - _SPAN, tx.now, insert)
    return more


def _message(crowd: Crowd, number: int, own: str, moment: str) -> Entity:
    other, received = crowd.person(number).phone, number % 3 == 2
    return {
        "id": f"msg_{number:012d}",
        "direction": "inbound" if received else "outbound",
        "to": own if received else other,
        "from": other if received else own,
        "body": crowd.text(number),
        "status": "delivered",
        "provider_sid": f"SM{number:032x}",
        "created_at": moment,
        "mediaUrls": [],
    }
