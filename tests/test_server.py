"""The server: what is no HTTP request is refused in the words of the API that was meant."""

from __future__ import annotations

import json
import socket
from typing import Any

import pytest

from mockserver.data import load_spec
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
        "BREW {path} HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: \x01\r\n\r\n",
        "GET {path} HTTP/1.1\r\nHost : x\r\n\r\n",
        "GET {path} HTTP/9.9\r\nHost: x\r\n\r\n",
        "POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\n\r\n",
        "GET {path}\x00 HTTP/1.1\r\nHost: x\r\n\r\n",
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
