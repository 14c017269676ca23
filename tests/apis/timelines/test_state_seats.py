"""Seats without HTTP: who takes one, who loses it on a downgrade, who gets it back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from mockserver.apis.timelines import connections, seats, state, users, workspaces
from mockserver.apis.timelines.seats import SeatsFull
from mockserver.apis.timelines.state import WorkspaceUnknown
from mockserver.apis.timelines.workspaces import WorkspaceNameTaken, WorkspaceRenameRefused
from mockserver.engine.sandbox import Sandbox, Transaction

OWNER, STRANGER = "partner_12345", "lumen-resellers"
DOCUMENTED, SECOND, FOREIGN = "ws_1234567890abcdef", "ws_40d7b6e19f52c3a8", "ws_9c41e7a5b02d8f63"


@pytest.fixture
def sandbox(sandbox_of: Callable[..., Sandbox]) -> Sandbox:
    return sandbox_of("timelines")


def resize(tx: Transaction, workspace_id: str, total: int) -> dict[str, Any]:
    return workspaces.update(tx, state.workspace(tx, OWNER, workspace_id), None, total)


def ids(tx: Transaction, workspace: dict[str, Any], status: str) -> list[int]:
    return [each["user_id"] for each in users.users(tx, workspace, status)]


@pytest.mark.parametrize("workspace_id", [FOREIGN, "ws_nothing"])
def test_a_foreign_workspace_is_as_unknown_as_one_that_never_was(sandbox: Sandbox, workspace_id: str) -> None:
    with sandbox.transaction("timelines") as tx, pytest.raises(WorkspaceUnknown):
        state.workspace(tx, OWNER, workspace_id)


def test_the_administrator_finds_anybodys_workspace(sandbox: Sandbox) -> None:
    with sandbox.transaction("timelines") as tx:
        assert state.anybodys_workspace(tx, FOREIGN)["partner_id"] == STRANGER
        assert state.anybodys_workspace(tx, DOCUMENTED)["partner_id"] == OWNER
        with pytest.raises(WorkspaceUnknown):
            state.anybodys_workspace(tx, "ws_nothing")


@pytest.mark.parametrize(("partner", "plan_id", "messages"), [(OWNER, 1, 10000), (STRANGER, 2, 25000)])
def test_a_new_workspace_is_on_its_partners_plan_with_its_owner_alone(
    sandbox: Sandbox, partner: str, plan_id: int, messages: int
) -> None:
    with sandbox.transaction("timelines") as tx:
        made = workspaces.create(tx, partner, "spring", 3)
        seen = workspaces.overview(tx, state.workspace(tx, partner, made["workspace_id"]))
        summary = workspaces.summary(tx, made)
    owner = seen.users[0]
    assert (owner["user_id"], owner["role"], owner["status"]) == (104, "owner", "active")
    assert owner["email"] == f"104-{made['workspace_id']}@partners.timelines.ai"
    assert (len(seen.users), seen.accounts, seen.links) == (1, [], [])
    assert seen.seats == {
        "total": 3, "used": 1, "period_start": "2026-02-13T12:00:00Z", "period_end": "2027-02-13T11:59:59Z"
    }  # fmt: skip
    assert seen.messages_quota == {
        "total": messages, "used": 0, "period_start": "2026-02-13T12:00:00Z", "period_end": "2026-03-15T11:59:59Z"
    }  # fmt: skip
    assert (summary.plan_id, summary.free_seats, summary.owner_id, summary.suspended) == (plan_id, 2, 104, [])
    assert made["group_id"] == 22


def test_a_name_is_taken_for_its_partner_whatever_its_case(sandbox: Sandbox) -> None:
    with sandbox.transaction("timelines") as tx:
        with pytest.raises(WorkspaceNameTaken):
            workspaces.create(tx, OWNER, "MY-FIRST-workspace", 1)
        workspaces.create(tx, STRANGER, "my-first-workspace", 1)
        second = state.workspace(tx, OWNER, SECOND)
        with pytest.raises(WorkspaceRenameRefused):
            workspaces.update(tx, second, "My-First-Workspace", None)
        workspaces.update(tx, second, "renamed", None)
        workspaces.create(tx, OWNER, "northside-dental", 1)
        with pytest.raises(WorkspaceNameTaken):
            workspaces.create(tx, OWNER, "Renamed", 1)


def test_a_workspace_can_keep_its_name_and_change_its_case(sandbox: Sandbox) -> None:
    with sandbox.transaction("timelines") as tx:
        found = state.workspace(tx, OWNER, DOCUMENTED)
        same = workspaces.update(tx, found, "my-first-workspace", 10)
        assert same == found
        changed = workspaces.update(tx, found, "My-First-Workspace", None)
        assert changed == {**found, "display_name": "My-First-Workspace", "updated_at": "2026-02-13T12:00:00Z"}
        assert state.workspace(tx, OWNER, DOCUMENTED) == changed


def test_users_take_seats_all_or_none(sandbox: Sandbox) -> None:
    with sandbox.transaction("timelines") as tx:
        found = state.workspace(tx, OWNER, DOCUMENTED)
        with pytest.raises(SeatsFull):
            seats.create_users(tx, found, 4)
        assert (seats.used(tx, found), seats.free(tx, found)) == (7, 3)
        made = seats.create_users(tx, found, 3)
        assert [(each["user_id"], each["role"], each["display_name"]) for each in made] == [
            (104, "agent", "User 104"), (105, "agent", "User 105"), (106, "agent", "User 106")
        ]  # fmt: skip
        assert (seats.used(tx, found), seats.free(tx, found)) == (10, 0)
        with pytest.raises(SeatsFull):
            seats.create_users(tx, found, 1)
        assert users.users(tx, found)[-3:] == made


def test_a_downgrade_suspends_the_youngest_and_cuts_them_off(sandbox: Sandbox) -> None:
    with sandbox.transaction("timelines") as tx:
        found = resize(tx, DOCUMENTED, 2)
        assert ids(tx, found, "active") == [42, 57]
        assert ids(tx, found, "suspended") == [58, 63, 71, 84, 85]
        connected = {each["user_id"] for each in connections.accounts(tx, found) if each["disconnected_at"] is None}
        assert connected == {42, 57}
        assert connections.live_links(tx, found) == []
        suspended = workspaces.summary(tx, found).suspended
        assert [(id, account and account["whatsapp_account_id"]) for id, account in suspended] == [
            (58, 987655012), (63, 987657744), (71, 987660190), (84, None), (85, None)
        ]  # fmt: skip


def test_the_owner_keeps_the_last_seat(sandbox: Sandbox) -> None:
    with sandbox.transaction("timelines") as tx:
        found = resize(tx, DOCUMENTED, 1)
        assert ids(tx, found, "active") == [42]
        assert (seats.used(tx, found), seats.free(tx, found)) == (1, 0)


def test_the_oldest_come_back_first_and_connect_anew(sandbox: Sandbox) -> None:
    with sandbox.transaction("timelines") as tx:
        resize(tx, DOCUMENTED, 2)
        found = resize(tx, DOCUMENTED, 4)
        assert ids(tx, found, "active") == [42, 57, 58, 63]
        assert ids(tx, found, "suspended") == [71, 84, 85]
        assert [each["user_id"] for each in connections.accounts(tx, found) if each["disconnected_at"] is None] == [42, 57]
        found = resize(tx, DOCUMENTED, 20)
        assert ids(tx, found, "suspended") == []
        assert seats.free(tx, found) == 13


def test_the_second_workspaces_suspended_member_comes_back_with_a_seat_more(sandbox: Sandbox) -> None:
    with sandbox.transaction("timelines") as tx:
        found = state.workspace(tx, OWNER, SECOND)
        assert (seats.used(tx, found), seats.free(tx, found), ids(tx, found, "suspended")) == (3, 0, [94])
        found = resize(tx, SECOND, 5)
        assert (seats.used(tx, found), seats.free(tx, found), ids(tx, found, "suspended")) == (4, 1, [])


def test_fewer_seats_that_nobody_holds_suspend_nobody(sandbox: Sandbox) -> None:
    with sandbox.transaction("timelines") as tx:
        found = resize(tx, DOCUMENTED, 7)
        assert (seats.free(tx, found), ids(tx, found, "suspended")) == (0, [])
