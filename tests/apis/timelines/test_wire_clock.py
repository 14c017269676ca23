"""timelines over a socket: tokens, QR links and periods go by the sandbox's clock, to the instant and without leeway."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import httpx
import jwt
import pytest

NOON = datetime(2026, 2, 13, 12, 0, tzinfo=UTC)
TICK = timedelta(microseconds=1)


@pytest.fixture
def fresh(mock):
    mock.reset()
    yield mock
    mock.reset()


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


def test_a_period_ends_with_its_last_second_and_usage_begins_anew(fresh):
    owner = fresh.cast("timelines")["owner"]
    claims = {"partner_id": owner["partner_id"], "nbf": 0, "exp": int(NOON.timestamp()) + 10**8}
    token = jwt.encode(claims, owner["secret"], algorithm="HS256")
    fields = {"Authorization": f"Bearer {token}", "X-TL-Partner-Id": owner["partner_id"]}
    control, base = fresh.control, fresh.base("timelines")
    control.put("/clock", json={"mode": "frozen", "now": NOON.isoformat()}).raise_for_status()
    body = {"display_name": "monthly", "seats_purchased": 2}
    path = f"/workspaces/{httpx.post(f'{base}/workspaces', json=body, headers=fields).json()['workspace_id']}"
    control.post(f"/timelines{path}/usage", json={"messages": 12, "api_calls": 34, "balance": 5}).raise_for_status()

    def seen():
        return httpx.get(base + path, headers=fields).raise_for_status().json()

    opened = seen()
    control.post("/clock/advance", json={"seconds": 30 * 86_400 - 0.000001}).raise_for_status()
    last = seen()
    control.post("/clock/advance", json={"seconds": 0.000001}).raise_for_status()
    after = seen()
    assert last == opened
    month = {"used": 0, "period_start": "2026-03-15T12:00:00Z", "period_end": "2026-04-14T11:59:59Z"}
    assert after == {
        **opened, "messages_quota": {"total": 10_000, **month}, "api_calls_quota": {"total": 50_000, **month}
    }  # fmt: skip
    assert opened["messages_quota"] == {
        "total": 10_000, "used": 12, "period_start": "2026-02-13T12:00:00Z", "period_end": "2026-03-15T11:59:59Z"
    }  # fmt: skip
