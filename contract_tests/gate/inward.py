"""Inward: the way from the gate back to the sender, and what the gate itself says there."""

from __future__ import annotations

import json
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Any
from urllib.parse import quote, urljoin

from aiohttp import web
from aiohttp.web_protocol import ERROR

from contract_tests.gate.exchange import Exchange
from contract_tests.gate.outward import LINE

#: What the gate says to the sender beside the reply; never sent on, never recorded.
EXCHANGE, REFUSED, BROKEN, OBJECTIONS = (
    "X-Understudy-Exchange",
    "X-Understudy-Refused",
    "X-Understudy-Broken",
    "X-Understudy-Objections",
)
#: For how many seconds the gate has held a request back, if anybody could notice.
HELD = "X-Understudy-Held"
_NOTICED = 0.001
#: A pinned recipient took the place of the one that was named.
PINNED = "X-Understudy-Pinned"
#: The status under which a refusal comes back; no tool takes it for the target's: the header tells.
REFUSAL_STATUS = 403
#: A path that leads nowhere: redirects to other hosts are turned there.
ELSEWHERE = "/_elsewhere"
LARGEST = 512 * 1024 * 1024
_GARBLED = "The gate cannot read this as an HTTP request"
#: Who sends garbage hears of it in the reply; nobody wants a traceback of it.
_SILENT = logging.Logger("understudy.gate", logging.CRITICAL + 1)


class _Garbled(web.BaseRequest):
    """A request that never became one: aiohttp answers it, and the reply must not be taken for the target's."""

    async def _prepare_hook(self, response: web.StreamResponse) -> None:
        response.headers[REFUSED] = quote(_GARBLED)


class _Passed(web.Response):
    """A reply with the headers of the target and no others, so that one which it forgot is seen to be missing."""

    async def _prepare_headers(self) -> None:
        own = {name.lower() for name in self.headers}
        await super()._prepare_headers()
        for name in ("Content-Type", "Date", "Server"):
            if name.lower() not in own:
                self.headers.popall(name, None)


def server(handle: Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]) -> web.Server:
    """The gate's server."""

    def request(message: Any, payload: Any, protocol: Any, writer: Any, task: Any) -> web.BaseRequest:
        kind = _Garbled if message is ERROR else web.BaseRequest
        return kind(message, payload, protocol, writer, task, made._loop, client_max_size=LARGEST)

    made = web.Server(
        handle,
        request_factory=request,
        access_log=None,
        logger=_SILENT,
        max_line_size=LINE,
        max_field_size=LINE,
        auto_decompress=False,
    )
    return made


def reply(exchange: Exchange) -> web.Response:
    """What the target answered, and what the gate has to say about it."""
    response = _Passed(status=exchange.status or 502, body=exchange.reply_body)
    response.headers.popall("Content-Type", None)
    for name, value in (*exchange.reply_headers, (EXCHANGE, str(exchange.number))):
        response.headers.add(name, _sendable(value))
    if exchange.broken is not None:
        response.headers[BROKEN] = quote(exchange.broken)
    if exchange.held >= _NOTICED:
        response.headers[HELD] = f"{exchange.held:.3f}"
    if exchange.pinned:
        response.headers[PINNED] = "1"
    if exchange.objections:
        said = [[each.check, each.message, list(each.statements)] for each in exchange.objections]
        response.headers[OBJECTIONS] = quote(json.dumps(said))
    return response


def refusal(exchange: Exchange, status: int = REFUSAL_STATUS) -> web.Response:
    """That the request never left, and why."""
    headers = {REFUSED: quote(exchange.refused or ""), EXCHANGE: str(exchange.number)}
    return web.json_response({"refused": exchange.refused}, status=status, headers=headers)


def led_back(location: str, url: str, bases: Sequence[tuple[str, str]], root: str) -> str:
    """Where a redirect leads through the gate: who follows it must not get past. ``url``: of the request, at the target;
    ``bases``: of the target → prefix at the gate, whose own URL is ``root``.
    """
    try:
        there = urljoin(url, location)
    except ValueError:
        return root + ELSEWHERE
    for base, prefix in bases:
        if there == base or there.startswith((base + "/", base + "?")):
            return root + prefix + there[len(base) :]
    return root + ELSEWHERE


def _sendable(value: str) -> str:
    """Bytes that are no UTF-8 go on as the characters that Latin-1 has for them."""
    return value if value.isascii() else value.encode("utf-8", "surrogateescape").decode("latin-1")
