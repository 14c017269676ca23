"""tofrom's opening: both worlds load, and a fixture that contradicts itself is told so."""

from __future__ import annotations

import copy

import phonenumbers
import pytest

from mockserver.apis.tofrom import opening
from mockserver.data import fixtures_path, load_spec, load_yaml
from mockserver.engine.sandbox import Sandbox
from mockserver.engine.store import SqliteStore
from mockserver.serving.contract import Contract
from mockserver.worlds import read_world


@pytest.fixture(scope="module")
def world():
    contract = Contract("tofrom", load_spec("tofrom"))
    fixture = read_world("default", {"tofrom": contract})["tofrom"]
    return fixture.data


def test_the_empty_world_has_its_actors_and_no_message(sandbox_of):
    with sandbox_of("tofrom", "empty").transaction("tofrom") as tx:
        assert tx.count("login", "") == 3
        assert tx.count("message", "ws_4kq8z1m7") == 0


def test_the_owner_has_messages_in_both_directions_and_the_unconfigured_no_provider(sandbox_of):
    with sandbox_of("tofrom").transaction("tofrom") as tx:
        assert tx.count("message", "ws_4kq8z1m7", {"direction": "inbound"}) > 0
        assert tx.count("message", "ws_4kq8z1m7", {"direction": "outbound"}) > 0
        assert tx.get("provider", "ws_4kq8z1m7", "provider")
        assert tx.get("provider", "ws_2mv6c8p4", "provider") is None


def test_messages_are_stored_in_the_order_of_their_times(sandbox_of):
    with sandbox_of("tofrom").transaction("tofrom") as tx:
        times = [record.body["created_at"] for record in tx.find("message", "ws_4kq8z1m7")]
    assert times == sorted(times)


@pytest.mark.parametrize("name", ["default", "empty"])
def test_every_number_is_a_valid_one_of_its_country(name):
    data = load_yaml((fixtures_path() / name / "tofrom.yaml").read_text("utf-8"))
    owned = [number for workspace in data["workspaces"] for number in workspace["phone_numbers"]]
    for number in [*owned, *data["stock"]]:
        parsed = phonenumbers.parse(number["phone_number"])
        assert phonenumbers.is_valid_number(parsed), number
        assert phonenumbers.region_code_for_number(parsed) == number["country"]


@pytest.mark.parametrize(
    ("path", "value", "complaint"),
    [
        (("users", 1, "email"), "Dana.Whitfield@harborline.example", "/users/1/email: is taken by an earlier one"),
        (("sessions", 0, "user_id"), "usr_nobody", "/sessions/0/user_id: there is no such user"),
        (("workspaces", 1, "id"), "ws_4kq8z1m7", "/workspaces/1/id: is taken by an earlier one"),
        (("workspaces", 0, "members", 1, "user_id"), "usr_nobody", "/workspaces/0/members/1/user_id: there is no such user"),
        (("workspaces", 0, "members", 0, "role"), "member", "/workspaces/0/members: nobody is the owner"),
        (("workspaces", 0, "messages", 0, "to"), "+12065310178", "/workspaces/0/messages/0/to: is no number of the workspace"),
        (
            ("workspaces", 0, "api_keys", 0, "created_by"),
            "usr_x",
            "/workspaces/0/api_keys/0/created_by: is no member of the workspace",
        ),
        (("stock", 0, "phone_number"), "+14153670142", "/stock/0/phone_number: is taken by an earlier one"),
        (("cast", "owner", "session_token"), "tfs_x", "/cast/owner/session_token: is no session of this user"),
        (("cast", "owner", "workspace_id"), "ws_x", "/cast/owner/workspace_id: there is no such workspace"),
        (("cast", "owner", "workspace_id"), "ws_7hd3n5w1", "/cast/owner/user_id: is no member of the workspace"),
        (("cast", "owner", "api_key_id"), "key_x", "/cast/owner/api_key_id: the workspace has no such key"),
        (("cast", "owner", "phone_number"), "+15033890117", "/cast/owner/phone_number: the workspace has no such number"),
    ],
)
def test_a_contradiction_is_told_by_its_place(world, path, value, complaint):
    broken = copy.deepcopy(world)
    target = broken
    for step in path[:-1]:
        target = target[step]
    target[path[-1]] = value
    store = SqliteStore()
    with Sandbox(store).transaction("tofrom") as tx, pytest.raises(ValueError) as raised:
        opening.furnish(tx, broken)
    store.close()
    assert str(raised.value) == complaint
