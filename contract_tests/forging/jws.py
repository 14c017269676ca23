"""JWS: tokens written by hand, so that they can be what no library writes (RFC 7515)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any, NamedTuple


class Token(NamedTuple):
    """The three parts as they are spelled."""

    head: str
    payload: str
    signature: str

    @classmethod
    def of(cls, text: str) -> Token:
        """A compact token."""
        return cls(*text.split("."))

    @property
    def header(self) -> dict[str, Any]:
        """What the head says."""
        said: dict[str, Any] = json.loads(decoded(self.head))
        return said

    @property
    def claims(self) -> dict[str, Any]:
        """What the payload says."""
        said: dict[str, Any] = json.loads(decoded(self.payload))
        return said

    def said(self, **changes: Any) -> Token:
        """Other claims under the same signature; None takes one away."""
        return self._replace(payload=encoded(_changed(self.claims, changes)))

    def headed(self, **changes: Any) -> Token:
        """Another header under the same signature; None takes a field away."""
        return self._replace(head=encoded(_changed(self.header, changes)))

    def signed(self, secret: str | bytes, digest: str = "sha256") -> Token:
        """The same with the signature of this secret."""
        key = secret.encode() if isinstance(secret, str) else secret
        made = hmac.new(key, f"{self.head}.{self.payload}".encode(), getattr(hashlib, digest)).digest()
        return self._replace(signature=encoded(made))

    def __str__(self) -> str:
        return ".".join(self)


def _changed(said: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in {**said, **changes}.items() if value is not None}


def encoded(value: Any) -> str:
    """base64url without padding, of bytes, of a text as it is, or of a value as JSON."""
    raw = value if isinstance(value, bytes) else value.encode() if isinstance(value, str) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def decoded(part: str) -> bytes:
    """The reverse of ``encoded``."""
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
