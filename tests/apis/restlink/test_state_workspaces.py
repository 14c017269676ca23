"""Workspaces: which one a request is about, and what an administrator does to them, without HTTP."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from mockserver.apis.restlink import opening, state
from mockserver.apis.restlink.state import AccountUnknown, MainWorkspaceMissing, WorkspaceNotOwned, WorkspaceUnknown
from mockserver.data import fixtures_path, load_yaml
from mockserver.engine.sandbox import Sandbox, Transaction

OWNER, STRANGER, MAINLESS = 279, 412, 530


@pytest.fixture
def sandbox(sandbox_of: Callable[..., Sandbox]) -> Sandbox:
    return sandbox_of("restlink")


def live(tx: Transaction, account: int = OWNER) -> list[tuple[int, bool]]:
    return [(found["id"], found["is_main"]) for found in state.live_workspaces(tx, account)]


def test_a_person_gets_the_main_workspace_or_the_one_named(sandbox: Sandbox) -> None:
    with sandbox.transaction("restlink") as tx:
        assert state.choose_workspace(tx, OWNER, None) == 16
        assert state.choose_workspace(tx, OWNER, "18") == 18
        assert state.choose_workspace(tx, MAINLESS, "41") == 41


@pytest.mark.parametrize("wanted", ["31", "17", "999", "900719925474099267"])
def test_foreign_deleted_and_unknown_workspaces_are_refused_alike(sandbox: Sandbox, wanted: str) -> None:
    with sandbox.transaction("restlink") as tx, pytest.raises(WorkspaceNotOwned):
        state.choose_workspace(tx, OWNER, wanted)


def test_without_a_live_main_workspace_one_must_be_named(sandbox: Sandbox) -> None:
    with sandbox.transaction("restlink") as tx, pytest.raises(MainWorkspaceMissing):
        state.choose_workspace(tx, MAINLESS, None)


def test_a_created_workspace_is_live_at_once_and_its_id_is_new(sandbox: Sandbox) -> None:
    with sandbox.transaction("restlink") as tx:
        created = state.create_workspace(tx, OWNER, "spring", 1406, color="#123abc")
        assert created == {
            "id": 58, "name": "spring", "is_main": False, "account_id": OWNER, "product_id": 1406, "color": "#123abc"
        }  # fmt: skip
        assert live(tx) == [(16, True), (18, False), (58, False)]
        state.delete_workspace(tx, OWNER, 58)
        assert state.create_workspace(tx, OWNER, "summer", 1406)["id"] == 59


def test_a_second_main_workspace_takes_the_place_of_the_first(sandbox: Sandbox) -> None:
    with sandbox.transaction("restlink") as tx:
        created = state.create_workspace(tx, OWNER, "new main", 1430, is_main=True)
        assert live(tx) == [(16, False), (18, False), (created["id"], True)]
        assert state.choose_workspace(tx, OWNER, None) == created["id"]


def test_a_deleted_workspace_is_out_of_reach_at_once(sandbox: Sandbox) -> None:
    with sandbox.transaction("restlink") as tx:
        state.delete_workspace(tx, OWNER, 16)
        assert live(tx) == [(18, False)]
        with pytest.raises(MainWorkspaceMissing):
            state.choose_workspace(tx, OWNER, None)
        with pytest.raises(WorkspaceNotOwned):
            state.choose_workspace(tx, OWNER, "16")


@pytest.mark.parametrize(("account", "workspace"), [(OWNER, 17), (OWNER, 31), (STRANGER, 16), (1, 16)])
def test_only_a_live_workspace_of_the_account_can_be_deleted(sandbox: Sandbox, account: int, workspace: int) -> None:
    with sandbox.transaction("restlink") as tx, pytest.raises(WorkspaceUnknown):
        state.delete_workspace(tx, account, workspace)


def test_an_unknown_account_gets_no_workspace(sandbox: Sandbox) -> None:
    with sandbox.transaction("restlink") as tx, pytest.raises(AccountUnknown):
        state.create_workspace(tx, 1, "nobody's", 1430)


def _second_main(world: dict[str, Any]) -> None:
    world["workspaces"][2]["is_main"] = True


def _foreign_key(world: dict[str, Any]) -> None:
    world["cast"]["owner"]["api_keys"]["18"] = world["cast"]["stranger"]["api_keys"]["31"]


@pytest.mark.parametrize(
    ("spoil", "complaint"),
    [
        (_second_main, "/workspaces/2/is_main: the account has a live main workspace already"),
        (_foreign_key, "/cast/owner/api_keys/18: there is no such key for this workspace"),
        (lambda world: world["workspaces"][1].update(id=16), "/workspaces/1/id: is taken by an earlier one"),
        (lambda world: world["workspaces"][8].update(account_id=1), "/workspaces/8/account_id: there is no such account"),
        (lambda world: world["messages"][0].update(workspace_id=1), "/messages/0/workspace_id: there is no such workspace"),
        (lambda world: world["cast"]["owner"].update(main=18), "/cast/owner/main: the account has no such workspace"),
        (lambda world: world["cast"]["owner"].update(deleted=[18]), "/cast/owner/deleted: the account has no such workspace"),
        (lambda world: world["cast"]["owner"]["keys"].update(hmac="sk"), "/cast/owner/keys/hmac: there is no such key"),
    ],
)
def test_a_world_that_contradicts_itself_is_refused(
    sandbox: Sandbox, spoil: Callable[[dict[str, Any]], None], complaint: str
) -> None:
    world = load_yaml((fixtures_path() / "default" / "restlink.yaml").read_text("utf-8"))
    spoil(world)
    with sandbox.transaction("restlink") as tx, pytest.raises(ValueError, match=r"^/") as refused:
        opening.furnish(tx, world)
    assert str(refused.value).splitlines()[0] == complaint
