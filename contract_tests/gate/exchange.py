"""Exchange: one request on its way through the gate, and what came back."""

from __future__ import annotations

from dataclasses import dataclass, field

Headers = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Objection:
    """What a rule of the gate holds against a reply. ``check``: its name; ``statements``: ids that it breaks."""

    check: str
    message: str
    statements: tuple[str, ...] = ()


@dataclass(slots=True)
class Exchange:
    """``url``: path and query below the API's base, as they were sent; ``place``: the operation in the contract's words
    (``GET /things/{id}``), None where the contract knows none; ``values``: its path parameters, as text; ``api``: None for the
    control plane.

    A rule may change ``url``, ``headers`` and ``body`` before the request leaves. ``refused``: why it never did; ``broken``: why
    no whole reply came. ``status`` is 0 until there is one. ``started``: seconds since the epoch; ``seconds``: until the reply
    was whole; ``held``: for which the gate kept the request back. ``pinned``: a pinned recipient took the place of another;
    ``chunked``: its body came in chunks, and leaves so; ``closing``: the gate itself sends it, to remove what the run created.
    """

    number: int
    api: str | None
    method: str
    url: str
    headers: Headers
    body: bytes
    place: str | None = None
    operation_id: str | None = None
    values: dict[str, str] = field(default_factory=dict)
    status: int = 0
    reply_headers: Headers = field(default_factory=list)
    reply_body: bytes = b""
    refused: str | None = None
    broken: str | None = None
    objections: list[Objection] = field(default_factory=list)
    started: float = 0.0
    seconds: float = 0.0
    held: float = 0.0
    pinned: bool = False
    chunked: bool = False
    closing: bool = False

    @property
    def path(self) -> str:
        """The URL without its query."""
        return self.url.partition("?")[0]

    @property
    def query(self) -> str:
        """What stands after the question mark."""
        return self.url.partition("?")[2]

    def header(self, name: str) -> str | None:
        """The first value of a request header."""
        return next((value for key, value in self.headers if key.lower() == name), None)

    def reply_header(self, name: str) -> str | None:
        """The first value of a reply's header."""
        return next((value for key, value in self.reply_headers if key.lower() == name), None)
