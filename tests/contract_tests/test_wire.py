"""What the gate says of a reply reaches the test that asked: a refusal skips, an objection fails, the numbers are kept."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import quote

import pytest

from contract_tests import wire
from contract_tests.gate.proxy import BROKEN, EXCHANGE, OBJECTIONS, REFUSED


class Says(BaseHTTPRequestHandler):
    """Answers with the headers that the path holds as JSON."""

    def do_GET(self) -> None:
        self.send_response(200)
        for name, value in json.loads(bytes.fromhex(self.path[1:])).items():
            self.send_header(name, value)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def gate() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Says)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    wire.evidence.begin()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


def saying(**headers: str) -> str:
    return "/" + json.dumps({name.replace("_", "-"): value for name, value in headers.items()}).encode().hex()


def header(name: str, value: str) -> str:
    return "/" + json.dumps({EXCHANGE: "7", name: quote(value)}).encode().hex()


def test_a_refusal_skips_a_law_and_says_why(gate: str) -> None:
    with wire.client(gate) as client, pytest.raises(pytest.skip.Exception, match="no message is paid for"):
        client.get(header(REFUSED, "no message is paid for"))
    assert (wire.evidence.refusals, wire.evidence.passed) == (["no message is paid for"], 0)


def test_what_is_held_against_a_reply_fails_with_its_statements(gate: str) -> None:
    told = json.dumps([["shadow", "it was forgotten", ["B05"]]])
    with wire.client(gate) as client, pytest.raises(wire.Objected, match="it was forgotten") as caught:
        client.get(header(OBJECTIONS, told))
    assert (caught.value.check, caught.value.statements) == ("shadow", ("B05",))
    with wire.session() as session, pytest.raises(wire.Objected, match="it was forgotten"):
        session.get(gate + header(OBJECTIONS, told))


def test_a_reply_that_never_came_fails(gate: str) -> None:
    with wire.client(gate) as client, pytest.raises(wire.Broken, match="it hung up"):
        client.get(header(BROKEN, "it hung up"))


def test_generated_requests_know_a_refusal_and_go_on(gate: str) -> None:
    with wire.session() as session:
        refused, passed = session.get(gate + header(REFUSED, "no")), session.get(gate + saying(X_Understudy_Exchange="8"))
    assert wire.is_refusal(type("Reply", (), {"headers": {name.lower(): [value] for name, value in refused.headers.items()}}))
    assert not wire.is_refusal(type("Reply", (), {"headers": {name.lower(): [value] for name, value in passed.headers.items()}}))
    assert (wire.evidence.refusals, wire.evidence.passed) == (["no"], 1)


def test_the_numbers_of_a_test_and_of_its_latest_case_are_kept(gate: str) -> None:
    with wire.client(gate) as client:
        client.get(saying(X_Understudy_Exchange="3"))
        client.get(saying(X_Understudy_Exchange="4"))
        assert wire.evidence.numbers == [3, 4]
        wire.evidence.again()
        client.get(saying(X_Understudy_Exchange="5"))
        assert (wire.evidence.numbers, wire.evidence.passed) == ([5], 3)
        wire.evidence.begin()
        assert (wire.evidence.numbers, wire.evidence.passed) == ([], 0)
