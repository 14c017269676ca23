"""Signatures: the formulas by which senders of webhooks sign, worked out anew by who receives them."""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import Any

import jwt


def restlink(secret: str, timestamp: str, body: bytes) -> str:
    """``X-Webhook-Signature``: over the timestamp, a full stop and the raw body (the vendor's page on webhooks)."""
    return f"sha256={hmac.new(secret.encode(), f'{timestamp}.'.encode() + body, hashlib.sha256).hexdigest()}"


def bird(key: str, timestamp: str, url: str, body: bytes) -> str:
    """``messagebird-signature``: over timestamp, address and the body's raw SHA-256, joined by line feeds (the vendor's page)."""
    signed = f"{timestamp}\n{url}\n".encode() + hashlib.sha256(body).digest()
    return base64.b64encode(hmac.new(key.encode(), signed, hashlib.sha256).digest()).decode()


def timelines(secret: str, token: str) -> dict[str, Any] | None:
    """The claims of ``X-TL-Signature``, whatever the time is; None if the secret did not sign them. The body is not signed."""
    try:
        return dict(jwt.decode(token, secret, algorithms=["HS256"], options={"verify_exp": False, "verify_nbf": False}))
    except jwt.InvalidTokenError:
        return None
