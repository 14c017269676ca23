"""Tunnel: a WebSocket through the gate, frames as they are, closed from both sides with the same words."""

from __future__ import annotations

import asyncio
from contextlib import AbstractAsyncContextManager

import aiohttp
from aiohttp import web
from yarl import URL

from contract_tests.gate.exchange import Exchange
from contract_tests.gate.inward import EXCHANGE

#: What the two hops settle between them, each for itself.
_SETTLED = frozenset(
    {"sec-websocket-key", "sec-websocket-version", "sec-websocket-extensions", "sec-websocket-accept", "sec-websocket-protocol"}
)
#: What a close frame must not say (RFC 6455, 7.4.1): none was given, and the connection was lost.
_NO_CODE, _LOST = 1005, 1006
_PROTOCOL = "sec-websocket-protocol"

There = aiohttp.ClientWebSocketResponse
Socket = web.WebSocketResponse | There


def is_handshake(request: web.BaseRequest) -> bool:
    """Whether the request wants to become a WebSocket."""
    return request.headers.get("upgrade", "").lower() == "websocket"


def connection(client: aiohttp.ClientSession, exchange: Exchange, base: str) -> AbstractAsyncContextManager[There]:
    """The WebSocket at the target, once it is entered."""
    asked = (value for name, value in exchange.headers if name.lower() == _PROTOCOL)
    return client.ws_connect(
        URL("ws" + (base + exchange.url).removeprefix("http"), encoded=True),
        headers=[(name, value) for name, value in exchange.headers if name.lower() not in _SETTLED],
        protocols=[protocol.strip() for value in asked for protocol in value.split(",")],
        max_msg_size=0,
        autoclose=False,
    )


async def both_ways(request: web.BaseRequest, exchange: Exchange, there: There) -> web.StreamResponse:
    """Carry frames until one side ends it, then end the other in the same way."""
    here = web.WebSocketResponse(max_msg_size=0, autoclose=False, protocols=(there.protocol,) if there.protocol else ())
    here.headers[EXCHANGE] = str(exchange.number)
    await here.prepare(request)
    ways = [asyncio.create_task(_one_way(here, there)), asyncio.create_task(_one_way(there, here))]
    ended, open_still = await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
    for way in open_still:
        way.cancel()
    code, reason = next(iter(ended)).result()
    if code == _LOST:
        if request.transport is not None:
            request.transport.abort()
    else:
        await asyncio.gather(*(side.close(code=code, message=reason) for side in (there, here)), return_exceptions=True)
    return here


async def _one_way(source: Socket, sink: Socket) -> tuple[int, bytes]:
    """Until the source closes: its code and reason."""
    while True:
        message = await source.receive()
        try:
            if message.type is aiohttp.WSMsgType.TEXT:
                await sink.send_str(message.data)
            elif message.type is aiohttp.WSMsgType.BINARY:
                await sink.send_bytes(message.data)
            elif message.type is aiohttp.WSMsgType.CLOSE:
                code = message.data if message.data and message.data != _NO_CODE else 1000
                return code, (message.extra or "").encode()
            else:
                return _LOST, b""
        except (ConnectionError, RuntimeError):
            return _LOST, b""
