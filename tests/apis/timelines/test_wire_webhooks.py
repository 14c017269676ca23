"""timelines' webhooks over sockets: eight events at a real receiver, signed as the vendor signs, retried on schedule."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest

from contract_tests.receiver import Received, Receiver, receiving
from mockserver.apis.timelines import wire
from mockserver.data import fixtures_path
from mockserver.worlds import WorldInvalid
from tests.conftest import RunningMock

NOON = datetime(2026, 2, 13, 12, 0, tzinfo=UTC)
PARTNER, OTHER = "partner_12345", "lumen-resellers"
OWN, FOREIGN = "/workspaces/ws_1234567890abcdef", "/workspaces/ws_9c41e7a5b02d8f63"
PHONE = "+4915112345678"


def decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def verified(signature: str, secret: str) -> dict[str, Any]:
    """The claims of a JWT that was signed with HS256 (RFC 7515, RFC 7518 3.2) and this secret; AssertionError for another."""
    head, claims, mark = signature.split(".")
    assert json.loads(decoded(head))["alg"] == "HS256"
    expected = hmac.new(secret.encode(), f"{head}.{claims}".encode("ascii"), hashlib.sha256).digest()
    assert hmac.compare_digest(decoded(mark), expected), "not signed with this secret"
    said: dict[str, Any] = json.loads(decoded(claims))
    return said


def assert_signed(received: Received, partner: dict[str, Any], at: datetime) -> None:
    claims = verified(received.headers["x-tl-signature"], partner["secret"])
    minutes, now = 60, int(at.timestamp())
    assert claims == {"partner_id": partner["partner_id"], "nbf": now - 3 * minutes, "exp": now + 3 * minutes}
    assert received.headers["x-tl-partner-id"] == partner["partner_id"]


class Desk:
    """A mock whose clock stands at noon, and a partner there."""

    def __init__(self, mock: RunningMock, partner: str = "owner") -> None:
        self.mock = mock
        self.control = mock.control
        self.control.put("/clock", json={"mode": "frozen", "now": NOON.isoformat()}).raise_for_status()
        self.partner = mock.cast("timelines")[partner]
        claims = {"partner_id": self.partner["partner_id"], "nbf": 0, "exp": int(NOON.timestamp()) + 10**8}
        token = jwt.encode(claims, self.partner["secret"], algorithm="HS256")
        fields = {"Authorization": f"Bearer {token}", "X-TL-Partner-Id": self.partner["partner_id"]}
        self.client = httpx.Client(base_url=mock.base("timelines"), headers=fields)

    def close(self) -> None:
        self.client.close()

    def listen(self, url: str | None, partner: str = PARTNER) -> httpx.Response:
        return self.control.put(f"/timelines/partners/{partner}/webhook", json={"url": url}).raise_for_status()

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        return self.client.request(method, path, json=body).raise_for_status().json()

    def use(self, path: str, **deeds: int) -> Any:
        return self.control.post(f"/timelines{path}/usage", json=deeds).raise_for_status().json()

    def scan(self, path: str, user_id: int, number: str) -> Any:
        told = self.control.post(f"/timelines{path}/users/{user_id}/whatsapp", json={"phone_number": number})
        return told.raise_for_status().json()

    def advance(self, seconds: float = 0) -> None:
        self.control.post("/clock/advance", json={"seconds": seconds}).raise_for_status()

    def deliveries(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.control.get("/webhooks/deliveries", params={"limit": 1000}).json()["deliveries"]
        return found


@pytest.fixture
def desk(mock: RunningMock) -> Iterator[Desk]:
    mock.reset()
    with closing(Desk(mock)) as found:
        yield found
    mock.reset()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as found:
        yield found


def live_through(desk: Desk) -> tuple[str, int]:
    """All that a workspace can have told of it, a second apart: its id and its owner's."""
    made = desk.ask("POST", "/workspaces", {"display_name": "told", "seats_purchased": 3})
    path, owner = f"/workspaces/{made['workspace_id']}", made["owner_user_id"]
    first, second = f"{path}/users/{owner}", f"{path}/users/{owner + 1}"
    deeds: tuple[Callable[[], Any], ...] = (
        lambda: desk.ask("POST", f"{path}/api-token"),
        lambda: (desk.ask("POST", f"{first}/qr"), desk.scan(path, owner, PHONE)),
        lambda: desk.ask("POST", f"{first}/qr"),
        lambda: desk.scan(path, owner, PHONE),
        lambda: desk.ask("POST", f"{first}/whatsapp/disconnect"),
        lambda: desk.ask("POST", f"{path}/users", {"count": 2}),
        lambda: (desk.ask("POST", f"{second}/qr"), desk.scan(path, owner + 1, "+4915187654321")),
        lambda: desk.ask("PATCH", path, {"seats_purchased": 1}),
        lambda: desk.use(path, messages=9000),
        lambda: desk.use(path, messages=1000),
        lambda: desk.use(path, balance=5, transactions=5),
        lambda: desk.use(path, api_calls=50_000),
    )
    for deed in deeds:
        desk.advance(1)
        deed()
    desk.advance(0)
    return made["workspace_id"], owner


def test_everything_that_happens_arrives_signed_at_its_instant_in_its_order(desk: Desk, receiver: Receiver) -> None:
    desk.listen(f"{receiver.url}/hooks?from=timelines")
    workspace_id, owner = live_through(desk)

    def at(second: int) -> str:
        return f"2026-02-13T12:00:{second:02}Z"

    period = {"current_period_start": "2026-02-13T12:00:00Z", "current_period_end": "2026-03-15T11:59:59Z"}
    messages, full = {"messaging_quota_total": 10_000, **period}, {**period, "utilization_pct": 100}
    account = {"whatsapp_account_id": 987802218, "phone_number_e164": PHONE, "user_id": owner}
    agents = {"whatsapp_account_id": 987802219, "phone_number_e164": "+4915187654321", "user_id": owner + 1}
    gone = "whatsapp_account:disconnected"
    expected = [
        (1, "api_token:rotated", {"rotated_at": at(1)}),
        (2, "whatsapp_account:connected", {**account, "connected_at": at(2)}),
        (3, gone, {**account, "disconnected_at": at(3), "reason": "(new QR link)"}),
        (4, "whatsapp_account:connected", {**account, "connected_at": at(4)}),
        (5, gone, {**account, "disconnected_at": at(5), "reason": "(disconnected by partner)"}),
        (6, "workspace:seats_full", {"seats_purchased": 3, "seats_available": 0}),
        (7, "whatsapp_account:connected", {**agents, "connected_at": at(7)}),
        (8, gone, {**agents, "disconnected_at": at(8), "reason": "(user suspended)"}),
        (9, "workspace:quota_near_full:messaging", {**messages, "messaging_quota_used": 9000, "utilization_pct": 90}),
        (10, "workspace:quota_full:messaging", {**messages, "messaging_quota_used": 10_000, "utilization_pct": 100}),
        (11, "workspace:quota_full:transactions", {"transactions_total": 5, "transactions_used": 5, **full}),
        (12, "workspace:quota_full:api_calls", {"api_calls_limit": 50_000, "api_calls_used": 50_000, **full}),
    ]
    told = [
        {"workspace_id": workspace_id, "event_type": event, "partner_id": PARTNER, "triggered_at": at(second), **facts}
        for second, event, facts in expected
    ]
    assert [one.json for one in receiver.received] == told
    assert len({body["event_type"] for body in told}) == 8
    for one, (second, _, _) in zip(receiver.received, expected, strict=True):
        assert one.path == "/hooks?from=timelines"
        assert one.headers["content-type"] == "application/json"
        assert_signed(one, desk.partner, NOON + timedelta(seconds=second))
    assert {(each["owner"], each["status"], len(each["attempts"])) for each in desk.deliveries()} == {(PARTNER, "delivered", 1)}


def test_the_signature_is_the_partners_own_and_no_other(desk: Desk, receiver: Receiver, mock: RunningMock) -> None:
    desk.listen(receiver.url)
    desk.listen(f"{receiver.url}/other", OTHER)
    desk.ask("POST", f"{OWN}/api-token")
    with closing(Desk(mock, "stranger")) as stranger:
        stranger.ask("POST", f"{FOREIGN}/api-token")
    desk.advance(0)
    cast = mock.cast("timelines")
    for path, actor, wrong in (("/", "owner", "stranger"), ("/other", "stranger", "owner")):
        (one,) = receiver.at(path)
        assert_signed(one, cast[actor], NOON)
        assert one.json["partner_id"] == cast[actor]["partner_id"]
        with pytest.raises(AssertionError):
            verified(one.headers["x-tl-signature"], cast[wrong]["secret"])


def test_two_mocks_tell_the_same_story_in_the_same_bytes(start_mock: Callable[..., RunningMock]) -> None:
    stories = []
    for _ in range(2):
        with receiving() as receiver, closing(Desk(start_mock(apis=("timelines",)))) as desk:
            desk.listen(receiver.url)
            live_through(desk)
            signed = ("x-tl-partner-id", "x-tl-signature")
            stories.append([(one.body, *(one.headers[name] for name in signed)) for one in receiver.received])
    assert len(stories[0]) == 12
    assert stories[0] == stories[1]


def test_an_event_that_is_not_taken_comes_again_on_schedule_until_no_more(desk: Desk) -> None:
    pauses = (0, 30, 300, 1800)
    with receiving(lambda _received: 503) as receiver:
        desk.listen(receiver.url)
        desk.ask("POST", f"{OWN}/api-token")
        at = NOON
        for number, pause in enumerate(pauses):
            if pause:
                desk.advance(pause - 0.000001)
                assert len(receiver.received) == number, "not before its time"
            desk.advance(0.000001 if pause else 0)
            at += timedelta(seconds=pause)
            assert len(receiver.received) == number + 1
            assert_signed(receiver.received[-1], desk.partner, at)
        desk.advance(10**6)
        assert len({one.body for one in receiver.received}) == 1
        assert len(receiver.received) == 4
    (delivery,) = desk.deliveries()
    assert delivery["status"] == "exhausted"
    assert [(each["number"], each["http_status"]) for each in delivery["attempts"]] == [(1, 503), (2, 503), (3, 503), (4, 503)]
    times = [datetime.fromisoformat(each["at"]) for each in delivery["attempts"]]
    assert times == [NOON + timedelta(seconds=sum(pauses[: n + 1])) for n in range(4)]


def test_an_event_that_is_taken_at_last_comes_no_more(desk: Desk) -> None:
    answers = iter((500, 404, 202))
    with receiving(lambda _received: next(answers)) as receiver:
        desk.listen(receiver.url)
        desk.use(OWN, api_calls=3)
        desk.advance(10**6)
        assert len(receiver.received) == 3
    (delivery,) = desk.deliveries()
    assert (delivery["event"], delivery["status"]) == ("workspace:quota_full:api_calls", "delivered")


def test_what_was_queued_still_goes_where_it_was_to_go(desk: Desk, receiver: Receiver) -> None:
    answers = iter((500, 200))
    with receiving(lambda _received: next(answers)) as earlier:
        desk.listen(earlier.url)
        desk.ask("POST", f"{OWN}/api-token")
        desk.advance(0)
        assert desk.listen(receiver.url).json() == {"partner_id": PARTNER, "url": receiver.url}
        desk.advance(30)
        assert len(earlier.received) == 2
    assert receiver.received == []
    desk.ask("POST", f"{OWN}/api-token")
    desk.advance(0)
    assert len(receiver.received) == 1
    assert desk.listen(None).json() == {"partner_id": PARTNER, "url": None}
    desk.ask("POST", f"{OWN}/api-token")
    desk.advance(0)
    assert len(receiver.received) == 1


def test_a_quota_is_told_of_again_in_the_period_after_it(desk: Desk, receiver: Receiver) -> None:
    made = desk.ask("POST", "/workspaces", {"display_name": "monthly", "seats_purchased": 2})
    path = f"/workspaces/{made['workspace_id']}"
    desk.listen(receiver.url)
    desk.use(path, messages=10_000)
    desk.advance(30 * 86_400 - 0.000001)
    assert desk.control.post(f"/timelines{path}/usage", json={"messages": 1}).status_code == 409
    desk.advance(0.000001)
    desk.use(path, messages=9999)
    desk.use(path, messages=1)
    desk.advance(0)
    names = ("event_type", "messaging_quota_used", "current_period_start")
    near, full = "workspace:quota_near_full:messaging", "workspace:quota_full:messaging"
    assert [tuple(one.json[name] for name in names) for one in receiver.received] == [
        (near, 10_000, "2026-02-13T12:00:00Z"), (full, 10_000, "2026-02-13T12:00:00Z"),
        (near, 9999, "2026-03-15T12:00:00Z"), (full, 10_000, "2026-03-15T12:00:00Z"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", f"{OWN}/users", {"count": 4}, 409),
        ("POST", f"{OWN}/users", {"count": 0}, 400),
        ("PATCH", OWN, {"seats_purchased": 0}, 400),
        ("PATCH", OWN, {"seats_purchased": 1, "display_name": "northside-dental"}, 409),
        ("POST", "/workspaces", {"display_name": "MY-first-workspace", "seats_purchased": 1}, 409),
        ("POST", f"{OWN}/users/42/qr", {"expires_in_hours": 169}, 400),
        ("POST", f"{OWN}/users/101/whatsapp/disconnect", None, 404),
        ("POST", f"{FOREIGN}/users/101/whatsapp/disconnect", None, 404),
        ("POST", f"{FOREIGN}/api-token", None, 404),
    ],
)
def test_a_refused_request_tells_nobody_anything(
    desk: Desk, receiver: Receiver, method: str, path: str, body: Any, status: int
) -> None:
    for partner in (PARTNER, OTHER):
        desk.listen(receiver.url, partner)
    assert desk.client.request(method, path, json=body).status_code == status
    desk.advance(10**6)
    assert (desk.deliveries(), receiver.received) == ([], [])


def test_a_reply_that_breaks_the_contract_takes_its_event_with_it(
    desk: Desk, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.listen(receiver.url)
    before = desk.ask("GET", f"{OWN}/api-token")
    with monkeypatch.context() as broken:
        broken.setattr(wire, "api_token", lambda *_facts: {"beyond": "the contract"})
        assert desk.client.post(f"{OWN}/api-token").status_code == 500
    desk.advance(10**6)
    assert (desk.deliveries(), receiver.received) == ([], [])
    assert desk.ask("GET", f"{OWN}/api-token") == before


@pytest.mark.parametrize(
    ("partner", "body", "status", "error"),
    [
        ("nobody", {"url": "http://127.0.0.1:9000/"}, 404, "partner_unknown"),
        ("a%20b", {"url": "http://127.0.0.1:9000/"}, 400, "parameter_invalid"),
        (PARTNER, {}, 400, "body_invalid"),
        (PARTNER, {"url": ""}, 400, "body_invalid"),
        (PARTNER, {"url": 1}, 400, "body_invalid"),
        (PARTNER, {"url": "ftp://127.0.0.1/"}, 400, "body_invalid"),
        (PARTNER, {"url": "http:///hooks"}, 400, "body_invalid"),
        (PARTNER, {"url": "http://127.0.0.1:65536/"}, 400, "body_invalid"),
        (PARTNER, {"url": "http://127.0.0.1:9000/two words"}, 400, "body_invalid"),
        (PARTNER, {"url": "http://127.0.0.1:9000/" + "x" * 2048}, 400, "body_invalid"),
        (PARTNER, {"url": "http://127.0.0.1:9000/", "secret": "x"}, 400, "body_invalid"),
        (PARTNER, None, 400, "body_missing"),
    ],
)
def test_a_wrong_address_is_refused_and_the_one_before_stays(
    desk: Desk, receiver: Receiver, partner: str, body: Any, status: int, error: str
) -> None:
    desk.listen(receiver.url)
    refused = desk.control.put(f"/timelines/partners/{partner}/webhook", json=body)
    assert (refused.status_code, refused.json()["error"]) == (status, error)
    desk.ask("POST", f"{OWN}/api-token")
    desk.advance(0)
    assert len(receiver.received) == 1


def test_the_address_is_not_set_without_the_control_token(desk: Desk) -> None:
    path = f"{desk.mock.url}/_understudy/timelines/partners/{PARTNER}/webhook"
    for fields in ({}, dict(desk.client.headers)):
        assert httpx.put(path, json={"url": None}, headers=fields).status_code == 401


def test_an_address_beyond_this_machine_is_not_called(desk: Desk) -> None:
    desk.listen("https://hooks.bridgeport.example/timelines")
    desk.ask("POST", f"{OWN}/api-token")
    desk.advance(0)
    assert [each["status"] for each in desk.deliveries()] == ["forbidden"]


@pytest.fixture
def world(tmp_path: Path) -> Callable[[str], Path]:
    def opened(url: str) -> Path:
        shutil.copytree(fixtures_path() / "default", tmp_path / "world")
        fixture = tmp_path / "world" / "timelines.yaml"
        named = fixture.read_text("utf-8").replace("    plan_id: 1\n", f"    plan_id: 1\n    webhook_url: {url}\n")
        fixture.write_text(named, "utf-8")
        return tmp_path / "world"

    return opened


def test_a_world_can_name_the_address(
    start_mock: Callable[..., RunningMock], receiver: Receiver, world: Callable[[str], Path]
) -> None:
    mock = start_mock(apis=("timelines",), world=str(world(receiver.url)))
    for _ in range(2):
        with closing(Desk(mock)) as desk:
            desk.ask("POST", f"{OWN}/api-token")
            desk.advance(0)
            desk.listen(None)
            mock.reset()
    assert [one.json["event_type"] for one in receiver.received] == ["api_token:rotated"] * 2


def test_a_world_that_names_a_wrong_address_is_told_so(
    start_mock: Callable[..., RunningMock], world: Callable[[str], Path]
) -> None:
    with pytest.raises(WorldInvalid, match="/partners/0/webhook_url"):
        start_mock(apis=("timelines",), world=str(world("hooks.example")))
