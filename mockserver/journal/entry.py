"""An entry: one request and its reply as they passed by, nothing of it read yet."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from mockserver.engine.refusals import Issue, Refusal
from mockserver.serving.contract import Contract, Operation

#: Of one body, in bytes: what is longer is cut, and its length and digest are noted.
BODY_BOUND = 256 * 1024
#: In bytes: what an entry takes beside bodies, headers and addresses, roughly.
_FRAME = 1024

Headers = Sequence[tuple[bytes, bytes]]


def packed(headers: Iterable[Iterable[bytes]]) -> bytes:
    """Header fields as they came, in one piece: so many small ones would cost more to keep than all the rest."""
    return b"\n".join(map(b"\0".join, headers))


def unpacked(head: bytes) -> Headers:
    """The fields again; HTTP lets none of them hold a line break or a null byte (RFC 9110, 5.5)."""
    pairs = (line.partition(b"\0") for line in head.split(b"\n")) if head else ()
    return [(name, value) for name, _, value in pairs]


@dataclass(slots=True)
class Kept:
    """What is kept of a body. ``data``: its beginning; ``length``: of the whole; ``digest``: of the whole, if that is more."""

    data: bytes = b""
    length: int = 0
    digest: str | None = None

    @property
    def weight(self) -> int:
        """In bytes."""
        return len(self.data)

    @classmethod
    def of(cls, body: bytes) -> Kept:
        """The whole body, or its beginning if it is too long."""
        if len(body) <= BODY_BOUND:
            return cls(body, len(body))
        return cls(body[:BODY_BOUND], len(body), hashlib.sha256(body).hexdigest())


@dataclass(frozen=True, slots=True)
class File:
    """A file of a form, which is not kept."""

    name: str
    filename: str
    media_type: str
    length: int


@dataclass(frozen=True, slots=True)
class Form:
    """A form that was read in pieces: its fields, and what its files were."""

    fields: Mapping[str, str]
    files: Sequence[File]

    @property
    def weight(self) -> int:
        """In bytes, roughly."""
        return sum(len(name) + len(value) for name, value in self.fields.items())


@dataclass(slots=True)
class No:
    """A refusal without the traceback that would keep the request alive. ``kind``: its class; ``issues``: if it has any."""

    name: str
    kind: type[Exception]
    issues: Sequence[Issue] = ()

    @classmethod
    def of(cls, error: Exception) -> No:
        """What is worth remembering of what was raised."""
        name = error.name if isinstance(error, Refusal) else type(error).__name__
        return cls(name, type(error), getattr(error, "issues", ()))

    @property
    def is_bug(self) -> bool:
        """Whether it is no refusal at all."""
        return not issubclass(self.kind, Refusal)


@dataclass(slots=True)
class Entry:
    """One request and its reply.

    ``answered``: by the sandbox's clock, ``frozen`` if it stood; ``took``: in seconds of real time; ``mount``: the part of the
    path that led to the API; ``chosen``: whether path or header named the sandbox; ``head``: its header fields, packed; ``body``:
    None where nobody read it; ``status``: None if no reply began; ``reply``: what is kept of its body; ``scheme``,
    ``credential``: which place won, and what stood there; ``stands_for``: what that means in the sandbox; ``faults``: the rules
    that acted; ``effect``: what the deciding one did, if one decided.
    """

    sandbox: str
    answered: datetime
    frozen: bool
    took: float
    method: str
    path: str
    query: bytes = b""
    head: bytes = b""
    body: Kept | Form | None = None
    mount: str = ""
    chosen: bool = False
    contract: Contract | None = None
    operation: Operation | None = None
    scheme: str | None = None
    credential: str | None = None
    stands_for: Mapping[str, str] = field(default_factory=dict)
    actor: Any = None
    status: int | None = None
    reply_head: bytes = b""
    reply: Kept = field(default_factory=Kept)
    refused: No | None = None
    faults: Sequence[str] = ()
    effect: str | None = None
    number: int = 0
    size: int = 0

    @property
    def headers(self) -> Headers:
        """Those of the request."""
        return unpacked(self.head)

    @property
    def reply_headers(self) -> Headers:
        """Those of the reply."""
        return unpacked(self.reply_head)

    @property
    def received(self) -> datetime:
        """By the sandbox's clock."""
        return self.answered if self.frozen else self.answered - timedelta(seconds=self.took)

    @property
    def presented(self) -> str | None:
        """The credential that counted, as the client spelled it."""
        told = self.credential
        for own, true in self.stands_for.items():
            told = told.replace(true, own) if told else told
        return told

    @property
    def announced(self) -> int:
        """How long the client said that its body is, in bytes."""
        said = self.header(b"content-length")
        return int(said) if said.isascii() and said.isdigit() and len(said) < 19 else 0

    def header(self, name: bytes, *, of_reply: bool = False) -> str:
        """The value of a header by its lower-case name, empty if there is none."""
        headers = self.reply_headers if of_reply else self.headers
        return next((value for field, value in headers if field.lower() == name), b"").decode("latin-1")

    def weigh(self) -> int:
        """How many bytes of memory it takes, roughly; noted as ``size``."""
        body = 0 if self.body is None else self.body.weight
        heads = len(self.head) + len(self.reply_head) + len(self.path) + len(self.query)
        self.size = _FRAME + heads + body + len(self.reply.data)
        return self.size
