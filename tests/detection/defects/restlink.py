"""What a deployment of restlink may get wrong."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from tests.detection import posts
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
    made_up,
    on,
    plus,
    query,
    refused,
    refused_for,
    remembering,
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
from tests.detection.relay import Delivery
from tests.detection.scene import Make, Scene
from tests.detection.sources import agora, commons, defects4rest, evomaster, owasp, rest_faults, rfc, webhooks

API = "restlink"
SEND, STATUS, LIST, STATS = "POST /sms/send", "GET /sms/status/{message_id}", "GET /sms/messages", "GET /sms/stats"
BALANCE, PROFILE, WORKSPACES = "GET /user/balance", "GET /user/profile", "GET /user/workspaces"
HOOKS, SET_HOOKS, LOGS = "GET /user/webhooks", "PUT /user/webhooks", "GET /user/webhooks/logs"
EVERY = on("*")


def _by_person(passing: Passing) -> bool:
    return passing.header("authorization") is not None and passing.header("x-api-key") is None


def _workspace(passing: Passing) -> str | None:
    return passing.header("x-workspace-id")


def _another_workspace(scene: Scene, passing: Passing, named: set[str]) -> Passing:
    """In the caller's main workspace where one of these was named."""
    if _by_person(passing) and _workspace(passing) in named:
        return passing.with_header("X-Workspace-ID", None)
    return passing


def _other(scene: Scene) -> str:
    return next(str(each) for each in scene.owner["workspaces"] if each != scene.owner["main"])


def _main_is_another(scene: Scene, passing: Passing) -> Passing:
    if _by_person(passing) and _workspace(passing) is None and scene.owner["jwt"] in (passing.header("authorization") or ""):
        return passing.with_header("X-Workspace-ID", _other(scene))
    return passing


def _keys_of_main(scene: Scene, passing: Passing) -> Passing:
    keys = scene.owner["api_keys"]
    if passing.header("x-api-key") == keys[_other(scene)]:
        return passing.with_header("X-API-Key", keys[str(scene.owner["main"])])
    return passing


def _is_number(text: str | None) -> bool:
    return text is not None and text.isdigit() and int(text) > 0


def _spread(test: Any) -> Make:
    """A setting of one workspace is set in the owner's other one, too."""

    def make(scene: Scene) -> Lie:
        async def lie(passing: Passing, forward: Forward) -> Answer:
            answer = await forward(passing)
            body = passing.json
            if not on(SET_HOOKS)(passing) or not answer.well or not isinstance(body, dict):
                return answer
            shared = {name: value for name, value in body.items() if test(name)}
            for workspace in scene.owner["workspaces"] if shared else ():
                person = passing.with_header("X-API-Key", None).with_header("Authorization", f"Bearer {scene.owner['jwt']}")
                await forward(person.with_header("X-Workspace-ID", str(workspace)).saying(shared))
            return answer

        return lie

    return make


def _not_stored(scene: Scene) -> Lie:
    """The reply names messages that nobody made."""

    async def lie(passing: Passing, forward: Forward) -> Answer:
        answer = await forward(passing)
        if not on(SEND)(passing) or not answer.well:
            return answer
        scene.memory["sent"] = scene.memory.get("sent", 0) + 1
        body = answer.json
        for message in [*body["messages"], *body["results"]]:
            if message["message_id"]:
                message["message_id"] = f"{message['message_id'].rpartition('_')[0]}_{scene.memory['sent']:016x}"
        return answer.saying(body)

    return lie


def _half_sent(_scene: Scene) -> Lie:
    """A request that is refused for one number has sent to the others."""

    async def lie(passing: Passing, forward: Forward) -> Answer:
        answer = await forward(passing)
        to = passing.json.get("to") if isinstance(passing.json, dict) else None
        if on(SEND)(passing) and answer.status == 400 and isinstance(to, list):
            good = [number for number in to if isinstance(number, str) and number[:1] == "+" and number[1:].isdigit()]
            await forward(saying(passing, to=good[:100]))
        return answer

    return lie


def _toggling(scene: Scene) -> Lie:
    """To set the same once more takes it back."""

    async def lie(passing: Passing, forward: Forward) -> Answer:
        if not on(SET_HOOKS)(passing):
            return await forward(passing)
        key = ("put", passing.header("authorization"), passing.header("x-api-key"), _workspace(passing))
        again = scene.memory.get(key) == passing.body
        scene.memory[key] = passing.body
        answer = await forward(passing)
        if again and answer.well and isinstance(passing.json, dict):
            undone = {name: None for name in passing.json if name.endswith(("_url", "_fields"))}
            return await forward(passing.saying({**undone, "unique_clicks_only": not answer.json["unique_clicks_only"]}))
        return answer

    return lie


def _secret_shown(scene: Scene) -> Lie:
    async def lie(passing: Passing, forward: Forward) -> Answer:
        answer = await forward(passing)
        if on(SET_HOOKS)(passing) and says(lambda body: "signing_secret" in body)(passing):
            scene.memory["secret"] = passing.json["signing_secret"]
        if on(HOOKS, SET_HOOKS)(passing) and answer.well and "secret" in scene.memory:
            return answer.saying({**answer.json, "signing_secret": scene.memory["secret"]})
        return answer

    return lie


def _foreign_listed(scene: Scene) -> Lie:
    theirs = scene.stranger["main"], scene.stranger["account_id"]
    extra = {"id": theirs[0], "name": "Main", "is_main": False, "account_id": theirs[1], "product_id": 1430}

    def with_one_more(listed: list[Any]) -> list[Any]:
        return listed if any(each["id"] == extra["id"] for each in listed) else [*listed, extra]

    return telling(on(WORKSPACES), "", with_one_more)(scene)


def _existence(_scene: Scene) -> Lie:
    """A workspace that is nobody's answers 404, somebody's 403."""

    async def lie(passing: Passing, forward: Forward) -> Answer:
        answer = await forward(passing)
        named = _workspace(passing)
        if answer.status == 403 and _by_person(passing) and _is_number(named) and int(named or 0) > 10**6:
            return answer.but(status=404)
        return answer

    return lie


def _hours(text: str) -> str:
    return (datetime.fromisoformat(text.replace("Z", "+00:00")) + timedelta(hours=2)).isoformat().replace("+00:00", "Z")


def _later(passing: Passing) -> bool:
    return any(name == "page" and value not in ("", "1") for name, value in query(passing))


def _more_facts(_scene: Scene, delivery: Delivery) -> Delivery:
    said = json.loads(delivery.body)
    return replace(delivery, body=json.dumps({**said, "recipient": "+14155551234", "cost": 0.008}).encode())


def _yesterday(_scene: Scene, delivery: Delivery) -> Delivery:
    told = delivery.header("X-Webhook-Timestamp")
    return delivery if told is None else delivery.with_header("X-Webhook-Timestamp", str(int(told) - 86400))


def row(name: str, area: str, source: Any, does: str, *breaks: str, **how: Any) -> Defect:
    return Defect(API, name, area, source, does, breaks, **how)


def _is_key(name: str) -> Any:
    return lambda scene: lambda passing: passing.header("x-api-key") == scene.owner["keys"][name]


def _key_counts(name: str) -> Make:
    """This key of the owner's works like the one in order."""
    return taking(
        EVERY,
        lambda scene, passing: (
            passing.with_header("X-API-Key", scene.owner["api_keys"][str(scene.owner["main"])])
            if passing.header("x-api-key") == scene.owner["keys"][name]
            else passing
        ),
    )


def _signature_ignored(scene: Scene) -> Lie:
    hmac = scene.owner["keys"]["hmac"]["key"]

    def change(_scene: Scene, passing: Passing) -> Passing:
        if passing.header("x-api-key") != hmac:
            return passing
        return passing.with_header("X-API-Key", scene.owner["api_keys"][str(scene.owner["main"])])

    return taking(EVERY, change)(scene)


DEFECTS: tuple[Defect, ...] = (
    row(
        "balance-without-currency",
        "shape",
        agora("object: removeProperty"),
        "The balance has no currency.",
        lie=telling(on(BALANCE), "currency", always(GONE)),
    ),
    row(
        "made-at-null",
        "shape",
        rest_faults(2),
        "Listed messages have null for when they were made.",
        lie=telling(on(LIST), "messages/*/created_at", always(None)),
    ),
    row(
        "product-as-text",
        "shape",
        agora("value: changeType"),
        "product_id is a text.",
        "R13",
        lie=telling(on(WORKSPACES), "*/product_id", str),
    ),
    row(
        "errors-in-html",
        "shape",
        commons(101),
        "A 404 is a page for people.",
        lie=replying(EVERY, lambda _, __: made_up(404, "<h1>Not Found</h1>", "text/html"), refused(404)),
    ),
    row("sent-with-201", "status", rest_faults(3), "Sending answers 201.", "R15", lie=status(on(SEND), 201)),
    row(
        "forbidden-is-401",
        "status",
        commons(205),
        "A workspace of others answers 401.",
        "R07",
        lie=status(EVERY, 401, refused(403)),
    ),
    row(
        "json-as-text",
        "headers",
        defects4rest(3),
        "An empty list comes as text/plain.",
        lie=header(on(LIST), "Content-Type", "text/plain", lambda answer: answer.well and answer.json["messages"] == []),
    ),
    row(
        "405-without-allow",
        "headers",
        rfc(9110, "15.5.6", "405 must have Allow"),
        "A 405 does not say what is allowed.",
        lie=header(lambda _: True, "Allow", None, refused(405)),
    ),
    row(
        "recipients-are-cut",
        "validation",
        rest_faults(4),
        "Of more than 100 recipients the first 100 are taken.",
        lie=admitting(
            both(on(SEND), says(lambda body: isinstance(body.get("to"), list) and len(body["to"]) > 100)),
            {400},
            lambda _, passing: saying(passing, to=passing.json["to"][:100]),
        ),
    ),
    row(
        "any-status",
        "validation",
        rest_faults(5),
        "A status that there is not counts as none.",
        lie=admitting(both(on(LIST), asks("status")), {400}, lambda _, passing: asking(passing, status=None)),
    ),
    row(
        "sender-not-required",
        "validation",
        rest_faults(6),
        "A message needs no sender.",
        "R15",
        lie=admitting(
            both(on(SEND), says(lambda body: "sender_id" not in body)),
            {400},
            lambda _, passing: saying(passing, sender_id="MyApp"),
        ),
    ),
    row(
        "one-number-will-do",
        "validation",
        defects4rest(4),
        "A text in place of the array of numbers is taken.",
        "R15",
        lie=admitting(
            both(on(SEND), says(lambda body: isinstance(body.get("to"), str))),
            {400},
            lambda _, passing: saying(passing, to=[passing.json["to"]]),
        ),
    ),
    row(
        "crash-on-not-ascii",
        "crash",
        rest_faults(1),
        "A message that is not ASCII is a 500.",
        lie=crashing(both(on(SEND), says(lambda body: not str(body.get("message", "")).isascii()))),
    ),
    row(
        "crash-on-late-pages",
        "crash",
        commons(100),
        "A page beyond the five hundredth is a 500.",
        lie=crashing(both(on(LIST), asks("page", lambda text: text.isdigit() and int(text) > 500))),
    ),
    row(
        "trace-in-errors",
        "crash",
        commons(209),
        "A message that is not found shows a stack trace.",
        lie=telling(
            on(STATUS), "description", always('Traceback (most recent call last):\n  File "/srv/sms.py", line 9'), refused(404)
        ),
    ),
    row(
        "expired-token-is-good",
        "credentials",
        defects4rest(7),
        "A portal token is good after its end.",
        lie=taking(
            EVERY,
            lambda scene, passing: (
                passing.with_header("Authorization", f"Bearer {scene.owner['jwt']}")
                if scene.owner["expired_jwt"] in (passing.header("authorization") or "")
                else passing
            ),
        ),
    ),
    row("inactive-key-works", "credentials", owasp(2), "A key that was switched off works.", lie=_key_counts("inactive")),
    row("expired-key-works", "credentials", owasp(2), "A key works after its end.", lie=_key_counts("expired")),
    row("signature-not-checked", "credentials", owasp(2), "A key that must sign need not.", lie=_signature_ignored),
    row(
        "key-lists-workspaces",
        "ownership",
        owasp(5),
        "An API key lists the workspaces.",
        "R11",
        lie=admitting(
            on(WORKSPACES),
            {403},
            lambda scene, passing: passing.with_header("X-API-Key", None).with_header(
                "Authorization", f"Bearer {scene.owner['jwt']}"
            ),
        ),
    ),
    row("permissions-do-not-count", "ownership", owasp(5), "A key that may only read sends.", lie=_key_counts("limited")),
    row(
        "foreign-workspace-opens",
        "ownership",
        owasp(1),
        "A workspace of others is answered with one's own.",
        "R07",
        lie=taking(
            EVERY, lambda scene, passing: _another_workspace(scene, passing, {str(each) for each in scene.stranger["workspaces"]})
        ),
    ),
    row("existence-told", "ownership", commons(204), "A workspace that is nobody's answers 404.", "R07", lie=_existence),
    row(
        "deleted-workspace-opens",
        "ownership",
        defects4rest(7),
        "A deleted workspace is still open.",
        "R08",
        lie=taking(
            EVERY, lambda scene, passing: _another_workspace(scene, passing, {str(each) for each in scene.owner["deleted"]})
        ),
    ),
    row("foreign-workspace-listed", "ownership", owasp(3), "The list has a workspace of others.", "R10", lie=_foreign_listed),
    row(
        "main-is-another",
        "ownership",
        defects4rest(12),
        "Without the header requests run in another workspace.",
        "R01",
        lie=taking(EVERY, _main_is_another),
    ),
    row(
        "keys-all-of-main",
        "ownership",
        defects4rest(12),
        "Every key works in the main workspace.",
        "R03",
        lie=taking(EVERY, _keys_of_main),
    ),
    row(
        "header-of-a-key-counts",
        "ownership",
        defects4rest(8),
        "A key's request is refused for its workspace header.",
        "R04",
        lie=replying(
            both(
                EVERY,
                lambda passing: (
                    passing.header("x-api-key") is not None
                    and _workspace(passing) is not None
                    and not _is_number(_workspace(passing))
                ),
            ),
            lambda _, __: made_up(
                400, {"status": False, "error_code": "INVALID_WORKSPACE_HEADER", "description": "Name a workspace"}
            ),
        ),
    ),
    row(
        "named-workspace-ignored",
        "ownership",
        defects4rest(8),
        "A person always works in the main workspace.",
        "R05",
        lie=taking(EVERY, lambda scene, passing: _another_workspace(scene, passing, {_other(scene)})),
    ),
    row(
        "header-not-checked",
        "validation",
        defects4rest(5),
        "A header that is no number is ignored.",
        "R06",
        lie=taking(
            EVERY,
            lambda _, passing: (
                passing.with_header("X-Workspace-ID", None)
                if _by_person(passing) and _workspace(passing) is not None and not _is_number(_workspace(passing))
                else passing
            ),
        ),
    ),
    row(
        "no-main-is-not-found",
        "status",
        defects4rest(3),
        "Without a main workspace the answer is another refusal.",
        "R09",
        lie=telling(EVERY, "error_code", always("WORKSPACE_NOT_FOUND"), refused_for("NO_MAIN_WORKSPACE")),
    ),
    row(
        "deleted-stays-listed",
        "lifecycle",
        evomaster(900),
        "A deleted workspace stays in the list.",
        "R19",
        lie=remembering(on(WORKSPACES), "", "id"),
    ),
    row(
        "message-not-stored",
        "lifecycle",
        defects4rest(13),
        "A message is acknowledged under an id that nobody knows.",
        "R15",
        lie=_not_stored,
    ),
    row(
        "status-goes-back",
        "lifecycle",
        defects4rest(2),
        "What was delivered is pending again.",
        lie=backwards(on(STATUS), "message/status", "pending", ("DELIVRD", "sent")),
    ),
    row("half-a-request", "idempotency", evomaster(901), "A refused request has sent to some of its numbers.", lie=_half_sent),
    row(
        "setting-twice-unsets", "idempotency", rest_faults(10), "To set webhooks the same way again takes it back.", lie=_toggling
    ),
    row(
        "put-forgets-the-rest",
        "idempotency",
        rest_faults(9),
        "Changing one setting of webhooks resets the selections.",
        lie=taking(
            both(on(SET_HOOKS), says(lambda body: "delivery_fields" not in body)),
            lambda _, passing: saying(passing, delivery_fields=None),
        ),
    ),
    row(
        "sent-twice",
        "idempotency",
        defects4rest(10),
        "A message that is asked for once is sent twice.",
        lie=doing_twice(on(SEND)),
    ),
    row(
        "two-main-workspaces",
        "values",
        agora("boolean: mutate"),
        "Every workspace is main.",
        "R02",
        "R14",
        lie=telling(on(WORKSPACES, PROFILE), "*/is_main", always(True)),
    ),
    row(
        "text-is-cut",
        "values",
        agora("string: boundary"),
        "Texts lose their last character.",
        "R15",
        lie=telling(on(STATUS), "message/message", lambda text: text[:-1]),
    ),
    row(
        "cost-doubled",
        "values",
        agora("double: mutate"),
        "Sending tells twice its cost.",
        lie=telling(on(SEND), "summary/total_cost", lambda cost: cost * 2),
    ),
    row(
        "balance-from-a-cache",
        "values",
        defects4rest(13),
        "The balance stays what it was at the first reading.",
        lie=stale(on(BALANCE), "balance"),
    ),
    row(
        "profile-lacks-a-workspace",
        "collections",
        agora("array: removeElement"),
        "The profile lacks the last workspace.",
        "R12",
        lie=telling(on(PROFILE), "workspaces", lambda listed: listed[:-1]),
    ),
    row(
        "filter-ignored",
        "collections",
        defects4rest(5),
        "The filter by status is ignored.",
        lie=taking(on(LIST), lambda _, passing: asking(passing, status=None)),
    ),
    row(
        "oldest-first",
        "collections",
        agora("array: disorderElements"),
        "Messages come oldest first.",
        lie=telling(on(LIST), "messages", lambda listed: listed[::-1]),
    ),
    row("total-off-by-one", "paging", agora("long: mutate"), "total is one too many.", lie=telling(on(LIST), "total", plus(1))),
    row(
        "pages-overlap",
        "paging",
        defects4rest(5),
        "A page begins with the last message of the one before.",
        lie=repeating(on(LIST, LOGS), "messages", _later),
    ),
    row(
        "limit-ignored",
        "paging",
        defects4rest(5),
        "limit is ignored.",
        lie=taking(on(LIST), lambda _, passing: asking(passing, limit=None)),
    ),
    row(
        "money-does-not-count",
        "limits",
        owasp(4),
        "Who has no money sends.",
        lie=admitting(on(SEND), {402}, lambda scene, passing: scene.as_actor(passing, "owner")),
    ),
    row(
        "limit-beyond-100",
        "limits",
        defects4rest(1),
        "A limit beyond 100 is taken as 100.",
        lie=admitting(
            both(on(LIST, LOGS), asks("limit", lambda text: text.isdigit() and int(text) > 100)),
            {400},
            lambda _, passing: asking(passing, limit="100"),
        ),
    ),
    row(
        "two-hours-ahead",
        "time",
        defects4rest(3),
        "Messages are dated two hours ahead.",
        lie=telling(on(STATUS), "message/created_at", _hours),
    ),
    row(
        "urls-are-shared",
        "webhooks",
        owasp(1),
        "An address is set in all workspaces.",
        "R16",
        lie=_spread(lambda name: name.endswith("_url")),
    ),
    row(
        "fields-are-shared",
        "webhooks",
        defects4rest(12),
        "A selection of fields is made in all workspaces.",
        "R17",
        lie=_spread(lambda name: name.endswith("_fields")),
    ),
    row(
        "secrets-are-shared",
        "webhooks",
        owasp(2),
        "A signing secret is set in all workspaces.",
        "R18",
        lie=_spread(lambda name: name in ("signing_secret", "clear_signing_secret")),
    ),
    row("secret-is-shown", "ownership", owasp(3), "The settings show the signing secret.", "R18", lie=_secret_shown),
    row(
        "webhook-unsigned",
        "webhooks",
        webhooks("every message is signed"),
        "Webhooks are not signed.",
        "R18",
        relay=posts.unsigned("X-Webhook-Signature"),
    ),
    row(
        "webhook-missigned",
        "webhooks",
        webhooks("the signature covers id, timestamp and body"),
        "Signatures fit nothing.",
        "R18",
        relay=posts.missigned("X-Webhook-Signature"),
    ),
    row(
        "webhook-rewritten",
        "webhooks",
        webhooks("the raw body is signed"),
        "Bodies are written anew after they were signed.",
        "R18",
        relay=posts.changed(posts.rewritten),
    ),
    row(
        "webhook-of-yesterday",
        "webhooks",
        webhooks("timestamps guard against replay"),
        "Timestamps are a day old.",
        "R18",
        relay=posts.changed(_yesterday),
    ),
    row(
        "webhook-tells-more",
        "webhooks",
        owasp(3),
        "Webhooks tell fields that nobody selected.",
        "R17",
        relay=posts.changed(_more_facts),
    ),
    row("webhook-to-everybody", "webhooks", owasp(1), "Every address hears of every event.", "R16", relay=posts.to_everybody),
    row("webhook-lost", "webhooks", webhooks("at least once delivery"), "Webhooks are not sent.", "R16", relay=posts.lost),
    row(
        "webhook-tried-once",
        "webhooks",
        webhooks("retries with a schedule"),
        "What was not taken is not tried again.",
        relay=posts.once_only,
    ),
    row("webhook-twice", "webhooks", webhooks("a 2xx ends delivery"), "What was taken comes once more.", relay=posts.twice),
)
