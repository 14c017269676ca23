"""The proxy passes on what it is given, counts what it did not, and relays webhooks."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import orjson
import pytest
from websockets.sync.client import connect

from contract_tests.receiver import receiving
from mockserver.data import MOUNTS
from tests.detection import posts
from tests.detection.defects import tofrom
from tests.detection.lies import on, status
from tests.detection.proxy import Proxy, honestly, in_front_of, serving_thread
from tests.detection.scene import Scene

BALANCE = f"{MOUNTS['restlink']}/user/balance"


def key(mock: Any) -> dict[str, str]:
    return {"X-API-Key": mock.cast("restlink")["owner"]["api_keys"]["16"]}


def test_what_is_honest_is_passed_on_and_remembered(mock: Any) -> None:
    with in_front_of(mock.url) as (url, proxy):
        replies = [httpx.get(root + BALANCE, headers=key(mock)) for root in (url, mock.url)]
        httpx.get(url + "/_understudy/ready")
    assert replies[0].content == replies[1].content
    assert proxy.seen == [("GET", BALANCE, b"")]
    assert proxy.lied == 0


def test_a_lie_is_counted(mock: Any) -> None:
    with in_front_of(mock.url, status(on("GET /user/balance"), 201)(Scene("restlink", {}))) as (url, proxy):
        assert httpx.get(url + BALANCE, headers=key(mock)).status_code == 201
        assert httpx.get(url + BALANCE.replace("balance", "profile"), headers=key(mock)).status_code == 200
    assert proxy.lied == 1


def test_several_requests_are_answered_at_once(mock: Any) -> None:
    async def waiting(passing: Any, forward: Any) -> Any:
        if "wait" in passing.url:
            await asyncio.sleep(5)
        return await forward(passing)

    with in_front_of(mock.url, waiting) as (url, _), httpx.Client(timeout=2) as client:
        with pytest.raises(httpx.ReadTimeout):
            client.get(f"{url}{BALANCE}?wait=1", headers=key(mock))
        assert client.get(url + BALANCE, headers=key(mock)).status_code == 200


def test_memory_ends_with_a_reset(start_mock: Any) -> None:
    mock = start_mock(apis=("timelines",))
    with in_front_of(mock.url) as (url, proxy):
        memory = {"a": 1}
        proxy.began_anew = memory.clear
        httpx.post(f"{url}/_understudy/reset", headers=dict(mock.control.headers)).raise_for_status()
    assert memory == {}


def test_frames_of_a_websocket_pass_and_may_be_kept_back(mock: Any) -> None:
    owner = mock.cast("tofrom")["owner"]
    defect = next(each for each in tofrom.DEFECTS if each.name == "nobody-is-told-of-new")
    with in_front_of(mock.url, honestly, defect.frames) as (url, proxy):
        address = f"ws{url.removeprefix('http')}/tofrom/api/ui/workspaces/{owner['workspace_id']}/live"
        headers = {"Authorization": f"Bearer {owner['session_token']}"}
        with connect(address, additional_headers=headers, proxy=None) as told:
            assert orjson.loads(told.recv(timeout=20))["type"] == "ready"
            sent = {"to": "+13129450127", "body": "hi"}
            bearer = {"Authorization": f"Bearer {owner['api_key']}"}
            httpx.post(f"{url}/tofrom/api/messages", json=sent, headers=bearer).raise_for_status()
            mock.control.post("/clock/advance", json={"seconds": 60}).raise_for_status()
            assert orjson.loads(told.recv(timeout=20))["type"] == "message.updated"
    mock.reset()
    assert proxy.lied == 1


@contextmanager
def relayed(mock: Any, relay: posts.MakeRelay) -> Iterator[Proxy]:
    proxy = Proxy(mock.url, honestly, None, relay(Scene("restlink", {})))
    with serving_thread(proxy):
        yield proxy


def test_webhooks_take_the_way_through_the_relay(mock: Any) -> None:
    hooks = f"{MOUNTS['restlink']}/user/webhooks"
    with receiving() as receiver, relayed(mock, posts.unsigned("X-Webhook-Signature")) as proxy:
        wanted = {"delivery_url": f"{receiver.url}/here", "signing_secret": "s" * 16}
        told = httpx.put(proxy.url + hooks, json=wanted, headers=key(mock)).raise_for_status().json()
        assert told["delivery_url"] == wanted["delivery_url"], "who asks is shown the own address"
        httpx.post(f"{proxy.url}{hooks}/test", json={"event": "delivery"}, headers=key(mock)).raise_for_status()
        mock.control.post("/clock/advance", json={"seconds": 5}).raise_for_status()
        (came,) = receiver.wait(1, "/here")
    mock.reset()
    assert "x-webhook-timestamp" in came.headers
    assert "x-webhook-signature" not in came.headers
    assert proxy.lied == 1
