"""Live updates without HTTP: events are numbered, remembered for a while, and gone on from at a cursor."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from mockserver.apis.tofrom import live, sending, sessions, watching
from mockserver.apis.tofrom.credentials import ApiKeyNotAccepted, SessionExpired
from mockserver.apis.tofrom.live import CursorExpired
from mockserver.apis.tofrom.sending import Draft
from mockserver.apis.tofrom.state import WorkspaceUnknown
from mockserver.data import load_spec
from mockserver.delivery.uploads import UploadFolder
from mockserver.engine.paging import CursorInvalid
from mockserver.engine.refusals import CredentialUnknown, Refusal
from mockserver.engine.sandbox import Sandbox, Transaction
from mockserver.exchange import Call, Request
from mockserver.serving.contract import Contract

HARBORLINE, MARIA = "ws_4kq8z1m7", "+13129450127"
DANA, TOM = "tfs_3122cbf939a57d4b42a2184c0cf664f4", "tfs_03e5dbb52b4f33dc2c7000ca8ace5ed2"


def send(sandbox: Sandbox, text: str = "Hello") -> str:
    with sandbox.transaction("tofrom") as tx:
        return str(sending.send(tx, HARBORLINE, Draft(MARIA, text))["id"])


def announce(sandbox: Sandbox, count: int) -> None:
    """Tell the same message anew and anew."""
    with sandbox.transaction("tofrom") as tx:
        message = sending.send(tx, HARBORLINE, Draft(MARIA, "Hello"))
        for _ in range(count - 1):
            live.announce(tx, HARBORLINE, "message.updated", message)


def call(tx: Transaction) -> Call:
    return Call({}, Request("GET", "", {}, b""), tx, "", UploadFolder())


def visit(sandbox: Sandbox, token: str = DANA, workspace_id: str = HARBORLINE, cursor: str | None = None) -> Any:
    with sandbox.transaction("tofrom") as tx:
        asked = call(tx)
        caller = Call(asked.operation, asked.request, tx, "", asked.uploads, actor=watching.known(asked, token))
        return watching.watch_workspace(caller, workspace_id=workspace_id, cursor=cursor)


def frames(sandbox: Sandbox, since: Any, limit: int = 100) -> Sequence[tuple[int, str, dict[str, Any]]] | None:
    with sandbox.transaction("tofrom") as tx:
        return watching.frames(tx, since.channel, since.position, limit)


def test_the_contract_names_the_function_its_arguments_and_its_bounds() -> None:
    contract = Contract("tofrom", load_spec("tofrom"))
    assert contract.websocket is not None
    function = getattr(watching, contract.websocket.id)
    assert set(inspect.signature(function).parameters) - {"call"} == contract.websocket.arguments()
    assert set(watching.SCHEMES) == {scheme.key for scheme in contract.websocket.security}
    assert contract.websocket.raw["terms"]["remembered_events"] == live.REMEMBERED


def test_each_step_of_a_message_is_told_as_it_was_then(sandbox: Sandbox, pass_time: Callable[[Sandbox, float], int]) -> None:
    before = visit(sandbox)
    sent = send(sandbox)
    pass_time(sandbox, 60)
    told = frames(sandbox, before)
    assert told is not None
    assert [(frame["type"], frame["data"]["id"], frame["data"]["status"]) for _, _, frame in told] == [
        ("message.created", sent, "queued"),
        ("message.updated", sent, "sending"),
        ("message.updated", sent, "sent"),
        ("message.updated", sent, "delivered"),
    ]
    assert [number for number, _, _ in told] == [1, 2, 3, 4]
    assert [at[11:19] for _, at, _ in told] == ["12:00:00", "12:00:02", "12:00:03", "12:00:06"]


def test_whoever_comes_without_a_cursor_hears_of_what_comes_next_alone(sandbox: Sandbox) -> None:
    send(sandbox, "before")
    place = visit(sandbox)
    assert (place.position, place.latest) == (1, 1)
    assert frames(sandbox, place) == []
    send(sandbox, "after")
    told = frames(sandbox, place)
    assert told is not None
    assert [frame["data"]["body"] for _, _, frame in told] == ["after"]


def test_every_cursor_goes_on_right_behind_its_frame(sandbox: Sandbox) -> None:
    first = visit(sandbox)
    announce(sandbox, 5)
    told = frames(sandbox, first)
    assert told is not None
    cursors = [watching.ready(first)["cursor"], *(frame["cursor"] for _, _, frame in told)]
    assert len(set(cursors)) == 6
    for place, cursor in enumerate(cursors):
        again = visit(sandbox, cursor=cursor)
        assert (again.position, again.latest) == (place, 5)
        assert watching.ready(again)["cursor"] == cursor
        assert frames(sandbox, again) == told[place:]
        assert frames(sandbox, again, limit=2) == told[place : place + 2]


def test_what_is_too_old_is_forgotten_and_told_to_be(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "REMEMBERED", 3)
    first = visit(sandbox)
    announce(sandbox, 3)
    told = frames(sandbox, first)
    assert told is not None
    assert len(told) == 3
    announce(sandbox, 1)
    assert frames(sandbox, first) is None, "a gap is told, not skipped"
    with pytest.raises(CursorExpired):
        visit(sandbox, cursor=watching.ready(first)["cursor"])
    oldest = visit(sandbox, cursor=told[0][2]["cursor"])
    assert [number for number, _, _ in frames(sandbox, oldest) or ()] == [2, 3, 4]
    with sandbox.transaction("tofrom") as tx:
        assert tx.count("event", HARBORLINE) == 3


def test_a_cursor_of_another_workspace_or_of_tomorrow_is_none(sandbox: Sandbox, sandbox_of: Callable[..., Sandbox]) -> None:
    send(sandbox)
    tomorrow = watching.ready(visit(sandbox))["cursor"]
    foreign = watching.ready(visit(sandbox, TOM, "ws_7hd3n5w1"))["cursor"]
    for cursor in (foreign, "AAAA", "x", tomorrow[:-1] + ("A" if tomorrow[-1] != "A" else "B")):
        with pytest.raises(CursorInvalid):
            visit(sandbox, cursor=cursor)
    with pytest.raises(CursorInvalid):
        visit(sandbox_of("tofrom"), cursor=tomorrow)


@pytest.mark.parametrize(
    ("token", "workspace_id", "refusal"),
    [
        ("tfs_00000000000000000000000000000000", HARBORLINE, CredentialUnknown),
        (TOM, HARBORLINE, WorkspaceUnknown),
        (DANA, "ws_nobody", WorkspaceUnknown),
    ],
)
def test_who_has_no_place_gets_none(sandbox: Sandbox, token: str, workspace_id: str, refusal: type[Refusal]) -> None:
    with pytest.raises(refusal):
        visit(sandbox, token, workspace_id)


def test_a_key_or_an_old_session_lets_nobody_in(sandbox: Sandbox) -> None:
    with sandbox.transaction("tofrom") as tx, pytest.raises(ApiKeyNotAccepted):
        watching.known(call(tx), tx.find("api key", HARBORLINE)[0].body["key"])
    sandbox.clock.freeze(datetime(2026, 3, 15, 11, 59, 59, tzinfo=UTC))
    assert visit(sandbox).until == "2026-03-15T12:00:00.000000Z"
    sandbox.clock.freeze(datetime(2026, 3, 15, 12, tzinfo=UTC))
    with pytest.raises(SessionExpired):
        visit(sandbox)


def test_a_watcher_is_not_counted_against_the_limit(sandbox: Sandbox) -> None:
    for _ in range(3):
        visit(sandbox)
    with sandbox.transaction("tofrom") as tx:
        assert tx.get("allowance", "user usr_dana4w7k", "window") is None


def test_a_watcher_stays_while_the_session_and_the_membership_last(sandbox: Sandbox) -> None:
    place = visit(sandbox)

    def may_stay() -> bool:
        with sandbox.transaction("tofrom") as tx:
            return watching.admits(tx, place.channel, place.watcher)

    assert may_stay()
    with sandbox.transaction("tofrom") as tx:
        kept = tx.get("membership", "usr_dana4w7k", HARBORLINE)
        tx.delete("membership", "usr_dana4w7k", HARBORLINE)
    assert not may_stay()
    with sandbox.transaction("tofrom") as tx:
        assert kept is not None
        tx.put("membership", "usr_dana4w7k", HARBORLINE, kept)
        sessions.log_out(tx, TOM)
    assert may_stay()
    with sandbox.transaction("tofrom") as tx:
        sessions.log_out(tx, DANA)
    assert not may_stay()


def test_a_log_out_and_an_event_wake_who_waits(sandbox: Sandbox) -> None:
    woken: list[str] = []
    sandbox.watch(lambda: woken.append("!"))
    send(sandbox)
    assert len(woken) == 1
    with sandbox.transaction("tofrom") as tx:
        sessions.log_out(tx, DANA)
    assert len(woken) == 2


def test_after_a_return_to_the_beginning_a_channel_is_another_one(sandbox: Sandbox) -> None:
    place = visit(sandbox)
    with sandbox.transaction("tofrom") as tx:
        found = tx.get("workspace", "", HARBORLINE)
        assert found is not None
        tx.put("workspace", "", HARBORLINE, {**found, "name": "Renamed"})
        assert watching.goes_on(tx, place.channel)
        tx.clear()
        assert not watching.goes_on(tx, place.channel)
        tx.put("workspace", "", HARBORLINE, found)
        assert not watching.goes_on(tx, place.channel)
