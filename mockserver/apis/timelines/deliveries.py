"""Deliveries: how timelines signs what it sends to a partner's address (TimelinesAI, "Webhooks")."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from mockserver.apis.timelines.credentials import mint
from mockserver.engine.outbox import Delivery

_SPAN = timedelta(minutes=3)


def headers(delivery: Delivery, now: datetime) -> Mapping[str, str]:
    """The partner, and a token as the partner's own: it proves who sends, not what."""
    facts = delivery["facts"]
    token = mint(facts["partner_id"], facts["secret"], now - _SPAN, now + _SPAN)
    return {"X-TL-Partner-Id": facts["partner_id"], "X-TL-Signature": token}
