"""Addresses: which mock and which sandbox a request was sent to."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

#: The header field that names a sandbox, as ASGI spells it.
SANDBOX_FIELD = b"x-understudy-sandbox"


def named(prefix: str, headers: Iterable[tuple[bytes, bytes]]) -> str | None:
    """The sandbox that a request names, by its path before its header."""
    if prefix:
        return prefix[2:]
    return next((value.decode("latin-1") for field, value in headers if field == SANDBOX_FIELD), None)


def parted(path: str) -> tuple[str, str]:
    """The part of a path that names a sandbox (``/~NAME``, or nothing), and what lies below it."""
    if not path.startswith("/~"):
        return "", path
    name, slash, below = path[1:].partition("/")
    return f"/{name}", slash + below


def root_url(scope: Any) -> str:
    """``http://host:port`` as the caller sees it: from the Host field, so that links lead back the way the request came."""
    host = next((value for name, value in scope["headers"] if name == b"host"), b"").decode("latin-1")
    if not host or not all(character.isalnum() or character in ".-:[]_" for character in host):
        host = ":".join(map(str, scope.get("server") or ("127.0.0.1", 80)))
    return f"{scope.get('scheme', 'http')}://{host}"
