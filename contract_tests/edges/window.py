"""Window: how long one who was refused for asking too often has to wait."""

from __future__ import annotations

import time
from email.utils import parsedate_to_datetime

import httpx

#: What is larger is a moment in Unix seconds, not a span.
_MOMENT = 1_000_000_000
_EDGE = 1.0


def pause(reply: httpx.Response) -> float | None:
    """Seconds until the window ends, by the reply's own words (Retry-After in seconds, RFC 9110 10.2.3, or a header that ends in
    ``-Reset``); None if it does not say.
    """
    said = [value for name, value in reply.headers.items() if name == "retry-after" or name.endswith("ratelimit-reset")]
    known = [float(value) for value in said if value.replace(".", "", 1).isdecimal()]
    if not known:
        return None
    return max(0.0, known[0] - _now(reply) if known[0] > _MOMENT else known[0]) + _EDGE


def _now(reply: httpx.Response) -> float:
    """By the clock of whoever replied: it may be another one than ours."""
    return parsedate_to_datetime(reply.headers["date"]).timestamp() if "date" in reply.headers else time.time()
