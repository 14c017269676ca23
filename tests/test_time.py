"""Time in all five APIs at once: a message in each, a clock that is moved on, and every step seen where it must be seen."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from typing import Any

import httpx
import orjson
from websockets.sync.client import ClientConnection, connect

from contract_tests.receiver import Received, Receiver, receiving
from mockserver.app import cast
from mockserver.engine.clock import parse_rfc3339
from tests.conftest import RunningMock

NOON = "2026-02-13T12:00:00Z"
#: In seconds from noon: every step of every ladder lies on one of them.
MOMENTS = (0, 1, 2, 3, 4, 5, 6, 7, 8, 30, 60, 300)
BIRD_KEY, RESTLINK_SECRET = "bird-signing-key", "restlink-signing-secret"


class Story:
    """The same requests to a mock that was opened at noon, and everything that was seen of them."""

    def __init__(self, mock: RunningMock, receiver: Receiver) -> None:
        self.mock = mock
        self.receiver = receiver
        mock.control.post("/reset", json={"now": NOON}).raise_for_status()
        self.seen: list[Any] = []
        self._begun = len(receiver.received)

    def client(self, api: str, **headers: str) -> httpx.Client:
        return httpx.Client(base_url=self.mock.base(api), headers=headers)

    def cast(self, api: str) -> dict[str, Any]:
        return cast(api, now=parse_rfc3339(NOON))["owner"]

    def told(self, path: str) -> list[Received]:
        return [one for one in self.receiver.received[self._begun :] if one.path == path]

    def steps(self, look: Callable[[], Any]) -> list[Any]:
        """What ``look`` shows as the clock goes on, each change once."""
        found: list[Any] = []
        for before, moment in zip((0, *MOMENTS), MOMENTS, strict=False):
            self.mock.control.post("/clock/advance", json={"seconds": moment - before}).raise_for_status()
            shown = look()
            if not found or found[-1] != shown:
                found.append(shown)
        self.seen.append(found)
        self.mock.control.put("/clock", json={"mode": "frozen", "now": NOON}).raise_for_status()
        return found


def restlink(story: Story) -> None:
    with story.client("restlink", **{"X-API-Key": story.cast("restlink")["api_keys"]["16"]}) as client:
        hooks = {"delivery_url": f"{story.receiver.url}/restlink", "signing_secret": RESTLINK_SECRET}
        client.put("/user/webhooks", json=hooks).raise_for_status()
        sms = {"to": ["+14155551234"], "message": "hi", "sender_id": "MyApp"}
        (sent,) = client.post("/sms/send", json=sms).raise_for_status().json()["messages"]

        def look() -> tuple[str, str]:
            one = client.get(f"/sms/status/{sent['message_id']}").json()["message"]["status"]
            listed = client.get("/sms/messages", params={"limit": 1}).json()["messages"][0]
            assert listed["client_message_id"] == sent["message_id"]
            return one, listed["status"]

        ladder = ["pending", "sent", "DELIVRD"]
        assert story.steps(look) == [(status, status) for status in ladder]
        told = story.told("/restlink")
        assert [one.json["status"] for one in told] == ladder[1:]
        for one in told:
            signed = one.headers["x-webhook-timestamp"].encode() + b"." + one.body
            mark = hmac.new(RESTLINK_SECRET.encode(), signed, hashlib.sha256).hexdigest()
            assert one.headers["x-webhook-signature"] == f"sha256={mark}"


def bird(story: Story) -> None:
    owner = story.cast("bird")
    home, channel = f"/workspaces/{owner['workspace_id']}", owner["channels"]["sms"]
    with story.client("bird", Authorization=f"AccessKey {owner['access_key']}") as client:
        url = f"{story.receiver.url}/bird"
        hooks = {"service": "channels", "event": "sms.outbound", "url": url, "signingKey": BIRD_KEY}
        subscriptions = f"/organizations/{owner['organization_id']}{home}/webhook-subscriptions"
        client.post(subscriptions, json=hooks).raise_for_status()
        messages = f"{home}/channels/{channel}/messages"
        body = {"type": "text", "text": {"text": "Hello"}}
        to = {"contacts": [{"identifierValue": "+31612345678"}]}
        sent = client.post(messages, json={"receiver": to, "body": body}).raise_for_status().json()

        def look() -> tuple[str, str]:
            one = client.get(f"{messages}/{sent['id']}").json()["status"]
            entries = client.get(messages, params={"limit": 5}).json()["results"]
            return one, next(entry["status"] for entry in entries if entry["id"] == sent["id"])

        ladder = ["accepted", "processing", "sent", "delivered"]
        assert story.steps(look) == [(status, status) for status in ladder]
        told = story.told("/bird")
        assert [one.json["payload"]["status"] for one in told] == ladder
        for one in told:
            stamp = one.headers["messagebird-request-timestamp"].encode()
            signed = stamp + b"\n" + url.encode() + b"\n" + hashlib.sha256(one.body).digest()
            mark = base64.b64encode(hmac.new(BIRD_KEY.encode(), signed, hashlib.sha256).digest()).decode()
            assert one.headers["messagebird-signature"] == mark


def tofrom(story: Story) -> None:
    owner = story.cast("tofrom")
    workspace = f"/api/ui/workspaces/{owner['workspace_id']}"
    session = {"Authorization": f"Bearer {owner['session_token']}"}
    address = f"ws{story.mock.base('tofrom').removeprefix('http')}{workspace}/live"
    with story.client("tofrom") as client, connect(address, additional_headers=session, proxy=None) as live:
        frames = [live.recv(timeout=10)]
        key = {"Authorization": f"Bearer {owner['api_key']}"}
        sms = {"to": "+13129450127", "body": "Hello"}
        sent = client.post("/api/messages", headers=key, json=sms).raise_for_status().json()

        def look() -> str:
            (listed,) = client.get(f"{workspace}/messages", headers=session, params={"limit": 1}).json()["data"]
            assert listed["provider_sid"] == sent["sid"]
            return str(listed["status"])

        ladder = ["queued", "sending", "sent", "delivered"]
        assert story.steps(look) == ladder
        frames += [live.recv(timeout=10) for _ in ladder]
        assert [frame["type"] for frame in map(orjson.loads, frames)] == ["ready", "message.created", *["message.updated"] * 3]
        assert [frame["data"]["status"] for frame in map(orjson.loads, frames[1:])] == ladder
        assert nothing_more(live)
        story.seen.append(frames)


def nothing_more(live: ClientConnection) -> bool:
    try:
        live.recv(timeout=0.05)
    except TimeoutError:
        return True
    return False


def xpressbot(story: Story) -> None:
    owner = story.cast("xpressbot")
    with story.client("xpressbot", **{"X-API-Key": owner["api_key"]}) as client:
        inbound = {"from": "+12025550199", "body": "Anybody there?"}
        path = f"/xpressbot/channels/{owner['channels'][0]}/inbound"
        story.seen.append(story.mock.control.post(path, json=inbound).raise_for_status().json())
        answer = {"to": "+12025550199", "body": "Yes"}
        sent = client.post("/whatsapp/message/send", json=answer).raise_for_status().json()["data"]

        def look() -> tuple[Any, ...]:
            told = client.post("/whatsapp/message/status", json={"wamid": sent["wamid"]}).json()["data"]
            return told["status"], told["deliveredAt"] is not None, told["readAt"] is not None

        seen = story.steps(look)
        assert [status for status, *_ in seen] == ["queued", "sent", "delivered", "read"]
        assert [receipts for _, *receipts in seen] == [[False, False], [False, False], [True, False], [True, True]]


def timelines(story: Story) -> None:
    owner = story.cast("timelines")
    path = f"/workspaces/{owner['workspace_id']}"
    partner = {"Authorization": f"Bearer {owner['jwt']}", "X-TL-Partner-Id": owner["partner_id"]}
    hook = {"url": f"{story.receiver.url}/timelines"}
    story.mock.control.put(f"/timelines/partners/{owner['partner_id']}/webhook", json=hook).raise_for_status()
    with story.client("timelines", **partner) as client:
        quota = client.get(path).raise_for_status().json()["messages_quota"]
        left = {"messages": quota["total"] - quota["used"]}
        story.mock.control.post(f"/timelines{path}/usage", json=left).raise_for_status()
        seen = story.steps(lambda: client.get(path).json()["messages_quota"]["used"])
        assert seen == [quota["total"]]
    told = story.told("/timelines")
    assert [one.json["event_type"] for one in told][-1] == "workspace:quota_full:messaging"
    for one in told:
        head, claims, mark = one.headers["x-tl-signature"].split(".")
        expected = hmac.new(owner["secret"].encode(), f"{head}.{claims}".encode(), hashlib.sha256).digest()
        assert base64.urlsafe_b64decode(f"{mark}==") == expected
        assert json.loads(base64.urlsafe_b64decode(f"{claims}=="))["partner_id"] == owner["partner_id"]


def test_every_step_is_seen_as_status_entry_webhook_or_frame_in_order_and_twice_with_the_same_bytes(
    start_mock: Callable[..., RunningMock],
) -> None:
    runs = []
    with receiving() as receiver:
        for _ in range(2):
            story = Story(start_mock(), receiver)
            for api in (restlink, bird, tofrom, xpressbot, timelines):
                api(story)
            came = receiver.received[story._begun :]
            runs.append((story.seen, [(one.path, one.headers, one.body) for one in came]))
    assert len(runs[0][1]) >= 7
    assert runs[0] == runs[1]
