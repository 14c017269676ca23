"""Bodies: what a body says, as text, if it is text and not too much of it."""

from __future__ import annotations

import json
import zlib
from typing import Any, NamedTuple

from contract_tests.gate.exchange import Exchange

#: A compressed body may hold a thousand times its size. In bytes.
LARGEST = 8 * 1024 * 1024


class Body(NamedTuple):
    """``text``: unpacked; ``note``: why it is empty although the body is not, for people."""

    text: bytes
    note: str = ""


def readable(exchange: Exchange) -> Body:
    """The reply's body."""
    return _unpacked(exchange.reply_body, (exchange.reply_header("content-encoding") or "identity").strip().lower())


def sent(exchange: Exchange) -> Body:
    """The request's body."""
    return _unpacked(exchange.body, (exchange.header("content-encoding") or "identity").strip().lower())


def _unpacked(raw: bytes, coding: str) -> Body:
    if coding in ("gzip", "x-gzip", "deflate") and raw:
        raw, coding = _inflated(raw), "identity" if raw else coding
    if coding != "identity" and raw:
        return Body(b"", f"{len(raw)} bytes of {coding}")
    # What is no text may be a picture of anything, and no scrubber reads pictures.
    if b"\0" in raw or raw.decode("utf-8", "replace").count("\ufffd") > len(raw) // 50:
        return Body(b"", f"{len(raw)} bytes that are no text")
    return Body(raw)


def _inflated(raw: bytes) -> bytes:
    for window in (zlib.MAX_WBITS | 32, -zlib.MAX_WBITS):
        try:
            return zlib.decompressobj(window).decompress(raw, LARGEST)
        except zlib.error:
            continue
    return b"\0"


def document(exchange: Exchange) -> Any:
    """The reply's JSON, or None."""
    try:
        return json.loads(readable(exchange).text)
    except ValueError:
        return None


def words(body: Body, most: int) -> str:
    """The body for people, cut to so many characters."""
    if body.note:
        return f"({body.note})"
    text = body.text.decode("utf-8", "replace")
    return text if len(text) <= most else f"{text[:most]}… ({len(text)} characters)"
