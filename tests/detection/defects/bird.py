"""What a deployment of bird may get wrong."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from tests.detection import posts
from tests.detection.defect import Defect
from tests.detection.lies import (
    GONE,
    admitting,
    always,
    as_another,
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
    query,
    refused,
    refused_for,
    repeating,
    replying,
    saying,
    says,
    status,
    taking,
    telling,
)
from tests.detection.proxy import Answer, Forward, Lie, Passing
from tests.detection.relay import Delivery
from tests.detection.scene import Scene
from tests.detection.sources import agora, commons, defects4rest, evomaster, owasp, rest_faults, rfc, webhooks

API = "bird"
HOME, ORG = "/workspaces/{workspaceId}", "/organizations/{organizationId}/workspaces/{workspaceId}"
OUTBOX = f"{HOME}/channels/{{channelId}}/messages"
SEND, LIST, READ, EVERYWHERE = f"POST {OUTBOX}", f"GET {OUTBOX}", f"GET {OUTBOX}/{{messageId}}", f"GET {HOME}/channels/messages"
CONTACTS, NEW_CONTACT, CONTACT = f"GET {HOME}/contacts", f"POST {HOME}/contacts", f"GET {HOME}/contacts/{{contactId}}"
CHANNELS, CHANNEL = f"GET {HOME}/channels", f"GET {HOME}/channels/{{channelId}}"
PREPARE, PREPARE_FOR = f"POST {HOME}/channels/presigned-upload", f"POST {HOME}/channels/{{channelId}}/presigned-upload"
UPLOAD, MEDIA = "POST /media-uploads", "GET /media/{mediaId}"
HOOKS, HOOK = f"GET {ORG}/webhook-subscriptions", f"GET {ORG}/webhook-subscriptions/{{subscriptionId}}"
FOLLOW, UNFOLLOW = f"POST {ORG}/webhook-subscriptions", f"DELETE {ORG}/webhook-subscriptions/{{subscriptionId}}"
LISTS = (LIST, EVERYWHERE)
EVERY = on("*")
LIMIT = 204800


def _later(passing: Passing) -> bool:
    return any(name == "pageToken" for name, _ in query(passing))


def _inactive(scene: Scene, passing: Passing) -> Passing:
    channels = scene.owner["channels"]
    return passing.but(url=passing.url.replace(channels["inactive"], channels["sms"]))


def _in_any_channel(scene: Scene) -> Lie:
    """A message is found under any channel of the workspace."""

    async def lie(passing: Passing, forward: Forward) -> Answer:
        answer = await forward(passing)
        if not on(READ)(passing) or answer.status != 404 or passing.found is None:
            return answer
        for channel in scene.owner["channels"].values():
            again = await forward(passing.but(url=passing.url.replace(passing.found.values["channelId"], channel)))
            if again.well:
                return again
        return answer

    return lie


def _media_anywhere(_scene: Scene) -> Lie:
    """Media of another channel are used all the same."""

    async def lie(passing: Passing, forward: Forward) -> Answer:
        answer = await forward(passing)
        if not on(SEND)(passing) or answer.status != 422 or b"mediaUrl" not in answer.body:
            return answer
        again = await forward(saying(passing, body={"type": "text", "text": {"text": "-"}}))
        return again.saying({**again.json, "body": passing.json["body"]}) if again.well else answer

    return lie


def _as_given(scene: Scene) -> Lie:
    """Tags keep their capitals."""

    async def lie(passing: Passing, forward: Forward) -> Answer:
        answer = await forward(passing)
        if on(SEND)(passing) and answer.well and passing.json.get("tags"):
            body = {**answer.json, "tags": passing.json["tags"]}
            scene.memory[body["id"]] = passing.json["tags"]
            return answer.saying(body)
        if on(READ)(passing) and answer.well and answer.json["id"] in scene.memory:
            return answer.saying({**answer.json, "tags": scene.memory[answer.json["id"]]})
        return answer

    return lie


def _second_contact(scene: Scene) -> Lie:
    """Each message makes a contact of its own."""

    async def lie(passing: Passing, forward: Forward) -> Answer:
        answer = await forward(passing)
        if not on(SEND)(passing) or not answer.well:
            return answer
        count = scene.memory["made"] = scene.memory.get("made", 0) + 1
        body = answer.json
        contacts = [{**each, "id": f"00000000-0000-4000-8000-{count:012x}"} for each in body["receiver"]["contacts"]]
        return answer.saying({**body, "receiver": {**body["receiver"], "contacts": contacts}})

    return lie


def _not_stored(scene: Scene) -> Lie:
    """Messages are acknowledged under ids that nobody knows."""

    async def lie(passing: Passing, forward: Forward) -> Answer:
        answer = await forward(passing)
        if not on(SEND)(passing) or not answer.well:
            return answer
        count = scene.memory["sent"] = scene.memory.get("sent", 0) + 1
        return answer.saying({**answer.json, "id": f"00000000-0000-4000-8000-{count:012x}"})

    return lie


def _key_shown(scene: Scene) -> Lie:
    """Subscriptions show the key that signs."""

    async def lie(passing: Passing, forward: Forward) -> Answer:
        answer = await forward(passing)
        if on(FOLLOW)(passing) and answer.well:
            scene.memory["key"] = passing.json.get("signingKey")
        if on(HOOK, FOLLOW)(passing) and answer.well and scene.memory.get("key"):
            return answer.saying({**answer.json, "signingKey": scene.memory["key"]})
        return answer

    return lie


def _taken_again(_scene: Scene) -> Lie:
    """An identifier that a contact has is given to another one."""

    async def lie(passing: Passing, forward: Forward) -> Answer:
        answer = await forward(passing)
        if not on(NEW_CONTACT)(passing) or answer.status != 409:
            return answer
        again = await forward(saying(passing, identifiers=GONE))
        named = [{name: each[name] for name in ("key", "value")} for each in passing.json["identifiers"]]
        return again.saying({**again.json, "featuredIdentifiers": named, "identifierCount": len(named)}) if again.well else answer

    return lie


def _hours(text: str) -> str:
    return (datetime.fromisoformat(text.replace("Z", "+00:00")) + timedelta(hours=2)).isoformat().replace("+00:00", "Z")


def _far(passing: Passing) -> Passing:
    return saying(passing, scheduledFor=GONE)


def _yesterday(_scene: Scene, delivery: Delivery) -> Delivery:
    name = "messagebird-request-timestamp"
    told = delivery.header(name)
    return delivery if told is None else delivery.with_header(name, str(int(told) - 86400))


def row(name: str, area: str, source: Any, does: str, *breaks: str, **how: Any) -> Defect:
    return Defect(API, name, area, source, does, breaks, **how)


DEFECTS: tuple[Defect, ...] = (
    row(
        "no-status-date",
        "shape",
        agora("object: removeProperty"),
        "Messages have no lastStatusAt.",
        "B24",
        lie=telling(on(READ), "lastStatusAt", always(GONE)),
    ),
    row(
        "no-upload-method",
        "shape",
        agora("object: removeProperty"),
        "A prepared upload has no uploadMethod.",
        "B15",
        lie=telling(on(PREPARE, PREPARE_FOR), "uploadMethod", always(GONE)),
    ),
    row(
        "count-as-text",
        "shape",
        agora("value: changeType"),
        "identifierCount is a text.",
        lie=telling(on(CONTACTS), "results/*/identifierCount", str),
    ),
    row(
        "channel-without-status",
        "shape",
        rest_faults(2),
        "The status of a channel is null.",
        lie=telling(on(CHANNEL), "status", always(None)),
    ),
    row(
        "errors-of-another-shape",
        "shape",
        commons(101),
        "A 422 has a shape of its own.",
        "B06",
        lie=replying(EVERY, lambda _, answer: answer.saying({"title": "no", "status": 422}), refused(422)),
    ),
    row("accepted-with-200", "status", rest_faults(3), "Sending answers 200.", "B02", lie=status(on(SEND), 200)),
    row(
        "bad-ids-are-404",
        "status",
        defects4rest(3),
        "Ids that are no UUIDs answer 404.",
        "B03",
        lie=status(on(LIST, READ), 404, refused_for("workspaceId", "channelId")),
    ),
    row(
        "invalid-is-400", "status", defects4rest(3), "Invalid fields answer 400.", "B06", lie=status(on(SEND), 400, refused(422))
    ),
    row("unknown-key-is-403", "status", commons(205), "An unknown key answers 403.", "B01", lie=status(EVERY, 403, refused(401))),
    row(
        "no-nosniff",
        "headers",
        rfc(9110, "8.3", "what guards a body's type"),
        "Media come without X-Content-Type-Options.",
        lie=header(on(MEDIA), "X-Content-Type-Options", None),
    ),
    row(
        "media-of-another-type",
        "headers",
        defects4rest(11),
        "Media come as octets.",
        "B18",
        lie=header(on(MEDIA), "Content-Type", "application/octet-stream", lambda answer: answer.well),
    ),
    row(
        "location-to-nowhere",
        "headers",
        evomaster(907),
        "The Location of a new contact leads to 404.",
        lie=header(on(NEW_CONTACT), "Location", "/bird/workspaces/none/contacts/none", lambda answer: answer.status == 201),
    ),
    row(
        "limit-beyond-1000",
        "validation",
        rest_faults(4),
        "A limit beyond 1000 is taken as 1000.",
        "B29",
        lie=admitting(
            both(on(*LISTS), asks("limit", lambda text: text.isdigit() and int(text) > 1000)),
            {422},
            lambda _, passing: asking(passing, limit="1000"),
        ),
    ),
    row(
        "any-direction",
        "validation",
        rest_faults(5),
        "A direction that there is not counts as none.",
        "B06",
        lie=admitting(both(on(*LISTS), asks("direction")), {422}, lambda _, passing: asking(passing, direction=None)),
    ),
    row(
        "type-not-required",
        "validation",
        rest_faults(6),
        "An upload needs no contentType.",
        "B15",
        lie=admitting(
            on(PREPARE, PREPARE_FOR), refused_for("contentType"), lambda _, passing: passing.saying({"contentType": "image/png"})
        ),
    ),
    row(
        "body-and-template",
        "validation",
        defects4rest(4),
        "A body beside a template is ignored.",
        "B11",
        lie=admitting(
            both(on(SEND), says(lambda body: "template" in body and "body" in body)),
            {422},
            lambda _, passing: saying(passing, body=GONE),
        ),
    ),
    row(
        "receivers-are-cut",
        "validation",
        defects4rest(4),
        "Of several receivers of a text the first gets it.",
        "B12",
        lie=admitting(
            both(on(SEND), says(lambda body: len(body.get("receiver", {}).get("contacts", [])) > 1)),
            {422},
            lambda _, passing: saying(passing, receiver={"contacts": passing.json["receiver"]["contacts"][:1]}),
        ),
    ),
    row(
        "eleventh-tag-is-dropped",
        "validation",
        defects4rest(4),
        "Tags beyond the tenth are dropped.",
        "B26",
        lie=admitting(
            both(on(SEND), says(lambda body: len(body.get("tags", [])) > 10)),
            {422},
            lambda _, passing: saying(passing, tags=passing.json["tags"][:10]),
        ),
    ),
    row(
        "far-dates-are-forgotten",
        "validation",
        defects4rest(2),
        "What is scheduled too far ahead goes out at once.",
        "B25",
        lie=admitting(on(SEND), refused_for("scheduledFor"), lambda _, passing: _far(passing)),
    ),
    row(
        "no-carousels",
        "validation",
        defects4rest(4),
        "A carousel is no body.",
        "B27",
        lie=replying(
            both(on(SEND), says(lambda body: (body.get("body") or {}).get("type") == "carousel")),
            lambda _, __: made_up(422, {"code": "ValidationError", "message": "Invalid", "details": {".body": ["unknown type"]}}),
        ),
    ),
    row(
        "crash-on-long-text",
        "crash",
        rest_faults(1),
        "A text of more than 5000 characters is a 500.",
        "B05",
        lie=crashing(both(on(SEND), lambda passing: len(passing.body) > 5000)),
    ),
    row(
        "crash-on-empty-list",
        "crash",
        commons(100),
        "A list that holds nothing is a 500.",
        lie=replying(
            on(*LISTS),
            lambda _, answer: made_up(500, "Internal Server Error", "text/plain") if answer.json["results"] == [] else answer,
        ),
    ),
    row(
        "trace-in-errors",
        "crash",
        commons(209),
        "A body that is no JSON is answered with a stack trace.",
        lie=telling(EVERY, "message", always('Traceback (most recent call last):\n  File "/srv/bird.py", line 3'), refused(400)),
    ),
    row(
        "bearer-will-do",
        "credentials",
        owasp(2),
        "Any word before the key will do.",
        "B01",
        lie=taking(
            EVERY,
            lambda _, passing: (
                passing.with_header("Authorization", "AccessKey " + (passing.header("authorization") or "").rpartition(" ")[2])
                if passing.header("authorization")
                else passing
            ),
        ),
    ),
    row(
        "no-key-needed",
        "credentials",
        commons(207),
        "Channels are listed without a key.",
        "B01",
        lie=admitting(on(CHANNELS), {401}, lambda scene, passing: scene.as_actor(passing, "owner")),
    ),
    row(
        "uploads-need-a-key",
        "credentials",
        defects4rest(11),
        "An upload needs an access key.",
        "B17",
        lie=replying(
            both(on(UPLOAD), lambda passing: passing.header("authorization") is None),
            lambda _, __: made_up(401, {"code": "Unauthorized", "message": "Send a key"}),
        ),
    ),
    row(
        "any-upload-form",
        "credentials",
        owasp(2),
        "The signature of an upload's form is not checked.",
        "B16",
        lie=replying(on(UPLOAD), lambda _, answer: answer.but(status=204, body=b""), refused(403)),
    ),
    row(
        "workspace-of-others",
        "ownership",
        owasp(1),
        "Messages of others are listed.",
        "B04",
        lie=as_another(on(*LISTS), "stranger", {404}),
    ),
    row(
        "contact-of-others",
        "ownership",
        owasp(1),
        "Contacts of others are shown.",
        lie=as_another(on(CONTACT, CONTACTS), "stranger", {404}),
    ),
    row(
        "sends-for-others",
        "ownership",
        commons(206),
        "Messages are sent through others' channels.",
        "B04",
        lie=as_another(on(SEND), "stranger", {404}),
    ),
    row(
        "existence-told",
        "ownership",
        commons(204),
        "What others have answers 403.",
        "B04",
        lie=lambda scene: replying(
            both(EVERY, lambda passing: scene.stranger["workspace_id"] in passing.path),
            lambda _, answer: answer.but(status=403),
            refused(404),
        )(scene),
    ),
    row(
        "unsubscribes-others",
        "ownership",
        commons(206),
        "Subscriptions of others can be ended.",
        lie=as_another(on(UNFOLLOW), "stranger", {404}),
    ),
    row("signing-key-is-shown", "ownership", owasp(3), "Subscriptions show their signing key.", lie=_key_shown),
    row(
        "unsubscribing-does-nothing",
        "lifecycle",
        rest_faults(8),
        "A subscription goes on after it was ended.",
        lie=instead(on(UNFOLLOW), lambda _: Answer(204, [], b"")),
    ),
    row(
        "message-not-stored",
        "lifecycle",
        defects4rest(13),
        "A message is acknowledged under an id that nobody knows.",
        "B02",
        "B23",
        lie=_not_stored,
    ),
    row(
        "inactive-channel-sends",
        "lifecycle",
        defects4rest(2),
        "A channel that is not active sends.",
        "B07",
        "B08",
        lie=taking(on(SEND), _inactive),
    ),
    row("second-contact", "lifecycle", defects4rest(13), "Each message makes a contact.", "B09", lie=_second_contact),
    row(
        "status-goes-back",
        "lifecycle",
        defects4rest(2),
        "What was delivered is accepted again.",
        lie=backwards(on(READ), "status", "accepted", ("delivered", "sent", "processing")),
    ),
    row("identifier-taken-twice", "idempotency", defects4rest(4), "An identifier belongs to two contacts.", lie=_taken_again),
    row(
        "sent-twice",
        "idempotency",
        defects4rest(10),
        "A message that is asked for once is sent twice.",
        lie=doing_twice(on(SEND)),
    ),
    row(
        "mail-for-a-phone",
        "values",
        agora("string: replace"),
        "Receivers of texts have addresses of mail.",
        "B10",
        lie=telling(on(SEND, READ), "receiver/contacts/*/identifierKey", always("emailaddress")),
    ),
    row(
        "reference-is-lost",
        "values",
        agora("object: removeProperty"),
        "reference does not come back.",
        "B28",
        lie=telling(on(READ), "reference", always(GONE)),
    ),
    row("tags-keep-capitals", "values", agora("string: mutate"), "Tags keep their capitals.", "B26", lie=_as_given),
    row("media-anywhere", "values", defects4rest(11), "Media of one channel are used in another.", "B14", lie=_media_anywhere),
    row(
        "file-is-cut",
        "values",
        defects4rest(11),
        "Media lose their last bytes.",
        "B16",
        "B18",
        lie=replying(on(MEDIA), lambda _, answer: answer.but(body=answer.body[:-4])),
    ),
    row("any-channel-finds", "ownership", defects4rest(12), "A message is found under any channel.", "B23", lie=_in_any_channel),
    row(
        "one-channel-only",
        "collections",
        agora("array: removeElement"),
        "The workspace's list shows one channel.",
        "B22",
        lie=lambda scene: telling(
            on(EVERYWHERE),
            "results",
            lambda listed: [each for each in listed if each["channelId"] == scene.owner["channels"]["sms"]],
        )(scene),
    ),
    row(
        "reverse-ignored",
        "collections",
        agora("array: disorderElements"),
        "reverse is ignored.",
        "B21",
        lie=taking(
            on(*LISTS),
            lambda _, passing: (
                asking(passing, reverse=None) if asks("reverse", lambda text: text == "true")(passing) else passing
            ),
        ),
    ),
    row(
        "filter-ignored",
        "collections",
        defects4rest(5),
        "The filter by status is ignored.",
        "B19",
        lie=taking(on(*LISTS), lambda _, passing: asking(passing, status=None)),
    ),
    row(
        "contacts-twice",
        "collections",
        agora("array: addElement"),
        "The first contact is listed twice.",
        "B09",
        lie=telling(on(CONTACTS), "results", lambda listed: [*listed[:1], *listed]),
    ),
    row(
        "pages-overlap",
        "paging",
        defects4rest(5),
        "A page begins with the last message of the one before.",
        "B20",
        lie=repeating(on(*LISTS), "results", _later),
    ),
    row(
        "token-at-the-end",
        "paging",
        agora("object: addProperty"),
        "The last page has a token.",
        "B20",
        lie=telling(on(*LISTS), "", lambda body: {"nextPageToken": "ZW5k", **body}),
    ),
    row(
        "ten-by-default",
        "paging",
        defects4rest(1),
        "A page holds 10 unless told otherwise.",
        "B19",
        lie=taking(both(on(*LISTS), lambda passing: not asks("limit")(passing)), lambda _, passing: asking(passing, limit="10")),
    ),
    row(
        "any-size",
        "limits",
        owasp(4),
        "A body beyond 200 KB is cut.",
        "B05",
        lie=admitting(
            on(SEND),
            {413},
            lambda _, passing: passing.saying(
                {
                    "receiver": {"contacts": [{"identifierValue": "+31612345678"}]},
                    "body": {"type": "text", "text": {"text": "cut"}},
                }
            ),
        ),
    ),
    row(
        "less-than-200-kb",
        "limits",
        rest_faults(4),
        "A body of exactly 200 KB is too large.",
        "B05",
        lie=replying(
            both(on(SEND), lambda passing: len(passing.body) >= LIMIT),
            lambda _, __: made_up(413, {"code": "RequestTooLarge", "message": "Too large"}),
        ),
    ),
    row(
        "two-hours-ahead",
        "time",
        defects4rest(3),
        "Messages are dated two hours ahead.",
        "B02",
        lie=telling(on(READ), "createdAt", _hours),
    ),
    row(
        "scheduled-an-hour-late",
        "time",
        defects4rest(2),
        "Scheduled messages go out two hours late.",
        "B25",
        lie=taking(
            both(on(SEND), says(lambda body: str(body.get("scheduledFor", "")).endswith("Z"))),
            lambda _, passing: saying(passing, scheduledFor=_hours(passing.json["scheduledFor"])),
        ),
    ),
    row(
        "webhook-unsigned",
        "webhooks",
        webhooks("every message is signed"),
        "Webhooks are not signed.",
        relay=posts.unsigned("messagebird-signature"),
    ),
    row(
        "webhook-missigned",
        "webhooks",
        webhooks("the signature covers timestamp and body"),
        "Signatures fit nothing.",
        relay=posts.missigned("messagebird-signature"),
    ),
    row(
        "webhook-rewritten",
        "webhooks",
        webhooks("the raw body is signed"),
        "Bodies are written anew after they were signed.",
        relay=posts.changed(posts.rewritten),
    ),
    row(
        "webhook-of-yesterday",
        "webhooks",
        webhooks("timestamps guard against replay"),
        "Timestamps are a day old.",
        relay=posts.changed(_yesterday),
    ),
    row("webhook-to-everybody", "webhooks", owasp(1), "Every address hears of every event.", relay=posts.to_everybody),
    row("webhook-lost", "webhooks", webhooks("at least once delivery"), "Webhooks are not sent.", relay=posts.lost),
    row(
        "webhook-tried-once",
        "webhooks",
        webhooks("retries with a schedule"),
        "What was not taken is not tried again.",
        relay=posts.once_only,
    ),
    row("webhook-twice", "webhooks", webhooks("a 2xx ends delivery"), "What was taken comes once more.", relay=posts.twice),
)
