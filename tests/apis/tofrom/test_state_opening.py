"""tofrom's opening: both worlds load, and a fixture that contradicts itself is told so."""

from __future__ import annotations

import copy
from pathlib import Path

import phonenumbers
import pytest

from mockserver.apis.tofrom import credentials, opening
from mockserver.data import fixtures_path, load_spec, load_yaml
from mockserver.engine.clock import Clock
from mockserver.engine.sandbox import Sandbox
from mockserver.engine.store import SqliteStore
from mockserver.serving.contract import Contract
from mockserver.worlds import Fixture, furnish, read_world, written
from tests.conftest import NOON

DUE = "is an instant as long as there is a step to take, and null after the last one"


def told_of(world):
    """What is wrong with a world."""
    store = SqliteStore()
    with Sandbox(store).transaction("tofrom") as tx, pytest.raises(ValueError) as raised:
        opening.furnish(tx, world)
    store.close()
    return str(raised.value).splitlines()[0]


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
    assert told_of(broken) == complaint


EVENT = {"number": 7, "at": "now", "type": "message.updated", "message_id": "msg_abc123", "status": "sent"}
STEP = {"workspace_id": "ws_4kq8z1m7", "due": "now+5s", "step": {"message_id": "msg_h5w1t8c3", "outcome": "delivered"}}
ARRIVAL = {
    "workspace_id": "ws_4kq8z1m7",
    "due": "now+5s",
    "arrival": {
        "id": "msg_new", "provider_sid": f"SM{'0' * 32}", "to": "+14153670142", "from": "+13129450127", "body": "now"
    },
}  # fmt: skip


@pytest.mark.parametrize(
    ("events", "complaint"),
    [
        ([{**EVENT, "message_id": "msg_g1s5w9z7"}], "0/message_id: the workspace has no such message"),
        ([EVENT, {**EVENT, "number": 9}], "1/number: does not follow the one before"),
    ],
)
def test_events_are_about_messages_and_follow_each_other(world, events, complaint):
    workspaces = [{**world["workspaces"][0], "events": events}, *world["workspaces"][1:]]
    assert told_of({**world, "workspaces": workspaces}) == f"/workspaces/0/events/{complaint}"


@pytest.mark.parametrize(
    ("agenda", "complaint"),
    [
        ([{**STEP, "workspace_id": "ws_x"}], "0/workspace_id: there is no such workspace"),
        ([{**STEP, "workspace_id": "ws_9tb2x6r3"}], "0/step/message_id: the workspace has no such message"),
        ([STEP, STEP], "1/step/message_id: is taken by an earlier one"),
        ([ARRIVAL, ARRIVAL], "1/arrival/id: is taken by an earlier one"),
        ([{**ARRIVAL, "arrival": {**ARRIVAL["arrival"], "id": "msg_abc123"}}], "0/arrival/id: is taken by an earlier one"),
        ([{**ARRIVAL, "due": None}], f"0/due: {DUE}"),
        ([{**STEP, "due": None}], f"0/due: {DUE}"),
        ([{**STEP, "step": {**STEP["step"], "reached": ["sending", "sent", "delivered"]}}], f"0/due: {DUE}"),
    ],
)
def test_what_is_to_come_fits_what_is_there(world, agenda, complaint):
    assert told_of({**world, "agenda": agenda}) == f"/agenda/{complaint}"


def test_a_person_writes_what_is_to_come_in_a_few_words(world, pass_time):
    contract = Contract("tofrom", load_spec("tofrom"))
    stuck = {**STEP, "due": None, "step": {**STEP["step"], "outcome": "never", "reached": ["sending", "sent"]}}
    text = written({**world, "agenda": [{**stuck, "step": {**stuck["step"], "message_id": "msg_d2z6p9g5"}}, STEP, ARRIVAL]})
    sandbox = Sandbox(SqliteStore(), clock=Clock(NOON))
    with sandbox.transaction("tofrom") as tx:
        furnish(Fixture(Path("tofrom.yaml"), contract, text), opening.furnish, tx)
    assert pass_time(sandbox, 5) == 2
    with sandbox.transaction("tofrom") as tx:
        kept = {record.id: record.body for record in tx.find("message", "ws_4kq8z1m7")}
    assert (kept["msg_h5w1t8c3"]["status"], kept["msg_d2z6p9g5"]["status"]) == ("sending", "sent")
    assert (kept["msg_new"]["body"], kept["msg_new"]["created_at"]) == ("now", "2026-02-13T12:00:05.000000Z")
    assert pass_time(sandbox, 4) == 2
    sandbox.store.close()


def test_what_was_ended_opens_nothing_and_may_still_be_the_casts(world):
    ended = copy.deepcopy(world)
    ended["sessions"][0]["ended_at"] = ended["workspaces"][0]["api_keys"][0]["revoked_at"] = "now-1h"
    ended["workspaces"][0]["phone_numbers"][0]["released_at"] = "now-1h"
    ended["stock"].append({"phone_number": "+14153670142", "country": "US", "capabilities": ["sms"]})
    store = SqliteStore()
    with Sandbox(store).transaction("tofrom") as tx:
        opening.furnish(tx, ended)
        assert [tx.count("session", ""), tx.count("api key", "ws_4kq8z1m7"), tx.count("phone number", "ws_4kq8z1m7")] == [2, 1, 1]
        assert tx.get("secret", "", world["workspaces"][0]["api_keys"][0]["key"]) is None
    store.close()
    actor = credentials.cast(ended, NOON)["owner"]
    assert (actor["api_key"], actor["phone_number"]) == ("tf_live_3088f45704c1f930804933bd5acdad79", "+14153670142")
