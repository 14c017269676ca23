"""Payload: what a body says, read no more kindly than any server may read it."""

from __future__ import annotations

import json
import zlib
from typing import Any

from contract_tests.gate.exchange import Headers

#: Bytes that a compressed reply may become.
LARGEST = 64 * 1024 * 1024
_WBITS = {"gzip": 31, "x-gzip": 31, "deflate": 15}


class Unreadable(Exception):
    """The body has no one meaning: no JSON, or a name twice in one object, which each parser settles in its own way."""


def document(body: bytes) -> Any:
    """The body as JSON. Unreadable if it is none."""
    try:
        return json.loads(body, object_pairs_hook=_object)
    except (ValueError, RecursionError) as problem:
        raise Unreadable(str(problem)) from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    read = dict(pairs)
    if len(read) < len(pairs):
        raise Unreadable("a name stands twice in one object")
    return read


def reply_document(headers: Headers, body: bytes) -> Any:
    """A reply's body as JSON, unpacked; None if it is none."""
    try:
        return json.loads(_unpacked(headers, body))
    except (ValueError, RecursionError, zlib.error):
        return None


def _unpacked(headers: Headers, body: bytes) -> bytes:
    for name, value in headers:
        wbits = _WBITS.get(value.strip().lower()) if name.lower() == "content-encoding" else None
        if wbits is not None:
            body = zlib.decompressobj(wbits).decompress(body, LARGEST)
    return body


def at(value: Any, pointer: str) -> Any:
    """What a JSON pointer leads to, None where it leads to nothing."""
    for part in pointer.split("/")[1:]:
        key = part.replace("~1", "/").replace("~0", "~")
        if isinstance(value, dict):
            value = value.get(key)
        elif isinstance(value, list) and key.isdecimal() and int(key) < len(value):
            value = value[int(key)]
        else:
            return None
    return value
