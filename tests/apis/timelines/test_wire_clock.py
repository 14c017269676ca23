"""timelines over a socket: a token is judged by the sandbox's clock, to the instant and without leeway."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import httpx
import jwt
import pytest

NOON = datetime(2026, 2, 13, 12, 0, tzinfo=UTC)
TICK = timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("moment", "status"),
    [(NOON - TICK, 401), (NOON, 200), (NOON + timedelta(minutes=6) - TICK, 200), (NOON + timedelta(minutes=6), 401)],
)
def test_a_token_is_good_from_nbf_until_just_before_exp(mock, moment, status):
    owner = mock.cast("timelines")["owner"]
    noon = int(NOON.timestamp())
    token = jwt.encode({"partner_id": owner["partner_id"], "nbf": noon, "exp": noon + 360}, owner["secret"], algorithm="HS256")
    clock = mock.app.sandbox.clock
    clock.frozen_at = moment
    try:
        fields = {"Authorization": f"Bearer {token}", "X-TL-Partner-Id": owner["partner_id"]}
        reply = httpx.get(f"{mock.base('timelines')}/workspaces/ws_1234567890abcdef", headers=fields)
    finally:
        clock.frozen_at = None
    assert reply.status_code == status
