"""The client against the mock: `understudy` is a sandbox for each test, nothing is imported for it."""

import http.server
import threading

import httpx
import pytest
from orders import Orders, Refused, is_from_bird

CUSTOMER = "+31612345678"


@pytest.fixture
def orders(understudy):
    owner = understudy.bird.owner
    return Orders(understudy.bird.base_url, owner.access_key, owner.workspace_id, owner.channels["sms"])


def test_a_message_is_sent_and_read_back(orders, understudy):
    orders.tell(CUSTOMER, "Your order is on its way.")
    assert orders.told()[0] == "Your order is on its way."
    assert understudy.sent(operation="send_message", actor="owner", status=202, body={"body": {"type": "text"}})


def test_a_number_that_is_none_is_refused(orders):
    with pytest.raises(Refused) as no:
        orders.tell("", "Hello?")
    assert no.value.code == "InvalidPayload"
    assert list(no.value.details) == [".receiver.contacts[0].identifierValue"]


def test_in_time_it_arrives(orders, understudy):
    understudy.freeze()
    message = orders.tell(CUSTOMER, "Your order is on its way.")
    assert orders.status(message) == "accepted"
    understudy.advance("1m")
    assert orders.status(message) == "delivered"


@pytest.mark.parametrize("status", [429, 503])
def test_trouble_that_passes_is_survived(orders, understudy, status):
    with understudy.fault(operation="send_message", status=status, undocumented=True, next=2):
        orders.tell(CUSTOMER, "Your order is on its way.")
    assert [entry.status for entry in understudy.sent(operation="send_message")] == [status, status, 202]


def test_tests_do_not_see_each_other(orders):
    # Whatever the others sent, here is the world as it opened.
    assert "Your order is on its way." not in orders.told()


def test_the_mock_calls_back(orders, understudy, mailbox):
    url, arrived = mailbox
    owner = understudy.bird.owner
    subscriptions = f"/organizations/{owner.organization_id}/workspaces/{owner.workspace_id}/webhook-subscriptions"
    wish = {"service": "channels", "event": "sms.outbound", "url": url, "signingKey": "s3cret"}
    httpx.post(understudy.bird.base_url + subscriptions, json=wish, headers=owner.headers, trust_env=False).raise_for_status()
    understudy.freeze()
    orders.tell(CUSTOMER, "Your order is on its way.")
    understudy.advance("1m")
    understudy.webhooks.wait(event="sms.outbound", count=4)
    assert len(arrived) == 4
    assert all(is_from_bird(headers, url, body, b"s3cret") for headers, body in arrived)


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
        yield f"http://127.0.0.1:{server.server_port}/bird", arrived
        server.shutdown()
