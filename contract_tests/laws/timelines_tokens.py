"""The laws of timelines' tokens: which of them open the Partner API, and under whose name."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from typing import Any

import jwt

from contract_tests.deployment import Api
from contract_tests.laws import later, law
from contract_tests.laws.timelines import (
    DROPPED,
    Headers,
    Json,
    assert_refused,
    claims,
    create,
    headers,
    read,
    succeeds,
    token,
    tried,
)

HOUR = 3600


def forged(header: Json, payload: Json, secret: str | None) -> str:
    """A token with a header that no honest library writes; without a secret its signature is empty."""
    parts = [_base64url(json.dumps(part).encode()) for part in (header, payload)]
    signed = ".".join(parts)
    signature = hmac.new(secret.encode(), signed.encode(), hashlib.sha256).digest() if secret else b""
    return f"{signed}.{_base64url(signature)}"


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def assert_locked(api: Api, sent: Headers, why: str) -> None:
    """No operation opens for these headers, and none of them changes anything."""
    owner = api.cast["owner"]
    workspace_id = owner["workspace_id"]
    before = read(api, workspace_id)
    for response in tried(api, sent, workspace_id, before["users"][0]["user_id"]):
        assert_refused(response, 401, f"{why} ({response.request.method} {response.request.url.path})")
    assert read(api, workspace_id) == before, f"{why}: a refused request changes nothing"


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


@law("L03")
def test_the_time_of_a_token_comes_and_goes(timelines: Api) -> None:
    owner = timelines.cast["owner"]
    path, now = f"/workspaces/{owner['workspace_id']}", int(time.time())
    going, coming = (token(owner, nbf=start, exp=end) for start, end in ((now - 60, now + 30), (now + 30, now + 600)))
    succeeds(timelines.client.get(path, headers=headers(owner, going)), 200)
    assert_locked(timelines, headers(owner, coming), "a token before its nbf")
    with later(timelines, 60):
        succeeds(timelines.client.get(path, headers=headers(owner, coming)), 200)
        assert_locked(timelines, headers(owner, going), "a token that was good until its exp")


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
