"""What a deployment of timelines may get wrong."""

from __future__ import annotations

import base64
import json
from datetime import datetime, timedelta
from typing import Any

from tests.detection import posts
from tests.detection.defect import Defect
from tests.detection.lies import (
    GONE,
    admitting,
    always,
    as_another,
    both,
    crashing,
    header,
    made_up,
    on,
    plus,
    refused,
    refused_for,
    remembering,
    replying,
    saying,
    says,
    stale,
    status,
    taking,
    telling,
)
from tests.detection.proxy import Answer, Forward, Lie, Passing
from tests.detection.relay import Delivery
from tests.detection.scene import Scene, partner_token
from tests.detection.sources import agora, commons, defects4rest, evomaster, owasp, rest_faults, rfc, webhooks

API = "timelines"
CREATE, READ, CHANGE = "POST /workspaces", "GET /workspaces/{workspace_id}", "PATCH /workspaces/{workspace_id}"
USERS, QR = "POST /workspaces/{workspace_id}/users", "POST /workspaces/{workspace_id}/users/{user_id}/qr"
TOKEN, ROTATE = "GET /workspaces/{workspace_id}/api-token", "POST /workspaces/{workspace_id}/api-token"
DISCONNECT = "POST /workspaces/{workspace_id}/users/{user_id}/whatsapp/disconnect"
EVERY = on("*")


def _claims(passing: Passing) -> dict[str, Any]:
    """What the token says, whoever signed it."""
    try:
        payload = (passing.header("authorization") or "").split(".")[1]
        told = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (IndexError, ValueError):
        return {}
    return told if isinstance(told, dict) else {}


def _algorithm(passing: Passing) -> str:
    try:
        head = (passing.header("authorization") or "").partition(" ")[2].split(".")[0]
        return str(json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))["alg"])
    except (KeyError, TypeError, ValueError):
        return ""


def _as_named(scene: Scene, passing: Passing) -> Passing:
    """With a good token of the partner that the bad one names."""
    named = _claims(passing).get("partner_id", passing.header("x-tl-partner-id"))
    actor = next((actor for actor in scene.cast.values() if actor["partner_id"] == named), scene.owner)
    return passing.with_header("Authorization", f"Bearer {partner_token(actor)}")


def _earlier(hours: int) -> Any:
    def change(text: str) -> str:
        return (datetime.fromisoformat(text.replace("Z", "+00:00")) - timedelta(hours=hours)).isoformat().replace("+00:00", "Z")

    return change


def _unrotated(scene: Scene) -> Lie:
    async def lie(passing: Passing, forward: Forward) -> Answer:
        answer = await forward(passing)
        if not on(TOKEN, ROTATE)(passing) or not answer.well:
            return answer
        body = answer.json
        first = scene.memory.setdefault(("token", passing.path), body["token"])
        return answer.saying({**body, "token": first})

    return lie


def _half_done(_scene: Scene) -> Lie:
    """A change that is refused for its seats has renamed the workspace all the same."""

    async def lie(passing: Passing, forward: Forward) -> Answer:
        answer = await forward(passing)
        if on(CHANGE)(passing) and answer.status == 400 and says(lambda body: "display_name" in body)(passing):
            await forward(saying(passing, seats_purchased=GONE))
        return answer

    return lie


def _forgetful(scene: Scene) -> Lie:
    """New users are told of and made in no list: the workspace is shown as it was before."""

    async def lie(passing: Passing, forward: Forward) -> Answer:
        answer = await forward(passing)
        if on(USERS)(passing) and answer.well:
            made = {each["user_id"] for each in answer.json["users"]}
            scene.memory.setdefault("lost", set()).update(made)
        if on(READ)(passing) and answer.well:
            lost = scene.memory.get("lost", set())
            body = answer.json
            return answer.saying({**body, "users": [each for each in body["users"] if each["user_id"] not in lost]})
        return answer

    return lie


def _renamed(_scene: Scene, passing: Passing) -> Passing:
    return saying(passing, display_name=f"{passing.json['display_name'][:20]}-{abs(hash(passing.body)) % 10**8}")


def _hours(text: str) -> str:
    return str(_earlier(1)(text))


def _foreign_signature(scene: Scene, delivery: Delivery) -> Delivery:
    return delivery.with_header("X-TL-Signature", partner_token({**scene.owner, "secret": scene.stranger["secret"]}))


def _existence(scene: Scene) -> Lie:
    async def lie(passing: Passing, forward: Forward) -> Answer:
        answer = await forward(passing)
        theirs = {actor["workspace_id"] for actor in scene.cast.values()}
        if answer.status == 404 and passing.found is not None and passing.found.values.get("workspace_id") in theirs:
            return answer.but(status=403)
        return answer

    return lie


def _invented(passing: Passing, _answer: Answer) -> Answer:
    trace = "Traceback (most recent call last):\n  File \"/srv/app/views.py\", line 42, in post\nKeyError: 'body'"
    return made_up(400, {"error": {"code": "InvalidRequest", "message": trace}})


def row(name: str, area: str, source: Any, does: str, *breaks: str, **how: Any) -> Defect:
    return Defect(API, name, area, source, does, breaks, **how)


DEFECTS: tuple[Defect, ...] = (
    row(
        "no-qr-links-when-empty",
        "shape",
        agora("object: removeProperty"),
        "An empty list of QR links is left out.",
        "L06",
        lie=telling(on(READ), "qr_links", lambda links: links or GONE),
    ),
    row(
        "no-end-of-a-period",
        "shape",
        agora("object: removeProperty"),
        "A quota has no period_end.",
        "L07",
        lie=telling(on(READ), "messages_quota/period_end", always(GONE)),
    ),
    row(
        "balance-as-text",
        "shape",
        agora("value: changeType"),
        "The balance is a text.",
        "L08",
        lie=telling(on(READ), "non_recurring_quota/remaining_balance", str),
    ),
    row(
        "user-without-role",
        "shape",
        agora("value: null"),
        "A user's role is null.",
        "L09",
        lie=telling(on(READ), "users/*/role", always(None)),
    ),
    row(
        "number-without-plus",
        "values",
        agora("string: mutate"),
        "Phone numbers have lost their plus sign.",
        "L10",
        lie=telling(on(READ), "whatsapp_accounts/*/phone_number_e164", lambda text: text.lstrip("+")),
    ),
    row(
        "seats-as-null",
        "shape",
        rest_faults(2),
        "A new workspace's available seats are null.",
        lie=telling(on(CREATE), "seats_available", always(None)),
    ),
    row("created-with-200", "status", rest_faults(3), "New users are answered with 200.", lie=status(on(USERS), 200)),
    row("reading-answers-201", "status", defects4rest(3), "Reading the token answers 201.", lie=status(on(TOKEN), 201)),
    row(
        "refusal-is-403", "status", commons(205), "A bad token answers 403 in place of 401.", lie=status(EVERY, 403, refused(401))
    ),
    row(
        "unknown-workspace-is-400",
        "status",
        defects4rest(3),
        "A workspace that does not exist answers 400.",
        lie=status(on(READ), 400, refused(404)),
    ),
    row(
        "location-to-nowhere",
        "headers",
        rest_faults(7),
        "The Location of a new workspace leads to 404.",
        lie=header(on(CREATE), "Location", "/timelines/partner/api/v1/workspaces/ws_gone", lambda answer: answer.status == 201),
    ),
    row(
        "405-without-allow",
        "headers",
        rfc(9110, "15.5.6", "405 must have Allow"),
        "A 405 does not say what is allowed.",
        lie=header(lambda _: True, "Allow", None, refused(405)),
    ),
    row(
        "allow-of-more",
        "headers",
        evomaster(908),
        "Allow names a method that the path does not take.",
        lie=header(lambda _: True, "Allow", "GET, POST, PATCH, DELETE", refused(405)),
    ),
    row(
        "json-as-html",
        "headers",
        rfc(9110, "8.3", "Content-Type says what the body is"),
        "A workspace comes as text/html.",
        lie=header(on(READ), "Content-Type", "text/html", lambda answer: answer.well),
    ),
    row(
        "too-many-users",
        "validation",
        rest_faults(4),
        "More than 99 users at once are cut down to what there is room for.",
        lie=admitting(
            both(on(USERS), says(lambda body: isinstance(body.get("count"), int) and body["count"] > 99)),
            {400},
            lambda _, passing: saying(passing, count=1),
        ),
    ),
    row(
        "long-name-is-cut",
        "validation",
        defects4rest(4),
        "A name of more than 30 characters is cut.",
        lie=admitting(
            both(
                on(CREATE, CHANGE),
                says(lambda body: isinstance(body.get("display_name"), str) and len(body["display_name"]) > 30),
            ),
            {400},
            lambda _, passing: saying(passing, display_name=passing.json["display_name"][:30]),
        ),
    ),
    row(
        "seats-not-required",
        "validation",
        rest_faults(6),
        "A new workspace needs no number of seats.",
        lie=admitting(
            both(on(CREATE), says(lambda body: "seats_purchased" not in body)),
            {400},
            lambda _, passing: saying(passing, seats_purchased=1),
        ),
    ),
    row(
        "crash-without-body",
        "crash",
        rest_faults(1),
        "A QR link without a body is a 500.",
        lie=crashing(both(on(QR), lambda passing: not passing.body)),
    ),
    row(
        "crash-on-not-ascii",
        "crash",
        commons(100),
        "A name that is not ASCII is a 500.",
        lie=crashing(both(on(CREATE, CHANGE), says(lambda body: not str(body.get("display_name", "")).isascii()))),
    ),
    row(
        "trace-in-errors",
        "crash",
        commons(209),
        "A body that is no JSON is answered with a stack trace.",
        lie=replying(
            both(on(CREATE, CHANGE, USERS), lambda passing: bool(passing.body) and passing.json is None), _invented, refused(400)
        ),
    ),
    row(
        "no-token-needed",
        "credentials",
        commons(207),
        "Reading works without a token.",
        "L01",
        lie=admitting(both(on(READ), lambda passing: passing.header("authorization") is None), {401}, _as_named),
    ),
    row(
        "alg-none",
        "credentials",
        owasp(2),
        "A token whose algorithm is none is taken.",
        "L01",
        lie=admitting(both(EVERY, lambda passing: _algorithm(passing).lower() == "none"), {401}, _as_named),
    ),
    row(
        "signature-not-checked",
        "credentials",
        owasp(2),
        "Any signature is taken.",
        "L01",
        lie=admitting(EVERY, refused_for("signature"), _as_named),
    ),
    row(
        "claims-not-required",
        "credentials",
        defects4rest(6),
        "A token without nbf or exp is taken.",
        "L02",
        lie=admitting(EVERY, refused_for("must carry the claims"), _as_named),
    ),
    row(
        "expired-token-is-good",
        "credentials",
        defects4rest(7),
        "A token is good after its exp.",
        "L03",
        lie=admitting(EVERY, refused_for("has expired"), _as_named),
    ),
    row(
        "any-partner-header",
        "credentials",
        owasp(2),
        "X-TL-Partner-Id is not compared with the token.",
        "L04",
        lie=taking(
            both(EVERY, lambda passing: bool(_claims(passing).get("partner_id"))),
            lambda _, passing: passing.with_header("X-TL-Partner-Id", str(_claims(passing)["partner_id"])),
        ),
    ),
    row(
        "workspace-of-others",
        "ownership",
        owasp(1),
        "Another partner's workspace can be read.",
        "L12",
        lie=as_another(on(READ), "stranger", {404}),
    ),
    row(
        "token-of-others",
        "ownership",
        owasp(1),
        "Another partner's API token is shown.",
        "L12",
        lie=as_another(on(TOKEN), "stranger", {404}),
    ),
    row(
        "change-of-others",
        "ownership",
        commons(206),
        "Another partner's workspace can be renamed.",
        "L12",
        lie=as_another(on(CHANGE), "stranger", {404}),
    ),
    row(
        "existence-told",
        "ownership",
        commons(204),
        "Another partner's workspace answers 403, one that is not 404.",
        "L12",
        lie=_existence,
    ),
    row(
        "unknown-is-own",
        "ownership",
        defects4rest(12),
        "A workspace that does not exist is answered with one's own.",
        "L05",
        lie=admitting(
            on(READ),
            {404},
            lambda scene, passing: passing.but(url=passing.path.rpartition("/")[0] + "/" + scene.owner["workspace_id"]),
        ),
    ),
    row(
        "revoked-links-stay",
        "lifecycle",
        defects4rest(7),
        "QR links that were used or replaced stay in the list.",
        "L11",
        lie=remembering(on(READ), "qr_links", "qr_link"),
    ),
    row("token-not-rotated", "lifecycle", defects4rest(6), "Rotating gives the token that there was.", lie=_unrotated),
    row("users-are-forgotten", "lifecycle", defects4rest(13), "New users are not shown in the workspace.", "L13", lie=_forgetful),
    row(
        "disconnected-again",
        "lifecycle",
        defects4rest(2),
        "Who is not connected is told to have been disconnected.",
        "L10",
        lie=telling(on(DISCONNECT), "disconnected", always(True)),
    ),
    row("half-a-change", "idempotency", evomaster(901), "A change that is refused has renamed the workspace.", lie=_half_done),
    row(
        "rename-resets-seats",
        "idempotency",
        evomaster(906),
        "Renaming sets the seats to one.",
        lie=taking(
            both(on(CHANGE), says(lambda body: "seats_purchased" not in body)),
            lambda _, passing: saying(passing, seats_purchased=1),
        ),
    ),
    row(
        "name-taken-is-taken",
        "idempotency",
        defects4rest(4),
        "A name that is taken makes another workspace.",
        lie=admitting(both(on(CREATE), says(lambda body: True)), {409}, _renamed),
    ),
    row(
        "seats-off-by-one",
        "values",
        agora("long: mutate"),
        "One seat more is used than is taken.",
        "L13",
        lie=telling(on(READ), "seats/used", plus(1)),
    ),
    row(
        "usage-from-a-cache",
        "values",
        defects4rest(13),
        "The quota of messages stays what it was at the first reading.",
        "L13",
        lie=stale(on(READ), "messages_quota"),
    ),
    row(
        "users-lose-the-last",
        "collections",
        agora("array: removeElement"),
        "The youngest user is not shown.",
        "L09",
        lie=telling(on(READ), "users", lambda users: users[:-1] if len(users) > 1 else users),
    ),
    row(
        "users-twice",
        "collections",
        agora("array: addElement"),
        "The first user is shown twice.",
        "L09",
        lie=telling(on(READ), "users", lambda users: [*users, *users[:1]]),
    ),
    row(
        "users-disordered",
        "collections",
        agora("array: disorderElements"),
        "Users come youngest first.",
        lie=telling(on(READ), "users", lambda users: users[::-1]),
    ),
    row(
        "no-limit-of-seats",
        "limits",
        owasp(4),
        "Users beyond the seats are made.",
        "L13",
        lie=admitting(both(on(USERS), says(lambda body: True)), {409}, lambda _, passing: saying(passing, count=1)),
    ),
    row(
        "link-ends-early",
        "time",
        defects4rest(2),
        "A QR link ends an hour before it ought to.",
        "L11",
        lie=telling(on(QR), "expires_at", _hours),
    ),
    row(
        "made-in-local-time",
        "time",
        defects4rest(3),
        "created_at is two hours behind.",
        lie=telling(on(CREATE), "created_at", _earlier(2)),
    ),
    row(
        "webhook-unsigned",
        "webhooks",
        webhooks("every message is signed"),
        "Webhooks have no X-TL-Signature.",
        relay=posts.unsigned("X-TL-Signature"),
    ),
    row(
        "webhook-foreign-signature",
        "webhooks",
        webhooks("signed with the receiver's own secret"),
        "Webhooks are signed with another partner's secret.",
        relay=posts.changed(_foreign_signature),
    ),
    row(
        "webhook-tried-once",
        "webhooks",
        webhooks("retries with a schedule"),
        "What was not taken is not tried again.",
        relay=posts.once_only,
    ),
    row("webhook-lost", "webhooks", webhooks("at least once delivery"), "Webhooks are not sent.", relay=posts.lost),
)
