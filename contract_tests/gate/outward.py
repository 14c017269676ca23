"""Outward: the way from the gate to the target, one request and its whole reply at a time."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from io import BytesIO

import aiohttp
from yarl import URL

from contract_tests.gate.exchange import Exchange, Headers

#: Headers that belong to one hop (RFC 9110, 7.6.1), and the host, which the gate alone decides.
HOP = frozenset(
    {"connection", "keep-alive", "proxy-connection", "transfer-encoding", "content-length", "te", "trailer", "upgrade", "host"}
)
_LARGEST = 512 * 1024 * 1024
LINE = 256 * 1024
_PIECE = 512 * 1024


class TooLarge(ValueError):
    """The reply is larger than the gate carries."""


def session(seconds: float) -> aiohttp.ClientSession:
    """``seconds``: until a reply must be whole. It adds nothing to a request, remembers no cookie and unpacks nothing."""
    made = aiohttp.ClientSession(
        # Less than a server's own: it must not close a connection that a request is just being sent on.
        connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=3),
        auto_decompress=False,
        cookie_jar=aiohttp.DummyCookieJar(),
        skip_auto_headers=("User-Agent", "Accept", "Accept-Encoding", "Content-Type"),
        timeout=aiohttp.ClientTimeout(total=seconds),
        max_line_size=LINE,
        max_field_size=LINE,
    )
    # aiohttp sends what is idempotent again when a connection breaks. A budget counts what leaves, and some GETs send messages.
    made._retry_connection = False
    return made


async def forward(client: aiohttp.ClientSession, exchange: Exchange, base: str) -> None:
    """Send the request to the one target, and note what came back or broke. Redirects are the sender's to follow."""
    began = time.perf_counter()
    try:
        async with client.request(
            exchange.method,
            URL(base + exchange.url, encoded=True),
            headers=[(name, value) for name, value in exchange.headers if name.lower() != "expect"],
            data=_data(exchange),
            allow_redirects=False,
        ) as reply:
            exchange.reply_headers = without_hop(reply.raw_headers)
            if reply.method == "HEAD" and (length := reply.headers.get("Content-Length")) is not None:
                exchange.reply_headers.append(("Content-Length", length))
            exchange.reply_body = await _whole(reply)
            exchange.status = reply.status
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as problem:
        exchange.broken = told(problem)
    exchange.seconds = time.perf_counter() - began


def _data(exchange: Exchange) -> AsyncIterator[bytes] | BytesIO | bytes | None:
    if exchange.chunked:
        return _chunks(exchange.body)
    # aiohttp writes a large body piece by piece only if it reads it from a file.
    return BytesIO(exchange.body) if len(exchange.body) > _PIECE else exchange.body or None


async def _chunks(body: bytes) -> AsyncIterator[bytes]:
    if body:
        yield body


async def _whole(reply: aiohttp.ClientResponse) -> bytes:
    if (reply.content_length or 0) > _LARGEST:
        raise TooLarge(f"{reply.content_length} bytes")
    parts: list[bytes] = []
    size = 0
    async for part in reply.content.iter_any():
        parts.append(part)
        size += len(part)
        if size > _LARGEST:
            raise TooLarge(f"more than {_LARGEST} bytes")
    return b"".join(parts)


def told(problem: BaseException) -> str:
    """Why there is no reply, in words."""
    # Not the URL, which may hold a credential.
    words = problem.message if isinstance(problem, aiohttp.ClientResponseError) else str(problem)
    words = " ".join(words.split()) or "it took too long"
    return f"The target gave no whole reply ({type(problem).__name__}: {words})"


def without_hop(raw: tuple[tuple[bytes, bytes], ...]) -> Headers:
    """Headers as text, bytes that are no UTF-8 as surrogates; without those of the hop."""
    kept = ((_text(name), _text(value)) for name, value in raw)
    return [(name, value) for name, value in kept if name.lower() not in HOP]


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogateescape")
