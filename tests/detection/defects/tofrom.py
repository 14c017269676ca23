"""What a deployment of tofrom may get wrong."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

from tests.detection.defect import Defect
from tests.detection.lies import (
    GONE,
    admitting,
    always,
    asking,
    asks,
    backwards,
    both,
    crashing,
    doing_twice,
    header,
    instead,
    made_up,
    on,
    plus,
    query,
    refused,
    refused_for,
    repeating,
    replying,
    saying,
    says,
    stale,
    status,
    taking,
    telling,
)
from tests.detection.proxy import Answer, Forward, Lie, Passing
from tests.detection.scene import Scene
from tests.detection.sources import agora, commons, defects4rest, evomaster, owasp, rest_faults, rfc

API = "tofrom"
HOME = "/api/ui/workspaces/{workspaceId}"
SEND, LOGIN, LOGOUT = "POST /api/messages", "POST /api/auth/login", "POST /api/auth/logout"
WORKSPACES, CREATE, WORKSPACE = "GET /api/ui/workspaces", "POST /api/ui/workspaces", f"GET {HOME}"
MEMBERS, INVITE, MESSAGES = f"GET {HOME}/members", f"POST {HOME}/members", f"GET {HOME}/messages"
KEYS, NEW_KEY, REVOKE = f"GET {HOME}/api-keys", f"POST {HOME}/api-keys", f"DELETE {HOME}/api-keys/{{apiKeyId}}"
PROVIDER, SET_PROVIDER = f"GET {HOME}/provider", f"PUT {HOME}/provider"
NUMBERS, BUY = f"GET {HOME}/phone-numbers", f"POST {HOME}/phone-numbers"
STOCK, RELEASE = f"GET {HOME}/phone-numbers/available", f"DELETE {HOME}/phone-numbers/{{phoneNumberId}}"
LISTS = (WORKSPACES, MEMBERS, MESSAGES, KEYS, NUMBERS, STOCK)
READS = (WORKSPACES, WORKSPACE, MEMBERS, MESSAGES, KEYS, PROVIDER, NUMBERS, STOCK)
EVERY = on("*")
LIMITS = ("X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset")


def _later(passing: Passing) -> bool:
    return any(name == "page" and value not in ("", "1") for name, value in query(passing))


def _revoked_keys_work(scene: Scene) -> Lie:
    async def lie(passing: Passing, forward: Forward) -> Answer:
        answer = await forward(passing)
        if on(NEW_KEY)(passing) and answer.well:
            scene.memory.setdefault("keys", set()).add(answer.json["key"])
        secret = (passing.header("authorization") or "").removeprefix("Bearer ")
        if answer.status == 401 and on(SEND)(passing) and secret in scene.memory.get("keys", set()):
            return await forward(scene.as_actor(passing, "owner"))
        return answer

    return lie


def _no_end_of_requests(_scene: Scene) -> Lie:
    """Beyond the limit messages are taken all the same."""

    async def lie(passing: Passing, forward: Forward) -> Answer:
        answer = await forward(passing)
        if answer.status == 429 and on(SEND)(passing):
            return answer.but(status=200).saying({"sid": "SM" + "0" * 32, "status": "queued"})
        return answer

    return lie


def _roles_ignored(_scene: Scene) -> Lie:
    """What is forbidden to a member's role is done by whoever was last allowed to."""

    async def lie(passing: Passing, forward: Forward) -> Answer:
        answer = await forward(passing)
        if answer.well and passing.place.startswith("POST"):
            _scene.memory["allowed", passing.path.split("/")[5] if passing.path.count("/") > 4 else ""] = passing.header(
                "authorization"
            )
        if answer.status == 403:
            again = await forward(_scene.as_actor(passing, "owner"))
            return again if again.well else answer
        return answer

    return lie


def _once_more_201(scene: Scene) -> Lie:
    async def lie(passing: Passing, forward: Forward) -> Answer:
        answer = await forward(passing)
        return answer.but(status=201) if on(SET_PROVIDER)(passing) and answer.status == 200 else answer

    return lie


def _whole_secrets(scene: Scene) -> Lie:
    """The list of keys shows the secrets that it once made."""

    async def lie(passing: Passing, forward: Forward) -> Answer:
        answer = await forward(passing)
        if on(NEW_KEY)(passing) and answer.well:
            scene.memory["secret", answer.json["id"]] = answer.json["key"]
        if on(KEYS)(passing) and answer.well:
            body = answer.json
            shown = [
                {**each, "key": scene.memory.get(("secret", each["id"]), each["prefix"] + "0" * 28)} for each in body["data"]
            ]
            return answer.saying({**body, "data": shown})
        return answer

    return lie


def _hidden_creation(scene: Scene) -> Lie:
    async def lie(passing: Passing, forward: Forward) -> Answer:
        answer = await forward(passing)
        if on(CREATE)(passing) and answer.well:
            scene.memory.setdefault("made", set()).add(answer.json["id"])
        if on(WORKSPACES)(passing) and answer.well:
            made = scene.memory.get("made", set())
            body = answer.json
            return answer.saying({**body, "data": [each for each in body["data"] if each["id"] not in made]})
        return answer

    return lie


def _frames_without(kind: str) -> Any:
    return lambda text: None if json.loads(text)["type"] == kind else text


def _hours(text: str) -> str:
    return (datetime.fromisoformat(text.replace("Z", "+00:00")) + timedelta(hours=2)).isoformat().replace("+00:00", "Z")


def _in_stock(scene: Scene) -> Lie:
    """A number that was bought stays in the stock."""

    async def lie(passing: Passing, forward: Forward) -> Answer:
        answer = await forward(passing)
        if on(BUY)(passing) and answer.well:
            kept = {name: answer.json[name] for name in ("phone_number", "country", "capabilities")}
            scene.memory.setdefault("bought", []).append(kept)
        if on(STOCK)(passing) and answer.well:
            return answer.saying({**answer.json, "data": [*answer.json["data"], *scene.memory.get("bought", [])]})
        return answer

    return lie


def row(name: str, area: str, source: Any, does: str, *breaks: str, **how: Any) -> Defect:
    return Defect(API, name, area, source, does, breaks, **how)


DEFECTS: tuple[Defect, ...] = (
    row(
        "no-provider-of-its-own",
        "shape",
        agora("object: removeProperty"),
        "provider_configured is missing.",
        lie=telling(on(WORKSPACE), "provider_configured", always(GONE)),
    ),
    row(
        "total-as-text",
        "shape",
        agora("value: changeType"),
        "totalItems is a text.",
        "T13",
        lie=telling(on(MESSAGES), "pagination/totalItems", str),
    ),
    row(
        "status-of-its-own",
        "shape",
        agora("string: replace"),
        "Messages have a status that nobody knows.",
        lie=telling(on(MESSAGES), "data/*/status", always("en_route")),
    ),
    row(
        "body-is-null",
        "shape",
        rest_faults(2),
        "The name of a workspace is null.",
        lie=telling(on(WORKSPACES), "data/*/name", always(None)),
    ),
    row(
        "errors-of-another-shape",
        "shape",
        commons(101),
        "A 404 has a shape of its own.",
        "T10",
        lie=replying(EVERY, lambda _, answer: answer.saying({"title": "no", "status": 404}), refused(404)),
    ),
    row("made-with-200", "status", rest_faults(3), "A new workspace is answered with 200.", lie=status(on(CREATE), 200)),
    row(
        "gone-is-410", "status", defects4rest(3), "What does not exist answers 410.", "T11", lie=status(EVERY, 410, refused(404))
    ),
    row("put-answers-201", "status", evomaster(903), "Setting a provider that is there answers 201.", lie=_once_more_201),
    row(
        "no-limit-headers-on-errors",
        "headers",
        defects4rest(8),
        "Refusals do not tell of the limit.",
        "T08",
        lie=replying(
            EVERY,
            lambda _, answer: answer.but(headers=[pair for pair in answer.headers if pair[0].lower()[:12] != "x-ratelimit-"]),
            refused(400, 404),
        ),
    ),
    row(
        "remaining-stands-still",
        "headers",
        defects4rest(1),
        "X-RateLimit-Remaining does not fall.",
        "T09",
        lie=header(EVERY, "X-RateLimit-Remaining", "99", lambda answer: answer.header("x-ratelimit-remaining") is not None),
    ),
    row(
        "reset-in-milliseconds",
        "headers",
        defects4rest(3),
        "X-RateLimit-Reset counts milliseconds.",
        "T09",
        lie=replying(
            EVERY,
            lambda _, answer: answer.with_header("X-RateLimit-Reset", (answer.header("x-ratelimit-reset") or "") + "000"),
            lambda answer: answer.header("x-ratelimit-reset") is not None,
        ),
    ),
    row(
        "upgrade-not-named",
        "headers",
        rfc(9110, "15.5.22", "426 must have Upgrade"),
        "426 does not say which protocol.",
        lie=header(lambda _: True, "Sec-WebSocket-Version", None, refused(426)),
    ),
    row(
        "long-text-is-cut",
        "validation",
        rest_faults(4),
        "A text of more than 1600 characters is cut.",
        "T19",
        lie=admitting(
            both(on(SEND), says(lambda body: isinstance(body.get("body"), str) and len(body["body"]) > 1600)),
            {400},
            lambda _, passing: saying(passing, body=passing.json["body"][:1600]),
        ),
    ),
    row(
        "any-direction",
        "validation",
        rest_faults(5),
        "A direction that there is not counts as none.",
        lie=admitting(both(on(MESSAGES), asks("direction")), {400}, lambda _, passing: asking(passing, direction=None)),
    ),
    row(
        "name-not-required",
        "validation",
        rest_faults(6),
        "A workspace needs no name.",
        "T17",
        lie=admitting(
            both(on(CREATE), says(lambda body: "name" not in body)), {400}, lambda _, passing: saying(passing, name="New")
        ),
    ),
    row(
        "limit-beyond-100",
        "validation",
        defects4rest(5),
        "A limit beyond 100 is taken as 100.",
        "T12",
        lie=admitting(
            both(on(*LISTS), asks("limit", lambda text: text.isdigit() and int(text) > 100)),
            {400},
            lambda _, passing: asking(passing, limit="100"),
        ),
    ),
    row(
        "crash-on-emoji",
        "crash",
        rest_faults(1),
        "A text beyond the basic plane is a 500.",
        "T19",
        lie=crashing(both(on(SEND), says(lambda body: any(ord(char) > 0xFFFF for char in str(body.get("body", "")))))),
    ),
    row(
        "crash-on-late-pages",
        "crash",
        commons(100),
        "A page far behind the last one is a 500.",
        "T12",
        lie=crashing(both(on(*LISTS), asks("page", lambda text: text.isdigit() and int(text) > 900))),
    ),
    row(
        "key-opens-the-ui",
        "credentials",
        owasp(5),
        "An API key is taken where a session belongs.",
        "T03",
        lie=admitting(
            both(on(*READS), lambda passing: "Bearer tf_live_" in (passing.header("authorization") or "")),
            {401},
            lambda scene, passing: scene.as_actor(passing, "owner"),
        ),
    ),
    row(
        "session-sends",
        "credentials",
        owasp(5),
        "A session token is taken where a key belongs.",
        "T03",
        lie=admitting(
            both(on(SEND), lambda passing: "Bearer tfs_" in (passing.header("authorization") or "")),
            {401},
            lambda scene, passing: scene.as_actor(passing, "owner"),
        ),
    ),
    row(
        "key-by-its-beginning",
        "credentials",
        owasp(2),
        "Of a key only the beginning counts.",
        "T01",
        lie=admitting(
            both(on(SEND), lambda passing: "Bearer tf_live_" in (passing.header("authorization") or "")),
            {401},
            lambda scene, passing: scene.as_actor(passing, "owner"),
        ),
    ),
    row(
        "basic-will-do",
        "credentials",
        defects4rest(6),
        "The scheme before a session token does not matter.",
        "T02",
        lie=taking(
            both(EVERY, lambda passing: (passing.header("authorization") or "").startswith("Basic ")),
            lambda _, passing: passing.with_header(
                "Authorization", (passing.header("authorization") or "").replace("Basic ", "Bearer ")
            ),
        ),
    ),
    row("revoked-key-works", "credentials", defects4rest(7), "A key works after it was revoked.", "T04", lie=_revoked_keys_work),
    row(
        "log-out-does-nothing",
        "credentials",
        defects4rest(7),
        "A session goes on after it was logged out.",
        "T05",
        lie=instead(on(LOGOUT), lambda _: made_up(200, {"status": "logged_out"})),
    ),
    row(
        "any-password",
        "credentials",
        owasp(2),
        "Any password signs the user in.",
        "T05",
        lie=admitting(
            both(on(LOGIN), says(lambda body: "@" in str(body.get("email", "")))),
            {401},
            lambda scene, passing: saying(passing, **{name: scene.owner[name] for name in ("email", "password")}),
        ),
    ),
    row(
        "workspace-of-others",
        "ownership",
        owasp(1),
        "Workspaces of others can be read.",
        "T22",
        lie=admitting(
            on(WORKSPACE, MESSAGES, KEYS, MEMBERS),
            {404},
            lambda scene, passing: scene.as_actor(
                passing, "stranger" if scene.stranger["workspace_id"] in passing.path else "owner"
            ),
        ),
    ),
    row(
        "existence-told",
        "ownership",
        commons(204),
        "What others own answers 403.",
        "T22",
        lie=lambda scene: replying(
            both(EVERY, lambda passing: any(actor["workspace_id"] in passing.path for actor in scene.cast.values())),
            lambda _, answer: answer.but(status=403),
            refused(404),
        )(scene),
    ),
    row(
        "revokes-of-others",
        "ownership",
        commons(206),
        "Keys of others can be revoked.",
        "T22",
        lie=admitting(on(REVOKE), {404}, lambda scene, passing: scene.as_actor(passing, "owner")),
    ),
    row("roles-do-not-count", "ownership", owasp(5), "A member makes keys as an admin does.", lie=_roles_ignored),
    row("keys-in-full", "ownership", owasp(3), "The list of keys shows whole secrets.", "T04", lie=_whole_secrets),
    row(
        "revoking-does-nothing",
        "lifecycle",
        rest_faults(8),
        "A revoked key stays in force.",
        "T04",
        lie=instead(
            on(REVOKE),
            lambda passing: made_up(200, {"id": passing.path.rpartition("/")[2], "revoked_at": "2026-01-13T09:45:00Z"}),
        ),
    ),
    row(
        "released-number-stays",
        "lifecycle",
        evomaster(900),
        "A number that was given back stays with the workspace.",
        "T21",
        lie=instead(
            on(RELEASE),
            lambda passing: made_up(
                200,
                {"id": passing.path.rpartition("/")[2], "phone_number": "+14153670119", "released_at": "2026-01-13T09:45:00Z"},
            ),
        ),
    ),
    row(
        "bought-stays-in-stock",
        "lifecycle",
        defects4rest(13),
        "A number that was bought is offered to others.",
        "T21",
        lie=_in_stock,
    ),
    row(
        "status-goes-back",
        "lifecycle",
        defects4rest(2),
        "What was delivered is queued again.",
        "T19",
        lie=backwards(on(MESSAGES), "data/0/status", "queued", ("delivered", "sent")),
    ),
    row(
        "workspace-not-listed", "lifecycle", defects4rest(13), "A new workspace is not in the list.", "T17", lie=_hidden_creation
    ),
    row(
        "provider-not-needed",
        "lifecycle",
        defects4rest(2),
        "Without a provider messages are taken.",
        "T18",
        lie=admitting(on(SEND), refused_for("provider_not_configured"), lambda scene, passing: scene.as_actor(passing, "owner")),
    ),
    row(
        "put-keeps-the-old",
        "idempotency",
        rest_faults(9),
        "Setting the provider keeps the account that was set first.",
        "T18",
        lie=stale(on(PROVIDER), "account_sid"),
    ),
    row(
        "sent-twice",
        "idempotency",
        defects4rest(10),
        "A message that is asked for once is sent twice.",
        "T19",
        lie=doing_twice(on(SEND)),
    ),
    row(
        "text-is-cut",
        "values",
        agora("string: boundary"),
        "Texts lose their last character.",
        "T19",
        lie=telling(on(MESSAGES), "data/*/body", lambda text: text[:-1]),
    ),
    row(
        "pictures-are-lost",
        "values",
        agora("array: empty"),
        "Picture messages have no pictures.",
        "T20",
        lie=telling(on(MESSAGES), "data/*/mediaUrls", always([])),
    ),
    row(
        "direction-turned",
        "values",
        agora("string: replace"),
        "What was received is shown as sent.",
        "T20",
        lie=telling(on(MESSAGES), "data/*/direction", always("outbound")),
    ),
    row(
        "another-sender",
        "values",
        defects4rest(4),
        "The sender that was chosen is ignored.",
        "T19",
        lie=taking(both(on(SEND), says(lambda body: True)), lambda _, passing: saying(passing, **{"from": GONE})),
    ),
    row(
        "filter-ignored",
        "collections",
        defects4rest(5),
        "The filter by recipient is ignored.",
        "T20",
        lie=taking(on(MESSAGES), lambda _, passing: asking(passing, to=None)),
    ),
    row(
        "oldest-first",
        "collections",
        agora("array: disorderElements"),
        "Messages come oldest first.",
        "T14",
        lie=telling(on(MESSAGES), "data", lambda data: data[::-1]),
    ),
    row(
        "pages-off-by-one",
        "paging",
        agora("long: mutate"),
        "totalPages is one too many.",
        "T13",
        lie=telling(on(*LISTS), "pagination/totalPages", plus(1)),
    ),
    row(
        "always-a-next-page",
        "paging",
        agora("boolean: mutate"),
        "hasNext is true on the last page.",
        "T14",
        lie=telling(on(*LISTS), "pagination/hasNext", always(True)),
    ),
    row(
        "pages-overlap",
        "paging",
        defects4rest(5),
        "A page begins with the last entry of the one before.",
        "T14",
        lie=repeating(on(*LISTS), "data", _later),
    ),
    row(
        "limit-ignored",
        "paging",
        defects4rest(5),
        "limit is ignored.",
        "T12",
        lie=taking(on(*LISTS), lambda _, passing: asking(passing, limit=None)),
    ),
    row("one-request-too-many", "limits", owasp(4), "Requests beyond the limit are served.", "T06", lie=_no_end_of_requests),
    row(
        "limit-of-people-told-wrong",
        "limits",
        defects4rest(1),
        "The limit of a user is told as 600.",
        "T07",
        lie=header(EVERY, "X-RateLimit-Limit", "600", lambda answer: answer.header("x-ratelimit-limit") == "1000"),
    ),
    row(
        "two-hours-ahead",
        "time",
        defects4rest(3),
        "Messages are dated two hours ahead.",
        "T20",
        lie=telling(on(MESSAGES), "data/*/created_at", _hours),
    ),
    row(
        "nobody-is-told-of-new",
        "webhooks",
        defects4rest(2),
        "New messages are not told to those who watch.",
        "T15",
        frames=_frames_without("message.created"),
    ),
    row(
        "nobody-is-told-of-changes",
        "webhooks",
        defects4rest(2),
        "Changes of status are not told to those who watch.",
        "T16",
        frames=_frames_without("message.updated"),
    ),
)
