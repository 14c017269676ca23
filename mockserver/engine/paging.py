"""Paging: cursors that say where a list goes on, and page numbers."""

from __future__ import annotations

import base64
import hashlib
import hmac

from mockserver.engine.refusals import Refusal


class CursorInvalid(Refusal):
    """A page token that this list never gave out."""


def cursor(seq: int, listing: str) -> str:
    """An opaque URL-safe token for "beyond ``seq``" of one listing (``listing`` names it with its filters)."""
    return base64.urlsafe_b64encode(seq.to_bytes(8, "big") + _seal(seq, listing)).decode()


def read_cursor(token: str, listing: str) -> int:
    """The ``seq`` behind a token; CursorInvalid if it is not one of this listing's."""
    try:
        raw = base64.b64decode(token.encode("ascii"), altchars=b"-_", validate=True)
    except ValueError:
        raise CursorInvalid from None
    seq = int.from_bytes(raw[:8], "big")
    if len(raw) != 15 or not hmac.compare_digest(raw[8:], _seal(seq, listing)):
        raise CursorInvalid
    return seq


def _seal(seq: int, listing: str) -> bytes:
    # A checksum, not a secret: it keeps a token of one list from being used on another.
    return hashlib.blake2b(f"{seq} {listing}".encode(), digest_size=7).digest()


def pages(total: int, limit: int) -> int:
    """How many pages of ``limit`` hold ``total`` items; 0 for an empty list."""
    return -(-total // limit)
