"""The laws of timelines: what the path names, what a workspace shows, and to whom."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import httpx
import jwt

from contract_tests.deployment import Api
from contract_tests.laws import law
from contract_tests.laws.likeness import documented

Headers = dict[str, str]
Json = dict[str, Any]
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
#: In place of a claim: leave it out.
DROPPED = object()


def claims(actor: Mapping[str, Any], **changes: Any) -> Json:
    """What a partner's token says, changed; DROPPED leaves a claim out."""
    now = int(time.time())
    said = {"partner_id": actor["partner_id"], "nbf": now - 180, "exp": now + 180, **changes}
    return {name: value for name, value in said.items() if value is not DROPPED}


def token(actor: Mapping[str, Any], secret: str | None = None, algorithm: str = "HS256", **changes: Any) -> str:
    """A token as the partner signs it, changed."""
    return jwt.encode(claims(actor, **changes), secret or actor["secret"], algorithm=algorithm)


def headers(actor: Mapping[str, Any], bearer: str | None = None, partner: str | None = None) -> Headers:
    """Token and partner header of a request."""
    return {"Authorization": f"Bearer {bearer or token(actor)}", "X-TL-Partner-Id": partner or actor["partner_id"]}


def name(api: Api) -> str:
    """A display name that nobody else has."""
    return f"law-{api.random.getrandbits(64):016x}"


def succeeds(response: httpx.Response, status: int) -> Json:
    """The body of a success."""
    assert response.status_code == status, f"{status} is promised, not {response.status_code} {response.text}"
    body: Json = documented("timelines", response)
    return body


def create(api: Api, seats: int = 5, actor: str = "owner", display_name: str | None = None) -> Json:
    """A workspace of the law's own."""
    body = {"display_name": display_name or name(api), "seats_purchased": seats}
    return succeeds(api.client.post("/workspaces", json=body, headers=headers(api.cast[actor])), 201)


def read(api: Api, workspace_id: str, actor: str = "owner") -> Json:
    """A workspace in full."""
    return succeeds(api.client.get(f"/workspaces/{workspace_id}", headers=headers(api.cast[actor])), 200)


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


def refusal(response: httpx.Response) -> Any:
    """What the contract names of a refusal."""
    return documented("timelines", response)


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
            assert (one.status_code, refusal(one)) == (another.status_code, refusal(another)), (
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
        assert refusal(one) == refusal(another), "nobody learns which users others have"
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
