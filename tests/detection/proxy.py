"""A reverse proxy that remembers what passed and may lie about it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

from contract_tests.target import serving

#: Headers that belong to one hop.
HOP = {"connection", "keep-alive", "transfer-encoding", "content-length", "te", "trailer", "upgrade"}


@dataclass
class Passing:
    """A request on its way. A lie may change it before it is sent on."""

    method: str
    url: str
    headers: list[tuple[str, str]]
    body: bytes

    @property
    def path(self) -> str:
        return self.url.partition("?")[0]


@dataclass
class Answer:
    """A reply on its way back. A lie may change it, or make one up."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


Honest = Callable[[Passing], Answer]
Lie = Callable[[Passing, Honest], Answer]


def honestly(passing: Passing, forward: Honest) -> Answer:
    """No lie."""
    return forward(passing)


@dataclass
class Proxy:
    """An ASGI application in front of the mock at ``root``; ``seen``: what came by, in order."""

    root: str
    lie: Lie = honestly
    seen: list[tuple[str, str, bytes]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.client = httpx.Client(timeout=60, trust_env=False)

    def _forward(self, passing: Passing) -> Answer:
        reply = self.client.request(
            passing.method, self.root + passing.url, headers=passing.headers, content=passing.body, follow_redirects=False
        )
        kept = [(name, value) for name, value in reply.headers.multi_items() if name.lower() not in HOP]
        return Answer(reply.status_code, kept, reply.content)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return  # uvicorn takes it for an application without lifespan
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        target = scope["raw_path"].decode("latin-1")
        if scope["query_string"]:
            target += "?" + scope["query_string"].decode("latin-1")
        headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]]
        headers = [(name, value) for name, value in headers if name.lower() not in HOP]
        if not target.startswith("/_understudy"):
            self.seen.append((scope["method"], target, body))
        answer = self.lie(Passing(scope["method"], target, headers, body), self._forward)
        sent = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in answer.headers]
        await send({"type": "http.response.start", "status": answer.status, "headers": sent})
        await send({"type": "http.response.body", "body": answer.body})


@contextmanager
def in_front_of(root: str, lie: Lie = honestly) -> Iterator[tuple[str, Proxy]]:
    """The URL of a proxy before the mock at ``root``, and the proxy."""
    proxy = Proxy(root, lie)
    with proxy.client, serving(proxy) as url:
        yield url, proxy
