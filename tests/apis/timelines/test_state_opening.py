"""timelines' opening: both worlds load, and a fixture that contradicts itself is told so."""

from __future__ import annotations

import copy

import phonenumbers
import pytest

from mockserver.apis.timelines import moments, opening
from mockserver.data import fixtures_path, load_spec, load_yaml
from mockserver.engine.sandbox import Sandbox
from mockserver.engine.store import SqliteStore
from mockserver.serving.contract import Contract
from mockserver.worlds import read_world

DOCUMENTED = "ws_1234567890abcdef"


@pytest.fixture(scope="module")
def world():
    contract = Contract("timelines", load_spec("timelines"))
    fixture = read_world("default", {"timelines": contract})["timelines"]
    return fixture.data


def test_the_documented_workspace_has_the_documented_figures(world):
    workspace = world["workspaces"][0]
    holders = [user for user in workspace["users"] if user["status"] == "active"]
    assert (workspace["workspace_id"], workspace["display_name"]) == (DOCUMENTED, "my-first-workspace")
    assert (workspace["seats"]["total"], len(holders)) == (10, 7)
    assert {(workspace[quota]["total"], workspace[quota]["used"]) for quota in ("messages_quota", "api_calls_quota")} == {(10, 7)}
    assert (workspace["users"][0]["user_id"], workspace["users"][0]["display_name"]) == (42, "John Doe")


def test_a_workspace_is_found_under_its_partner_alone(sandbox_of):
    with sandbox_of("timelines").transaction("timelines") as tx:
        assert tx.get("workspace", "partner_12345", DOCUMENTED)
        assert tx.get("workspace", "lumen-resellers", DOCUMENTED) is None


def test_the_empty_world_has_its_partners_and_a_lone_owner_each(sandbox_of):
    with sandbox_of("timelines", "empty").transaction("timelines") as tx:
        assert tx.count("partner", "") == 2
        assert tx.count("user", DOCUMENTED) == 1


@pytest.mark.parametrize("name", ["default", "empty"])
def test_every_number_is_valid(name):
    data = load_yaml((fixtures_path() / name / "timelines.yaml").read_text("utf-8"))
    for workspace in data["workspaces"]:
        for account in workspace["whatsapp_accounts"]:
            assert phonenumbers.is_valid_number(phonenumbers.parse(account["phone_number_e164"])), account


@pytest.mark.parametrize(
    ("path", "value", "complaint"),
    [
        (("partners", 1, "partner_id"), "partner_12345", "/partners/1/partner_id: is taken by an earlier one"),
        (("workspaces", 1, "workspace_id"), DOCUMENTED, "/workspaces/1/workspace_id: is taken by an earlier one"),
        (("workspaces", 1, "display_name"), "My-First-Workspace", "/workspaces/1/display_name: is taken by an earlier one"),
        (("workspaces", 1, "partner_id"), "nobody", "/workspaces/1/partner_id: there is no such partner"),
        (("workspaces", 1, "users", 0, "user_id"), 42, "/workspaces/1/users/0/user_id: is taken by an earlier one"),
        (("workspaces", 0, "users", 0, "role"), "agent", "/workspaces/0/users: exactly one must be the owner, and not suspended"),
        (("workspaces", 0, "seats", "total"), 6, "/workspaces/0/seats/total: more users than this hold a seat"),
        (("workspaces", 0, "messages_quota", "used"), 11, "/workspaces/0/messages_quota/used: is more than the total"),
        (
            ("workspaces", 0, "whatsapp_accounts", 0, "user_id"),
            999,
            "/workspaces/0/whatsapp_accounts/0/user_id: there is no such user in the workspace",
        ),
        (
            ("workspaces", 0, "whatsapp_accounts", 1, "user_id"),
            42,
            "/workspaces/0/whatsapp_accounts/1/user_id: is suspended, or has a connected account already",
        ),
        (
            ("workspaces", 0, "qr_links", 0, "user_id"),
            999,
            "/workspaces/0/qr_links/0/user_id: there is no such active user in the workspace",
        ),
        (("plans", 1, "plan_id"), 1, "/plans/1/plan_id: is taken by an earlier one"),
        (("partners", 1, "plan_id"), 9, "/partners/1/plan_id: there is no such plan"),
        (
            ("workspaces", 0, "whatsapp_accounts", 1, "phone_number_e164"),
            "+4915123456789",
            "/workspaces/0/whatsapp_accounts/1/phone_number_e164: is taken by an earlier one",
        ),
        (("workspaces", 0, "qr_links", 0, "user_id"), 57, "/workspaces/0/qr_links/0/user_id: has a connected account"),
        (("cast", "owner", "workspace_id"), "ws_9c41e7a5b02d8f63", "/cast/owner/workspace_id: the partner has no such workspace"),
    ],
)
def test_a_contradiction_is_told_by_its_place(world, path, value, complaint):
    broken = copy.deepcopy(world)
    target = broken
    for step in path[:-1]:
        target = target[step]
    target[path[-1]] = value
    store = SqliteStore()
    with Sandbox(store).transaction("timelines") as tx, pytest.raises(ValueError) as raised:
        opening.furnish(tx, broken)
    store.close()
    assert str(raised.value).splitlines()[0] == complaint


def test_a_period_that_ends_before_it_starts_is_told(world):
    fixture = copy.deepcopy(world)
    for workspace in fixture["workspaces"]:
        for quota in ("seats", "messages_quota", "api_calls_quota"):
            workspace[quota] |= {"period_start": "2026-01-02T00:00:00Z", "period_end": "2026-01-31T23:59:59Z"}
    fixture["workspaces"][1]["seats"]["period_end"] = "2026-01-01T23:59:59+00:00"
    settled = {**fixture, "workspaces": [_without_moments(workspace) for workspace in fixture["workspaces"]]}
    store = SqliteStore()
    with Sandbox(store).transaction("timelines") as tx, pytest.raises(ValueError) as raised:
        opening.furnish(tx, settled)
    store.close()
    assert str(raised.value).splitlines()[0] == "/workspaces/1/seats/period_end: is before the start"


def _without_moments(value):
    """The same with one instant in place of everything relative to now."""
    if isinstance(value, dict):
        return {key: _without_moments(child) for key, child in value.items()}
    if isinstance(value, list):
        return [_without_moments(child) for child in value]
    return "2026-01-10T00:00:00Z" if isinstance(value, str) and value.startswith("now") else value


def test_moments_of_any_form_are_kept_in_whole_seconds_of_utc(sandbox_of):
    with sandbox_of("timelines").transaction("timelines") as tx:
        assert tx.get("workspace", "partner_12345", DOCUMENTED)["created_at"] == "2025-07-28T12:00:00Z"
    assert moments.settled({"expires_at": "2026-02-13T11:00:00.9+02:00", "name": "now_at"}) == {
        "expires_at": "2026-02-13T09:00:00Z", "name": "now_at"
    }  # fmt: skip
    assert moments.settled([{"rotated_at": None}]) == [{"rotated_at": None}]
