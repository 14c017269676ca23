"""timelines over a socket: which tokens are good, which header goes with them, and in which words the others are refused."""

from __future__ import annotations

import base64
import json
import time

import httpx
import jwt
import pytest

OPERATIONS = [
    ("POST", "/workspaces"),
    ("GET", "/workspaces/ws_1234567890abcdef"),
    ("PATCH", "/workspaces/ws_1234567890abcdef"),
    ("POST", "/workspaces/ws_1234567890abcdef/users"),
    ("POST", "/workspaces/ws_1234567890abcdef/users/42/qr"),
    ("POST", "/workspaces/ws_1234567890abcdef/users/42/whatsapp/disconnect"),
    ("GET", "/workspaces/ws_1234567890abcdef/api-token"),
    ("POST", "/workspaces/ws_1234567890abcdef/api-token"),
]
PATH = "/workspaces/ws_1234567890abcdef"
NOW = int(time.time())
DROPPED = object()


@pytest.fixture
def timelines(mock):
    with httpx.Client(base_url=mock.base("timelines")) as client:
        yield client


@pytest.fixture
def cast(mock):
    return mock.cast("timelines")


def headers(partner: dict, token: str | None = None) -> dict[str, str]:
    return {"Authorization": f"Bearer {token or partner['jwt']}", "X-TL-Partner-Id": partner["partner_id"]}


def signed(partner: dict, secret: str | None = None, algorithm: str = "HS256", **changes: object) -> str:
    claims = {"partner_id": partner["partner_id"], "nbf": NOW - 180, "exp": NOW + 600, **changes}
    kept = {name: value for name, value in claims.items() if value is not DROPPED}
    return jwt.encode(kept, secret or partner["secret"], algorithm=algorithm)


def unsigned(partner: dict) -> str:
    claims = {"partner_id": partner["partner_id"], "nbf": NOW - 180, "exp": NOW + 600}
    parts = ({"alg": "none", "typ": "JWT"}, claims)
    return ".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts) + "."


def message(reply: httpx.Response) -> str:
    body = reply.json()
    assert reply.status_code == 401
    assert body == {"error": {"code": "Unauthorized", "message": body["error"]["message"]}}
    return body["error"]["message"]


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_every_operation_wants_token_and_header_before_anything_else(timelines, cast, method, path):
    owner = cast["owner"]
    assert message(timelines.request(method, path)) == "Send a JWT in the Authorization header, as a Bearer token."
    only_token = timelines.request(method, path, headers={"Authorization": f"Bearer {owner['jwt']}"})
    assert message(only_token) == "Send the header X-TL-Partner-Id."


@pytest.mark.parametrize("actor", ["owner", "stranger"])
def test_an_actors_own_token_is_good(timelines, cast, actor):
    assert timelines.get(PATH, headers=headers(cast[actor])).status_code in {200, 404}


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"nbf": NOW - 0.5},
        {"exp": NOW + 600.5},
        {"iat": NOW + 900},
        {"aud": "somebody"},
        {"sub": 7, "jti": 7},
        {"exp": 10**400},
    ],
)
def test_a_token_that_says_more_or_fractions_is_good(timelines, cast, changes):
    owner = cast["owner"]
    assert timelines.get(PATH, headers=headers(owner, signed(owner, **changes))).status_code == 200


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"partner_id": DROPPED}, "The token must carry the claims partner_id, nbf and exp."),
        ({"nbf": DROPPED}, "The token must carry the claims partner_id, nbf and exp."),
        ({"exp": DROPPED}, "The token must carry the claims partner_id, nbf and exp."),
        ({"nbf": str(NOW - 180)}, "The claim partner_id must be text, nbf and exp must be numbers."),
        ({"exp": str(NOW + 600)}, "The claim partner_id must be text, nbf and exp must be numbers."),
        ({"exp": True}, "The claim partner_id must be text, nbf and exp must be numbers."),
        ({"exp": None}, "The claim partner_id must be text, nbf and exp must be numbers."),
        ({"exp": float("inf")}, "The claim partner_id must be text, nbf and exp must be numbers."),
        ({"partner_id": 12345}, "The claim partner_id must be text, nbf and exp must be numbers."),
        ({"partner_id": "\ud800"}, "The claim partner_id must be text, nbf and exp must be numbers."),
        ({"partner_id": "\x00"}, "The token names no known partner."),
        ({"partner_id": "nobody"}, "The token names no known partner."),
        ({"nbf": NOW + 300}, "The token is not valid yet."),
        ({"exp": NOW - 1}, "The token has expired."),
    ],
)
def test_a_token_with_wrong_claims_is_refused(timelines, cast, changes, words):
    owner = cast["owner"]
    assert message(timelines.get(PATH, headers=headers(owner, signed(owner, **changes)))) == words


@pytest.mark.parametrize("algorithm", ["HS384", "HS512"])
def test_another_algorithm_is_refused(timelines, cast, algorithm):
    owner = cast["owner"]
    secret = owner["secret"] * 2
    reply = timelines.get(PATH, headers=headers(owner, signed(owner, secret, algorithm)))
    assert message(reply) == "The token must be signed with HS256."


def test_no_algorithm_is_refused(timelines, cast):
    reply = timelines.get(PATH, headers=headers(cast["owner"], unsigned(cast["owner"])))
    assert message(reply) == "The token must be signed with HS256."


def test_another_secret_is_refused(timelines, cast):
    token = signed(cast["owner"], cast["stranger"]["secret"])
    assert message(timelines.get(PATH, headers=headers(cast["owner"], token))) == (
        "The signature of the token does not fit the secret of its partner."
    )


@pytest.mark.parametrize("token", ["x", "a.b.c", "....", "e30.e30.", "W10.W10.W10", "\u00e9.\u00e9.\u00e9"])
def test_what_is_no_jwt_is_refused(timelines, cast, token):
    fields = {b"Authorization": f"Bearer {token}".encode("latin-1"), b"X-TL-Partner-Id": b"partner_12345"}
    assert timelines.get(PATH, headers=fields).status_code == 401


@pytest.mark.parametrize("named", ["lumen-resellers", "nobody", "PARTNER_12345", "partner_12345, partner_12345", "a b"])
def test_the_header_must_name_the_tokens_partner(timelines, cast, named):
    fields = {**headers(cast["owner"]), "X-TL-Partner-Id": named}
    assert message(timelines.get(PATH, headers=fields)) == "The header X-TL-Partner-Id must name the partner of the token."
