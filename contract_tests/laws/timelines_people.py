"""The laws of what is in a timelines workspace: users, accounts, links, and figures that follow what happens."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from contract_tests.deployment import Api
from contract_tests.laws import later, law
from contract_tests.laws.timelines import (
    Json,
    assert_integer,
    assert_refused,
    create,
    headers,
    moment,
    read,
    seen,
    succeeds,
    token,
)


def phone(api: Api) -> str:
    """A phone number of its own."""
    return f"+49151{api.random.randrange(10**7, 10**8)}"


def change(api: Api, workspace_id: str, **changes: Any) -> Json:
    """A workspace renamed or resized."""
    path = f"/workspaces/{workspace_id}"
    return succeeds(api.client.patch(path, json=changes, headers=headers(api.cast["owner"])), 200)


def add_users(api: Api, workspace_id: str, count: int) -> list[Json]:
    """New users of a workspace."""
    reply = api.client.post(f"/workspaces/{workspace_id}/users", json={"count": count}, headers=headers(api.cast["owner"]))
    users: list[Json] = succeeds(reply, 201)["users"]
    assert len(users) == count, f"{count} users were asked for, not {len(users)}"
    return users


def by_id(users: list[Json]) -> list[Json]:
    """In an order that does not depend on the reply's."""
    return sorted(users, key=lambda user: int(user["user_id"]))


def link(api: Api, workspace_id: str, user_id: int, hours: int | None = None) -> Json:
    """A new QR link."""
    path = f"/workspaces/{workspace_id}/users/{user_id}/qr"
    body = {} if hours is None else {"expires_in_hours": hours}
    return succeeds(api.client.post(path, json=body, headers=headers(api.cast["owner"])), 201)


def control(api: Api) -> httpx.Client:
    """The control plane, where what happens beside the API is made to happen."""
    if api.control is None:
        pytest.skip("needs the control plane of a mock")
    return api.control


def scan(api: Api, workspace_id: str, user_id: int, number: str) -> Json:
    """A phone scans the user's QR code."""
    path = f"/timelines/workspaces/{workspace_id}/users/{user_id}/whatsapp"
    return succeeds(control(api).post(path, json={"phone_number": number}), 200)


@law("L09")
def test_a_user_has_the_documented_fields(timelines: Api) -> None:
    made = create(timelines)
    add_users(timelines, made["workspace_id"], 2)
    for workspace in [*seen(timelines), read(timelines, made["workspace_id"])]:
        for user in workspace["users"]:
            assert_integer(user["user_id"], "user_id", 1)
            for field in ("display_name", "email", "status", "role"):
                assert isinstance(user[field], str), f"{field} of a user is a text"
                assert user[field], f"{field} of a user is not empty"
            assert "@" in user["email"], "email is an address"
            moment(user["created_at"])
        ids = [user["user_id"] for user in workspace["users"]]
        assert len(ids) == len(set(ids)), "every user is shown once"
        assert [user["role"] for user in workspace["users"]].count("owner") == 1, "a workspace has one owner"
    (owner,) = [user for user in read(timelines, made["workspace_id"])["users"] if user["role"] == "owner"]
    assert (owner["user_id"], owner["status"]) == (made["owner_user_id"], "active"), "the owner holds a seat"


@law("L09")
def test_new_users_are_shown_as_they_were_made(timelines: Api) -> None:
    workspace_id = create(timelines)["workspace_id"]
    made = add_users(timelines, workspace_id, 3)
    shown = [user for user in read(timelines, workspace_id)["users"] if user["role"] != "owner"]
    assert by_id(shown) == by_id(made), "what was made is what is shown"
    assert len({user["email"] for user in made}) == 3, "every user has an address of their own"


def assert_account(account: Json, users: set[str]) -> None:
    """A WhatsApp account as documented, of one of these users."""
    assert isinstance(account["connected"], bool), "connected is a boolean"
    assert_integer(account["whatsapp_account_id"], "whatsapp_account_id", 1)
    number = account["phone_number_e164"]
    assert isinstance(number, str), "phone_number_e164 is a text"
    assert number.startswith("+"), f"phone_number_e164 is in E.164 form, not {number!r}"
    assert number[1:].isdecimal(), f"phone_number_e164 is in E.164 form, not {number!r}"
    assert isinstance(account["connection_status"], str), "connection_status is a text"
    assert (account["connection_status"] == "connected") is account["connected"], "connection_status says what connected says"
    assert account["user_id"] in users, "user_id is the id of a user of the workspace, as text"
    moment(account["connected_at"])


@law("L10")
def test_a_whatsapp_account_has_the_documented_fields(timelines: Api) -> None:
    for workspace in seen(timelines):
        users = {str(user["user_id"]) for user in workspace["users"]}
        for account in workspace["whatsapp_accounts"]:
            assert_account(account, users)
        ids = [account["whatsapp_account_id"] for account in workspace["whatsapp_accounts"]]
        assert len(ids) == len(set(ids)), "every account is shown once"


@law("L10")
def test_an_account_is_shown_from_scanning_to_disconnecting(timelines: Api) -> None:
    control(timelines)
    made = create(timelines)
    workspace_id, user_id = made["workspace_id"], made["owner_user_id"]
    assert read(timelines, workspace_id)["whatsapp_accounts"] == [], "a new workspace has no account"
    link(timelines, workspace_id, user_id)
    number = phone(timelines)
    scan(timelines, workspace_id, user_id, number)
    (account,) = read(timelines, workspace_id)["whatsapp_accounts"]
    assert_account(account, {str(user_id)})
    assert (account["connected"], account["phone_number_e164"]) == (True, number), "what was scanned is connected"
    path = f"/workspaces/{workspace_id}/users/{user_id}/whatsapp/disconnect"
    ended = succeeds(timelines.client.post(path, headers=headers(timelines.cast["owner"])), 200)
    told = (ended["disconnected"], ended["whatsapp_account_id"], ended["phone_number"])
    assert told == (True, account["whatsapp_account_id"], number), "the account is disconnected by its name"
    (account,) = read(timelines, workspace_id)["whatsapp_accounts"]
    assert_account(account, {str(user_id)})
    assert account["connected"] is False, "a disconnected account is not connected"
    again = succeeds(timelines.client.post(path, headers=headers(timelines.cast["owner"])), 200)
    assert again["disconnected"] is False, "there is nothing left to disconnect"


def live(api: Api, workspace_id: str) -> list[Json]:
    """The QR links that a workspace shows."""
    links: list[Json] = read(api, workspace_id)["qr_links"]
    return links


@law("L11")
def test_a_qr_link_is_shown_as_it_was_made(timelines: Api) -> None:
    made = create(timelines)
    workspace_id = made["workspace_id"]
    assert live(timelines, workspace_id) == [], "a new workspace has no link"
    users = [made["owner_user_id"], *(user["user_id"] for user in add_users(timelines, workspace_id, 2))]
    created = [link(timelines, workspace_id, user, hours) for user, hours in zip(users, (1, 168, None), strict=True)]
    shown = {each["user_id"]: each for each in live(timelines, workspace_id)}
    for one in created:
        told = {field: one[field] for field in ("qr_link", "user_id", "expires_at")}
        assert shown[one["user_id"]] == told, "what was made is what is shown"
        assert one["qr_link"].startswith("https://"), "qr_link is an address"
    first, longest, usual = (moment(one["expires_at"]) for one in created)
    # The workspace was made a moment ago by the server's clock, whatever the time is here.
    now, minute = moment(made["created_at"]), timedelta(minutes=1)
    assert abs(first - now - timedelta(hours=1)) < minute, "a link lives as many hours as were asked for"
    assert abs(longest - now - timedelta(hours=168)) < minute, "a link lives as many hours as were asked for"
    assert abs(usual - now - timedelta(hours=24)) < minute, "without a wish it lives a day"
    assert len({one["qr_link"] for one in created}) == 3, "every link is another"


@law("L11")
def test_of_a_users_links_the_last_one_is_active(timelines: Api) -> None:
    made = create(timelines)
    workspace_id, user_id = made["workspace_id"], made["owner_user_id"]
    first, second = (link(timelines, workspace_id, user_id) for _ in range(2))
    assert (first["previous_qr_revoked"], second["previous_qr_revoked"]) == (False, True), "the second link revokes the first"
    assert [each["qr_link"] for each in live(timelines, workspace_id)] == [second["qr_link"]], "a revoked link is not active"


@law("L11")
def test_a_link_that_was_scanned_is_not_active_any_more(timelines: Api) -> None:
    control(timelines)
    made = create(timelines)
    workspace_id, user_id = made["workspace_id"], made["owner_user_id"]
    link(timelines, workspace_id, user_id)
    scan(timelines, workspace_id, user_id, phone(timelines))
    assert live(timelines, workspace_id) == [], "a link is used once"
    renewed = link(timelines, workspace_id, user_id)
    assert (renewed["whatsapp_disconnected"], renewed["previous_qr_revoked"]) == (True, False), "a new link disconnects"
    assert read(timelines, workspace_id)["whatsapp_accounts"][0]["connected"] is False, "the account is shown disconnected"


@law("L11")
def test_a_link_is_active_until_it_expires(timelines: Api) -> None:
    made = create(timelines)
    workspace_id, user_id = made["workspace_id"], made["owner_user_id"]
    created = link(timelines, workspace_id, user_id, 1)
    owner = timelines.cast["owner"]

    def active() -> list[str]:
        # The cast's own token: it lives for a day, those that laws mint for minutes.
        reply = timelines.client.get(f"/workspaces/{workspace_id}", headers=headers(owner, owner["jwt"]))
        return [each["qr_link"] for each in succeeds(reply, 200)["qr_links"]]

    with later(timelines, timedelta(minutes=59).total_seconds()):
        assert active() == [created["qr_link"]], "a link is active until it expires"
    with later(timelines, timedelta(minutes=61).total_seconds()):
        assert active() == [], "a link that has expired is not active"


@law("L11")
def test_no_expired_link_is_listed(timelines: Api) -> None:
    # A new workspace tells what the server's clock says, whatever the time is here.
    now = moment(create(timelines)["created_at"])
    for actor, own in timelines.cast.items():
        for each in read(timelines, own["workspace_id"], actor)["qr_links"]:
            assert_integer(each["user_id"], "user_id of a link", 1)
            assert moment(each["expires_at"]) > now, "the list holds links that still work, and no others"


def used(api: Api, workspace_id: str) -> tuple[int, int]:
    """Seats taken, and members that are not suspended."""
    workspace = read(api, workspace_id)
    return workspace["seats"]["used"], sum(user["status"] != "suspended" for user in workspace["users"])


@law("L13")
def test_seats_follow_the_members(timelines: Api) -> None:
    made = create(timelines, seats=4)
    workspace_id = made["workspace_id"]
    assert (made["seats_total"], made["seats_available"]) == (4, 3), "the owner takes one of the seats"
    assert used(timelines, workspace_id) == (1, 1), "the owner takes one seat"
    # Who is older can be told of those alone who were made one after the other.
    users = [add_users(timelines, workspace_id, 1)[0]["user_id"] for _ in range(2)]
    assert used(timelines, workspace_id) == (3, 3), "every new user takes one"
    full = timelines.client.post(f"/workspaces/{workspace_id}/users", json={"count": 2}, headers=headers(timelines.cast["owner"]))
    assert_refused(full, 409, "more users than free seats")
    assert used(timelines, workspace_id) == (3, 3), "all users are made or none"
    smaller = change(timelines, workspace_id, seats_purchased=2)
    lost = [member["user_id"] for member in smaller["suspended_members"]]
    assert (len(lost), smaller["seats_total"], smaller["seats_available"]) == (1, 2, 0), (
        "fewer seats suspend whom they have no room for"
    )
    assert set(lost) <= set(users), "the owner is never suspended"
    assert used(timelines, workspace_id) == (2, 2), "a suspended member takes no seat"
    assert read(timelines, workspace_id)["seats"]["total"] == 2, "the seats are those that were bought"
    assert lost == users[1:], "the youngest member is suspended first"
    both = change(timelines, workspace_id, seats_purchased=1)["suspended_members"]
    assert {one["user_id"] for one in both} == set(users), "the owner alone is left"
    back = change(timelines, workspace_id, seats_purchased=2)
    assert [one["user_id"] for one in back["suspended_members"]] == users[1:], "the oldest comes back first"
    assert used(timelines, workspace_id) == (2, 2), "and takes a seat again"
    larger = change(timelines, workspace_id, seats_purchased=5)
    assert (larger["suspended_members"], larger["seats_available"]) == ([], 2), "with more seats the member comes back"
    assert used(timelines, workspace_id) == (3, 3), "who comes back takes a seat again"


@law("L13")
def test_a_suspended_member_loses_account_and_link(timelines: Api) -> None:
    control(timelines)
    workspace_id = create(timelines, seats=3)["workspace_id"]
    first, second = (user["user_id"] for user in add_users(timelines, workspace_id, 2))
    for user_id in (first, second):
        link(timelines, workspace_id, user_id)
    number = phone(timelines)
    account = scan(timelines, workspace_id, first, number)
    smaller = change(timelines, workspace_id, seats_purchased=1)
    told = {
        member["user_id"]: (member["whatsapp_account_id"], member["phone_numbers"]) for member in smaller["suspended_members"]
    }
    assert told == {first: (account["whatsapp_account_id"], [number]), second: (None, [])}, (
        "each is told with the account they had"
    )
    workspace = read(timelines, workspace_id)
    assert [each["connected"] for each in workspace["whatsapp_accounts"]] == [False], "the account is disconnected"
    assert workspace["qr_links"] == [], "the link is revoked"
    refused = timelines.client.post(
        f"/workspaces/{workspace_id}/users/{second}/qr", json={}, headers=headers(timelines.cast["owner"])
    )
    assert_refused(refused, 409, "a suspended member connects nothing")


def figures(workspace: Json) -> tuple[int, int, float]:
    """Messages and API calls used, and the balance."""
    return (
        workspace["messages_quota"]["used"],
        workspace["api_calls_quota"]["used"],
        workspace["non_recurring_quota"]["remaining_balance"],
    )


@law("L13")
def test_quotas_and_balance_follow_what_happens(timelines: Api) -> None:
    deeds = control(timelines)
    workspace_id, other = (create(timelines)["workspace_id"] for _ in range(2))
    before, untouched = (figures(read(timelines, each)) for each in (workspace_id, other))
    messages, calls, balance = before
    for body, expected in (
        ({"messages": 3}, (messages + 3, calls, balance)),
        ({"api_calls": 2}, (messages + 3, calls + 2, balance)),
        ({"balance": 40}, (messages + 3, calls + 2, balance + 40)),
        ({"transactions": 15}, (messages + 3, calls + 2, balance + 25)),
        ({"messages": 1, "api_calls": 1, "balance": 2, "transactions": 1}, (messages + 4, calls + 3, balance + 26)),
        ({}, (messages + 4, calls + 3, balance + 26)),
    ):
        told = succeeds(deeds.post(f"/timelines/workspaces/{workspace_id}/usage", json=body), 200)
        assert figures(told) == expected, f"what happened is counted at once: {body}"
        assert figures(read(timelines, workspace_id)) == expected, f"and shown at once: {body}"
    assert figures(read(timelines, other)) == untouched, "what happens in one workspace does not count in another"
    rest = read(timelines, workspace_id)["messages_quota"]
    succeeds(deeds.post(f"/timelines/workspaces/{workspace_id}/usage", json={"messages": rest["total"] - rest["used"]}), 200)
    full = read(timelines, workspace_id)["messages_quota"]
    assert full["used"] == full["total"], "a quota can be used up"


@law("L13")
def test_usage_begins_anew_with_every_period(timelines: Api) -> None:
    deeds, owner = control(timelines), timelines.cast["owner"]
    made = create(timelines, seats=3)
    workspace_id, now = made["workspace_id"], moment(made["created_at"])
    add_users(timelines, workspace_id, 1)
    for wish in ({"messages": 3, "api_calls": 2, "balance": 40}, {"transactions": 1}):
        succeeds(deeds.post(f"/timelines/workspaces/{workspace_id}/usage", json=wish), 200)
    before = read(timelines, workspace_id)
    start, end = (moment(before["messages_quota"][bound]) for bound in ("period_start", "period_end"))
    bearer = token(owner, exp=int((end + timedelta(days=1)).timestamp()))

    def at(when: datetime) -> Json:
        with later(timelines, (when - now).total_seconds()):
            reply = timelines.client.get(f"/workspaces/{workspace_id}", headers=headers(owner, bearer))
            return succeeds(reply, 200)

    assert at(end - timedelta(minutes=1)) == before, "a period lasts until its end"
    after = at(end + timedelta(minutes=1))
    assert figures(after) == (0, 0, 39), "nothing of a new period is used yet, and the balance is of no period"
    assert after["seats"] == before["seats"], "who has a seat keeps it"
    for part in ("messages_quota", "api_calls_quota"):
        assert after[part]["total"] == before[part]["total"], f"the {part} is as large as before"
        began, ends = (moment(after[part][bound]) for bound in ("period_start", "period_end"))
        assert timedelta() < began - end <= timedelta(seconds=1), "one period follows another"
        assert ends - began == end - start, "and is as long"
    assert read(timelines, workspace_id) == before, "and all of it goes by the clock"
