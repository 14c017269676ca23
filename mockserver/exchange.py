"""The exchange: what an operation is given, and what it gives back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from mockserver.engine.sandbox import Transaction


@dataclass(frozen=True, slots=True)
class Request:
    """The caller's request as the credential rules need it. ``path`` is below the API's root, ``headers`` in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class UploadedFile:
    """A file that arrived in a multipart form and waits on disk until it is kept or thrown away."""

    path: str
    size: int
    media_type: str
    filename: str


class Uploads(Protocol):
    """Where files that callers sent are kept, under names that the mock makes."""

    @property
    def folder(self) -> str:
        """Where files are written while they arrive: on the same disk as those that are kept."""

    def keep(self, file: UploadedFile, name: str) -> None:
        """Keep the file as ``name``."""

    def path(self, name: str) -> str:
        """Where the file kept as ``name`` lies."""


@dataclass(frozen=True, slots=True)
class Call:
    """One call of one operation.

    ``operation``: its contract as a dict (with all ``x-`` extensions); ``scheme``: the security scheme that identified
    the caller, None where none is needed; ``actor``: what that scheme's rule returned; ``base_url``: the API's root as the
    caller sees it, without a trailing slash; ``home_url``: the root for links that are followed without a credential, which
    leads into the caller's sandbox by itself; ``stands_for``: the sandbox's own credential that came, and the world's;
    ``root_url``: of the mock itself.
    """

    operation: Mapping[str, Any]
    request: Request
    tx: Transaction
    base_url: str
    uploads: Uploads
    scheme: str | None = None
    actor: Any = None
    home_url: str = ""
    stands_for: Mapping[str, str] = field(default_factory=dict)
    root_url: str = ""

    def true(self, credential: str) -> str:
        """The world's credential that one of the sandbox's own stands for; any other text is what it is."""
        return self.stands_for.get(credential, credential)


@dataclass(frozen=True, slots=True)
class Reply:
    """A success. ``status`` None means the only success status that the contract declares."""

    body: Any = None
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    media_type: str = "application/json"


@dataclass(frozen=True, slots=True)
class FileReply:
    """A success whose body is a file on disk, sent in pieces."""

    path: str
    media_type: str
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LaterReply:
    """A success that takes time: ``finish`` is awaited when the transaction is committed and none is open."""

    finish: Callable[[], Awaitable[Reply]]
