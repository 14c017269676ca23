"""WebSockets through the gate: frames, subprotocols, ends and refusals."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import aiohttp
import pytest
from aiohttp import web

from contract_tests.gate.exchange import Exchange
from contract_tests.gate.proxy import EXCHANGE, REFUSED, Gate, Mount
from contract_tests.gate.rule import Rule

Play = Callable[[aiohttp.ClientSession, str], Awaitable[None]]


class Seen(Rule):
    """Keeps what it saw; refuses paths that say so."""

    def __init__(self) -> None:
        self.statuses: list[int] = []

    def ask(self, exchange: Exchange) -> str | None:
        return "no socket today" if exchange.path == "/refused" else None

    def saw(self, exchange: Exchange) -> None:
        self.statuses.append(exchange.status)


async def serve(request: web.Request) -> web.StreamResponse:
    if request.path == "/base/locked":
        return web.json_response({"error": "who are you?"}, status=401)
    socket = web.WebSocketResponse(protocols=("chat.v2",))
    await socket.prepare(request)
    async for message in socket:
        if message.data == "end":
            await socket.close(code=4003, message=b"enough")
        elif message.data == "die":
            assert request.transport is not None
            request.transport.abort()
        elif message.type is aiohttp.WSMsgType.TEXT:
            await socket.send_str(f"{request.query_string} {message.data}")
        else:
            await socket.send_bytes(message.data[::-1])
    request.app[CLOSED].append(socket.close_code)
    return socket


CLOSED: web.AppKey[list[int | None]] = web.AppKey("closed")


def played(play: Play, seen: Rule | None = None) -> list[int | None]:
    """Play against a gate before a target; the codes with which its sockets ended."""

    async def all_of_it() -> list[int | None]:
        app = web.Application()
        app[CLOSED] = []
        app.router.add_get("/{path:.*}", serve)
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        base = f"http://127.0.0.1:{runner.addresses[0][1]}/base"
        opened = Gate([Mount("toy", "/toy", base, None)], [seen] if seen else []).open()
        async with aiohttp.ClientSession() as client:
            await play(client, await asyncio.to_thread(opened.__enter__) + "/toy")
        await asyncio.to_thread(opened.__exit__, None, None, None)
        await runner.cleanup()
        return app[CLOSED]

    return asyncio.run(all_of_it())


def test_frames_and_subprotocol_pass_as_they_are() -> None:
    async def play(client: aiohttp.ClientSession, url: str) -> None:
        async with client.ws_connect(f"{url}/live?a=b", protocols=("chat.v1", "chat.v2")) as socket:
            assert socket.protocol == "chat.v2"
            await socket.send_str("hello")
            assert await socket.receive_str() == "a=b hello"
            await socket.send_bytes(b"abc" * 500_000)
            assert await socket.receive_bytes() == b"cba" * 500_000

    played(play)


def test_the_target_ends_it_with_its_own_code_and_reason() -> None:
    async def play(client: aiohttp.ClientSession, url: str) -> None:
        async with client.ws_connect(f"{url}/live") as socket:
            await socket.send_str("end")
            ended = await socket.receive()
            assert (ended.type, ended.data, ended.extra) == (aiohttp.WSMsgType.CLOSE, 4003, "enough")

    played(play)


def test_the_sender_ends_it_with_its_own_code() -> None:
    async def play(client: aiohttp.ClientSession, url: str) -> None:
        async with client.ws_connect(f"{url}/live") as socket:
            await socket.close(code=4001)

    assert played(play) == [4001]


def test_a_target_that_is_lost_is_lost_to_the_sender_too() -> None:
    async def play(client: aiohttp.ClientSession, url: str) -> None:
        async with client.ws_connect(f"{url}/live") as socket:
            await socket.send_str("die")
            await socket.receive()
            assert socket.close_code == 1006

    played(play)


def test_a_handshake_is_asked_and_shown_like_any_request() -> None:
    seen = Seen()

    async def play(client: aiohttp.ClientSession, url: str) -> None:
        with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
            await client.ws_connect(f"{url}/refused")
        assert caught.value.headers is not None
        assert caught.value.headers[REFUSED] == "no%20socket%20today"
        async with client.ws_connect(f"{url}/live") as socket:
            assert socket._response.headers[EXCHANGE] == "2"

    played(play, seen)
    assert seen.statuses == [101]


def test_what_the_target_says_to_a_handshake_is_told_in_full() -> None:
    seen = Seen()

    async def play(client: aiohttp.ClientSession, url: str) -> None:
        headers = {
            "Connection": "Upgrade",
            "Upgrade": "websocket",
            "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": "a" * 22 + "==",
        }
        async with client.get(f"{url}/locked", headers=headers) as reply:
            assert (reply.status, await reply.json()) == (401, {"error": "who are you?"})

    played(play, seen)
    assert seen.statuses == [401]


def test_a_target_that_is_not_there_is_told() -> None:
    async def play(client: aiohttp.ClientSession, url: str) -> None:
        with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
            await client.ws_connect(f"{url}/live")
        assert caught.value.status == 502

    async def all_of_it() -> None:
        opened = Gate([Mount("toy", "/toy", "http://127.0.0.1:1/base", None)]).open()
        async with aiohttp.ClientSession() as client:
            await play(client, await asyncio.to_thread(opened.__enter__) + "/toy")
        await asyncio.to_thread(opened.__exit__, None, None, None)

    asyncio.run(all_of_it())
