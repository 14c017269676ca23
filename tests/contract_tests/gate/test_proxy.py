"""The gate on raw sockets: where requests go, what becomes of their bytes, and what garbage comes to."""

from __future__ import annotations

import gzip
import http.client
import socket
import threading
from collections.abc import Iterator
from urllib.parse import unquote

import pytest

from contract_tests.gate import inward, outward
from contract_tests.gate.proxy import Gate, Mount
from tests.contract_tests.gate.toys import FINE, ask, request, standing

REFUSED = b"X-Understudy-Refused"


def passed_on(raw: bytes, answer: bytes = FINE) -> tuple[bytes, bytes]:
    """What the target got, and what the sender."""
    with standing(answer) as (_, url, target):
        came = ask(url, raw)
    assert len(target.got) == 1, target.got
    return target.got[0], came


@pytest.mark.parametrize(
    "raw",
    [
        request("GET /toy/a", "Host: elsewhere.example"),
        request("GET /toy/a", "Host: elsewhere.example", "X-Forwarded-Host: elsewhere.example"),
        request("GET /toy/@elsewhere.example/", "Host: x"),
        request("GET /toy/http://elsewhere.example/", "Host: x"),
        request("GET /toy//elsewhere.example/a", "Host: x"),
        request("GET /toy/\\\\elsewhere.example/a", "Host: x"),
    ],
)
def test_a_request_goes_to_the_target_whatever_it_says(raw: bytes) -> None:
    with standing() as (_, url, target):
        ask(url, raw)
        port = target.url.rpartition(":")[2].encode()
        assert [got.startswith(b"GET /base/") and b"Host: 127.0.0.1:" + port + b"\r\n" in got for got in target.got] == [True]


@pytest.mark.parametrize(
    "raw",
    [
        request("GET http://elsewhere.example/toy/a", "Host: elsewhere.example"),
        request("CONNECT elsewhere.example:80", "Host: elsewhere.example"),
        request("GET /toy@elsewhere.example/a", "Host: x"),
        request("GET /toybox/a", "Host: x"),
        request("GET /", "Host: x"),
        request("OPTIONS *", "Host: x"),
    ],
)
def test_what_is_for_no_api_is_refused(raw: bytes) -> None:
    with standing() as (_, url, target):
        assert REFUSED in ask(url, raw)
    assert target.got == []


def test_it_listens_on_loopback_alone() -> None:
    with standing() as (_, url, _target), socket.socket(socket.AF_INET, socket.SOCK_STREAM) as other:
        # Any other address of this machine would be taken, were it bound to all.
        other.bind(("127.0.0.2", int(url.rpartition(":")[2])))


@pytest.mark.parametrize(
    "raw",
    [
        b"\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET /toy/a HTTP/9.9\r\n\r\n",
        b"get /toy/a HTTP/1.1\r\nHost: x\r\n\r\n",
        request("GET /toy/a", "Host: x", "No Header"),
        request("POST /toy/a", "Host: x", "Content-Length: 3", "Content-Length: 4", said=b"abcd"),
        request("POST /toy/a", "Host: x", "Content-Length: 5", "Transfer-Encoding: chunked", said=b"0\r\n\r\n"),
        request("POST /toy/a", "Host: x", "Transfer-Encoding: chunked", said=b"zz\r\n"),
        request("GET /toy/a", "Host: x", "X-A: caf\xe9"),
    ],
)
def test_what_the_gate_cannot_carry_is_its_own_refusal_and_no_traceback(raw: bytes) -> None:
    with standing() as (_, url, target):
        came = ask(url, raw)
        assert REFUSED in came
        assert b"Traceback" not in came
        # It goes on.
        assert b"200 OK" in ask(url, request("GET /toy/a", "Host: x"))
    assert len(target.got) == 1


def test_chunks_stay_chunks() -> None:
    got, _ = passed_on(request("POST /toy/a", "Host: x", "Transfer-Encoding: chunked", said=b"3\r\nabc\r\n0\r\n\r\n"))
    assert got.endswith(b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n")


def test_a_body_without_a_byte_may_come_in_chunks() -> None:
    got, _ = passed_on(request("POST /toy/a", "Host: x", "Transfer-Encoding: chunked", said=b"0\r\n\r\n"))
    assert got.endswith(b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n")


def test_a_body_with_a_length_keeps_it_and_its_coding() -> None:
    raw = request("POST /toy/a", "Host: x", "Content-Encoding: gzip", "Content-Length: 3", said=b"\x1f\x8b\x00")
    got, _ = passed_on(raw)
    assert b"Content-Length: 3\r\n" in got
    assert b"Content-Encoding: gzip\r\n" in got
    assert got.endswith(b"\r\n\r\n\x1f\x8b\x00")


def test_headers_arrive_as_they_were_sent_and_no_others() -> None:
    got, _ = passed_on(request("GET /toy/a?b=%20c", "Host: x", "X-A: 1", "X-A: 2", "x-b:  caf\xc3\xa9 "))
    assert got.splitlines()[0] == b"GET /base/a?b=%20c HTTP/1.1"
    sent = [line for line in got.splitlines()[1:] if line and not line.lower().startswith(b"host")]
    assert sent == [b"X-A: 1", b"X-A: 2", b"x-b: caf\xc3\xa9"]


def test_headers_of_one_hop_end_at_the_gate() -> None:
    hop = ("TE: trailers", "Trailer: X-A", "Keep-Alive: timeout=5", "Proxy-Connection: keep-alive", "Upgrade: h2c")
    got, _ = passed_on(request("GET /toy/a", "Host: x", *hop))
    assert [line for line in got.splitlines()[1:] if line and not line.startswith(b"Host")] == []


@pytest.mark.parametrize("path", ["/a%2Fb", "/%7e", "/a?b=%2b+c&&d=%zz", "/a//b/./c"])
def test_a_path_arrives_as_it_was_written(path: str) -> None:
    got, _ = passed_on(request(f"GET /toy{path}", "Host: x"))
    assert got.splitlines()[0] == f"GET /base{path} HTTP/1.1".encode()


def test_a_replys_coding_is_left_to_the_sender() -> None:
    packed = gzip.compress(b"ok")
    answer = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(packed) + packed
    _, came = passed_on(request("GET /toy/a", "Host: x"), answer)
    assert came.endswith(b"\r\n\r\n" + packed)


def test_the_gate_keeps_no_cookies() -> None:
    with standing(b"HTTP/1.1 200 OK\r\nSet-Cookie: a=b; Path=/\r\nContent-Length: 0\r\n\r\n") as (_, url, target):
        for _ in range(2):
            ask(url, request("GET /toy/a", "Host: x"))
    assert [b"Cookie" in got for got in target.got] == [False, False]


def test_no_proxy_of_the_surroundings_comes_between(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    _, came = passed_on(request("GET /toy/a", "Host: x"))
    assert came.endswith(b"ok")


def test_what_is_too_large_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inward, "LARGEST", 10)
    monkeypatch.setattr(outward, "_LARGEST", 10)
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n14\r\n" + b"x" * 20 + b"\r\n0\r\n\r\n"
    with standing(chunked) as (_, url, target):
        assert b"larger%20than" in ask(url, request("POST /toy/a", "Host: x", "Content-Length: 11", said=b"x" * 11))
        assert target.got == []
        assert b"TooLarge" in ask(url, request("GET /toy/a", "Host: x"))


def test_nobody_waits_for_a_target_that_does_not_answer() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        base = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with Gate([Mount("toy", "/toy", base, None)], seconds=0.2).open() as url:
            assert b"X-Understudy-Broken" in ask(url, request("GET /toy/a", "Host: x"))


def test_a_reply_comes_with_its_own_headers_and_no_others() -> None:
    _, came = passed_on(request("GET /toy/a", "Host: x"), b"HTTP/1.1 200 OK\r\nX-A: 1\r\nX-A: 2\r\nContent-Length: 2\r\n\r\nok")
    lines = [line for line in came.split(b"\r\n\r\n")[0].splitlines()[1:] if not line.startswith(b"X-Understudy")]
    assert sorted(lines) == [b"Connection: close", b"Content-Length: 2", b"X-A: 1", b"X-A: 2"]


def test_bytes_of_a_replys_header_are_not_lost() -> None:
    _, came = passed_on(request("GET /toy/a", "Host: x"), b"HTTP/1.1 200 OK\r\nX-A: caf\xe9\r\nContent-Length: 0\r\n\r\n")
    assert b"X-A: caf\xc3\xa9\r\n" in came


def test_a_reply_to_head_keeps_its_length() -> None:
    _, came = passed_on(request("HEAD /toy/a", "Host: x"), b"HTTP/1.1 200 OK\r\nContent-Length: 1234\r\n\r\n")
    assert b"Content-Length: 1234\r\n" in came
    assert came.endswith(b"\r\n\r\n")


@pytest.mark.parametrize("expect", ["100-continue", "anything"])
def test_nobody_waits_for_a_target_that_does_not_know_expect(expect: str) -> None:
    got, came = passed_on(request("POST /toy/a", "Host: x", f"Expect: {expect}", "Content-Length: 3", said=b"abc"))
    assert got.endswith(b"\r\n\r\nabc")
    assert came.endswith(b"ok")


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "POST"])
def test_a_request_leaves_once_even_if_the_connection_breaks(method: str) -> None:
    _, came = passed_on(request(f"{method} /toy/a", "Host: x"), b"")
    assert b"X-Understudy-Broken" in came


@pytest.mark.parametrize("answer", [b"hello\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\nok"])
def test_a_reply_that_breaks_is_told_without_the_url(answer: bytes) -> None:
    _, came = passed_on(request("GET /toy/a?key=geheim", "Host: x"), answer)
    told = next(line for line in came.splitlines() if line.startswith(b"X-Understudy-Broken"))
    assert "gave no whole reply" in unquote(told.decode())
    assert b"geheim" not in came


def test_a_large_body_arrives_whole() -> None:
    large = bytes(range(256)) * 8192
    got, _ = passed_on(request("POST /toy/a", "Host: x", f"Content-Length: {len(large)}", said=large))
    assert got.endswith(b"\r\n\r\n" + large)


def test_a_target_may_answer_before_it_has_read_all() -> None:
    large = b"x" * (8 * 1024 * 1024)
    answer = b"HTTP/1.1 413 Too Large\r\nConnection: close\r\nContent-Length: 3\r\n\r\nbig"
    with standing(answer, early=True) as (_, url, _target):
        came = ask(url, request("POST /toy/a", "Host: x", f"Content-Length: {len(large)}", said=large))
    assert came.startswith(b"HTTP/1.1 413")
    assert came.endswith(b"big")


@pytest.mark.parametrize(
    ("location", "led"),
    [
        ("http://elsewhere.example/x", "/_elsewhere"),
        ("//elsewhere.example/x", "/_elsewhere"),
        ("/base/x?y=1", "/toy/x?y=1"),
        ("x", "/toy/x"),
        ("/other/x", "/_elsewhere"),
        ("/basement", "/_elsewhere"),
        ("http://[broken", "/_elsewhere"),
    ],
)
def test_a_redirect_leads_back_to_the_gate_and_is_not_followed(location: str, led: str) -> None:
    answer = f"HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n".encode()
    with standing(answer) as (gate, url, target):
        came = ask(url, request("GET /toy/a", "Host: x"))
        assert f"Location: {url}{led}\r\n".encode() in came
        assert gate.recorder.all()[0].reply_header("location") == location
    assert len(target.got) == 1


@pytest.fixture
def keeping() -> Iterator[str]:
    """A target that keeps connections open and answers by their number."""
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        connection, _ = listening.accept()
        with connection:
            for number in range(3):
                connection.recv(65536)
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n%d" % number)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    thread.join(5)
    listening.close()


def test_connections_are_kept_on_both_sides(keeping: str) -> None:
    with Gate([Mount("toy", "/toy", keeping, None)]).open() as url:
        connection = http.client.HTTPConnection(url.removeprefix("http://"))
        for number in range(3):
            connection.request("GET", "/toy/a")
            assert connection.getresponse().read() == b"%d" % number
        connection.close()
