"""The laws of tofrom: two kinds of credentials, exact limits, honest pages, and walls around workspaces."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
import pytest

from contract_tests.laws import later, law
from contract_tests.target import Api

Headers = dict[str, str]
Json = dict[str, Any]
WORKSPACES = "/api/ui/workspaces"
LIMIT, REMAINING, RESET = "X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset"
STATUSES = {"queued", "sending", "sent", "delivered", "failed", "undelivered"}
CREDENTIALS = {"provider": "twilio", "account_sid": f"AC{'0a' * 16}", "auth_token": "law-of-the-masked-token"}
#: Lists within a workspace.
LISTS = ("/members", "/api-keys", "/phone-numbers", "/phone-numbers/available", "/messages")
READS = ("", "/provider", *LISTS)
#: Changes within a workspace that lead nowhere, for those who may not make them.
CHANGES = (
    ("POST", "/members", {"email": "nobody@law.example"}),
    ("POST", "/api-keys", {"name": "law"}),
    ("DELETE", "/api-keys/key_of_nobody", None),
    ("PUT", "/provider", CREDENTIALS),
    ("POST", "/phone-numbers", {"phone_number": "+12015550100"}),
    ("DELETE", "/phone-numbers/num_of_nobody", None),
)


def bearer(token: str) -> Headers:
    """Headers of a request with this token."""
    return {"Authorization": f"Bearer {token}"}


def person(api: Api, actor: str = "owner") -> Headers:
    """Headers of a person's request."""
    return bearer(api.cast[actor]["session_token"])


def at(api: Api, path: str = "", actor: str = "owner") -> str:
    """A path in the actor's workspace."""
    return f"{WORKSPACES}/{api.cast[actor]['workspace_id']}{path}"


def got(response: httpx.Response, status: int = 200) -> Any:
    """The body of a reply that must be a success of this status."""
    what = f"{response.request.method} {response.request.url.path}"
    assert response.status_code == status, f"{what} is answered {status}, not {response.status_code} {response.text}"
    return response.json()


def assert_refused(response: httpx.Response, status: int, *codes: str) -> None:
    """The answer is this status in the one shape of errors and, where codes are named, with one of them."""
    what = f"{response.request.method} {response.request.url.path}"
    assert response.status_code == status, f"{what} is refused with {status}, not {response.status_code} {response.text}"
    body = response.json()
    assert isinstance(body.get("error"), str), "an error names its code as error"
    assert re.fullmatch(r"[a-z0-9_.-]+", body["error"]), f"error is a code, not {body['error']!r}"
    assert isinstance(body.get("detail"), str), "an error describes itself as detail"
    assert body["detail"], "detail says something"
    assert not codes or body["error"] in codes, f"{what} is refused with {' or '.join(codes)}, not {body['error']}"


def recipient(api: Api) -> str:
    """A number of the range that is reserved for fiction."""
    return f"+1{api.random.randrange(201, 990)}55501{api.random.randrange(100):02}"


def text(api: Api) -> str:
    """A message that nobody else sends."""
    return f"law {api.random.getrandbits(64):016x}"


def send(api: Api, secret: str, **fields: Any) -> httpx.Response:
    """A message by this key."""
    body = {"to": recipient(api), "body": text(api), **fields}
    return api.client.post("/api/messages", headers=bearer(secret), json=body)


def sent(api: Api, secret: str, **fields: Any) -> str:
    """Send a message; its sid."""
    return str(got(send(api, secret, **fields))["sid"])


def newest(api: Api, actor: str = "owner", **filters: Any) -> dict[str, Json]:
    """The newest messages of the actor's workspace by their sid."""
    found = got(api.client.get(at(api, "/messages", actor), headers=person(api, actor), params={"limit": 100, **filters}))
    return {message["provider_sid"]: message for message in found["data"]}


def kept(api: Api, secret: str, **fields: Any) -> Json:
    """Send a message by a key of the owner's workspace; the message as the list shows it."""
    sid = sent(api, secret, **fields)
    found = newest(api)
    assert sid in found, "a message that was accepted is in the workspace's list"
    return found[sid]


def new_workspace(api: Api, actor: str = "owner") -> str:
    """A workspace that the actor makes; its id."""
    return str(got(api.client.post(WORKSPACES, headers=person(api, actor), json={"name": text(api)}), 201)["id"])


@contextmanager
def new_key(api: Api, workspace: str | None = None) -> Iterator[str]:
    """The secret of a key that the owner makes, in the owner's workspace if in no other, and revokes at the end."""
    path = f"{WORKSPACES}/{workspace or api.cast['owner']['workspace_id']}/api-keys"
    made = got(api.client.post(path, headers=person(api), json={"name": "law"}), 201)
    try:
        yield made["key"]
    finally:
        api.client.delete(f"{path}/{made['id']}", headers=person(api))


@contextmanager
def bought_number(api: Api, workspace: str) -> Iterator[Json]:
    """A number that the owner gets for a workspace and gives back at the end."""
    path = f"{WORKSPACES}/{workspace}/phone-numbers"
    stock = got(api.client.get(f"{path}/available", headers=person(api), params={"limit": 100}))["data"]
    if not stock:
        pytest.skip("needs a phone number in the stock")
    wanted = api.random.choice(stock)["phone_number"]
    number: Json = got(api.client.post(path, headers=person(api), json={"phone_number": wanted}), 201)
    try:
        yield number
    finally:
        api.client.delete(f"{path}/{number['id']}", headers=person(api))


def shared_workspace(api: Api) -> str:
    """A workspace of the owner's that the stranger is a plain member of."""
    workspace = new_workspace(api)
    email = api.cast["stranger"]["email"]
    got(api.client.post(f"{WORKSPACES}/{workspace}/members", headers=person(api), json={"email": email, "role": "member"}), 201)
    log_in(api, "stranger")
    return workspace


def log_in(api: Api, actor: str) -> str:
    """A new session of the actor."""
    actor_login = {name: api.cast[actor][name] for name in ("email", "password")}
    return str(got(api.client.post("/api/auth/login", json=actor_login))["session_token"])


@law("T01")
def test_sending_takes_the_key_of_a_workspace_and_nothing_less(tofrom: Api) -> None:
    sid = sent(tofrom, tofrom.cast["owner"]["api_key"])
    assert sid in newest(tofrom), "a key stands for its workspace, which lists the message"
    assert sid not in newest(tofrom, "stranger"), "a key stands for no other workspace"
    message = {"to": recipient(tofrom), "body": text(tofrom)}
    secret = tofrom.cast["owner"]["api_key"]
    for headers in ({}, bearer(f"{secret[:-4]}zzzz"), {"Authorization": f"Basic {secret}"}, {"X-API-Key": secret}):
        assert_refused(tofrom.client.post("/api/messages", headers=headers, json=message), 401)
    assert message["body"] not in {found["body"] for found in newest(tofrom).values()}, "a refused request sends nothing"


@law("T02")
def test_ui_endpoints_take_a_session_and_act_for_its_user(tofrom: Api) -> None:
    for actor, other in (("owner", "stranger"), ("stranger", "owner")):
        for path in READS:
            got(tofrom.client.get(at(tofrom, path, actor), headers=person(tofrom, actor)))
        mine = {workspace["id"] for workspace in walk(tofrom, WORKSPACES, person(tofrom, actor))}
        assert tofrom.cast[actor]["workspace_id"] in mine, "a session shows the workspaces of its user"
        assert tofrom.cast[other]["workspace_id"] not in mine, "a session shows no workspace of another user"
        made = new_workspace(tofrom, actor)
        members = got(tofrom.client.get(f"{WORKSPACES}/{made}/members", headers=person(tofrom, actor)))["data"]
        emails = [member["email"].lower() for member in members]
        assert emails == [tofrom.cast[actor]["email"].lower()], "what a session makes belongs to its user"
    token = tofrom.cast["owner"]["session_token"]
    for headers in ({}, bearer(f"{token[:-4]}zzzz"), {"Authorization": f"Basic {token}"}, {"Authorization": token}):
        for path in READS:
            assert_refused(tofrom.client.get(at(tofrom, path), headers=headers), 401)


@law("T03")
def test_neither_credential_is_taken_in_place_of_the_other(tofrom: Api) -> None:
    key = bearer(tofrom.cast["owner"]["api_key"])
    for path in (WORKSPACES, *(at(tofrom, path) for path in READS)):
        assert_refused(tofrom.client.get(path, headers=key), 401)
        got(tofrom.client.get(path, headers=person(tofrom)))
    name = text(tofrom)
    assert_refused(tofrom.client.post(WORKSPACES, headers=key, json={"name": name}), 401)
    for method, path, body in CHANGES:
        assert_refused(tofrom.client.request(method, at(tofrom, path), headers=key, json=body), 401)
    assert_refused(tofrom.client.post("/api/auth/logout", headers=key), 401)
    names = {workspace["name"] for workspace in walk(tofrom, WORKSPACES, person(tofrom))}
    assert name not in names, "a request with the wrong kind of credential changes nothing"
    message = {"to": recipient(tofrom), "body": text(tofrom)}
    assert_refused(tofrom.client.post("/api/messages", headers=person(tofrom), json=message), 401)
    assert message["body"] not in {found["body"] for found in newest(tofrom).values()}, "a session sends nothing"
    got(tofrom.client.post("/api/messages", headers=key, json=message))


@law("T04")
def test_a_key_works_from_the_moment_it_is_made_until_it_is_revoked(tofrom: Api) -> None:
    made = got(tofrom.client.post(at(tofrom, "/api-keys"), headers=person(tofrom), json={"name": "law"}), 201)
    path = at(tofrom, f"/api-keys/{made['id']}")
    try:
        assert sent(tofrom, made["key"]) in newest(tofrom), "a new key works at once, in the workspace that it was made for"
        shown = tofrom.client.get(at(tofrom, "/api-keys"), headers=person(tofrom), params={"limit": 100})
        assert made["id"] in {key["id"] for key in got(shown)["data"]}, "a key in force is listed"
        assert made["key"] not in shown.text, "the whole secret is shown when the key is made and never again"
    finally:
        got(tofrom.client.delete(path, headers=person(tofrom)))
    assert_refused(send(tofrom, made["key"]), 401)
    assert_refused(tofrom.client.delete(path, headers=person(tofrom)), 404)


@law("T05")
def test_a_session_comes_from_signing_in_and_ends_by_signing_out(tofrom: Api) -> None:
    owner = tofrom.cast["owner"]
    token, other = log_in(tofrom, "owner"), log_in(tofrom, "owner")
    assert token != other, "each sign-in has a session of its own"
    for wrong in (
        {"email": owner["email"], "password": f"{owner['password']}x"},
        {"email": tofrom.cast["stranger"]["email"], "password": owner["password"]},
        {"email": "nobody@law.example", "password": owner["password"]},
    ):
        assert_refused(tofrom.client.post("/api/auth/login", json=wrong), 401)
    got(tofrom.client.get(at(tofrom), headers=bearer(token)))
    got(tofrom.client.post("/api/auth/logout", headers=bearer(token)))
    assert_refused(tofrom.client.get(at(tofrom), headers=bearer(token)), 401)
    got(tofrom.client.get(at(tofrom), headers=bearer(other)))
    got(tofrom.client.post("/api/auth/logout", headers=bearer(other)))


def one_window(call: Callable[[int], httpx.Response], limit: int) -> list[httpx.Response]:
    """Replies of a single window, the last of them the first 429. Starts over if a window ends on the way."""
    replies: list[httpx.Response] = []
    for turn in range(3 * limit + 3):
        reply = call(turn)
        assert RESET in reply.headers, "whoever is identified is told when the limit is reset"
        if replies and reply.headers[RESET] != replies[-1].headers[RESET]:
            replies = []
        replies.append(reply)
        if reply.status_code == 429:
            return replies
        assert len(replies) <= limit, f"the request after {limit} in a minute is refused with 429"
    pytest.fail(f"{limit} requests do not fit into a minute here")


def assert_exact(replies: list[httpx.Response], limit: int) -> None:
    """The limit was counted down by one to nothing, and then came the refusal."""
    assert {reply.headers[LIMIT] for reply in replies} == {str(limit)}, f"the limit is {limit}"
    left = [int(reply.headers[REMAINING]) for reply in replies]
    assert left == [*range(left[0], -1, -1), 0], "the remaining requests fall by one to 0, and only then comes 429"
    assert_refused(replies[-1], 429)


@law("T06", "T11")
def test_a_key_has_a_hundred_requests_a_minute(tofrom: Api) -> None:
    body = text(tofrom)
    with new_key(tofrom) as secret:
        # Most of them are wrong: those count, too, and send nothing.
        replies = one_window(lambda turn: send(tofrom, secret, **({} if turn % 25 == 0 else {"to": ""})), 100)
        assert replies[0].headers[REMAINING] == "99", "a fresh key has its whole limit"
        assert_exact(replies, 100)
        assert {reply.status_code for reply in replies[:-1]} == {200, 400}, "within the limit nobody is refused for it"
        late = send(tofrom, secret, body=body)
        if late.headers[RESET] == replies[0].headers[RESET]:
            assert_refused(late, 429)
            assert body not in {message["body"] for message in newest(tofrom).values()}, "beyond the limit nothing is sent"
        with new_key(tofrom) as another:
            reply = send(tofrom, another)
            assert (reply.status_code, reply.headers[REMAINING]) == (200, "99"), "each key has a limit of its own"


@law("T07", "T11")
def test_a_user_has_a_thousand_requests_a_minute(tofrom: Api) -> None:
    # This actor's session serves no other law, so that none of them meets the end of the limit.
    headers = [person(tofrom, "unconfigured"), bearer(log_in(tofrom, "unconfigured"))]
    wanted = [(WORKSPACES, {"limit": 1}), (at(tofrom, "", "unconfigured"), {}), (WORKSPACES, {"limit": 0})]

    def call(turn: int) -> httpx.Response:
        path, params = wanted[turn % 3]
        return tofrom.client.get(path, headers=headers[turn % 2], params=params)

    replies = one_window(call, 1000)
    assert_exact(replies, 1000)
    assert {reply.status_code for reply in replies[:-1]} == {200, 400}, "all endpoints and sessions of a user share one limit"
    got(tofrom.client.get(WORKSPACES, headers=person(tofrom)))
    by_key = send(tofrom, tofrom.cast["unconfigured"]["api_key"])
    assert by_key.status_code != 429, "the limit of a user is not that of a key"


@law("T08")
def test_whoever_is_identified_is_told_of_the_limit(tofrom: Api) -> None:
    shared = shared_workspace(tofrom)
    with new_key(tofrom) as secret:
        by_key = [send(tofrom, secret), send(tofrom, secret, to=""), send(tofrom, secret, **{"from": "+12015550100"})]
    by_session = [
        tofrom.client.get(WORKSPACES, headers=person(tofrom)),
        tofrom.client.post(WORKSPACES, headers=person(tofrom), json={"name": "law"}),
        tofrom.client.post(WORKSPACES, headers=person(tofrom), json={}),
        tofrom.client.get(f"{WORKSPACES}/ws_of_nobody", headers=person(tofrom)),
        tofrom.client.post(f"{WORKSPACES}/{shared}/api-keys", headers=person(tofrom, "stranger"), json={"name": "law"}),
        *(tofrom.client.get(at(tofrom, path), headers=person(tofrom)) for path in READS),
    ]
    assert [reply.status_code for reply in by_key] == [200, 400, 400]
    assert [reply.status_code for reply in by_session[:5]] == [200, 201, 400, 404, 403]
    for limit, replies in ((100, by_key), (1000, by_session)):
        for reply in replies:
            for name in (LIMIT, REMAINING, RESET):
                assert name in reply.headers, f"a {reply.status_code} to an identified caller has {name}"
            assert reply.headers[LIMIT] == str(limit), f"the limit is {limit} requests"
            assert 0 <= int(reply.headers[REMAINING]) < limit, "what remains is a number below the limit"
            assert int(reply.headers[RESET]) > 0, "the reset is a number of seconds"
    unknown = tofrom.client.get(WORKSPACES, headers=bearer("nobody"))
    assert not {LIMIT.lower(), REMAINING.lower(), RESET.lower()} & set(unknown.headers), "nobody has no limit to be told of"


@law("T09")
def test_each_request_takes_one_from_what_remains(tofrom: Api) -> None:
    replies: list[httpx.Response] = []
    with new_key(tofrom) as secret:
        for _ in range(12):
            replies.append(send(tofrom, secret, to=""))
            if replies[-1].headers[RESET] != replies[0].headers[RESET]:
                replies = replies[-1:]
            if len(replies) == 6:
                break
    left = [int(reply.headers[REMAINING]) for reply in replies]
    assert left == [99, 98, 97, 96, 95, 94], "what remains falls by one with each request"


@law("T09")
def test_the_limit_is_full_again_after_its_reset(tofrom: Api) -> None:
    with new_key(tofrom) as secret:
        last = one_window(lambda _: send(tofrom, secret, to=""), 100)[-1]
        wait = int(last.headers[RESET]) - parsedate_to_datetime(last.headers["Date"]).timestamp()
        assert -1 <= wait <= 62, "the reset is a moment of the next minute, in Unix seconds"
        # The Date header may be a second old.
        with later(tofrom, max(0.0, wait) + 1):
            reply = send(tofrom, secret)
        got(reply)
        assert reply.headers[REMAINING] == "99", "after the reset the whole limit is there again"
        assert int(reply.headers[RESET]) > int(last.headers[RESET]), "and the next reset is ahead"


def refusals(api: Api) -> list[tuple[int, httpx.Response]]:
    """Requests that are wrong in many ways, each with the status that its mistake has."""
    client, owner = api.client, person(api)
    key = bearer(api.cast["owner"]["api_key"])
    json_type = {**key, "Content-Type": "application/json"}
    shared = f"{WORKSPACES}/{shared_workspace(api)}"
    wrong = [
        (400, client.post("/api/messages", headers=key, json={})),
        (400, client.post("/api/messages", headers=key, json={"to": "law", "body": "law"})),
        (400, client.post("/api/messages", headers=key, json={"to": recipient(api), "body": "x" * 1601})),
        (400, client.post("/api/messages", headers=key, json={"to": recipient(api), "body": "law", "from": "+12015550100"})),
        (400, client.post("/api/messages", headers=json_type, content=b"{")),
        (400, client.get(at(api, "/messages"), headers=owner, params={"page": 0})),
        (400, client.get(at(api, "/messages"), headers=owner, params={"direction": "sideways"})),
        (400, client.post(WORKSPACES, headers=owner, json={})),
        (401, client.post("/api/auth/login", json={"email": "nobody@law.example", "password": "law"})),
        (401, client.post("/api/messages", json={"to": recipient(api), "body": "law"})),
        (401, client.get(WORKSPACES, headers=bearer("nobody"))),
        (401, client.get(WORKSPACES, headers=key)),
        (404, client.get(f"{WORKSPACES}/ws_of_nobody", headers=owner)),
        (404, client.delete(at(api, "/api-keys/key_of_nobody"), headers=owner)),
        (404, client.delete(at(api, "/phone-numbers/num_of_nobody"), headers=owner)),
        (404, client.post(at(api, "/phone-numbers"), headers=owner, json={"phone_number": "+12015550100"})),
        (404, client.get("/api/ui/law", headers=owner)),
    ]
    changes = (
        client.request(method, shared + path, headers=person(api, "stranger"), json=body) for method, path, body in CHANGES
    )
    return [*wrong, *((403, reply) for reply in changes)]


@law("T10", "T11")
def test_every_error_has_its_status_and_one_shape(tofrom: Api) -> None:
    for status, reply in refusals(tofrom):
        assert_refused(reply, status)
        assert reply.headers["Content-Type"].partition(";")[0] == "application/json", "errors are JSON"
    assert_refused(send(tofrom, tofrom.cast["owner"]["api_key"], to=""), 400, "missing_params")


@law("T11")
def test_success_is_200_and_what_is_made_is_201(tofrom: Api) -> None:
    workspace = f"{WORKSPACES}/{new_workspace(tofrom)}"
    invited = {"email": f"law-{tofrom.random.getrandbits(64):016x}@law.example"}
    got(tofrom.client.post(f"{workspace}/members", headers=person(tofrom), json=invited), 201)
    key = got(tofrom.client.post(f"{workspace}/api-keys", headers=person(tofrom), json={"name": "law"}), 201)
    got(tofrom.client.delete(f"{workspace}/api-keys/{key['id']}", headers=person(tofrom)), 200)
    got(tofrom.client.put(f"{workspace}/provider", headers=person(tofrom), json=CREDENTIALS), 200)
    for path in READS:
        got(tofrom.client.get(workspace + path, headers=person(tofrom)), 200)


def walk(api: Api, path: str, headers: Headers, limit: int = 100, **filters: Any) -> list[Json]:
    """Everything that a list holds, by its pages, each of which is consistent with itself."""
    entries: list[Json] = []
    for number in range(1, 1000):
        page = got(api.client.get(path, headers=headers, params={**filters, "page": number, "limit": limit}))
        assert_consistent(page, number, limit)
        entries += page["data"]
        if not page["pagination"]["hasNext"]:
            return entries
    pytest.fail(f"{path} has no last page")


def assert_consistent(page: Json, number: int, limit: int) -> None:
    """The figures of a page agree with each other and with what was asked for."""
    assert set(page) >= {"data", "pagination"}, "a list is answered as data and pagination"
    figures = page["pagination"]
    assert all(type(figures[name]) is int for name in ("currentPage", "totalPages", "totalItems")), "the figures are integers"
    assert figures["currentPage"] == number, "currentPage is the page that was asked for"
    assert figures["totalPages"] == -(-figures["totalItems"] // limit), "totalPages pages of this size hold totalItems items"
    assert figures["hasNext"] is (number < figures["totalPages"]), "hasNext is true until the last page"
    expected = max(0, min(limit, figures["totalItems"] - (number - 1) * limit))
    assert len(page["data"]) == expected, "every page is full but the last, and those beyond are empty"


@law("T12", "T13")
def test_every_list_takes_page_and_limit(tofrom: Api) -> None:
    sent(tofrom, tofrom.cast["owner"]["api_key"])
    for path in (WORKSPACES, *(at(tofrom, path) for path in LISTS)):
        for number, limit in ((1, 1), (2, 1), (1, 2), (1, 100), (2, 100), (5000, 7)):
            page = got(tofrom.client.get(path, headers=person(tofrom), params={"page": number, "limit": limit}))
            assert_consistent(page, number, limit)
        usual = got(tofrom.client.get(path, headers=person(tofrom)))
        assert_consistent(usual, 1, 50)
        for wrong in ({"page": 0}, {"page": -1}, {"page": "x"}, {"limit": 0}, {"limit": 101}, {"limit": "x"}):
            assert_refused(tofrom.client.get(path, headers=person(tofrom), params=wrong), 400)


@law("T13")
def test_the_figures_of_an_empty_list_are_zero(tofrom: Api) -> None:
    path = f"{WORKSPACES}/{new_workspace(tofrom)}/messages"
    page = got(tofrom.client.get(path, headers=person(tofrom)))
    assert page["data"] == [], "a new workspace has no message"
    assert page["pagination"] == {"currentPage": 1, "totalPages": 0, "totalItems": 0, "hasNext": False}


@law("T14")
def test_the_pages_hold_everything_once(tofrom: Api) -> None:
    to = recipient(tofrom)
    with new_key(tofrom) as secret:
        sids = [sent(tofrom, secret, to=to) for _ in range(5)]
    made = [new_workspace(tofrom) for _ in range(3)]
    keys = [got(tofrom.client.post(f"{WORKSPACES}/{made[0]}/api-keys", headers=person(tofrom), json={"name": "law"}), 201)["id"]]
    keys += [got(tofrom.client.post(f"{WORKSPACES}/{made[0]}/api-keys", headers=person(tofrom), json={"name": "law"}), 201)["id"]]
    for limit in (1, 2, 3, 100):
        messages = walk(tofrom, at(tofrom, "/messages"), person(tofrom), limit, to=to)
        assert len({message["id"] for message in messages}) == len(messages), "no message is on two pages"
        found = [message["provider_sid"] for message in messages if message["provider_sid"] in sids]
        assert found == sids[::-1], "every message is on a page, the newest first"
        assert [key["id"] for key in walk(tofrom, f"{WORKSPACES}/{made[0]}/api-keys", person(tofrom), limit)] == keys
    for limit in (2, 100):
        ids = [workspace["id"] for workspace in walk(tofrom, WORKSPACES, person(tofrom), limit)]
        assert len(set(ids)) == len(ids), "no workspace is on two pages"
        assert set(ids) >= {*made, tofrom.cast["owner"]["workspace_id"]}, "every workspace is on a page"


@law("T17")
def test_a_signed_in_user_makes_a_workspace(tofrom: Api) -> None:
    name = text(tofrom)
    for headers in ({}, bearer("nobody"), bearer(tofrom.cast["owner"]["api_key"])):
        assert_refused(tofrom.client.post(WORKSPACES, headers=headers, json={"name": name}), 401)
    assert name not in {workspace["name"] for workspace in walk(tofrom, WORKSPACES, person(tofrom))}
    made = got(tofrom.client.post(WORKSPACES, headers=person(tofrom), json={"name": name}), 201)
    assert (made["name"], made["role"], made["provider_configured"]) == (name, "owner", False), "its maker owns it"
    path = f"{WORKSPACES}/{made['id']}"
    assert got(tofrom.client.get(path, headers=person(tofrom))) == made, "what was made can be read"
    assert made in walk(tofrom, WORKSPACES, person(tofrom)), "what was made is listed"
    for wrong in ({}, {"name": ""}, {"name": 1}):
        assert_refused(tofrom.client.post(WORKSPACES, headers=person(tofrom), json=wrong), 400)


@law("T18")
def test_a_workspace_sends_nothing_before_it_has_a_provider(tofrom: Api) -> None:
    assert_refused(send(tofrom, tofrom.cast["unconfigured"]["api_key"]), 400, "provider_not_configured")
    workspace = new_workspace(tofrom)
    path = f"{WORKSPACES}/{workspace}"
    with new_key(tofrom, workspace) as secret:
        assert got(tofrom.client.get(f"{path}/provider", headers=person(tofrom)))["configured"] is False
        assert_refused(send(tofrom, secret), 400, "provider_not_configured")
        assert walk(tofrom, f"{path}/messages", person(tofrom)) == [], "a refused message is not kept"
        configured = got(tofrom.client.put(f"{path}/provider", headers=person(tofrom), json=CREDENTIALS))
        assert configured == got(tofrom.client.get(f"{path}/provider", headers=person(tofrom))), "settings are read back"
        assert (configured["configured"], configured["account_sid"]) == (True, CREDENTIALS["account_sid"])
        assert CREDENTIALS["auth_token"] not in str(configured), "a secret is shown masked"
        assert got(tofrom.client.get(path, headers=person(tofrom)))["provider_configured"] is True
        assert_refused(send(tofrom, secret), 400, "no_phone_number")


@law("T18", "T21")
def test_a_workspace_with_a_provider_and_a_number_sends(tofrom: Api) -> None:
    workspace = new_workspace(tofrom)
    path = f"{WORKSPACES}/{workspace}"
    with new_key(tofrom, workspace) as secret, bought_number(tofrom, workspace) as number:
        assert_refused(send(tofrom, secret), 400, "provider_not_configured")
        got(tofrom.client.put(f"{path}/provider", headers=person(tofrom), json=CREDENTIALS))
        sid = sent(tofrom, secret)
        found = walk(tofrom, f"{path}/messages", person(tofrom))
        assert [(message["provider_sid"], message["from"]) for message in found] == [(sid, number["phone_number"])]


@law("T19")
def test_a_message_is_accepted_and_kept_as_it_was_sent(tofrom: Api) -> None:
    to, body, sender = recipient(tofrom), f"{text(tofrom)} é \U0001f600 \n ok", tofrom.cast["owner"]["phone_number"]
    with new_key(tofrom) as secret:
        receipt = got(send(tofrom, secret, to=to, body=body, **{"from": sender}))
        assert receipt["status"] in STATUSES, "the reply tells how far the message is"
        message = newest(tofrom)[receipt["sid"]]
        assert {name: message[name] for name in ("direction", "to", "from", "body")} == {
            "direction": "outbound", "to": to, "from": sender, "body": body
        }  # fmt: skip
        assert message["status"] in STATUSES, "the list tells how far the message is"
        assert receipt["sid"] != sent(tofrom, secret, to=to, body=body), "the same text twice is two messages"
        numbers = [number["phone_number"] for number in walk(tofrom, at(tofrom, "/phone-numbers"), person(tofrom))]
        assert kept(tofrom, secret)["from"] == numbers[0], "without a sender the oldest number is used"
        refused = text(tofrom)
        foreign = tofrom.cast["stranger"]["phone_number"]
        wrong: list[Json] = [{"to": ""}, {"to": "law"}, {"from": foreign}, {"mediaUrls": []}]
        for change in wrong:
            assert_refused(send(tofrom, secret, body=refused, **change), 400)
        assert refused not in {found["body"] for found in newest(tofrom).values()}, "a refused message is not kept"


@law("T19")
def test_a_long_text_takes_parts_up_to_1600_characters(tofrom: Api) -> None:
    with new_key(tofrom) as secret:
        for length, parts in ((1, 1), (160, 1), (161, 2), (306, 2), (307, 3), (1600, 11)):
            message = kept(tofrom, secret, body="x" * length)
            assert len(message["body"]) == length, "a text is kept whole"
            assert message.get("parts", parts) == parts, f"{length} characters take {parts} parts of 160, or of 153 each"
        assert_refused(send(tofrom, secret, body="x" * 1601), 400)


@law("T20")
def test_texts_and_pictures_are_sent(tofrom: Api) -> None:
    media = [f"https://media.law.example/{tofrom.random.getrandbits(64):016x}.jpg" for _ in range(2)]
    with new_key(tofrom) as secret:
        sms, mms = sent(tofrom, secret), sent(tofrom, secret, mediaUrls=media)
        found = newest(tofrom, direction="outbound")
        assert {sms, mms} <= set(found), "both are in the list, as outbound messages"
        assert found[mms]["mediaUrls"] == media, "a picture message has its media, in their order"
        assert found[sms].get("mediaUrls", []) == [], "a text has none"
        assert_refused(send(tofrom, secret, mediaUrls=["not an address"]), 400)


@law("T20")
def test_received_messages_are_in_the_list(tofrom: Api) -> None:
    received = walk(tofrom, at(tofrom, "/messages"), person(tofrom), direction="inbound")
    if not received:
        pytest.skip("needs a message that the owner's workspace received")
    numbers = {number["phone_number"] for number in walk(tofrom, at(tofrom, "/phone-numbers"), person(tofrom))}
    everything = walk(tofrom, at(tofrom, "/messages"), person(tofrom))
    assert [message for message in everything if message["direction"] == "inbound"] == received, "the list has both directions"
    assert numbers & {message["to"] for message in received}, "what was received came to a number of the workspace"


@law("T20")
def test_each_filter_of_the_messages_leaves_what_fits(tofrom: Api) -> None:
    with new_key(tofrom) as secret:
        message = kept(tofrom, secret)
    sid = message["provider_sid"]
    day = message["created_at"][:10]
    fitting = {"to": message["to"], "from": message["from"], "direction": "outbound", "status": message["status"]}
    fitting |= {"startDate": day, "endDate": day}
    missing = {"to": message["from"], "from": message["to"], "direction": "inbound", "startDate": "2999-01-01"}
    missing |= {"status": "failed", "endDate": "1999-12-31"}
    for name, value in fitting.items():
        found = newest(tofrom, **{name: value})
        assert sid in found, f"{name} leaves a message that fits"
        if name in message:
            assert {other[name] for other in found.values()} == {value}, f"{name} leaves nothing else"
        assert sid not in newest(tofrom, **{**fitting, name: missing[name]}), f"{name} counts beside other filters"
    assert sid in newest(tofrom, **fitting), "a message that fits all filters is left"
    exact = {"startDate": message["created_at"], "endDate": message["created_at"]}
    assert sid in newest(tofrom, **exact), "both ends of a span belong to it"


@law("T21")
def test_a_number_serves_one_workspace_until_it_is_given_back(tofrom: Api) -> None:
    workspace = tofrom.cast["owner"]["workspace_id"]
    path = at(tofrom, "/phone-numbers")
    with new_key(tofrom) as secret, bought_number(tofrom, workspace) as number:
        wanted = number["phone_number"]
        assert number in walk(tofrom, path, person(tofrom)), "a number that was got is listed"
        for actor in ("owner", "stranger"):
            stock = walk(tofrom, at(tofrom, "/phone-numbers/available", actor), person(tofrom, actor))
            assert wanted not in {free["phone_number"] for free in stock}, "it is not in the stock any more"
            again = tofrom.client.post(
                at(tofrom, "/phone-numbers", actor), headers=person(tofrom, actor), json={"phone_number": wanted}
            )
            assert_refused(again, 404)
        assert kept(tofrom, secret, **{"from": wanted})["from"] == wanted, "messages can be sent from it"
        got(tofrom.client.delete(f"{path}/{number['id']}", headers=person(tofrom)))
        assert number["id"] not in {found["id"] for found in walk(tofrom, path, person(tofrom))}, "it leaves the list"
        stock = walk(tofrom, f"{path}/available", person(tofrom))
        assert wanted in {free["phone_number"] for free in stock}, "it is in the stock again"
        assert_refused(send(tofrom, secret, **{"from": wanted}), 400, "from_not_in_workspace")


@law("T22")
def test_what_others_own_is_answered_like_what_does_not_exist(tofrom: Api) -> None:
    for actor, other in (("owner", "stranger"), ("stranger", "owner")):
        foreign, nowhere = at(tofrom, "", other), f"{WORKSPACES}/ws_{tofrom.random.getrandbits(64):016x}"
        for method, path, body in (*(("GET", path, None) for path in READS), *CHANGES):
            told = [
                tofrom.client.request(method, place + path, headers=person(tofrom, actor), json=body)
                for place in (foreign, nowhere)
            ]
            assert_refused(told[0], 404)
            assert (told[0].status_code, told[0].json()) == (told[1].status_code, told[1].json()), (
                "nobody can tell a foreign workspace from none"
            )
        for path in READS:
            got(tofrom.client.get(foreign + path, headers=person(tofrom, other)))


@law("T22")
def test_workspaces_messages_and_keys_stay_among_members(tofrom: Api) -> None:
    owner, stranger = person(tofrom), person(tofrom, "stranger")
    made = new_workspace(tofrom)
    assert made not in {workspace["id"] for workspace in walk(tofrom, WORKSPACES, stranger)}, "nobody else lists a new workspace"
    sid = sent(tofrom, tofrom.cast["owner"]["api_key"])
    assert sid in newest(tofrom), "the members see the message"
    assert sid not in newest(tofrom, "stranger"), "nobody else does"
    key = got(tofrom.client.post(at(tofrom, "/api-keys"), headers=owner, json={"name": "law"}), 201)
    theirs = {found["id"] for found in walk(tofrom, at(tofrom, "/api-keys", "stranger"), stranger)}
    assert key["id"] not in theirs, "nobody else lists the key"
    assert_refused(tofrom.client.delete(at(tofrom, f"/api-keys/{key['id']}", "stranger"), headers=stranger), 404)
    assert_refused(tofrom.client.delete(at(tofrom, f"/api-keys/{key['id']}"), headers=stranger), 404)
    got(send(tofrom, key["key"]))
    got(tofrom.client.delete(at(tofrom, f"/api-keys/{key['id']}"), headers=owner))


@law("T22")
def test_an_invitation_shows_nothing_until_it_is_accepted(tofrom: Api) -> None:
    path = f"{WORKSPACES}/{new_workspace(tofrom)}"
    stranger = person(tofrom, "stranger")
    invited = {"email": tofrom.cast["stranger"]["email"], "role": "member"}
    got(tofrom.client.post(f"{path}/members", headers=person(tofrom), json=invited), 201)
    for part in READS:
        assert_refused(tofrom.client.get(path + part, headers=stranger), 404)
    log_in(tofrom, "stranger")
    for part in READS:
        got(tofrom.client.get(path + part, headers=stranger))
