"""The hub without sockets: what ends a connection, and where a client that is behind goes on."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest

from mockserver.apis.tofrom import live as events
from mockserver.apis.tofrom import receiving
from mockserver.apis.tofrom.receiving import Letter
from mockserver.data import load_spec
from mockserver.delivery import live as hub_room
from mockserver.delivery.live import Hub
from mockserver.delivery.uploads import UploadFolder
from mockserver.engine.sandbox import Sandbox
from mockserver.live import Live
from mockserver.serving.contract import Contract
from mockserver.serving.passage import KEY, Passage

HARBORLINE, NUMBER = "ws_4kq8z1m7", "+14153670142"
DANA = "tfs_3122cbf939a57d4b42a2184c0cf664f4"
CONTRACT = Contract("tofrom", load_spec("tofrom"))


class Line:
    """A connection as the server would give it; while it is ``blocked``, nothing that is said gets through."""

    def __init__(self) -> None:
        self.said: list[dict[str, Any]] = []
        self.open = asyncio.Event()
        self.open.set()
        self.came = asyncio.Condition()
        self.says: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    async def send(self, message: dict[str, Any]) -> None:
        await self.open.wait()
        self.said.append(message)
        async with self.came:
            self.came.notify_all()

    @property
    def bodies(self) -> list[str]:
        """The texts of the messages that were told."""
        frames = [json.loads(message["text"]) for message in self.said if message["type"] == "websocket.send"]
        return [frame["data"]["body"] for frame in frames if frame["type"] != "ready"]

    async def heard(self, count: int) -> list[str]:
        """The texts, as soon as there are so many."""
        async with self.came:
            await asyncio.wait_for(self.came.wait_for(lambda: len(self.bodies) >= count), 20)
        return self.bodies


class Desk:
    """tofrom's live updates on a sandbox."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.live = Live(CONTRACT)
        self.hub = Hub(sandbox, self.live)

    def arrive(self, *texts: str) -> None:
        """Messages reach the workspace, all in one transaction."""
        with self.sandbox.transaction("tofrom") as tx:
            for text in texts:
                receiving.expect(tx, HARBORLINE, Letter("+13129450127", NUMBER, text), tx.now)

    def watch(self, line: Line, cursor: str = "") -> asyncio.Task[None]:
        """A client, until its connection ends."""
        scope = {
            "type": "websocket",
            "path": f"/api/ui/workspaces/{HARBORLINE}/live",
            "root_path": "",
            "headers": [(b"authorization", f"Bearer {DANA}".encode())],
            "query_string": f"cursor={cursor}".encode() if cursor else b"",
            KEY: Passage(self.sandbox, "", UploadFolder()),
        }
        return asyncio.create_task(self.live.converse(scope, line.says.get, line.send, lambda: self.hub))


@asynccontextmanager
async def kept(sandbox: Sandbox) -> Any:
    desk = Desk(sandbox)
    keeping = asyncio.create_task(desk.hub.keep())
    yield desk
    keeping.cancel()
    with suppress(asyncio.CancelledError):
        await keeping


@pytest.fixture
def play(sandbox_of: Callable[..., Sandbox]) -> Callable[[Callable[[Desk], Awaitable[None]]], None]:
    """Runs a scene on tofrom's opening state at noon."""

    def run(scene: Callable[[Desk], Awaitable[None]]) -> None:
        async def played() -> None:
            async with kept(sandbox_of("tofrom")) as desk:
                await asyncio.wait_for(scene(desk), 30)

        asyncio.run(played())

    return run


async def ended(line: Line, client: asyncio.Task[None], code: int) -> None:
    """The connection ends in the contract's words."""
    await client
    assert line.said[-1] == {"type": "websocket.close", "code": code, "reason": CONTRACT.raw["x-websocket"]["closes"][str(code)]}


async def ready(line: Line) -> str:
    """The cursor of the first frame."""
    async with line.came:
        await line.came.wait_for(lambda: len(line.said) > 1)
    assert line.said[0] == {"type": "websocket.accept"}
    return str(json.loads(line.said[1]["text"])["cursor"])


def test_every_code_that_the_hub_closes_with_has_its_reason() -> None:
    codes = {hub_room.GOING_AWAY, hub_room.BROKEN, hub_room.RESTARTED, hub_room.OVER, hub_room.TOO_SLOW}
    assert codes | {1009} == {int(code) for code in CONTRACT.raw["x-websocket"]["closes"]}


def test_who_loses_the_workspace_is_closed_before_anything_else_is_told(play: Any) -> None:
    async def scene(desk: Desk) -> None:
        line = Line()
        client = desk.watch(line)
        await ready(line)
        with desk.sandbox.transaction("tofrom") as tx:
            tx.delete("membership", "usr_dana4w7k", HARBORLINE)
        desk.arrive("secret")
        await ended(line, client, 4401)
        assert line.bodies == []

    play(scene)


def test_a_frame_that_breaks_the_contract_does_not_leave(play: Any, caplog: pytest.LogCaptureFixture) -> None:
    async def scene(desk: Desk) -> None:
        live, late = Line(), Line()
        client = desk.watch(live)
        cursor = await ready(live)
        desk.arrive("right")
        await live.heard(1)
        with desk.sandbox.transaction("tofrom") as tx:
            newest = tx.find("message", HARBORLINE, newest_first=True, limit=1)[0].body
            events.announce(tx, HARBORLINE, "message.updated", {**newest, "status": "lost"})
            events.announce(tx, HARBORLINE, "message.updated", newest)
        await ended(live, client, 1011)
        assert live.bodies == ["right"]
        # Whoever comes later meets it, too: it is remembered.
        await ended(late, desk.watch(late, cursor), 1011)

    with caplog.at_level(logging.CRITICAL, "understudy"):
        play(scene)


def test_the_log_tells_a_breach(play: Any, caplog: pytest.LogCaptureFixture) -> None:
    async def scene(desk: Desk) -> None:
        line = Line()
        client = desk.watch(line)
        await ready(line)
        with desk.sandbox.transaction("tofrom") as tx:
            newest = tx.find("message", HARBORLINE, newest_first=True, limit=1)[0].body
            events.announce(tx, HARBORLINE, "message.deleted", newest)
        await ended(line, client, 1011)

    play(scene)
    assert "the contract knows no frame message.deleted" in caplog.text


def test_who_is_far_behind_goes_on_from_the_store(play: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub_room, "_AT_HAND", 5)
    monkeypatch.setattr(hub_room, "_BATCH", 3)

    async def scene(desk: Desk) -> None:
        first, behind, late = Line(), Line(), Line()
        desk.watch(first)
        desk.watch(behind)
        cursor = await ready(first)
        await ready(behind)
        behind.open.clear()
        texts = [str(number) for number in range(50)]
        for text in texts[:30]:
            desk.arrive(text)
            await asyncio.sleep(0)
        desk.arrive(*texts[30:])
        assert await first.heard(50) == texts
        assert behind.bodies == []
        behind.open.set()
        desk.watch(late, cursor)
        assert await behind.heard(50) == await late.heard(50) == texts

    play(scene)


def test_who_is_further_behind_than_is_remembered_is_too_slow(play: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "REMEMBERED", 4)
    monkeypatch.setattr(hub_room, "_AT_HAND", 2)

    async def scene(desk: Desk) -> None:
        first, behind = Line(), Line()
        desk.watch(first)
        client = desk.watch(behind)
        await ready(first)
        await ready(behind)
        behind.open.clear()
        for number in range(10):
            desk.arrive(str(number))
            await first.heard(number + 1)
        behind.open.set()
        await ended(behind, client, 4408)
        assert behind.bodies == ["0"], "what was on its way, and no gap after it"

    play(scene)


def test_who_takes_nothing_is_let_go_and_the_others_are_told(play: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub_room, "_LAST_WORDS", 0.05)

    async def scene(desk: Desk) -> None:
        desk.live.patience = 0.05
        stalled, healthy = Line(), Line()
        client = desk.watch(stalled)
        desk.watch(healthy)
        await ready(stalled)
        await ready(healthy)
        stalled.open.clear()
        desk.arrive("one")
        assert await healthy.heard(1) == ["one"]
        await client
        assert [message["type"] for message in stalled.said] == ["websocket.accept", "websocket.send"]
        desk.arrive("two")
        assert await healthy.heard(2) == ["one", "two"]

    play(scene)


def test_whoever_hangs_up_is_forgotten(play: Any) -> None:
    async def scene(desk: Desk) -> None:
        line = Line()
        client = desk.watch(line)
        await ready(line)
        line.says.put_nowait({"type": "websocket.receive", "text": "?"})
        line.says.put_nowait({"type": "websocket.disconnect", "code": 1005})
        await client
        said = list(line.said)
        desk.arrive("later")
        await asyncio.wait_for(desk.hub.close(), 1)
        assert line.said == said

    play(scene)


def test_at_the_end_everybody_is_told_and_nobody_is_let_in(play: Any) -> None:
    async def scene(desk: Desk) -> None:
        before, after = Line(), Line()
        client = desk.watch(before)
        await ready(before)
        await desk.hub.close()
        await ended(before, client, 1001)
        await ended(after, desk.watch(after), 1001)

    play(scene)


def test_the_hub_ends_even_if_something_wakes_it_at_that_moment(play: Any) -> None:
    async def scene(desk: Desk) -> None:
        keeping = asyncio.create_task(desk.hub.keep())
        line = Line()
        desk.watch(line)
        await ready(line)
        for _ in range(10):
            await asyncio.sleep(0)
        desk.arrive("now")
        # The event that the hub waits for has come, the hub does not know it yet.
        await asyncio.sleep(0)
        keeping.cancel()
        assert await asyncio.wait({keeping}, timeout=1) == ({keeping}, set())

    play(scene)


def test_clients_that_hear_the_same_share_one_reading(play: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[int] = []
    frames = Live.frames

    def counted(live: Live, tx: Any, channel: Any, position: int, limit: int) -> Any:
        found = frames(live, tx, channel, position, limit)
        read.append(len(found or ()))
        return found

    monkeypatch.setattr(Live, "frames", counted)

    async def scene(desk: Desk) -> None:
        lines = [Line() for _ in range(30)]
        for line in lines:
            desk.watch(line)
        for line in lines:
            await ready(line)
        desk.arrive("one", "two")
        assert [await line.heard(2) for line in lines] == [["one", "two"]] * 30
        assert sum(read) == 2

    play(scene)
