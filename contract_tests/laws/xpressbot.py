"""The laws of xpressbot: one key in four places, query and body alike, and everything in the channel that it belongs to."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from contract_tests.deployment import Api
from contract_tests.laws import law, people
from contract_tests.laws.likeness import documented

Json = dict[str, Any]
BY = ("GET", "POST")
SESSION = timedelta(hours=24)
LISTS = ("contacts", "custom-fields", "labels", "whatsapp/templates", "automations")
PICTURE = "https://cdn.example.com/a.jpg"
#: How near to the end of a session is too near to tell.
MARGIN = timedelta(minutes=1)


def key(api: Api, actor: str = "owner") -> dict[str, str]:
    """Headers of an actor's request."""
    return {"X-API-Key": api.cast[actor]["api_key"]}


def as_text(value: Any) -> str:
    """What stands for the value in a query string."""
    return value if isinstance(value, str) else json.dumps(value)


def call(api: Api, path: str, by: str = "POST", actor: str = "owner", **given: Any) -> httpx.Response:
    """An actor's request, its parameters in the query string or in a JSON body."""
    if by == "GET":
        return api.client.get(path, params={name: as_text(value) for name, value in given.items()}, headers=key(api, actor))
    return api.client.post(path, json=given, headers=key(api, actor))


def accepted(response: httpx.Response) -> Json:
    """The body of a success."""
    assert response.status_code == 200, f"a good request is answered with 200, not {response.status_code} {response.text}"
    body: Json = documented("xpressbot", response)
    assert body["success"] is True, "a success has success true"
    assert "data" in body, "a success has data"
    return body


def done(api: Api, path: str, by: str = "POST", actor: str = "owner", **given: Any) -> Any:
    """The data of a request that is good."""
    return accepted(call(api, path, by, actor, **given))["data"]


def refused(response: httpx.Response, status: int) -> None:
    """The answer is a refusal with this status in the documented shape."""
    assert response.status_code == status, f"{status} is promised, not {response.status_code} {response.text}"
    body = response.json()
    assert body["success"] is False, "a refusal has success false"
    for name in ("error", "message"):
        assert isinstance(body[name], str), f"a refusal has {name} as a text"
        assert body[name], f"{name} of a refusal says something"


def mark(api: Api) -> str:
    """A word that nobody else has."""
    return f"law-{api.random.getrandbits(64):016x}"


def phone(api: Api) -> str:
    """A number that the law has not used yet, of a mobile range that is hardly known or one that the target pins."""
    return people.another(api, people.PHONE, lambda: _made_up(api))


def somebody(api: Api) -> str:
    """A number that something is sent to; where the target pins some, it may be one that the law has used."""
    return people.somebody(api, people.PHONE, lambda: _made_up(api))


def unknown(api: Api) -> str:
    """A number that no contact has."""
    return people.stranger(api, people.PHONE, lambda: _made_up(api))


def mail(api: Api) -> str:
    """An address that nobody has, or one that the target pins."""
    return people.another(api, people.EMAIL, lambda: f"{mark(api)}@example.com")


def _made_up(api: Api) -> str:
    return f"+316{api.random.randrange(10_000_000, 99_999_999)}"


def found(api: Api, search: str, actor: str = "owner", **given: Any) -> list[Json]:
    """Contacts that a search finds."""
    contacts: list[Json] = done(api, "/contacts/list", actor=actor, search=search, **given)
    return contacts


def field(api: Api, **given: Any) -> str:
    """The name of a new custom field."""
    return str(done(api, "/custom-fields/manage", name=mark(api), **given)["name"])


def without(entity: Json, *names: str) -> Json:
    """The entity but for what differs in any two."""
    return {name: value for name, value in entity.items() if name not in ("id", "createdAt", "updatedAt", *names)}


def templates(api: Api, fits: Callable[[Json], Any] = lambda _: True) -> list[Json]:
    """Approved templates of the owner that fit; the law is not run where there is none."""
    listed = [template for template in done(api, "/whatsapp/templates/list") if fits(template)]
    if not listed:
        pytest.skip("the channel has no approved template of this kind")
    return listed


def filling(template: Json) -> Json:
    """What a message has to give to fill the template."""
    given: Json = {"templateName": template["templateName"], "languageCode": template["languageCode"]}
    given |= {f"body{place}": f"value {place}" for place in range(1, len(template["variables"]) + 1)}
    if template["mediaType"]:
        given[template["mediaType"]] = PICTURE
    elif "{{1}}" in (template["header"] or ""):
        given["header"] = "Saturday"
    return given


def automations(api: Api) -> list[Json]:
    """The owner's automations; the law is not run where there is none."""
    listed: list[Json] = done(api, "/automations/list")
    if not listed:
        pytest.skip("the channel has no automation")
    return listed


def contacts(api: Api) -> Iterator[Json]:
    """All contacts of the owner."""
    page, pages = 1, 1
    while page <= pages:
        body = accepted(call(api, "/contacts/list", page=page, limit=200))
        yield from body["data"]
        page, pages = page + 1, body["pagination"]["pages"]


def answerable(api: Api) -> list[str]:
    """Numbers of contacts who have just written; the law is not run where there are none."""
    numbers = [contact["phoneNumber"] for contact in contacts(api) if age(contact) < SESSION - MARGIN]
    if not numbers:
        pytest.skip("nobody has written to the channel in the last 24 hours")
    return numbers


def age(contact: Json) -> timedelta:
    """How long ago the contact has written; for ever, if never."""
    if contact["lastInboundAt"] is None:
        return timedelta.max
    return datetime.now(UTC) - datetime.fromisoformat(contact["lastInboundAt"].replace("Z", "+00:00"))


def everything(api: Api) -> Json:
    """A good request to each of the thirteen endpoints: path → parameters."""
    sent = done(api, "/whatsapp/templates/send", to=somebody(api), **filling(templates(api)[0]))
    return {
        "/channels/list": {},
        "/contacts/manage": {"phoneNumber": somebody(api), "name": mark(api)},
        "/contacts/list": {"limit": 1},
        "/custom-fields/manage": {"name": mark(api)},
        "/custom-fields/list": {},
        "/labels/manage": {"name": mark(api)},
        "/labels/list": {},
        "/whatsapp/templates/list": {},
        "/whatsapp/templates/send": {"to": somebody(api), **filling(templates(api)[0])},
        "/whatsapp/message/send": {"to": answerable(api)[0], "body": mark(api)},
        "/whatsapp/message/status": {"wamid": sent["wamid"]},
        "/automations/list": {},
        "/automations/trigger": {"phoneNumber": somebody(api), "automationId": automations(api)[0]["id"]},
    }


def in_a_channel(api: Api) -> Json:
    """Those of ``everything`` that are about a channel."""
    return {path: given for path, given in everything(api).items() if path not in ("/channels/list", "/whatsapp/message/status")}


def presented(secret: str, place: str) -> Json:
    """The key in one of the four places, as httpx takes it."""
    return {
        "header": {"headers": {"X-API-Key": secret}},
        "bearer": {"headers": {"Authorization": f"Bearer {secret}"}},
        "query": {"params": {"apiKey": secret}},
        "body": {"json": {"apiKey": secret}},
    }[place]


@law("X01", "X02", "X03", "X04")
@pytest.mark.parametrize("place", ["header", "bearer", "query", "body"])
def test_the_key_is_accepted_in_each_place(xpressbot: Api, place: str) -> None:
    for actor in ("owner", "two_channels", "stranger"):
        for by in BY if place != "body" else ("POST",):
            response = xpressbot.client.request(by, "/channels/list", **presented(xpressbot.cast[actor]["api_key"], place))
            listed = {channel["id"] for channel in accepted(response)["data"]}
            assert listed == set(xpressbot.cast[actor]["channels"]), f"a key in the {place} is the one that counts"


@law("X05")
def test_a_missing_or_unknown_key_is_refused(xpressbot: Api) -> None:
    for path, given in everything(xpressbot).items():
        query = {name: as_text(value) for name, value in given.items()}
        refused(xpressbot.client.get(path, params=query), 401)
        refused(xpressbot.client.post(path, json=given), 401)
        for place in ("header", "bearer", "query"):
            refused(xpressbot.client.post(path, **{"json": given, **presented(mark(xpressbot), place)}), 401)
        refused(xpressbot.client.post(path, json={**given, "apiKey": mark(xpressbot)}), 401)


@law("X06", "X39")
@pytest.mark.parametrize("by", BY)
def test_every_endpoint_answers_get_and_post(xpressbot: Api, by: str) -> None:
    for path, given in everything(xpressbot).items():
        data = accepted(call(xpressbot, path, by, **given))["data"]
        kind = list if path.endswith("/list") else dict
        assert isinstance(data, kind), f"data of {path} is {'a list' if kind is list else 'an object'}"


@law("X07")
def test_lists_are_the_same_by_query_and_by_body(xpressbot: Api) -> None:
    for path in (f"/{name}/list" for name in LISTS):
        (channel,) = xpressbot.cast["owner"]["channels"]
        told = [accepted(call(xpressbot, path, by, channelId=channel)) for by in BY]
        assert told[0] == told[1], f"{path} tells the same by GET and by POST"
    for given in ({"page": 2, "limit": 1}, {"search": "a", "limit": 3}):
        as_given = accepted(call(xpressbot, "/contacts/list", **given))
        assert accepted(call(xpressbot, "/contacts/list", "GET", **given)) == as_given, "numbers are read from the query"
        digits = {name: as_text(value) for name, value in given.items()}
        assert accepted(call(xpressbot, "/contacts/list", **digits)) == as_given, "numbers may be text in JSON as well"
        posted = xpressbot.client.post("/contacts/list", params=digits, headers=key(xpressbot))
        assert accepted(posted) == as_given, "a POST may have its parameters in the query string"


@law("X07")
def test_writing_is_the_same_by_query_and_by_body(xpressbot: Api) -> None:
    plan, points = field(xpressbot), field(xpressbot, type="number")
    name, (automation, *_) = mark(xpressbot), automations(xpressbot)
    template = filling(templates(xpressbot)[0])
    writing: dict[str, tuple[str, Callable[[], str], Json]] = {
        "/contacts/manage": (
            "phoneNumber",
            lambda: phone(xpressbot),
            {"name": "Jane, Doe & Co: +1", "labelNames": ["a,b", name], "customFieldsData": {plan: "pro: x,y", points: 12.5}},
        ),
        "/custom-fields/manage": (
            "name",
            lambda: mark(xpressbot),
            {"type": "dropdown", "isRequired": True, "options": ["a,b", "c"]},
        ),
        "/labels/manage": ("name", lambda: mark(xpressbot), {"description": "Ünïcode", "color": "#FF5733", "displayOrder": -7}),
        "/whatsapp/templates/send": ("to", lambda: phone(xpressbot), {**template, "apiReference": name}),
        "/automations/trigger": ("phoneNumber", lambda: phone(xpressbot), {"automationName": automation["automationName"]}),
    }
    for path, (own, fresh, given) in writing.items():
        told = [done(xpressbot, path, by, **{own: fresh()}, **given) for by in BY]
        apart = ("wamid", "contactId", "timestamp", "executionId", "conversationId", own)
        assert without(told[0], *apart) == without(told[1], *apart), f"{path} does the same by GET and by POST"
        text = {name: as_text(value) for name, value in given.items()}
        spelt = done(xpressbot, path, **{own: fresh()}, **text)
        assert without(spelt, *apart) == without(told[1], *apart), f"{path} takes everything as text, in JSON too"


@law("X08")
def test_the_list_has_the_keys_channels_and_counts_them(xpressbot: Api) -> None:
    for actor, part in xpressbot.cast.items():
        body = accepted(call(xpressbot, "/channels/list", actor=actor))
        listed = [channel["id"] for channel in body["data"]]
        assert sorted(listed) == sorted(part["channels"]), "the channels that the key may use are listed, each once, no other"
        assert str(len(listed)) in body["message"], "the message counts the channels"
        for channel in body["data"]:
            for name in ("id", "name", "phoneNumberId"):
                assert isinstance(channel[name], str), f"{name} of a channel is a text"
            assert isinstance(channel["isActive"], bool), "isActive is a boolean"


@law("X14")
def test_a_channel_must_be_named_where_the_key_has_several(xpressbot: Api) -> None:
    first, second = xpressbot.cast["two_channels"]["channels"]
    (only,) = xpressbot.cast["owner"]["channels"]
    for path, given in in_a_channel(xpressbot).items():
        for by in BY:
            refused(call(xpressbot, path, by, "two_channels", **given), 400)
            accepted(call(xpressbot, path, by, **given))
            accepted(call(xpressbot, path, by, channelId=only, **given))
    number = unknown(xpressbot)
    done(xpressbot, "/contacts/manage", actor="two_channels", phoneNumber=number, channelId=second)
    assert len(found(xpressbot, number, "two_channels", channelId=second)) == 1, "it is done in the channel that is named"
    assert found(xpressbot, number, "two_channels", channelId=first) == [], "and in no other"
    alone = phone(xpressbot)
    done(xpressbot, "/contacts/manage", phoneNumber=alone)
    assert len(found(xpressbot, alone, channelId=only)) == 1, "a key's only channel need not be named"


@law("X37", "X38")
@pytest.mark.parametrize("by", BY)
def test_every_endpoint_refuses_with_the_documented_statuses(xpressbot: Api, by: str) -> None:
    for path, given in in_a_channel(xpressbot).items():
        for actor, other in (("owner", "stranger"), ("stranger", "owner")):
            for channel in xpressbot.cast[other]["channels"]:
                refused(call(xpressbot, path, by, actor, **{**given, "channelId": channel}), 403)
        refused(call(xpressbot, path, by, **{**given, "channelId": mark(xpressbot)}), 404)
        refused(call(xpressbot, path, by, **{**given, "channelId": ""}), 400)
        if not path.endswith("/list"):
            refused(call(xpressbot, path, by), 400)
    refused(call(xpressbot, f"/{mark(xpressbot)}", by), 404)
