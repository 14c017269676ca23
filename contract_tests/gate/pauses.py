"""Pauses: how long a reply asks its sender to wait, in each of the ways in which APIs say it."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from contract_tests.gate.exchange import Exchange

#: Larger than this a reset is an instant, not a length; larger than the second it is in milliseconds.
_EPOCH, _EPOCH_MILLIS = 10**9, 10**12
_FIELD = re.compile(r"(?:^|[;,])\s*(remaining|reset|r|t)\s*=\s*\"?(\d+(?:\.\d+)?)", re.IGNORECASE)
_NAMES = (
    ("x-ratelimit-remaining", "x-ratelimit-reset"),
    ("x-rate-limit-remaining", "x-rate-limit-reset"),
    ("ratelimit-remaining", "ratelimit-reset"),
)


def pause(exchange: Exchange, now: float) -> float:
    """Seconds to wait before the next request like this one, 0 for none: by Retry-After (RFC 9110, 10.2.3), X-RateLimit-Remaining
    and -Reset, or RateLimit (draft-ietf-httpapi-ratelimit-headers, early and late). ``now``: seconds since the epoch.
    """
    return max(0.0, _retry_after(exchange, now), _used_up(exchange, now))


def _retry_after(exchange: Exchange, now: float) -> float:
    said = (exchange.reply_header("retry-after") or "").strip()
    if re.fullmatch(r"\d+(\.\d+)?", said, re.ASCII):
        return float(said)
    # By the target's own clock, as far as it tells it.
    return (_instant(said) or 0.0) - (_instant(exchange.reply_header("date") or "") or now)


def _instant(text: str) -> float | None:
    try:
        read = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
    return (read if read.tzinfo is not None else read.replace(tzinfo=UTC)).timestamp()


def _used_up(exchange: Exchange, now: float) -> float:
    told = [(_number(exchange.reply_header(left)), exchange.reply_header(reset)) for left, reset in _NAMES]
    found = {name.lower(): value for name, value in _FIELD.findall(exchange.reply_header("ratelimit") or "")}
    told.append((_number(found.get("remaining", found.get("r"))), found.get("reset", found.get("t"))))
    return max((_until(reset, now) for left, reset in told if left is not None and left <= 0 and reset), default=0.0)


def _until(reset: str, now: float) -> float:
    number = _number(reset)
    if number is None:
        instant = _moment(reset)
        return 0.0 if instant is None else instant - now
    if number >= _EPOCH_MILLIS:
        return number / 1000 - now
    return number - now if number >= _EPOCH else number


def _moment(text: str) -> float | None:
    try:
        return datetime.fromisoformat(text.strip()).timestamp()
    except (ValueError, OverflowError):
        return _instant(text)


def _number(text: str | None) -> float | None:
    text = (text or "").strip()
    return float(text) if re.fullmatch(r"\d{1,18}(\.\d+)?", text, re.ASCII) else None
