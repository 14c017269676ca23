"""JWS: whether a token is spelled as its standard spells it, before anything in it is believed."""

from __future__ import annotations

import base64


def is_compact(token: str) -> bool:
    """Whether a token is three parts of base64url without padding, each spelled the one right way (RFC 7515, 2 and 7.1).

    Lenient decoders take padding, stray characters and unused bits, so that a changed signature could pass as the same.
    """
    parts = token.split(".")
    return len(parts) == 3 and all(_is_canonical(part) for part in parts)


def _is_canonical(part: str) -> bool:
    try:
        raw = base64.urlsafe_b64decode(part.encode("ascii") + b"=" * (-len(part) % 4))
    except ValueError:
        return False
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode() == part
