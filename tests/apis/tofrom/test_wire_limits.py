"""tofrom over a socket: a hundred messages a minute for a key, and not one more."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import httpx
import pytest

NOON = datetime(2026, 2, 13, 12, 0, 30, tzinfo=UTC)
MESSAGE = {"to": "+13129450127", "body": "Hello"}


@pytest.fixture
def frozen(mock):
    mock.reset()
    clock = mock.app.sandbox.clock
    clock.freeze(NOON)
    yield clock
    clock.run()


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def test_the_hundredth_request_is_answered_and_the_next_one_waits_for_the_next_minute(mock, frozen):
    cast = mock.cast("tofrom")
    with httpx.Client(base_url=mock.base("tofrom"), headers=bearer(cast["owner"]["api_key"])) as client:
        replies = [client.post("/api/messages", json=MESSAGE if turn % 2 else {}) for turn in range(101)]
        assert {reply.status_code for reply in replies[:100]} == {200, 400}
        assert [int(reply.headers["X-RateLimit-Remaining"]) for reply in replies[:100]] == list(range(99, -1, -1))
        late = replies[100]
        assert late.status_code == 429
        assert late.json() == {
            "error": "rate_limited",
            "detail": "Too many requests. Try again after the time in X-RateLimit-Reset.",
        }
        reset = int(NOON.replace(second=0).timestamp()) + 60
        assert late.headers["X-RateLimit-Limit"] == "100"
        assert late.headers["X-RateLimit-Remaining"] == "0"
        assert late.headers["X-RateLimit-Reset"] == str(reset)
        other = client.post("/api/messages", json=MESSAGE, headers=bearer(cast["stranger"]["api_key"]))
        assert other.headers["X-RateLimit-Remaining"] == "99"
        frozen.freeze(NOON + timedelta(seconds=30))
        again = client.post("/api/messages", json=MESSAGE)
        assert again.status_code == 200
        assert again.headers["X-RateLimit-Remaining"] == "99"


def test_a_session_ends_at_its_time(mock, frozen):
    token = mock.cast("tofrom")["owner"]["session_token"]
    mock.reset()
    opened, moment = datetime.now(UTC), timedelta(seconds=10)
    with httpx.Client(base_url=mock.base("tofrom"), headers=bearer(token)) as client:
        frozen.freeze(opened + timedelta(days=30) - moment)
        assert client.get("/api/ui/workspaces").status_code == 200
        frozen.freeze(opened + timedelta(days=30) + moment)
        late = client.get("/api/ui/workspaces")
        assert late.status_code == 401
        assert late.json() == {"error": "session_expired", "detail": "The session has ended. Log in again."}
