"""The server: what is no HTTP request is refused in the words of the API that was meant, and only a WebSocket is upgraded to."""

from __future__ import annotations

import asyncio
import gc
import json
import socket
import weakref
from typing import Any
from unittest.mock import Mock

import httpx
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from contract_tests.serving import serving
from mockserver import server
from mockserver.app import create_app
from mockserver.data import load_spec
from mockserver.settings import Settings
from tests.conftest import RunningMock


def raw(mock: RunningMock, request: bytes) -> tuple[str, Any]:
    """Status line and JSON body of what comes back until the connection is closed."""
    host, _, port = mock.url.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(request)
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b"content-type: application/json" in head.lower()
    return head.split(b"\r\n")[0].decode(), json.loads(body)


@pytest.mark.parametrize(
    ("path", "api"),
    [
        ("/restlink/api/v1/user/balance", "restlink"),
        ("/tofrom/api/messages", "tofrom"),
        ("/xpressbot/api/workspace/v1/channels/list?page=1", "xpressbot"),
        ("/bird/workspaces", "bird"),
        ("/timelines/partner/api/v1/workspaces", "timelines"),
        ("/_understudy/ready", "control"),
        ("/", "control"),
    ],
)
@pytest.mark.parametrize(
    "request_of",
    [
        "BREW {path} HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "GET {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: \x01\r\n\r\n",
        "GET {path} HTTP/1.1\r\nHost : x\r\n\r\n",
        "GET {path} HTTP/9.9\r\nHost: localhost\r\n\r\n",
        "POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: x\r\n\r\n",
        "GET {path}\x00 HTTP/1.1\r\nHost: localhost\r\n\r\n",
    ],
)
def test_what_is_no_http_is_refused_in_the_apis_words(mock: RunningMock, path: str, api: str, request_of: str) -> None:
    answer = raw(mock, request_of.format(path=path).encode("latin-1"))
    assert answer == ("HTTP/1.1 400 Bad Request", load_spec(api)["x-refusals"]["RequestMalformed"]["value"])


@pytest.mark.parametrize("request_", [b"\r\n\r\n\x16\x03\x01", b"nonsense\r\n\r\n", b"\xff\xfe\xfd \r\n\r\n"])
def test_bytes_without_a_path_get_the_control_planes_words(mock: RunningMock, request_: bytes) -> None:
    assert raw(mock, request_)[1] == load_spec("control")["x-refusals"]["RequestMalformed"]["value"]


def test_forwarding_headers_and_upgrades_change_nothing(mock: RunningMock) -> None:
    host = mock.url.removeprefix("http://")
    request = f"GET /bird/workspaces HTTP/1.1\r\nHost: {host}\r\nConnection: Upgrade, close\r\nUpgrade: websocket\r\n"
    request += "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: CANARY\r\nX-Forwarded-Proto: https\r\n\r\n"
    status, body = raw(mock, request.encode())
    assert status == "HTTP/1.1 404 Not Found"
    assert body == load_spec("bird")["x-refusals"]["PathUnknown"]["value"]


LIVE = "/tofrom/api/ui/workspaces/ws_4kq8z1m7/live"
KEY = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="


def handshake(path: str, *fields: str, method: str = "GET", version: str = "1.1") -> bytes:
    head = [
        f"{method} {path} HTTP/{version}",
        "Host: localhost",
        "Connection: Upgrade, close",
        "Upgrade: websocket",
        *fields,
        "",
        "",
    ]
    return "\r\n".join(head).encode("latin-1")


@pytest.mark.parametrize(
    "request_",
    [
        f"GET {LIVE} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode(),
        f"POST {LIVE}?token=x HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{{}}".encode(),
        handshake(LIVE),
        handshake(LIVE, KEY),
        handshake(LIVE, KEY, "Sec-WebSocket-Version: 12"),
        handshake(LIVE, "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: CANARY"),
        handshake(LIVE, KEY, KEY, "Sec-WebSocket-Version: 13"),
        handshake(LIVE, KEY, "Sec-WebSocket-Version: 13", "Sec-WebSocket-Protocol: ,;CANARY"),
        handshake(LIVE, KEY, "Sec-WebSocket-Version: 13", "Transfer-Encoding: chunked"),
        handshake(LIVE, KEY, "Sec-WebSocket-Version: 13", "X: " + "x" * 9000),
        handshake(LIVE, KEY, "Sec-WebSocket-Version: 13", *(f"X-{number}: x" for number in range(130))),
        handshake(LIVE, KEY, "Sec-WebSocket-Version: 13", method="PUT"),
        handshake(LIVE, KEY, "Sec-WebSocket-Version: 13").replace(b"websocket", b"h2c"),
    ],
)
def test_what_is_no_handshake_where_a_websocket_is_offered_is_told_so(mock: RunningMock, request_: bytes) -> None:
    words = load_spec("tofrom")["x-websocket"]["responses"]["426"]["content"]["application/json"]["examples"]
    assert raw(mock, request_) == ("HTTP/1.1 426 Upgrade Required", words["UpgradeRequired"]["value"])


def test_whoever_asks_for_it_over_http_is_told_how(mock: RunningMock) -> None:
    reply = httpx.get(mock.url + LIVE)
    assert (reply.status_code, reply.headers["Upgrade"], reply.headers["Sec-WebSocket-Version"]) == (426, "websocket", "13")


@pytest.mark.parametrize(
    ("path", "api"),
    [
        ("/tofrom/api/ui/workspaces/ws_4kq8z1m7/live/", "tofrom"),
        ("/tofrom/api/ui/workspaces//live", "tofrom"),
        ("/tofrom/live", "tofrom"),
        ("/bird/live", "bird"),
        ("/restlink/api/v1/live", "restlink"),
        ("/_understudy/nothing", "control"),
    ],
)
def test_a_handshake_elsewhere_is_an_ordinary_request(mock: RunningMock, path: str, api: str) -> None:
    nothing = ("HTTP/1.1 404 Not Found", load_spec(api)["x-refusals"]["PathUnknown"]["value"])
    assert raw(mock, handshake(path, KEY, "Sec-WebSocket-Version: 13")) == nothing
    assert raw(mock, f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode()) == nothing


def test_a_handshake_where_there_is_an_operation_is_a_request_of_it(mock: RunningMock) -> None:
    answer = raw(mock, handshake("/_understudy/live", KEY, "Sec-WebSocket-Version: 13"))
    assert answer == ("HTTP/1.1 200 OK", {"status": "live"})


def test_pings_are_answered_as_long_as_the_answers_are_taken() -> None:
    protocol = server._WebsocketProtocol.__new__(server._WebsocketProtocol)
    protocol.conn, protocol.transport, protocol.writable = Mock(), Mock(), asyncio.Event()
    protocol.conn.data_to_send.return_value = [b"pong"]
    protocol.handle_ping()
    assert (protocol.conn.data_to_send.call_count, protocol.transport.write.call_count) == (1, 0)
    protocol.writable.set()
    protocol.handle_ping()
    protocol.transport.write.assert_called_once_with(b"pong")


@pytest.mark.parametrize("path", ["/bird/live", "/tofrom/api/messages", "/nowhere"])
def test_a_server_that_lets_a_handshake_through_is_told_that_there_is_nothing(path: str) -> None:
    api = path.split("/")[1] if path != "/nowhere" else "control"
    app = create_app(Settings(apis=("bird", "tofrom")))
    with serving(app) as url, pytest.raises(InvalidStatus) as refused:
        connect(f"ws{url.removeprefix('http')}{path}", proxy=None)
    assert refused.value.response.status_code == 404
    assert json.loads(refused.value.response.body or b"") == load_spec(api)["x-refusals"]["PathUnknown"]["value"]


def test_a_mock_of_a_thread_leaves_nothing_behind() -> None:
    first, second = (RunningMock(create_app(Settings(apis=("restlink",)))) for _ in range(2))
    app = weakref.ref(first.app)
    assert httpx.get(f"{first.url}/restlink/api/v1/user/balance").status_code == 401
    first.close()
    del first
    gc.collect()
    left = app()
    second.close()
    assert left is None
