"""The mock in a test's hand: each of its words does in the sandbox what it says, and says what is wrong."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from contract_tests.receiver import receiving
from mockserver.client import ControlError
from mockserver.credentials import collect, variables
from mockserver.data import MOUNTS
from mockserver.testing import ServerFailed, Understudy, connect
from mockserver.testing.mock import serving
from mockserver.testing.server import Server
from tests.conftest import RunningMock

TOKEN = "test-control-token"
NOON = datetime(2026, 2, 13, 12, tzinfo=UTC)


@pytest.fixture
def server(mock: RunningMock) -> Iterator[Server]:
    with serving(mock.url, TOKEN) as found:
        yield found


@pytest.fixture
def here(server: Server) -> Iterator[Understudy]:
    with server.sandbox(now=NOON) as sandbox:
        yield sandbox


def messages(here: Understudy, base_url: str = "") -> str:
    owner = here.bird.owner
    return f"{base_url or here.bird.base_url}/workspaces/{owner.workspace_id}/channels/{owner.channels['sms']}/messages"


def send(here: Understudy, text: str = "Hello") -> httpx.Response:
    body = {"receiver": {"contacts": [{"identifierValue": "+31612345678"}]}, "body": {"type": "text", "text": {"text": text}}}
    return httpx.post(messages(here), json=body, headers=here.bird.owner.headers, trust_env=False)


def get(url: str, headers: Any) -> Any:
    return httpx.get(url, headers=headers, trust_env=False).raise_for_status().json()


def test_credentials_alone_lead_into_the_sandbox(here: Understudy) -> None:
    url = messages(here, here.server.base_url("bird"))
    assert "~" not in url
    get(url, here.bird.owner.headers)
    assert here.sent(operation="list_channel_messages", actor="owner", path=url.partition("/bird")[2])


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        ({"operation": "send_mesage"}, "no API here has the operation 'send_mesage'; the nearest: send_message"),
        ({"api": "bird", "operation": "send_sms"}, "bird has no operation 'send_sms'; the nearest: "),
        ({"api": "bird", "operation": "?"}, "bird has no operation '\\?'; there are list_workspaces, "),
        ({"actor": "ownr"}, "The world has no actor 'ownr' here; it has owner, "),
        ({"api": "bird", "actor": "mainless"}, "The world has no actor 'mainless' here; it has owner, stranger."),
        ({"api": "brid"}, "brid is not served here, only restlink"),
    ],
)
def test_nothing_was_sent_is_no_answer_where_nothing_could_be(here: Understudy, wish: Any, words: str) -> None:
    with pytest.raises(LookupError, match=words):
        here.assert_sent(count=0, **wish)
    with pytest.raises(LookupError, match=words):
        here.sent(within=30, **wish)
    send(here)
    with pytest.raises(LookupError, match=words):
        here.assert_sent(count=0, **wish)


def test_nothing_was_sent_is_an_answer_where_something_could_be(here: Understudy) -> None:
    here.assert_sent(count=0, api="restlink", operation="send_sms", actor="owner")
    here.assert_sent(count=0, operation="send_sms", status=200)


def test_what_has_no_credentials_stays_there_by_the_base_url(here: Understudy) -> None:
    assert httpx.get(messages(here), trust_env=False).status_code == 401
    assert here.sent(status=401).__len__() == 1
    assert here.journal[0].actor is None


def test_a_wish_can_wait_for_a_client_that_sends_when_it_likes(here: Understudy) -> None:
    late = threading.Timer(0.2, send, [here])
    late.start()
    assert here.sent(operation="send_message", within=20)
    late.join()
    late = threading.Timer(0.2, send, [here])
    late.start()
    assert len(here.assert_sent(operation="send_message", count=2, within=20)) == 2
    late.join()


def test_too_few_or_too_many_are_told_with_all_that_was_sent(here: Understudy) -> None:
    send(here, "one")
    send(here, "two")
    with pytest.raises(AssertionError, match=r"wanted 1, and there are 2 sent that fit status=202\n  #1 POST .*\n  #2 POST "):
        here.assert_sent(count=1, status=202)
    with pytest.raises(AssertionError, match=r"wanted any, and there are 0 sent that fit status=500\n"):
        here.assert_sent(status=500)


@pytest.mark.parametrize("length", [90, "90s", "1m30s", timedelta(seconds=90)], ids=str)
def test_time_passes_by_any_word_for_it(here: Understudy, length: Any) -> None:
    assert here.advance(length) == here.now == NOON + timedelta(seconds=90)


def test_time_passes_by_so_many_seconds(here: Understudy) -> None:
    assert here.advance(seconds=0.5) == NOON + timedelta(seconds=0.5)


@pytest.mark.parametrize("said", [{}, {"length": "2h", "seconds": 3}])
def test_a_length_is_said_once(here: Understudy, said: Any) -> None:
    with pytest.raises(ValueError, match="Say how long, once"):
        here.advance(**said)
    assert here.now == NOON


def test_the_clock_stands_and_runs(here: Understudy) -> None:
    assert here.freeze("2027-01-01T00:00:00Z") == here.now == datetime(2027, 1, 1, tzinfo=UTC)
    assert here.unfreeze(NOON) >= NOON
    assert here.control.call("GET", "/clock")["mode"] == "running"


def test_an_instant_has_a_zone(here: Understudy) -> None:
    for word in (here.freeze, here.unfreeze, here.reset):
        with pytest.raises(ValueError, match="give it a time zone"):
            word(datetime(2026, 1, 1))  # noqa: DTZ001, RUF100


def test_tokens_are_fresh_when_time_has_passed(here: Understudy) -> None:
    stale = here.restlink.owner.jwt_headers
    here.advance("30h")
    balance = f"{here.restlink.base_url}/user/balance"
    assert httpx.get(balance, headers=stale, trust_env=False).status_code == 401
    assert get(balance, here.restlink.owner.jwt_headers)["currency"] == "EUR"


def test_a_reset_puts_everything_back(here: Understudy) -> None:
    send(here)
    here.fault(api="bird", operation="get_message", status=404)
    here.reset("2026-03-01T00:00:00Z")
    assert (len(here.journal), here.faults(), here.now) == (0, [], datetime(2026, 3, 1, tzinfo=UTC))
    assert send(here).status_code == 202


def test_a_fault_lasts_as_long_as_its_block(here: Understudy) -> None:
    with here.fault(api="bird", operation="send_message", refusal="ChannelInactive") as fault:
        assert (send(here).status_code, fault.hits) == (409, 1)
        assert repr(fault) in repr(here.faults())
    assert (send(here).status_code, here.faults()) == (202, [])
    fault.disarm()


@pytest.mark.parametrize(
    ("words", "rule"),
    [
        ({"status": 404, "operation": "get_message"}, {"error": {"status": 404}, "operation": "get_message"}),
        ({"status": 503, "undocumented": True}, {"error": {"status": 503, "undocumented": True}}),
        ({"rate_limit": True, "undocumented": True, "next": 2}, {"rate_limit": {"undocumented": True}, "next": 2}),
        ({"latency": 0.25, "share": 0.5}, {"latency": {"seconds": 0.25}, "share": 0.5}),
        ({"latency": {"uniform": {"lower": 0, "upper": 1}}}, {"latency": {"uniform": {"lower": 0, "upper": 1}}}),
        ({"reset": "in_body", "every": 3}, {"reset": {"at": "in_body"}, "every": 3}),
        ({"duplicate": "first", "nth": 2}, {"duplicate": {"reply": "first"}, "nth": 2}),
        ({"content_type": "text/plain", "actor": "owner"}, {"content_type": {"value": "text/plain"}, "actor": "owner"}),
        ({"malformed": True, "body": {"at": "to.0"}, "header": {"name": "X-A"}}, {"malformed": {}}),
        ({"truncated": True}, {"truncated": {}}),
        ({"hang": 2}, {"hang": {"seconds": 2}}),
        ({"maintenance": {"retry_after": 5}, "undocumented": True}, {"maintenance": {"retry_after": 5, "undocumented": True}}),
    ],
    ids=str,
)
def test_every_word_of_a_fault_is_one_of_the_contract(here: Understudy, words: Any, rule: Any) -> None:
    armed = here.fault(**words).rule
    assert {name: armed[name] for name in rule} == rule


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ({"slow": 2}, "fault() does not know slow; the effects are status, refusal, latency"),
        ({"malformed": "yes"}, "malformed is True, or the properties"),
    ],
    ids=str,
)
def test_a_word_that_no_fault_has_is_refused(here: Understudy, words: Any, told: str) -> None:
    with pytest.raises(TypeError) as refused:
        here.fault(**words)
    assert told in str(refused.value)
    assert here.faults() == []


def test_a_fault_that_could_strike_nothing_says_what_could(here: Understudy) -> None:
    with pytest.raises(ControlError, match="send_message documents 400"):
        here.fault(api="bird", operation="send_message", status=418)


def test_somebody_writes_to_each_api_that_takes_messages(here: Understudy) -> None:
    for api, number in (("bird", "+31687654321"), ("xpressbot", "+31687654321"), ("tofrom", "+13129450127")):
        assert here.receive(api, "Is it open?", from_=number)["id"]
    assert here.bird.receive("By mail", channel="email")["id"]
    assert here.bird.receive(body={"type": "text", "text": {"text": "Own body"}}, channel=here.bird.owner.channels["whatsapp"])
    assert here.xpressbot.receive(type="image", url="https://cdn.example.com/a.jpg", actor="two_channels")["wamid"]
    assert here.tofrom.receive("", media_urls=("https://media.example.com/cake.jpg",), from_="+13129450127", in_seconds=60)["id"]
    texts = [message["body"]["text"]["text"] for message in get(messages(here), here.bird.owner.headers)["results"][:1]]
    assert texts == ["Is it open?"]
    owner = here.tofrom.owner
    listed = get(f"{here.tofrom.base_url}/api/ui/workspaces/{owner.workspace_id}/messages?limit=1", owner.session_headers)
    assert "Is it open?" in str(listed)


@pytest.mark.parametrize(
    ("api", "told"),
    [
        ("restlink", "what happens from outside there is understudy.restlink.visit(message_id)"),
        ("timelines", "understudy.timelines.use() and .connect()"),
        ("pigeon", "There is no API 'pigeon'; there are restlink"),
    ],
)
def test_where_nobody_can_write_it_is_told_what_can_happen(here: Understudy, api: str, told: str) -> None:
    with pytest.raises(ValueError) as refused:
        here.receive(api)
    assert told in str(refused.value)


def test_a_recipient_follows_a_link(here: Understudy) -> None:
    owner = here.restlink.owner
    body = {"to": ["+14155551234"], "message": "hi", "sender_id": "MyApp"}
    sent = httpx.post(f"{here.restlink.base_url}/sms/send", json=body, headers=owner.headers, trust_env=False).json()
    told = here.restlink.visit(sent["messages"][0]["message_id"], url="https://nordhaven.example/4711")
    assert (told["event"], told["workspace_id"]) == ("click", owner.main)


def test_a_workspace_of_timelines_is_used(here: Understudy) -> None:
    here.timelines.set_webhook("http://127.0.0.1:9/hooks")
    before = here.timelines.use(messages=1)["messages_quota"]["used"]
    assert here.timelines.use(messages=1)["messages_quota"]["used"] == before + 1
    here.timelines.use(transactions=here.timelines.use()["non_recurring_quota"]["remaining_balance"])
    told = here.webhooks.deliveries(api="timelines")
    assert {delivery.url for delivery in told} == {"http://127.0.0.1:9/hooks"}
    here.timelines.set_webhook(None)
    here.timelines.use(balance=1000)
    here.timelines.use(transactions=1000)
    assert len(here.webhooks.deliveries(api="timelines")) == len(told)


def test_a_message_is_led_to_another_end(here: Understudy) -> None:
    message = send(here).json()["id"]
    here.decide("bird", message, "undelivered")
    here.advance("1h")
    assert get(f"{messages(here)}/{message}", here.bird.owner.headers)["status"] == "delivery_failed"


def subscribed(here: Understudy, url: str) -> None:
    httpx.put(
        f"{here.restlink.base_url}/user/webhooks",
        json={"delivery_url": url},
        headers=here.restlink.owner.headers,
        trust_env=False,
    ).raise_for_status()
    text = {"to": ["+14155551234"], "message": "hi", "sender_id": "MyApp"}
    httpx.post(f"{here.restlink.base_url}/sms/send", json=text, headers=here.restlink.owner.headers, trust_env=False)


def test_webhooks_are_waited_for_and_sent_again(here: Understudy) -> None:
    with receiving() as receiver:
        subscribed(here, receiver.url)
        here.advance("1m")
        sent, delivered = here.webhooks.wait(event="delivery", count=2)
        assert [sent.body["status"], delivered.body["status"]] == ["sent", "DELIVRD"]
        again = here.webhooks.redeliver(delivered)
        here.advance(0)
        assert here.webhooks.deliveries(status="delivered")[-1].body == again.body
        assert len(receiver.received) == 3


def test_disturbed_webhooks_do_not_arrive(here: Understudy) -> None:
    here.webhooks.disturb("drop", api="restlink", next=1)
    subscribed(here, "http://127.0.0.1:9/hooks")
    here.advance("1m")
    assert here.webhooks.deliveries()[0].status == "dropped"


def test_a_webhook_that_does_not_come_is_told_with_those_that_did(here: Understudy) -> None:
    with pytest.raises(AssertionError, match="No webhook was queued at all"):
        here.webhooks.wait(event="delivery", timeout=0)
    subscribed(here, "http://127.0.0.1:9/hooks")
    here.advance(5)
    with pytest.raises(AssertionError) as missed:
        here.webhooks.wait(event="delivery", count=2, timeout=0)
    told = str(missed.value)
    assert told.startswith("0 of 2 webhooks that fit event='delivery', status='delivered'; it is 2026-02-13T12:00:05")
    assert "#1 restlink delivery to http://127.0.0.1:9/hooks: waiting (" in told
    assert "`advance` brings it about" in told


def test_the_variables_are_those_of_the_command(here: Understudy) -> None:
    told = here.environment()
    ours = {"UNDERSTUDY_URL", "UNDERSTUDY_SANDBOX", "UNDERSTUDY_CONTROL_TOKEN"}
    assert set(told) - ours == set(variables(collect(list(MOUNTS), here.server.url, "default")))
    assert (told["UNDERSTUDY_SANDBOX"], told["UNDERSTUDY_CONTROL_TOKEN"]) == (here.name, TOKEN)
    assert told["BIRD_BASE_URL"] == here.bird.base_url
    assert told["BIRD_OWNER_ACCESS_KEY"] == here.bird.owner.access_key


def test_a_sandbox_is_gone_after_its_block(server: Server) -> None:
    with server.sandbox("test-mock-gone") as here:
        assert repr(here).startswith(f"<sandbox test-mock-gone of <mock at {server.url}")
    assert "test-mock-gone" not in str(server.within("default").call("GET", "/sandboxes"))
    here.close()


def test_a_mock_that_runs_is_joined(mock: RunningMock, monkeypatch: pytest.MonkeyPatch) -> None:
    with connect(mock.url, TOKEN) as one, connect(mock.url, TOKEN, world="empty") as other:
        assert one.name != other.name
        assert [len(get(messages(here), here.bird.owner.headers)["results"]) > 0 for here in (one, other)] == [True, False]
    monkeypatch.setenv("UNDERSTUDY_CONTROL_TOKEN", TOKEN)
    with connect(mock.url) as mine:
        assert mine.name != one.name


def test_without_a_token_nobody_is_joined(mock: RunningMock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("UNDERSTUDY_CONTROL_TOKEN", raising=False)
    with pytest.raises(ServerFailed, match="Set UNDERSTUDY_CONTROL_TOKEN to the control token of the mock at"), connect(mock.url):
        pass


def test_an_api_that_is_not_served_is_told_with_those_that_are(start_mock: Callable[..., RunningMock]) -> None:
    with connect(start_mock(apis=("bird",)).url, TOKEN) as here:
        with pytest.raises(LookupError, match="restlink is not served here, only bird"):
            _ = here.restlink.base_url
        with pytest.raises(LookupError, match="restlink is not served here, only bird"):
            here.server.base_url("restlink")
