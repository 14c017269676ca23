"""The client against a mock that each run starts for itself, without any plugin: `understudy` as a context manager."""

import http.server
import threading

import pytest
from texts import Refused, Texts, is_from_restlink

from mockserver.testing import understudy


@pytest.fixture(scope="module")
def server():
    with understudy(apis=["restlink"]) as mock:
        yield mock.server


@pytest.fixture
def mock(server):
    with server.sandbox(now="2026-02-13T12:00:00Z") as sandbox:
        yield sandbox


@pytest.fixture
def texts(mock):
    # The client is given nothing but the usual address and a key: the key leads into this test's sandbox.
    return Texts(mock.server.base_url("restlink"), mock.restlink.owner.api_key)


def test_a_text_costs_money(texts, mock):
    before = texts.balance()
    texts.send("+14155551234", message="hi")
    assert texts.balance() < before
    assert mock.sent(operation="send_sms", actor="owner", body={"to": ["+14155551234"]})


def test_in_time_it_arrives_or_does_not(texts, mock):
    arrives, lost = texts.send("+14155551234", "+14155599901", message="hi")
    mock.advance("10m")
    assert (texts.status(arrives), texts.status(lost)) == ("DELIVRD", "UNDELIV")


def test_too_long_a_sender_is_refused(texts):
    with pytest.raises(Refused) as no:
        texts.send("+14155551234", message="hi", sender="A name too long for a phone")
    assert no.value.code == "INVALID_SENDER"


def test_a_rate_limit_is_survived(texts, mock):
    mock.fault(api="restlink", rate_limit=True, next=2)
    texts.send("+14155551234", message="hi")
    assert [entry.status for entry in mock.journal] == [429, 429, 200]


def test_tests_do_not_see_each_other(texts, mock):
    assert texts.balance() == 1250.5
    assert not mock.sent(operation="send_sms")


def test_a_report_comes_and_is_signed(texts, mock, mailbox):
    url, arrived = mailbox
    texts.report_to(url, "s3cret")
    texts.send("+14155599901", message="hi")
    mock.advance("1m")
    reports = mock.webhooks.wait(event="delivery", count=2)
    assert [report.body["status"] for report in reports] == ["sent", "UNDELIV"]
    assert [is_from_restlink(headers, body, b"s3cret") for headers, body in arrived] == [True, True]


@pytest.fixture
def mailbox():
    """An address, and the headers and bodies of what was posted to it."""
    arrived = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            arrived.append((self.headers, self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/reports", arrived
        server.shutdown()
