"""What a deployment of xpressbot may get wrong."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from tests.detection.defect import Defect
from tests.detection.lies import (
    GONE,
    admitting,
    always,
    backwards,
    both,
    crashing,
    doing_twice,
    given,
    giving,
    header,
    made_up,
    on,
    plus,
    refused,
    refused_for,
    repeating,
    replying,
    status,
    taking,
    telling,
)
from tests.detection.proxy import Answer, Forward, Lie, Passing
from tests.detection.scene import Scene
from tests.detection.sources import agora, commons, defects4rest, owasp, rest_faults, rfc

API = "xpressbot"
EVERY = on("*")


def at_both(path: str) -> tuple[str, str]:
    """The endpoint by GET and by POST."""
    return f"GET {path}", f"POST {path}"


CHANNELS, CONTACT, CONTACTS = (on(*at_both(path)) for path in ("/channels/list", "/contacts/manage", "/contacts/list"))
FIELD, FIELDS = (on(*at_both(path)) for path in ("/custom-fields/manage", "/custom-fields/list"))
LABEL, LABELS = (on(*at_both(path)) for path in ("/labels/manage", "/labels/list"))
TEMPLATES, TEMPLATE = (on(*at_both(path)) for path in ("/whatsapp/templates/list", "/whatsapp/templates/send"))
SEND, STATUS = (on(*at_both(path)) for path in ("/whatsapp/message/send", "/whatsapp/message/status"))
AUTOMATIONS, TRIGGER = (on(*at_both(path)) for path in ("/automations/list", "/automations/trigger"))


def has(name: str, test: Any = lambda _: True) -> Any:
    """The request gives this parameter, and it is such."""
    return lambda passing: given(passing, name) is not None and bool(test(given(passing, name)))


def lacks(name: str) -> Any:
    """The request leaves this parameter out."""
    return lambda passing: given(passing, name) is None


def without(*names: str) -> Any:
    """These parameters are not looked at."""
    return lambda _, passing: (
        giving(passing, **dict.fromkeys(names, GONE)) if any(has(name)(passing) for name in names) else passing
    )


def _no_channel(passing: Passing) -> Answer:
    told = {"success": False, "error": "Channel missing", "message": "Name a channel"}
    return made_up(400, told)


def _second_contact(scene: Scene) -> Lie:
    """An update is told to have made another contact."""

    async def lie(passing: Passing, forward: Forward) -> Answer:
        answer = await forward(passing)
        if not CONTACT(passing) or not answer.well:
            return answer
        count = scene.memory["made"] = scene.memory.get("made", 0) + 1
        body = answer.json
        return answer.saying({**body, "data": {**body["data"], "id": f"contact_{count:010d}"}})

    return lie


def _window_open(scene: Scene) -> Lie:
    """A message outside of the window is answered like the last one that was taken."""

    async def lie(passing: Passing, forward: Forward) -> Answer:
        answer = await forward(passing)
        if SEND(passing) and answer.well:
            scene.memory["taken"] = answer
        if SEND(passing) and answer.status == 400 and b"24 hours" in answer.body and "taken" in scene.memory:
            return scene.memory["taken"]
        return answer

    return lie


def _pending_listed(body: Any) -> Any:
    extra = {**body["data"][0], "id": "tpl_pending000", "status": "PENDING"} if body["data"] else None
    return {**body, "data": [*body["data"], extra]} if extra else body


def _by_post_only_in_body(_scene: Scene, passing: Passing) -> Passing:
    return passing.but(url=passing.path) if passing.method == "POST" else passing


def _key_from(place: str) -> Any:
    """Whether the key is presented here, and nowhere that counts before."""

    def test(passing: Passing) -> bool:
        if passing.header("x-api-key") or passing.header("authorization"):
            return False
        in_query = "apiKey=" in passing.url
        return in_query if place == "query" else not in_query and b'"apiKey"' in passing.body

    return test


UNAUTHORIZED = {"success": False, "error": "Unauthorized", "message": "Send an API key"}


def _hours(text: str | None) -> str | None:
    if text is None:
        return None
    return (datetime.fromisoformat(text.replace("Z", "+00:00")) + timedelta(hours=2)).isoformat().replace("+00:00", "Z")


def _turned(passing: Passing) -> Passing:
    return giving(passing, automationName=str(given(passing, "automationName")) + " ")


def row(name: str, area: str, source: Any, does: str, *breaks: str, **how: Any) -> Defect:
    return Defect(API, name, area, source, does, breaks, **how)


DEFECTS: tuple[Defect, ...] = (
    row(
        "channel-without-state",
        "shape",
        agora("object: removeProperty"),
        "Channels have no isActive.",
        "X08",
        lie=telling(CHANNELS, "data/*/isActive", always(GONE)),
    ),
    row(
        "order-as-text",
        "shape",
        agora("value: changeType"),
        "displayOrder is a text.",
        "X22",
        lie=telling(LABELS, "data/*/displayOrder", str),
    ),
    row(
        "made-at-null",
        "shape",
        rest_faults(2),
        "createdAt of a contact is null.",
        lie=telling(CONTACT, "data/createdAt", always(None)),
    ),
    row(
        "success-as-text",
        "shape",
        agora("value: changeType"),
        "success is a text.",
        "X39",
        lie=telling(AUTOMATIONS, "success", always("true")),
    ),
    row(
        "errors-without-success",
        "shape",
        commons(101),
        "Refusals have no success.",
        "X37",
        lie=telling(EVERY, "success", always(GONE), refused()),
    ),
    row("made-with-201", "status", rest_faults(3), "A label is answered with 201.", lie=status(LABEL, 201)),
    row("unknown-key-is-403", "status", commons(205), "An unknown key answers 403.", "X05", lie=status(EVERY, 403, refused(401))),
    row(
        "unknown-channel-is-400",
        "status",
        defects4rest(3),
        "A channel that does not exist answers 400.",
        "X38",
        lie=status(EVERY, 400, refused(404)),
    ),
    row(
        "no-post-for-channels",
        "status",
        defects4rest(8),
        "Channels are not listed by POST.",
        "X06",
        lie=replying(
            on("POST /channels/list"),
            lambda _, __: made_up(405, {**UNAUTHORIZED, "error": "Method not allowed"}).with_header("Allow", "GET"),
        ),
    ),
    row(
        "json-as-text",
        "headers",
        rfc(9110, "8.3", "Content-Type says what the body is"),
        "Labels come as text/plain.",
        lie=header(LABELS, "Content-Type", "text/plain", lambda answer: answer.well),
    ),
    row(
        "limit-beyond-200",
        "validation",
        rest_faults(4),
        "A limit beyond 200 is taken as 200.",
        "X15",
        lie=admitting(both(CONTACTS, has("limit")), {400}, lambda _, passing: giving(passing, limit=200)),
    ),
    row(
        "any-type-of-field",
        "validation",
        rest_faults(5),
        "A type that there is not is taken for text.",
        "X19",
        lie=admitting(both(FIELD, has("type")), {400}, lambda _, passing: giving(passing, type="text")),
    ),
    row(
        "body-not-required",
        "validation",
        rest_faults(6),
        "A text message needs no text.",
        "X30",
        lie=admitting(both(SEND, lacks("body"), lacks("url")), {400}, lambda _, passing: giving(passing, body="-", type="text")),
    ),
    row(
        "any-colour",
        "validation",
        defects4rest(4),
        "A colour that is none is dropped.",
        "X22",
        lie=admitting(both(LABEL, has("color")), {400}, lambda _, passing: giving(passing, color=GONE)),
    ),
    row(
        "crash-on-not-ascii",
        "crash",
        rest_faults(1),
        "A name that is not ASCII is a 500.",
        "X07",
        lie=crashing(
            both(
                on(*at_both("/contacts/manage"), *at_both("/labels/manage")),
                lambda passing: any(not str(given(passing, name) or "").isascii() for name in ("name", "description")),
            )
        ),
    ),
    row(
        "crash-on-empty-search",
        "crash",
        commons(100),
        "A search that finds nobody is a 500.",
        "X17",
        lie=replying(
            both(CONTACTS, has("search")),
            lambda _, answer: made_up(500, "Internal Server Error", "text/plain") if answer.json["data"] == [] else answer,
        ),
    ),
    row(
        "trace-in-errors",
        "crash",
        commons(209),
        "A refusal shows a stack trace.",
        lie=telling(EVERY, "message", always('Traceback (most recent call last):\n  File "/srv/bot.py", line 7'), refused(404)),
    ),
    row(
        "no-key-in-the-query",
        "credentials",
        defects4rest(6),
        "The key is not accepted in the query.",
        "X03",
        lie=replying(both(EVERY, _key_from("query")), lambda _, __: made_up(401, UNAUTHORIZED)),
    ),
    row(
        "no-key-in-the-body",
        "credentials",
        defects4rest(6),
        "The key is not accepted in the body.",
        "X04",
        lie=replying(both(EVERY, _key_from("body")), lambda _, __: made_up(401, UNAUTHORIZED)),
    ),
    row(
        "no-key-as-bearer",
        "credentials",
        defects4rest(6),
        "The key is not accepted as a Bearer token.",
        "X02",
        lie=replying(
            both(EVERY, lambda passing: passing.header("authorization") is not None and not passing.header("x-api-key")),
            lambda _, __: made_up(401, UNAUTHORIZED),
        ),
    ),
    row(
        "any-key-lists",
        "credentials",
        owasp(2),
        "An unknown key lists automations.",
        "X05",
        lie=admitting(AUTOMATIONS, {401}, lambda scene, passing: scene.as_actor(passing, "owner")),
    ),
    row(
        "no-key-needed",
        "credentials",
        commons(207),
        "Labels are listed without a key.",
        "X05",
        lie=admitting(LABELS, {401}, lambda scene, passing: scene.as_actor(passing, "owner")),
    ),
    row(
        "channel-of-others",
        "ownership",
        owasp(1),
        "Contacts of others' channels are listed.",
        "X38",
        lie=admitting(
            CONTACTS,
            {403},
            lambda scene, passing: scene.as_actor(
                passing, "stranger" if given(passing, "channelId") in scene.stranger["channels"] else "owner"
            ),
        ),
    ),
    row(
        "message-of-others",
        "ownership",
        owasp(1),
        "Messages of others are found by their WAMID.",
        "X32",
        lie=admitting(
            STATUS,
            {404},
            lambda scene, passing: scene.as_actor(
                passing, "owner" if passing.header("x-api-key") == scene.stranger["api_key"] else "stranger"
            ),
        ),
    ),
    row(
        "writes-for-others",
        "ownership",
        commons(206),
        "Labels are made in others' channels.",
        "X38",
        lie=admitting(
            LABEL,
            {403},
            lambda scene, passing: scene.as_actor(
                passing, "stranger" if given(passing, "channelId") in scene.stranger["channels"] else "owner"
            ),
        ),
    ),
    row(
        "others-are-unknown",
        "status",
        commons(204),
        "A channel of others answers 404.",
        "X38",
        lie=status(EVERY, 404, refused(403)),
    ),
    row(
        "foreign-channel-listed",
        "ownership",
        owasp(3),
        "The list has a channel of others.",
        "X08",
        lie=telling(CHANNELS, "data", lambda listed: [*listed, {**listed[0], "id": "ch_0000000000"}]),
    ),
    row("second-contact", "lifecycle", defects4rest(13), "An update makes another contact.", "X10", lie=_second_contact),
    row(
        "window-never-closes",
        "lifecycle",
        defects4rest(2),
        "Messages outside of the 24 hours are taken.",
        "X29",
        lie=_window_open,
    ),
    row(
        "status-goes-back",
        "lifecycle",
        defects4rest(2),
        "What was delivered is queued again.",
        "X32",
        lie=backwards(STATUS, "data/status", "queued", ("delivered", "read")),
    ),
    row(
        "triggered-is-started",
        "values",
        agora("string: replace"),
        "A run has the status started.",
        "X36",
        lie=telling(TRIGGER, "data/status", always("started")),
    ),
    row(
        "update-forgets-mail",
        "idempotency",
        defects4rest(4),
        "An update without an address takes it away.",
        "X13",
        lie=taking(both(CONTACT, lacks("email"), has("name")), lambda _, passing: giving(passing, email="")),
    ),
    row(
        "sent-twice",
        "idempotency",
        defects4rest(10),
        "A template that is asked for once is sent twice.",
        lie=doing_twice(TEMPLATE),
    ),
    row(
        "picture-is-lost",
        "values",
        defects4rest(4),
        "Pictures of contacts are not kept.",
        "X13",
        lie=telling(CONTACTS, "data/*/profilePictureUrl", always(None)),
    ),
    row(
        "pairs-are-not-read",
        "validation",
        defects4rest(4),
        "Pairs of custom fields are not read.",
        "X11",
        lie=taking(
            both(CONTACT, has("customFieldsData", lambda value: isinstance(value, str) and not value.startswith("{"))),
            without("customFieldsData"),
        ),
    ),
    row(
        "last-label-is-lost",
        "collections",
        agora("array: removeElement"),
        "A contact's last label is lost.",
        "X12",
        lie=telling(CONTACTS, "data/*/labelNames", lambda names: names[:-1]),
    ),
    row(
        "colour-is-lost",
        "values",
        agora("value: null"),
        "Labels have no colour.",
        "X22",
        lie=telling(LABELS, "data/*/color", always(None)),
    ),
    row(
        "required-unless-said",
        "values",
        agora("boolean: mutate"),
        "A field is required unless told otherwise.",
        "X20",
        lie=taking(both(FIELD, lacks("isRequired")), lambda _, passing: giving(passing, isRequired=True)),
    ),
    row(
        "number-unless-said",
        "values",
        agora("string: replace"),
        "A field is a number unless told otherwise.",
        "X19",
        lie=taking(both(FIELD, lacks("type")), lambda _, passing: giving(passing, type="number")),
    ),
    row(
        "caption-is-lost",
        "values",
        agora("value: null"),
        "Captions are lost.",
        "X31",
        lie=telling(SEND, "data/caption", always(None)),
    ),
    row(
        "reference-is-lost",
        "values",
        agora("value: null"),
        "apiReference is not found again.",
        "X40",
        lie=telling(STATUS, "data/apiReference", always(None)),
    ),
    row(
        "direction-turned",
        "values",
        agora("string: replace"),
        "What was sent is shown as received.",
        "X32",
        lie=telling(STATUS, "data/direction", always("inbound")),
    ),
    row(
        "second-variable-ignored",
        "values",
        defects4rest(4),
        "body2 is taken for body1.",
        "X27",
        lie=taking(both(TEMPLATE, has("body2"), has("body1")), lambda _, passing: giving(passing, body2=given(passing, "body1"))),
    ),
    row(
        "language-of-its-own",
        "values",
        agora("string: replace"),
        "Without a language Spanish is told.",
        "X26",
        lie=replying(
            both(TEMPLATE, lacks("languageCode")),
            lambda _, answer: answer.saying({**answer.json, "data": {**answer.json["data"], "languageCode": "es"}}),
        ),
    ),
    row(
        "any-case-of-templates",
        "validation",
        defects4rest(5),
        "Names of templates are found in any case.",
        "X25",
        lie=admitting(
            both(TEMPLATE, has("templateName")),
            {404},
            lambda _, passing: giving(passing, templateName=str(given(passing, "templateName")).lower()),
        ),
    ),
    row(
        "case-of-automations",
        "validation",
        defects4rest(5),
        "Names of automations count with their case.",
        "X34",
        lie=taking(
            both(TRIGGER, has("automationName", lambda name: not str(name).istitle())),
            lambda _, passing: giving(passing, automationName=str(given(passing, "automationName")) + "~"),
        ),
    ),
    row(
        "images-are-refused",
        "validation",
        defects4rest(4),
        "A header takes no image.",
        "X28",
        lie=replying(both(TEMPLATE, has("image")), lambda _, __: made_up(400, {**UNAUTHORIZED, "error": "Invalid header"})),
    ),
    row(
        "channel-always-needed",
        "validation",
        defects4rest(4),
        "A key with one channel must name it.",
        "X14",
        lie=replying(both(LABELS, lacks("channelId")), lambda passing, _: _no_channel(passing)),
    ),
    row(
        "first-channel-is-meant",
        "validation",
        defects4rest(4),
        "Without a channel the first of several is meant.",
        "X14",
        lie=admitting(
            both(EVERY, lacks("channelId")),
            refused_for("channelId"),
            lambda scene, passing: giving(passing, channelId=scene.cast["two_channels"]["channels"][0]),
        ),
    ),
    row(
        "pending-templates-listed",
        "collections",
        defects4rest(5),
        "Templates are listed that nobody approved.",
        "X24",
        lie=telling(TEMPLATES, "", _pending_listed),
    ),
    row(
        "fields-lose-the-last",
        "collections",
        agora("array: removeElement"),
        "The newest field is not listed.",
        "X21",
        lie=telling(FIELDS, "data", lambda listed: listed[:-1]),
    ),
    row(
        "labels-lose-the-last",
        "collections",
        agora("array: removeElement"),
        "A label is not listed.",
        "X23",
        lie=telling(LABELS, "data", lambda listed: listed[:-1]),
    ),
    row(
        "automations-lose-the-last",
        "collections",
        agora("array: removeElement"),
        "An automation is not listed.",
        "X33",
        lie=telling(AUTOMATIONS, "data", lambda listed: listed[:-1]),
    ),
    row(
        "search-by-name-only",
        "collections",
        defects4rest(5),
        "A search does not look at numbers.",
        "X17",
        lie=replying(
            both(CONTACTS, has("search", lambda text: str(text).lstrip("+").isdigit())),
            lambda _, answer: answer.saying(
                {**answer.json, "data": [], "pagination": {**answer.json["pagination"], "total": 0, "pages": 0}}
            ),
        ),
    ),
    row(
        "post-ignores-the-query",
        "collections",
        defects4rest(8),
        "POST does not read the query.",
        "X07",
        lie=taking(both(EVERY, lambda passing: "apiKey=" not in passing.url), _by_post_only_in_body),
    ),
    row(
        "pages-off-by-one",
        "paging",
        agora("long: mutate"),
        "pages is one too many.",
        "X16",
        lie=telling(CONTACTS, "pagination/pages", plus(1)),
    ),
    row(
        "pages-overlap",
        "paging",
        defects4rest(5),
        "A page begins with the last contact of the one before.",
        "X15",
        lie=repeating(CONTACTS, "data", lambda passing: str(given(passing, "page") or 1) != "1"),
    ),
    row(
        "twenty-by-default",
        "limits",
        defects4rest(1),
        "A page holds 20 unless told otherwise.",
        "X15",
        lie=taking(both(CONTACTS, lacks("limit")), lambda _, passing: giving(passing, limit=20)),
    ),
    row(
        "two-hours-ahead",
        "time",
        defects4rest(3),
        "Delivery is dated two hours ahead.",
        "X32",
        lie=telling(STATUS, "data/deliveredAt", _hours),
    ),
    row(
        "read-before-delivered",
        "time",
        agora("string: mutate"),
        "Messages are read before they were delivered.",
        "X32",
        lie=telling(STATUS, "data/readAt", lambda at: at and "2020-01-01T00:00:00Z"),
    ),
)
