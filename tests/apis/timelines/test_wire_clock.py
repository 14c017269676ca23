"""timelines over a socket: tokens and QR links live by the sandbox's clock, to the instant and without leeway."""

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
    clock.freeze(moment)
    try:
        fields = {"Authorization": f"Bearer {token}", "X-TL-Partner-Id": owner["partner_id"]}
        reply = httpx.get(f"{mock.base('timelines')}/workspaces/ws_1234567890abcdef", headers=fields)
    finally:
        clock.run()
    assert reply.status_code == status


def test_a_qr_link_leaves_the_list_when_its_time_is_over(mock):
    mock.reset()
    owner = mock.cast("timelines")["owner"]
    start = datetime.now(UTC)
    claims = {"partner_id": owner["partner_id"], "nbf": 0, "exp": int(start.timestamp()) + 10**6}
    token = jwt.encode(claims, owner["secret"], algorithm="HS256")
    fields = {"Authorization": f"Bearer {token}", "X-TL-Partner-Id": owner["partner_id"]}
    clock = mock.app.sandbox.clock
    path = f"{mock.base('timelines')}/workspaces/ws_1234567890abcdef"
    clock.freeze(start)
    try:
        made = httpx.post(f"{path}/users/84/qr", json={"expires_in_hours": 2}, headers=fields).json()
        end = datetime.fromisoformat(made["expires_at"])
        seen = []
        for moment in (end - TICK, end):
            clock.freeze(moment)
            links = httpx.get(path, headers=fields).json()["qr_links"]
            seen.append(made["qr_link"] in [link["qr_link"] for link in links])
    finally:
        clock.run()
    assert seen == [True, False]
