"""Live updates on real sockets: who gets in, what everybody hears, and how a connection ends."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import connect as connect_async
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from mockserver.app import cast
from mockserver.data import load_spec
from mockserver.server import LONGEST_MESSAGE
from mockserver.serving.contract import Contract
from tests.conftest import RunningMock

NOON, OWNER = "2026-02-13T12:00:00Z", cast("tofrom")["owner"]
WORKSPACE, STRANGERS = OWNER["workspace_id"], cast("tofrom")["stranger"]["workspace_id"]
LETTER = {"from": "+13129450127", "to": OWNER["phone_number"], "body": "Is the patio open?"}
LIVE = load_spec("tofrom")["x-websocket"]
SOON = 20.0


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


class Desk:
    """tofrom in its opening state, its clock standing at noon."""

    def __init__(self, mock: RunningMock, anew: bool = True) -> None:
        self.mock = mock
        self.control = mock.control
        self.cast = mock.cast("tofrom")
        if anew:
            self.reset()

    def reset(self) -> None:
        self.control.post("/reset", json={"now": NOON}).raise_for_status()

    def address(self, workspace_id: str = WORKSPACE, query: str = "") -> str:
        return f"ws{self.mock.base('tofrom').removeprefix('http')}/api/ui/workspaces/{workspace_id}/live{query}"

    def connect(self, cursor: str | None = None, actor: str = "owner", **options: Any) -> ClientConnection:
        """A connection that was accepted; its first frame is still to be read."""
        who = self.cast[actor]
        address = self.address(who["workspace_id"], f"?cursor={cursor}" if cursor else "")
        return connect(address, additional_headers=bearer(who["session_token"]), proxy=None, **options)

    @contextmanager
    def watching(self, cursor: str | None = None, actor: str = "owner") -> Iterator[ClientConnection]:
        """A connection that has heard that it is ready."""
        with self.connect(cursor, actor) as connection:
            assert heard(connection)["type"] == "ready"
            yield connection

    def arrive(self, text: str = "Hello", workspace_id: str = WORKSPACE, **changes: Any) -> str:
        """A message from outside reaches a workspace; its id."""
        reply = self.control.post(f"/tofrom/workspaces/{workspace_id}/inbound", json={**LETTER, "body": text, **changes})
        assert reply.status_code == 200, reply.text
        return str(reply.json()["id"])

    def send(self) -> None:
        """The owner's workspace sends a message."""
        body = {"to": "+13129450127", "body": "Hello"}
        httpx.post(f"{self.mock.base('tofrom')}/api/messages", headers=bearer(OWNER["api_key"]), json=body).raise_for_status()

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.control.post("/clock/advance", json={"seconds": seconds}).raise_for_status()


def heard(connection: ClientConnection) -> Any:
    """The next frame."""
    return json.loads(connection.recv(timeout=SOON))


def rest(connection: ClientConnection, code: int) -> list[Any]:
    """The frames until the server closes as it should, in the words of the contract."""
    frames: list[Any] = []
    with contextlib.suppress(ConnectionClosed):
        while True:
            frames.append(heard(connection))
    assert (connection.close_code, connection.close_reason) == (code, LIVE["closes"][str(code)])
    return frames


@pytest.fixture
def desk(mock: RunningMock) -> Iterator[Desk]:
    desk = Desk(mock)
    yield desk
    mock.reset()


KEY, SESSION, TOMS = OWNER["api_key"], OWNER["session_token"], cast("tofrom")["stranger"]["session_token"]
UNKNOWN = "tfs_00000000000000000000000000000000"


@pytest.mark.parametrize(
    ("headers", "workspace_id", "query", "refusal"),
    [
        ({}, WORKSPACE, "", "CredentialMissing"),
        ({}, WORKSPACE, "?token=", "CredentialMissing"),
        ({"Authorization": f"Basic {SESSION}"}, WORKSPACE, "", "CredentialMalformed"),
        ({"Authorization": "Basic x"}, WORKSPACE, f"?token={SESSION}", "CredentialMalformed"),
        ({}, WORKSPACE, f"?token={SESSION}&token={SESSION}", "CredentialMalformed"),
        (bearer(UNKNOWN), WORKSPACE, "", "CredentialUnknown"),
        (bearer(UNKNOWN), WORKSPACE, f"?token={SESSION}", "CredentialUnknown"),
        ({}, WORKSPACE, f"?token={UNKNOWN}", "CredentialUnknown"),
        (bearer(KEY), WORKSPACE, "", "ApiKeyNotAccepted"),
        ({}, WORKSPACE, f"?token={KEY}", "ApiKeyNotAccepted"),
        (bearer(UNKNOWN), "no%20id", "?cursor=!", "CredentialUnknown"),
        (bearer(SESSION), "no%20id", "", "ParameterInvalid"),
        (bearer(SESSION), WORKSPACE, "?cursor=", "ParameterInvalid"),
        (bearer(SESSION), WORKSPACE, "?cursor=a&cursor=b", "ParameterInvalid"),
        (bearer(SESSION), STRANGERS, "?cursor=%ff", "ParameterInvalid"),
        (bearer(SESSION), STRANGERS, "", "WorkspaceUnknown"),
        (bearer(SESSION), STRANGERS, "?cursor=AAAA", "WorkspaceUnknown"),
        (bearer(SESSION), "ws_nobody", "", "WorkspaceUnknown"),
        (bearer(TOMS), WORKSPACE, "", "WorkspaceUnknown"),
        (bearer(SESSION), WORKSPACE, "?cursor=AAAA", "CursorInvalid"),
    ],
)
def test_a_refused_handshake_is_answered_in_the_words_of_the_contract(
    desk: Desk, headers: dict[str, str], workspace_id: str, query: str, refusal: str
) -> None:
    assert refused(desk.address(workspace_id, query), headers) == words(refusal)


def test_a_refused_handshake_is_no_mistake_of_the_servers(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    log = logging.getLogger("uvicorn.error")
    log.addHandler(caplog.handler)
    try:
        assert refused(desk.address(WORKSPACE), {}) == words("CredentialMissing")
        # The connection's end is noticed before what comes later is answered.
        assert refused(desk.address(WORKSPACE), {}) == words("CredentialMissing")
    finally:
        log.removeHandler(caplog.handler)
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


def refused(address: str, headers: dict[str, str]) -> tuple[int, Any]:
    """Status and body of the reply to a handshake."""
    with pytest.raises(InvalidStatus) as answer:
        connect(address, additional_headers=headers, proxy=None)
    response = answer.value.response
    assert response.headers["Content-Type"] == "application/json"
    assert not [name for name in response.headers if name.lower().startswith("x-ratelimit")]
    return response.status_code, json.loads(response.body or b"")


def words(refusal: str) -> tuple[int, Any]:
    """Status and body of a refusal in the contract of the WebSocket."""
    contract = Contract("tofrom", load_spec("tofrom"))
    assert contract.websocket is not None
    said = contract.websocket.refusals[refusal]
    return said.status, said.body


def test_a_session_that_ran_out_or_a_cursor_that_is_too_old_is_refused(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mockserver.apis.tofrom.live.REMEMBERED", 2)
    with desk.connect() as connection:
        cursor = heard(connection)["cursor"]
    for _ in range(3):
        desk.arrive()
    assert refused(desk.address(query=f"?cursor={cursor}"), bearer(SESSION)) == words("CursorExpired")
    desk.advance(31 * 86_400)
    assert refused(desk.address(), bearer(SESSION)) == words("SessionExpired")


def test_the_token_may_stand_in_the_query_and_the_header_wins(desk: Desk) -> None:
    for headers, query in ((None, f"?token={SESSION}"), (bearer(SESSION), f"?token={UNKNOWN}")):
        with connect(desk.address(query=query), additional_headers=headers, proxy=None) as connection:
            assert heard(connection)["workspace_id"] == WORKSPACE


def test_a_connection_is_not_counted_against_the_limit(desk: Desk) -> None:
    with desk.watching(), desk.watching():
        reply = httpx.get(f"{desk.mock.base('tofrom')}/api/ui/workspaces", headers=bearer(SESSION))
        assert reply.headers["X-RateLimit-Remaining"] == "999"


def test_each_hears_of_the_own_workspace_alone_and_frames_are_what_the_contract_says(desk: Desk) -> None:
    contract = Contract("tofrom", load_spec("tofrom"))
    with desk.watching() as owner, desk.watching(actor="stranger") as stranger:
        desk.send()
        foreign = desk.arrive(workspace_id=STRANGERS, to=desk.cast["stranger"]["phone_number"])
        desk.advance(10)
        own = [heard(owner) for _ in range(4)]
        assert [frame["data"]["status"] for frame in own] == ["queued", "sending", "sent", "delivered"]
        assert heard(stranger)["data"]["id"] == foreign
        listed = httpx.get(
            f"{desk.mock.base('tofrom')}/api/ui/workspaces/{WORKSPACE}/messages?limit=1", headers=bearer(SESSION)
        ).json()["data"]
        assert own[-1]["data"] == listed[0]
        for frame in own:
            assert contract.schemas.reply(LIVE["frames"][frame["type"]]).is_valid(frame), frame


def test_going_on_from_cursors_while_messages_come_leaves_no_gap_and_repeats_nothing(desk: Desk) -> None:
    count, texts, cursor = 60, [], None
    with desk.connect() as connection:
        cursor = heard(connection)["cursor"]
    sending = threading.Thread(target=lambda: [desk.arrive(str(number)) for number in range(count)])
    sending.start()
    while len(texts) < count:
        with desk.connect(cursor) as connection:
            assert heard(connection) == {"type": "ready", "workspace_id": WORKSPACE, "cursor": cursor}
            for _ in range(min(7, count - len(texts))):
                frame = heard(connection)
                texts.append(frame["data"]["body"])
                cursor = frame["cursor"]
    sending.join()
    assert texts == [str(number) for number in range(count)]


def test_a_cursor_outlives_the_server(start_mock: Callable[..., RunningMock], tmp_path: Path) -> None:
    settings: dict[str, Any] = {"apis": ("tofrom",), "state": tmp_path / "state.db"}
    before = Desk(start_mock(**settings))
    with before.connect() as connection:
        cursor = heard(connection)["cursor"]
    before.arrive("before")
    before.mock.close()
    after = Desk(start_mock(**settings), anew=False)
    with after.watching(cursor) as connection:
        after.arrive("after")
        assert [heard(connection)["data"]["body"] for _ in range(2)] == ["before", "after"]


@pytest.fixture
def stalled(desk: Desk) -> Iterator[ClientConnection]:
    """A client that has stopped to read."""
    address = desk.mock.url.removeprefix("http://").split(":")
    line = socket.socket()
    line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    line.connect((address[0], int(address[1])))
    with desk.connect(sock=line, max_queue=1) as connection:
        yield connection


def test_who_does_not_read_is_closed_and_can_go_on_while_the_others_hear_everything(
    desk: Desk, stalled: ClientConnection, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "understudy")
    monkeypatch.setattr(desk.mock.app.live["tofrom"], "patience", 0.5)
    with desk.watching() as healthy:
        sent = [desk.arrive("\U0001f600" * 1600) for _ in range(80)]
        assert [heard(healthy)["data"]["id"] for _ in sent] == sent
        until(lambda: "reads too slowly" in caplog.text)
        before = rest(stalled, 4408)
        assert [frame["data"]["id"] for frame in before[1:]] == sent[: len(before) - 1] != sent
        with desk.watching(before[-1]["cursor"]) as again:
            assert [heard(again)["data"]["id"] for _ in sent[len(before) - 1 :]] == sent[len(before) - 1 :]
        desk.arrive("the last")
        assert heard(healthy)["data"]["body"] == "the last"


def until(happened: Callable[[], bool]) -> None:
    end = time.monotonic() + SOON
    while not happened():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.01)


def test_who_reads_again_in_time_misses_nothing(desk: Desk, stalled: ClientConnection) -> None:
    with desk.watching() as healthy:
        sent = [desk.arrive("\U0001f600" * 1600) for _ in range(80)]
        assert [heard(healthy)["data"]["id"] for _ in sent] == sent
    assert heard(stalled)["type"] == "ready"
    assert [heard(stalled)["data"]["id"] for _ in sent] == sent


@pytest.mark.slow
def test_five_hundred_at_once_hear_the_same(desk: Desk) -> None:
    count, texts = 500, [str(number) for number in range(20)]

    async def watch(ready: asyncio.Semaphore, address: str) -> list[str]:
        async with connect_async(address, additional_headers=bearer(SESSION), proxy=None, open_timeout=60) as connection:
            await connection.recv()
            ready.release()
            return [str(await connection.recv()) for _ in texts]

    async def crowd() -> list[list[str]]:
        ready = asyncio.Semaphore(0)
        watchers = [asyncio.create_task(watch(ready, desk.address())) for _ in range(count)]
        for _ in watchers:
            await ready.acquire()
        await asyncio.to_thread(lambda: [desk.arrive(text) for text in texts])
        return await asyncio.gather(*watchers)

    told = asyncio.run(asyncio.wait_for(crowd(), 120))
    assert len(told) == count
    assert all(one == told[0] for one in told)
    assert [json.loads(text)["data"]["body"] for text in told[0]] == texts


def test_a_session_that_runs_out_by_the_clock_hears_what_came_before_and_is_closed(desk: Desk) -> None:
    with desk.watching() as connection:
        desk.arrive("before", in_seconds=30 * 86_400 - 1)
        desk.arrive("after", in_seconds=30 * 86_400)
        desk.advance(40 * 86_400)
        assert [frame["data"]["body"] for frame in rest(connection, 4401)] == ["before"]


@pytest.fixture
def unhurried(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The hub looks only when it has a reason."""
    monkeypatch.setattr("mockserver.delivery.live._LONGEST_SLEEP", 600.0)
    monkeypatch.setattr(desk.mock.app.live["tofrom"], "patience", 2400.0)


@pytest.mark.usefixtures("unhurried")
def test_a_session_is_over_as_soon_as_the_clock_is_moved(desk: Desk) -> None:
    with desk.watching() as connection:
        desk.advance(30 * 86_400)
        assert rest(connection, 4401) == []


@pytest.mark.usefixtures("unhurried")
def test_a_session_runs_out_while_nothing_else_happens(desk: Desk) -> None:
    desk.control.put("/clock", json={"mode": "running", "now": "2026-03-15T11:59:59.5Z"}).raise_for_status()
    with desk.watching() as connection:
        assert rest(connection, 4401) == []


def test_logging_out_closes_the_sessions_connections_and_no_others(desk: Desk) -> None:
    login = {"email": OWNER["email"], "password": OWNER["password"]}
    base = desk.mock.base("tofrom")
    token = httpx.post(f"{base}/api/auth/login", json=login).json()["session_token"]
    with connect(desk.address(), additional_headers=bearer(token), proxy=None) as leaving, desk.watching() as staying:
        assert heard(leaving)["type"] == "ready"
        httpx.post(f"{base}/api/auth/logout", headers=bearer(token)).raise_for_status()
        desk.arrive("after")
        assert rest(leaving, 4401) == []
        assert heard(staying)["data"]["body"] == "after"


def test_a_return_to_the_beginning_closes_everybody_and_old_cursors_are_none(desk: Desk) -> None:
    login = {"email": OWNER["email"], "password": OWNER["password"]}
    token = httpx.post(f"{desk.mock.base('tofrom')}/api/auth/login", json=login).json()["session_token"]
    with desk.watching() as connection, connect(desk.address(query=f"?token={token}"), proxy=None) as other:
        desk.arrive()
        cursor = heard(connection)["cursor"]
        desk.reset()
        assert rest(connection, 1012) == []
        assert [frame["type"] for frame in rest(other, 1012)] == ["ready", "message.created"]
    assert refused(desk.address(query=f"?cursor={cursor}"), bearer(SESSION)) == words("CursorInvalid")
    with desk.watching() as connection:
        desk.arrive("anew")
        assert heard(connection)["data"]["body"] == "anew"


def test_what_a_client_says_is_ignored_up_to_a_length(desk: Desk) -> None:
    assert LIVE["terms"]["longest_message_bytes"] == LONGEST_MESSAGE
    with desk.watching() as connection:
        for said in ("?", b"\x00", "{" * LONGEST_MESSAGE, ["in ", "parts"]):
            connection.send(said)
        assert connection.ping().wait(SOON), "pings are answered"
        desk.arrive("and on")
        assert heard(connection)["data"]["body"] == "and on"
        connection.send("x" * (LONGEST_MESSAGE + 1))
        with pytest.raises(ConnectionClosed):
            connection.recv(timeout=SOON)
        assert connection.close_code == 1009


def test_a_client_that_asks_and_does_not_read_gets_no_answers_piled_up(desk: Desk, stalled: ClientConnection) -> None:
    desk.arrive()
    with desk.watching() as healthy:
        for _ in range(80):
            desk.arrive("\U0001f600" * 1600)
            heard(healthy)
        pongs = [stalled.ping() for _ in range(2000)]
        desk.arrive("the last")
        assert heard(healthy)["data"]["body"] == "the last"
        while heard(stalled).get("data", {}).get("body") != "the last":
            pass
        assert stalled.ping().wait(SOON)
        assert pongs[-1].is_set(), "a pong answers all pings before it"


def test_the_same_story_is_told_in_the_same_bytes_twice(start_mock: Callable[..., RunningMock]) -> None:
    def told() -> list[str]:
        desk = Desk(start_mock(apis=("tofrom",)))
        # Served alone it also stands where the vendor puts it.
        address = desk.address().replace("/tofrom/", "/")
        with connect(address, additional_headers=bearer(SESSION), proxy=None) as connection:
            desk.send()
            desk.arrive()
            desk.advance(3600)
            return [str(connection.recv(timeout=SOON)) for _ in range(6)]

    once = told()
    assert [json.loads(text)["type"] for text in once] == ["ready", *["message.created"] * 2, *["message.updated"] * 3]
    assert once == told()


@pytest.mark.parametrize("reads", [True, False])
def test_the_servers_end_is_told_and_nobody_delays_it(reads: bool) -> None:
    words = [sys.executable, "-W", "error", "-m", "mockserver", "serve", "tofrom", "--port", "0"]
    environment = {**os.environ, "UNDERSTUDY_CONTROL_TOKEN": "test-control-token"}
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout is not None
        printed = next(line for line in process.stdout if re.search(r"http://127\.0\.0\.1:\d+", line))
        url = re.findall(r"http://127\.0\.0\.1:\d+", printed)[0]
        line = socket.socket()
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        line.connect(("127.0.0.1", int(url.rpartition(":")[2])))
        address = f"ws{url.removeprefix('http')}/api/ui/workspaces/{WORKSPACE}/live"
        options: dict[str, Any] = {"proxy": None, "sock": line, "max_queue": 1, "close_timeout": 0}
        with connect(address, additional_headers=bearer(SESSION), **options) as connection:
            assert heard(connection)["type"] == "ready"
            token = bearer("test-control-token")
            with httpx.Client(base_url=f"{url}/_understudy", headers=token) as control:
                for _ in range(0 if reads else 80):
                    letter = {**LETTER, "body": "\U0001f600" * 1600}
                    control.post(f"/tofrom/workspaces/{WORKSPACE}/inbound", json=letter).raise_for_status()
            process.send_signal(signal.SIGTERM)
            if reads:
                assert rest(connection, 1001) == []
            try:
                _, errors = process.communicate(timeout=7)
            finally:
                process.kill()
            assert (process.returncode, errors) == (0, "")
