"""Post: exact bytes to addresses that may be called, nothing to others, on real sockets."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest

from contract_tests.receiver import Receiver, receiving
from mockserver.delivery.post import LONGEST_ANSWER, Answer, Post, TargetForbidden


def send(
    url: str, body: bytes = b"{}", headers: Mapping[str, str] | None = None, timeout: float = 5, post: Post | None = None
) -> Answer:
    return asyncio.run((post or Post()).send(url, body, headers or {}, timeout))


@contextmanager
def speaking(answer: bytes, *, closes: bool = True) -> Iterator[tuple[str, list[bytes]]]:
    """A socket that says the same to whoever connects; what it heard."""
    listening = socket.create_server(("127.0.0.1", 0))
    heard: list[bytes] = []

    def speak() -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            # Whoever has read enough goes away.
            with connection, contextlib.suppress(OSError):
                heard.append(connection.recv(65_536))
                connection.sendall(answer)
                while not closes and connection.recv(65_536):
                    pass

    thread = threading.Thread(target=speak, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}", heard
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        thread.join(5)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as found:
        yield found


def test_the_exact_bytes_and_headers_arrive(receiver: Receiver) -> None:
    body = '{"a" : "ü",\n "b":1}'.encode()
    assert send(f"{receiver.url}/hook?x=1#part", body, {"X-Sign": "abc", "User-Agent": "Vendor/1"}) == Answer(204)
    (got,) = receiver.received
    assert (got.path, got.body) == ("/hook?x=1", body)
    assert got.headers["x-sign"] == "abc"
    assert got.headers["user-agent"] == "Vendor/1"
    assert got.headers["host"] == receiver.url.removeprefix("http://")
    assert set(got.headers) == {"host", "x-sign", "user-agent", "content-length", "connection"}


@pytest.mark.parametrize(("part", "path"), [("//a//b", "//a//b"), ("", "/"), ("?x=1", "/?x=1"), ("/%0d%0aX:y", "/%0d%0aX:y")])
def test_the_path_is_the_address_own(part: str, path: str) -> None:
    with speaking(b"HTTP/1.1 204 No Content\r\n\r\n", closes=False) as (url, heard):
        assert send(url + part) == Answer(204)
    assert heard[0].split(b" ")[1].decode() == path


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1", "hooks.localhost"])
def test_names_of_this_machine_are_called_by_their_own_name(
    receiver: Receiver, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def addresses(_post: Post, _name: str) -> list[tuple[Any, ...]]:
        return [(socket.AF_INET6, 1, 6, "", ("::1", 0, 0, 0)), (socket.AF_INET, 1, 6, "", ("127.0.0.1", 0))]

    monkeypatch.setattr(Post, "_addresses", addresses)
    port = receiver.url.rpartition(":")[2]
    assert send(f"http://{name}:{port}/").http_status == 204
    assert receiver.received[0].headers["host"] == f"{name}:{port}"


@pytest.mark.parametrize(
    "url",
    [
        "http://192.0.2.7/hook",
        "http://10.0.0.1:8080/",
        "http://169.254.169.254/latest/meta-data",
        "http://[2001:db8::1]/",
        "http://[::ffff:10.0.0.1]/",
        "http://2130706433/",
        "http://0177.0.0.1/",
        "http://127.0.0.1@10.0.0.1/",
        "http://10.0.0.1#@127.0.0.1/",
        "http://0.0.0.0:80/",
        "https://hooks.nordhaven.example/sms",
        "ftp://127.0.0.1/",
        "http:///nowhere",
        "//127.0.0.1/",
        "localhost:80",
        "http://127.0.0.1:99999/",
        "http://127.0.0.1:x/",
        "http://127.0.0.1:0/",
        "http://[:::::]/x",
    ],
)
def test_nothing_else_is_called_or_even_looked_up(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async def lookup(*_: Any, **__: Any) -> list[Any]:
        pytest.fail("a name was looked up")

    monkeypatch.setattr(asyncio.BaseEventLoop, "getaddrinfo", lookup)
    with pytest.raises(TargetForbidden) as told:
        send(url)
    assert url not in str(told.value)


def test_a_name_that_leads_elsewhere_is_not_called(monkeypatch: pytest.MonkeyPatch) -> None:
    async def addresses(_post: Post, _name: str) -> list[tuple[Any, ...]]:
        return [(socket.AF_INET, 1, 6, "", ("192.0.2.7", 0))]

    monkeypatch.setattr(Post, "_addresses", addresses)
    with pytest.raises(TargetForbidden, match="--allow-target"):
        send("http://hooks.localhost/")


def test_an_allowed_host_is_called_and_its_address_kept(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    async def getaddrinfo(_loop: Any, name: str, *_: Any, **__: Any) -> list[tuple[Any, ...]]:
        asked.append(name)
        return [(socket.AF_INET, 1, 6, "", ("127.0.0.1" if len(asked) == 1 else "192.0.2.7", 0))]

    monkeypatch.setattr(asyncio.BaseEventLoop, "getaddrinfo", getaddrinfo)
    post = Post(allowed=["Hooks.Example"])
    port = receiver.url.rpartition(":")[2]
    for _ in range(2):
        assert send(f"http://hooks.example:{port}/", post=post).http_status == 204
    assert asked == ["hooks.example"]


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_no_redirect_is_followed(receiver: Receiver, status: int) -> None:
    answer = f"HTTP/1.1 {status} Elsewhere\r\nLocation: {receiver.url}/x\r\nContent-Length: 0\r\n\r\n".encode()
    with speaking(answer) as (url, _):
        assert send(url) == Answer(status)
    assert receiver.received == []


def test_of_an_endless_answer_only_the_beginning_is_read() -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n"
    with speaking(head + b"x" * (LONGEST_ANSWER + 100_000), closes=False) as (url, _):
        assert send(url, timeout=20) == Answer(200)


def test_no_answer_in_time_is_a_failure() -> None:
    with speaking(b"", closes=False) as (url, heard):
        assert send(url, timeout=0.1) == Answer(error="no answer within 0.1 s")
        assert heard


def test_half_an_answer_in_time_is_a_failure() -> None:
    with speaking(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", closes=False) as (url, _):
        assert send(url, timeout=0.1) == Answer(error="no answer within 0.1 s")


def test_nobody_there_is_a_failure() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    assert send(f"http://127.0.0.1:{port}/") == Answer(error="the connection was refused")


@pytest.mark.parametrize("answer", [b"", b"not http at all\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx"])
def test_no_http_is_a_failure(answer: bytes) -> None:
    with speaking(answer) as (url, _):
        answered = send(url)
    assert answered.http_status is None
    assert (answered.error or "").startswith("the exchange failed: ")
