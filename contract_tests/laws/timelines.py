"""The laws of timelines: whose token opens what, what a workspace shows, and that its figures follow what happens in it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import httpx
import jwt
import pytest

from contract_tests.laws import law
from contract_tests.target import Api

Headers = dict[str, str]
Json = dict[str, Any]
HOUR = 3600
#: Every operation, by what it does to a workspace ``{w}`` and its user ``{u}``.
OPERATIONS: tuple[tuple[str, str, Json | None], ...] = (
    ("GET", "/workspaces/{w}", None),
    ("POST", "/workspaces", {"display_name": "{n}", "seats_purchased": 2}),
    ("PATCH", "/workspaces/{w}", {"seats_purchased": 5}),
    ("POST", "/workspaces/{w}/users", {"count": 1}),
    ("POST", "/workspaces/{w}/users/{u}/qr", {"expires_in_hours": 1}),
    ("POST", "/workspaces/{w}/users/{u}/whatsapp/disconnect", None),
    ("GET", "/workspaces/{w}/api-token", None),
    ("POST", "/workspaces/{w}/api-token", None),
)
QUOTAS = ("seats", "messages_quota", "api_calls_quota")
DROPPED = object()


def claims(actor: Mapping[str, Any], **changes: Any) -> Json:
    """What a partner's token says, changed; DROPPED leaves a claim out."""
    now = int(time.time())
    said = {"partner_id": actor["partner_id"], "nbf": now - 180, "exp": now + 180, **changes}
    return {name: value for name, value in said.items() if value is not DROPPED}


def token(actor: Mapping[str, Any], secret: str | None = None, algorithm: str = "HS256", **changes: Any) -> str:
    """A token as the partner signs it, changed."""
    return jwt.encode(claims(actor, **changes), secret or actor["secret"], algorithm=algorithm)


def forged(header: Json, payload: Json, secret: str | None) -> str:
    """A token with a header that no honest library writes; without a secret its signature is empty."""
    parts = [_base64url(json.dumps(part).encode()) for part in (header, payload)]
    signed = ".".join(parts)
    signature = hmac.new(secret.encode(), signed.encode(), hashlib.sha256).digest() if secret else b""
    return f"{signed}.{_base64url(signature)}"


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def headers(actor: Mapping[str, Any], bearer: str | None = None, partner: str | None = None) -> Headers:
    """Token and partner header of a request."""
    return {"Authorization": f"Bearer {bearer or token(actor)}", "X-TL-Partner-Id": partner or actor["partner_id"]}


def name(api: Api) -> str:
    """A display name that nobody else has."""
    return f"law-{api.random.getrandbits(64):016x}"


def phone(api: Api) -> str:
    """A phone number of its own."""
    return f"+49151{api.random.randrange(10**7, 10**8)}"


def succeeds(response: httpx.Response, status: int) -> Json:
    """The body of a success."""
    assert response.status_code == status, f"{status} is promised, not {response.status_code} {response.text}"
    body: Json = response.json()
    return body


def create(api: Api, seats: int = 5, actor: str = "owner", display_name: str | None = None) -> Json:
    """A workspace of the law's own."""
    body = {"display_name": display_name or name(api), "seats_purchased": seats}
    return succeeds(api.client.post("/workspaces", json=body, headers=headers(api.cast[actor])), 201)


def read(api: Api, workspace_id: str, actor: str = "owner") -> Json:
    """A workspace in full."""
    return succeeds(api.client.get(f"/workspaces/{workspace_id}", headers=headers(api.cast[actor])), 200)


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


def tried(api: Api, sent: Headers, workspace_id: str, user_id: int, places: Any = OPERATIONS) -> list[httpx.Response]:
    """Each operation asked once with these headers."""
    replies = []
    for method, path, body in places:
        own = {**body, "display_name": name(api)} if body and "display_name" in body else body
        url = path.format(w=workspace_id, u=user_id)
        replies.append(api.client.request(method, url, json=own, headers=sent))
    return replies


def assert_refused(response: httpx.Response, status: int, why: str) -> None:
    """The answer is a refusal of this status in the API's one shape."""
    assert response.status_code == status, f"{why}: {status} is promised, not {response.status_code} {response.text}"
    error = response.json()["error"]
    assert error["code"], f"{why}: a refusal has a code"
    assert error["message"], f"{why}: a refusal says why"


def assert_locked(api: Api, sent: Headers, why: str) -> None:
    """No operation opens for these headers, and none of them changes anything."""
    owner = api.cast["owner"]
    workspace_id = owner["workspace_id"]
    before = read(api, workspace_id)
    for response in tried(api, sent, workspace_id, before["users"][0]["user_id"]):
        assert_refused(response, 401, f"{why} ({response.request.method} {response.request.url.path})")
    assert read(api, workspace_id) == before, f"{why}: a refused request changes nothing"


def moment(text: Any) -> datetime:
    """The instant that a date-time of a reply names."""
    assert isinstance(text, str), f"a moment is a text, not {text!r}"
    instant = datetime.fromisoformat(text)
    assert instant.tzinfo is not None, f"a moment names its offset from UTC, unlike {text!r}"
    return instant


def assert_integer(value: Any, what: str, least: int = 0) -> None:
    """A number without fraction, and no boolean."""
    assert type(value) is int, f"{what} is an integer, not {value!r}"
    assert value >= least, f"{what} is at least {least}, not {value}"


def seen(api: Api) -> list[Json]:
    """Workspaces of all sorts: those of the cast, and a new one."""
    actors = ("owner", "stranger")
    return [*(read(api, api.cast[actor]["workspace_id"], actor) for actor in actors), read(api, create(api)["workspace_id"])]


@law("L01")
def test_every_operation_opens_with_a_token_and_not_without(timelines: Api) -> None:
    owner = timelines.cast["owner"]
    partner = {"X-TL-Partner-Id": owner["partner_id"]}
    assert_locked(timelines, partner, "a request without Authorization")
    good = token(owner)
    for value in (good, f"Basic {good}", "Bearer", "Bearer not-a-jwt", "Bearer a.b.c", f"Bearer {good}.x"):
        assert_locked(timelines, {**partner, "Authorization": value}, f"Authorization {value[:20]!r}")
    made = create(timelines)
    for response in tried(timelines, headers(owner), made["workspace_id"], made["owner_user_id"]):
        assert response.status_code in (200, 201), f"a good token opens every operation, not {response.text}"


@law("L01")
def test_the_casts_own_token_opens_its_workspace(timelines: Api) -> None:
    for actor, own in timelines.cast.items():
        reply = timelines.client.get(f"/workspaces/{own['workspace_id']}", headers=headers(own, own["jwt"]))
        assert succeeds(reply, 200)["workspace_id"] == own["workspace_id"], f"{actor}'s token opens {actor}'s workspace"


@law("L01")
def test_a_token_of_another_secret_or_changed_on_the_way_is_refused(timelines: Api) -> None:
    owner, stranger = timelines.cast["owner"], timelines.cast["stranger"]
    head, payload, signature = token(owner).split(".")
    longer = _base64url(json.dumps(claims(owner, exp=int(time.time()) + 9 * HOUR)).encode())
    wrong = {
        "another partner's secret": token(owner, stranger["secret"]),
        "a secret cut short": token(owner, owner["secret"][:-1] + "~"),
        "no signature": f"{head}.{payload}.",
        "claims that were not signed": f"{head}.{longer}.{signature}",
    }
    for why, bearer in wrong.items():
        assert_locked(timelines, headers(owner, bearer), why)


@law("L01")
def test_no_algorithm_but_hs256_is_taken(timelines: Api) -> None:
    owner = timelines.cast["owner"]
    secret = owner["secret"]
    for algorithm in ("none", "None", "NONE", "HS384", "RS256", "ES256", "hs256", ""):
        header = {"alg": algorithm, "typ": "JWT"}
        assert_locked(timelines, headers(owner, forged(header, claims(owner), secret)), f"alg {algorithm!r}, signed as HS256")
    for algorithm in ("none", "None", "HS256"):
        header = {"alg": algorithm, "typ": "JWT"}
        assert_locked(timelines, headers(owner, forged(header, claims(owner), None)), f"alg {algorithm!r}, not signed")
    for algorithm in ("HS384", "HS512"):
        bearer = jwt.encode(claims(owner), secret, algorithm=algorithm, headers={"typ": "JWT"}) if len(secret) >= 64 else None
        if bearer:
            assert_locked(timelines, headers(owner, bearer), f"honest {algorithm}")
    honest = forged({"alg": "HS256", "typ": "JWT"}, claims(owner), secret)
    succeeds(timelines.client.get(f"/workspaces/{owner['workspace_id']}", headers=headers(owner, honest)), 200)


@law("L02")
def test_a_token_without_any_of_its_claims_is_refused(timelines: Api) -> None:
    owner = timelines.cast["owner"]
    for claim in ("partner_id", "nbf", "exp"):
        assert_locked(timelines, headers(owner, forged_claim(owner, claim, DROPPED)), f"a token without {claim}")
        assert_locked(timelines, headers(owner, forged_claim(owner, claim, None)), f"a token whose {claim} is null")
    empty = forged({"alg": "HS256"}, {}, owner["secret"])
    assert_locked(timelines, headers(owner, empty), "a token without claims")
    more = token(owner, iat=int(time.time()), jti="law", note="more")
    succeeds(timelines.client.get(f"/workspaces/{owner['workspace_id']}", headers=headers(owner, more)), 200)


def forged_claim(actor: Mapping[str, Any], claim: str, value: Any) -> str:
    """A well-signed token whose claim has a value that libraries do not write."""
    return forged({"alg": "HS256", "typ": "JWT"}, claims(actor, **{claim: value}), actor["secret"])


@law("L02")
def test_a_claim_of_another_type_is_refused(timelines: Api) -> None:
    owner = timelines.cast["owner"]
    now = int(time.time())
    wrong = [
        ("nbf", str(now - 180)),
        ("exp", str(now + 180)),
        ("exp", True),
        ("nbf", False),
        ("exp", [now + 180]),
        ("partner_id", 1),
    ]
    wrong += [("partner_id", [owner["partner_id"]]), ("exp", "9999-12-31T23:59:59Z"), ("nbf", {})]
    for claim, value in wrong:
        assert_locked(timelines, headers(owner, forged_claim(owner, claim, value)), f"{claim} {value!r}")


@law("L03")
def test_a_token_is_good_from_nbf_until_exp_only(timelines: Api) -> None:
    owner = timelines.cast["owner"]
    now = int(time.time())
    for start, end in ((now - 60, now + 60), (now - 9 * HOUR, now + 9 * HOUR), (0, now + 60), (now - 60.5, now + 60.5)):
        reply = timelines.client.get(
            f"/workspaces/{owner['workspace_id']}", headers=headers(owner, token(owner, nbf=start, exp=end))
        )
        succeeds(reply, 200)
    early = ((now + 30, now + 600), (now + HOUR, now + 2 * HOUR), (now + 10 * 365 * 24 * HOUR, now + 11 * 365 * 24 * HOUR))
    late = ((now - 600, now - 30), (now - 2 * HOUR, now - HOUR), (0, 1), (-2, -1))
    backwards = ((now + HOUR, now - HOUR),)
    for why, spans in (("before its nbf", early), ("after its exp", late), ("never good", backwards)):
        for start, end in spans:
            bearer = token(owner, nbf=start, exp=end)
            assert_locked(timelines, headers(owner, bearer), f"a token {why} by {min(abs(start - now), abs(end - now))} seconds")


@law("L04")
def test_the_partner_header_is_required_and_names_the_tokens_partner(timelines: Api) -> None:
    owner, stranger = timelines.cast["owner"], timelines.cast["stranger"]
    bare = {"Authorization": f"Bearer {token(owner)}"}
    assert_locked(timelines, bare, "a request without X-TL-Partner-Id")
    own = owner["partner_id"]
    for value in (
        stranger["partner_id"],
        "",
        own + "x",
        own[:-1],
        own.swapcase(),
        f"{own}, {own}",
        f"{own},{stranger['partner_id']}",
    ):
        assert_locked(timelines, {**bare, "X-TL-Partner-Id": value}, f"X-TL-Partner-Id {value!r}")
    assert_locked(timelines, headers(stranger, partner=own), "another partner's token under this partner's name")
    assert_locked(timelines, headers(owner, token(owner, partner_id=stranger["partner_id"])), "a token for another partner")
    foreign = headers(owner, token(owner, partner_id=stranger["partner_id"]), stranger["partner_id"])
    assert_locked(timelines, foreign, "a token for another partner with this one's secret")
    nobody = f"nobody-{timelines.random.getrandbits(64):016x}"
    assert_locked(timelines, headers(owner, token(owner, partner_id=nobody), nobody), "a partner who does not exist")
    read(timelines, owner["workspace_id"])


#: Operations that name a workspace.
WITHIN = tuple(place for place in OPERATIONS if "{w}" in place[1])


@law("L05")
def test_the_path_names_the_workspace(timelines: Api) -> None:
    made = [create(timelines) for _ in range(2)]
    for workspace in made:
        shown = read(timelines, workspace["workspace_id"])
        assert shown["workspace_id"] == workspace["workspace_id"], "the workspace that the path names is shown"
        assert shown["display_name"] == workspace["display_name"], "with its own name"
    assert made[0]["workspace_id"] != made[1]["workspace_id"], "every workspace has an id of its own"


@law("L05")
def test_a_workspace_that_does_not_exist_answers_an_error(timelines: Api) -> None:
    owner = timelines.cast["owner"]
    own = owner["workspace_id"]
    never = (f"ws_{timelines.random.getrandbits(64):016x}", own + "0", own[:-1], own.swapcase(), "0")
    for workspace_id in never:
        for response in tried(timelines, headers(owner), workspace_id, 1, WITHIN):
            assert_refused(response, 404, f"{response.request.method} {response.request.url.path}")


@law("L06")
def test_a_workspace_shows_all_of_its_parts(timelines: Api) -> None:
    for workspace in seen(timelines):
        assert isinstance(workspace["workspace_id"], str), "workspace_id is a text"
        assert isinstance(workspace["display_name"], str), "display_name is a text"
        assert workspace["workspace_id"], "workspace_id is not empty"
        assert workspace["display_name"], "display_name is not empty"
        for part in (*QUOTAS, "non_recurring_quota"):
            assert isinstance(workspace[part], dict), f"{part} is an object"
        for part in ("users", "whatsapp_accounts", "qr_links"):
            assert isinstance(workspace[part], list), f"{part} is an array, be it empty"
        assert workspace["users"], "a workspace has an owner at least"


@law("L07")
def test_seats_and_quotas_have_total_used_and_a_period(timelines: Api) -> None:
    for workspace in seen(timelines):
        for part in QUOTAS:
            quota = workspace[part]
            assert_integer(quota["total"], f"{part}.total")
            assert_integer(quota["used"], f"{part}.used")
            assert moment(quota["period_start"]) < moment(quota["period_end"]), f"the period of {part} starts before it ends"
        assert workspace["seats"]["used"] <= workspace["seats"]["total"], "no more seats are taken than there are"


@law("L08")
def test_the_non_recurring_quota_has_a_balance_and_its_moment(timelines: Api) -> None:
    for workspace in seen(timelines):
        quota = workspace["non_recurring_quota"]
        balance = quota["remaining_balance"]
        assert isinstance(balance, int | float), f"remaining_balance is a number, not {balance!r}"
        assert not isinstance(balance, bool), "remaining_balance is a number"
        moment(quota["last_updated_at"])


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
    owner = read(timelines, made["workspace_id"])["users"][0]
    assert (owner["user_id"], owner["status"]) == (made["owner_user_id"], "active"), "the owner holds a seat"


@law("L09")
def test_new_users_are_shown_as_they_were_made(timelines: Api) -> None:
    workspace_id = create(timelines)["workspace_id"]
    made = add_users(timelines, workspace_id, 3)
    assert read(timelines, workspace_id)["users"][1:] == made, "what was made is what is shown"
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
def test_no_expired_link_is_listed(timelines: Api) -> None:
    # A new workspace tells what the server's clock says, whatever the time is here.
    now = moment(create(timelines)["created_at"])
    for actor, own in timelines.cast.items():
        for each in read(timelines, own["workspace_id"], actor)["qr_links"]:
            assert_integer(each["user_id"], "user_id of a link", 1)
            assert moment(each["expires_at"]) > now, "the list holds links that still work, and no others"


@law("L12")
def test_a_foreign_workspace_is_answered_like_one_that_does_not_exist(timelines: Api) -> None:
    for actor, other in (("owner", "stranger"), ("stranger", "owner")):
        theirs = timelines.cast[other]["workspace_id"]
        before = read(timelines, theirs, other)
        user_id = before["users"][0]["user_id"]
        never = f"ws_{timelines.random.getrandbits(64):016x}"
        sent = headers(timelines.cast[actor])
        foreign = tried(timelines, sent, theirs, user_id, WITHIN)
        absent = tried(timelines, sent, never, user_id, WITHIN)
        for one, another in zip(foreign, absent, strict=True):
            assert_refused(one, 404, f"another partner's {one.request.method} {one.request.url.path}")
            assert (one.status_code, one.json()) == (another.status_code, another.json()), (
                "nobody learns what another partner has"
            )
        assert read(timelines, theirs, other) == before, "what is another partner's stays as it was"


@law("L12")
def test_a_foreign_user_is_answered_like_one_that_does_not_exist(timelines: Api) -> None:
    stranger, owner = timelines.cast["stranger"], timelines.cast["owner"]
    before = read(timelines, stranger["workspace_id"], "stranger")
    places = [place for place in WITHIN if "{u}" in place[1]]
    foreign = tried(timelines, headers(owner), owner["workspace_id"], before["users"][0]["user_id"], places)
    absent = tried(timelines, headers(owner), owner["workspace_id"], 2147483647, places)
    for one, another in zip(foreign, absent, strict=True):
        assert_refused(one, 404, f"another workspace's user at {one.request.url.path}")
        assert one.json() == another.json(), "nobody learns which users others have"
    assert read(timelines, stranger["workspace_id"], "stranger") == before, "what is another partner's stays as it was"


@law("L12")
def test_a_name_is_taken_for_its_partner_alone(timelines: Api) -> None:
    taken = create(timelines)
    body = {"display_name": taken["display_name"], "seats_purchased": 1}
    again = timelines.client.post("/workspaces", json=body, headers=headers(timelines.cast["owner"]))
    assert_refused(again, 409, "a name that the partner uses already")
    theirs = create(timelines, actor="stranger", display_name=taken["display_name"])
    assert theirs["workspace_id"] != taken["workspace_id"], "another partner may use the name, for a workspace of its own"
    assert read(timelines, taken["workspace_id"])["workspace_id"] == taken["workspace_id"], "the first one is still there"
    other = create(timelines)
    renamed = timelines.client.patch(
        f"/workspaces/{other['workspace_id']}",
        json={"display_name": taken["display_name"]},
        headers=headers(timelines.cast["owner"]),
    )
    assert_refused(renamed, 409, "a new name that the partner uses already")
    shown = read(timelines, other["workspace_id"])["display_name"]
    assert shown == other["display_name"], "a refused change changes nothing"


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
    users = [user["user_id"] for user in add_users(timelines, workspace_id, 2)]
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
    assert [one["user_id"] for one in change(timelines, workspace_id, seats_purchased=1)["suspended_members"]] == users
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
