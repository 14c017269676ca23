"""The client of the control plane: what it asks for, and what it says when it does not get it."""

from __future__ import annotations

import http.server
import socket
import threading
from collections.abc import Iterator

import pytest

from mockserver.client import ControlClient, ControlError, Unreachable
from tests.conftest import RunningMock

TOKEN = "test-control-token"


class Stranger(http.server.BaseHTTPRequestHandler):
    """Something else on the port: any status, any words."""

    said: list[str] = []
    status, media_type, body = 200, "text/html", b"<p>Welcome"

    def do_GET(self) -> None:
        type(self).said.append(self.headers["Host"])
        self.send_response(self.status)
        self.send_header("Content-Type", self.media_type)
        self.end_headers()
        self.wfile.write(self.body)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def stranger() -> Iterator[tuple[str, type[Stranger]]]:
    handler = type("Handler", (Stranger,), {"said": []})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", handler
        server.shutdown()
        thread.join(5)


@pytest.fixture(autouse=True)
def _from_the_beginning(mock: RunningMock) -> None:
    mock.reset()


def test_it_asks_and_answers_with_what_was_said(mock: RunningMock) -> None:
    with ControlClient(f"{mock.url}/_understudy/", TOKEN) as client:
        assert client.call("PUT", "/clock", {"mode": "frozen", "now": "2026-02-13T12:00:00Z"})["mode"] == "frozen"
        assert client.call("GET", "/webhooks/deliveries", params={"limit": 1, "api": None}) == {"total": 0, "deliveries": []}
        assert client.call("POST", "/reset") is None


def test_a_refusal_tells_its_words_and_its_issues(mock: RunningMock) -> None:
    with ControlClient(mock.url, TOKEN) as client, pytest.raises(ControlError) as caught:
        client.call("PUT", "/clock", {"mode": "backwards"})
    error = caught.value
    assert (error.status, error.error, len(error.issues)) == (400, "body_invalid", 1)
    assert str(error).startswith("The body is not what this operation takes: mode: must be one of")


@pytest.mark.parametrize("token", [None, "wrong"])
def test_a_wrong_token_is_told_with_what_to_set_and_never_shown(mock: RunningMock, token: str | None) -> None:
    with ControlClient(mock.url, token) as client, pytest.raises(ControlError) as caught:
        client.call("GET", "/clock")
    assert caught.value.status == 401
    assert "set UNDERSTUDY_CONTROL_TOKEN (or --token)" in str(caught.value)
    assert "wrong" not in str(caught.value)


def test_nothing_there_says_how_to_start_it() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    with ControlClient(url) as client, pytest.raises(Unreachable, match=rf"nothing answers at {url}: start it with"):
        client.call("GET", "/ready")


@pytest.mark.parametrize(
    ("status", "media_type", "body"),
    [
        (200, "text/html", b"<p>Welcome"),
        (404, "application/json", b'{"no": 1}'),
        (200, "application/json", b"{"),
        (502, "text/plain", b"x"),
    ],
)
def test_what_is_no_mock_is_told(stranger: tuple[str, type[Stranger]], status: int, media_type: str, body: bytes) -> None:
    url, handler = stranger
    handler.status, handler.media_type, handler.body = status, media_type, body
    with ControlClient(url) as client, pytest.raises(Unreachable, match=f"is no Understudy .HTTP {status}."):
        client.call("GET", "/clock")


def test_no_proxy_of_the_surroundings_hears_of_it(
    stranger: tuple[str, type[Stranger]], mock: RunningMock, monkeypatch: pytest.MonkeyPatch
) -> None:
    url, handler = stranger
    monkeypatch.setenv("HTTP_PROXY", url)
    monkeypatch.setenv("http_proxy", url)
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    with ControlClient(mock.url, TOKEN) as client:
        assert client.call("GET", "/live") == {"status": "live"}
    assert handler.said == []


@pytest.mark.parametrize(("token", "sandbox"), [("line\nbreak", None), ("naïve", None), ("t", "ünï")])
def test_what_no_header_can_carry_is_refused_at_once(token: str, sandbox: str | None) -> None:
    with pytest.raises(ValueError, match="plain ASCII"):
        ControlClient("http://127.0.0.1:9", token, sandbox)


def test_one_client_is_in_several_sandboxes(mock: RunningMock) -> None:
    with ControlClient(mock.url, TOKEN) as client:
        one, other = client.within("client-one"), client.within("client-other")
        one.call("PUT", "/clock", {"mode": "frozen", "now": "2026-02-13T12:00:00Z"})
        told = [here.call("GET", "/clock")["mode"] for here in (one, other, client)]
    assert told == ["frozen", "running", "running"]


def test_a_sandbox_that_no_header_can_carry_is_refused(mock: RunningMock) -> None:
    with ControlClient(mock.url, TOKEN) as client, pytest.raises(ValueError, match="plain ASCII"):
        client.within("one\r\nX-Other: 1")
