"""Workspaces and their people: who is let in, in which order things are shown, how an invitation becomes a member."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from mockserver.apis.tofrom import members, sessions, state
from mockserver.apis.tofrom.lists import Slice
from mockserver.apis.tofrom.members import MemberExists
from mockserver.apis.tofrom.sessions import LoginRefused
from mockserver.apis.tofrom.state import RoleInsufficient, WorkspaceUnknown
from mockserver.engine.clock import Clock
from mockserver.engine.sandbox import Sandbox

DANA, LUIS, PRIYA, TOM = "usr_dana4w7k", "usr_luis9p3d", "usr_priy5m1x", "usr_tomb6q2z"
HARBORLINE, EVENTS, DENTAL = "ws_4kq8z1m7", "ws_9tb2x6r3", "ws_7hd3n5w1"
TOMS_LOGIN = ("tom.becker@cascadedental.example", "open-wide-please-9")
ALL = Slice(1, 100)


def ids(sandbox: Sandbox, user: str) -> list[str]:
    with sandbox.transaction("tofrom") as tx:
        return [found["id"] for found in state.workspaces(tx, user, ALL).entries]


@pytest.mark.parametrize(("user", "found"), [(DANA, [HARBORLINE, EVENTS]), (PRIYA, [HARBORLINE]), (TOM, [DENTAL])])
def test_a_user_sees_the_workspaces_that_the_user_is_in(sandbox: Sandbox, user: str, found: list[str]) -> None:
    assert ids(sandbox, user) == found


@pytest.mark.parametrize("workspace", [DENTAL, "ws_nothing", ""])
def test_a_foreign_workspace_and_none_are_the_same(sandbox: Sandbox, workspace: str) -> None:
    with sandbox.transaction("tofrom") as tx, pytest.raises(WorkspaceUnknown):
        state.workspace(tx, DANA, workspace)
    with sandbox.transaction("tofrom") as tx, pytest.raises(WorkspaceUnknown):
        state.management(tx, DANA, workspace)


@pytest.mark.parametrize(("user", "role"), [(DANA, "owner"), (LUIS, "admin")])
def test_owners_and_admins_may_change_a_workspace(sandbox: Sandbox, user: str, role: str) -> None:
    with sandbox.transaction("tofrom") as tx:
        assert state.management(tx, user, HARBORLINE)["role"] == role


def test_members_may_only_look(sandbox: Sandbox) -> None:
    with sandbox.transaction("tofrom") as tx:
        assert state.workspace(tx, PRIYA, HARBORLINE)["role"] == "member"
        with pytest.raises(RoleInsufficient):
            state.management(tx, PRIYA, HARBORLINE)


def test_a_new_workspace_has_its_maker_as_owner_and_nothing_else(sandbox: Sandbox) -> None:
    with sandbox.transaction("tofrom") as tx:
        made = state.create_workspace(tx, TOM, "Second practice")
        assert {**made, "id": ""} == {
            "id": "",
            "name": "Second practice",
            "role": "owner",
            "provider_configured": False,
            "created_at": "2026-02-13T12:00:00.000000Z",
        }
        (owner,) = members.page(tx, made["id"], ALL).entries
        assert (owner["user_id"], owner["email"], owner["name"]) == (TOM, TOMS_LOGIN[0], "Tom Becker")
        for kind in ("api key", "phone number", "message"):
            assert tx.count(kind, made["id"]) == 0
    assert ids(sandbox, TOM) == [DENTAL, made["id"]]


def test_the_oldest_workspace_comes_first_even_if_it_was_joined_last(sandbox: Sandbox) -> None:
    with sandbox.transaction("tofrom") as tx:
        young = state.create_workspace(tx, TOM, "New")["id"]
        members.invite(tx, HARBORLINE, TOMS_LOGIN[0], "member")
        sessions.log_in(tx, *TOMS_LOGIN)
    assert ids(sandbox, TOM) == [DENTAL, HARBORLINE, young]


def test_an_invitation_waits_for_the_next_login(sandbox: Sandbox) -> None:
    with sandbox.transaction("tofrom") as tx:
        invited = members.invite(tx, HARBORLINE, TOMS_LOGIN[0].upper(), "admin")
        assert (invited["user_id"], invited["name"], invited["role"]) == (None, None, "admin")
        with pytest.raises(WorkspaceUnknown):
            state.workspace(tx, TOM, HARBORLINE)
        sessions.log_in(tx, *TOMS_LOGIN)
        assert state.management(tx, TOM, HARBORLINE)["id"] == invited["id"]
        last = members.page(tx, HARBORLINE, ALL).entries[-1]
        assert last == {**invited, "user_id": TOM, "name": "Tom Becker"}


def test_an_accepted_invitation_is_used_up(sandbox: Sandbox) -> None:
    with sandbox.transaction("tofrom") as tx:
        members.invite(tx, HARBORLINE, TOMS_LOGIN[0], "member")
        sessions.log_in(tx, *TOMS_LOGIN)
        assert tx.count("invitation", TOMS_LOGIN[0]) == 0
        assert tx.count("invitation", "hannah.cole@harborline.example") == 1, "nobody else's is"


@pytest.mark.parametrize(
    "email", ["luis.ortega@harborline.example", "Hannah.Cole@Harborline.example", "DANA.whitfield@harborline.example"]
)
def test_an_address_is_on_the_list_once(sandbox: Sandbox, email: str) -> None:
    with sandbox.transaction("tofrom") as tx, pytest.raises(MemberExists):
        members.invite(tx, HARBORLINE, email, "member")
    with sandbox.transaction("tofrom") as tx:
        assert members.page(tx, HARBORLINE, ALL).total == 4


def test_members_are_listed_in_the_order_of_joining_the_list(sandbox: Sandbox) -> None:
    with sandbox.transaction("tofrom") as tx:
        found = members.page(tx, HARBORLINE, ALL).entries
    assert [(member["name"], member["role"]) for member in found] == [
        ("Dana Whitfield", "owner"),
        ("Luis Ortega", "admin"),
        ("Priya Nair", "member"),
        (None, "member"),
    ]


@pytest.mark.parametrize(
    "login",
    [
        (TOMS_LOGIN[0], "open-wide-please-8"),
        (TOMS_LOGIN[0], ""),
        (TOMS_LOGIN[0], "Open-wide-please-9"),
        ("nobody@cascadedental.example", TOMS_LOGIN[1]),
        ("dana.whitfield@harborline.example", TOMS_LOGIN[1]),
        (TOMS_LOGIN[0], "ôpen-wide-please-9"),
    ],
)
def test_a_wrong_login_opens_nothing(sandbox: Sandbox, login: tuple[str, str]) -> None:
    with sandbox.transaction("tofrom") as tx:
        before = tx.count("session", "")
        with pytest.raises(LoginRefused):
            sessions.log_in(tx, *login)
        assert tx.count("session", "") == before


def test_a_session_lives_for_thirty_days_and_is_one_of_many(sandbox: Sandbox) -> None:
    with sandbox.transaction("tofrom") as tx:
        first, second = sessions.log_in(tx, *TOMS_LOGIN), sessions.log_in(tx, TOMS_LOGIN[0].upper(), TOMS_LOGIN[1])
        assert first["token"] != second["token"]
        assert first["expires_at"] == "2026-03-15T12:00:00.000000Z"
        sessions.log_out(tx, first["token"])
        assert tx.get("session", "", first["token"]) is None
        assert tx.get("session", "", second["token"]) == {"user_id": TOM, "expires_at": first["expires_at"]}


def test_the_same_seed_gives_the_same_tokens(sandbox_of: Callable[..., Sandbox]) -> None:
    tokens = []
    for seed in (1, 1, 2):
        with sandbox_of("tofrom", seed=seed).transaction("tofrom") as tx:
            tokens.append(sessions.log_in(tx, *TOMS_LOGIN)["token"])
    assert tokens[0] == tokens[1] != tokens[2]


def test_pages_cut_the_list_without_loss(sandbox: Sandbox) -> None:
    start = datetime(2026, 2, 13, 12, tzinfo=UTC)
    made = []
    for number in range(5):
        sandbox.clock = Clock(start + timedelta(seconds=number))
        with sandbox.transaction("tofrom") as tx:
            made.append(state.create_workspace(tx, TOM, "Same name")["id"])
    with sandbox.transaction("tofrom") as tx:
        pages = [state.workspaces(tx, TOM, Slice(number, 4)) for number in (1, 2, 3)]
    assert [entry["id"] for page in pages for entry in page.entries] == [DENTAL, *made]
    assert [(len(page.entries), page.count, page.total) for page in pages] == [(4, 2, 6), (2, 2, 6), (0, 2, 6)]
