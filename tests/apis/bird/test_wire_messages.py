"""Messages on the wire: sent, refused in bird's own words, listed, read."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

MALFORMED = "One or more fields provided in the request body are malformed"
BAD_PARAMETER = "One or more parameters of the request are invalid"
CONTACT = {"identifierValue": "+31612345678"}
NOBODY = "00000000-0000-4000-8000-000000000000"


def told(response: httpx.Response) -> tuple[int, dict[str, Any]]:
    return response.status_code, response.json()


def invalid(message: str, place: str, reason: str, code: str = "InvalidPayload") -> tuple[int, dict[str, Any]]:
    return 422, {"code": code, "message": message, "details": {place: [reason]}}


def test_a_message_is_sent_and_read_back(wire: Any) -> None:
    sent = wire.owner.send(reference="order-1", tags=["VIP"])
    assert sent.status_code == 202
    body = sent.json()
    varying = {name: body[name] for name in ("id", "bodyId", "createdAt", "updatedAt", "lastStatusAt")}
    assert body == {
        **varying,
        "channelId": wire.owner.cast["channels"]["sms"],
        "platformId": "sms",
        "direction": "outgoing",
        "status": "accepted",
        "sender": {"connector": {"id": "ae97ba94-d0ed-482f-8f6d-05584ef8aa38", "identifierValue": "+3197010203040"}},
        "receiver": {
            "contacts": [
                {
                    "id": "830e07bc-1e39-4f10-92bd-4acefaecbd38",
                    "identifierKey": "phonenumber",
                    "identifierValue": "+31612345678",
                }
            ]
        },
        "body": {"type": "text", "text": {"text": "hi"}},
        "reference": "order-1",
        "chargeableUnits": 1,
        "tags": ["vip"],
        "tagIds": ["57124242-5051-41cc-917f-9acae01f5057"],
    }
    assert wire.owner.client.get(f"{wire.owner.channel()}/messages/{body['id']}").json() == body
    assert wire.owner.client.get(f"{wire.owner.channel()}/messages", params={"limit": 1}).json()["results"] == [body]
    assert wire.owner.client.get(f"{wire.owner.home}/channels/messages", params={"limit": 1}).json()["results"] == [body]


@pytest.mark.parametrize(
    ("changes", "place", "reason"),
    [
        ({"receiver": {"contacts": [{**CONTACT, "listId": 1}]}}, ".receiver.contacts[0]", 'property "listId" is unsupported'),
        ({"receiver": None}, ".receiver", "is required"),
        ({"receiver": {"contacts": []}}, ".receiver.contacts", "must have at least 1 items"),
        ({"receiver": {"contacts": [{}]}}, ".receiver.contacts[0]", "must be one of the documented forms"),
        ({"body": None}, ".", "must be exactly one of the documented forms"),
        ({"subject": "x"}, ".", 'property "subject" is unsupported'),
        ({"<script>": "x"}, ".", "property of that name is unsupported"),
        ({"body": {"type": "text", "text": {}}}, ".body.text.text", "is required"),
        ({"body": {"type": "gif", "gif": {"mediaUrl": "x"}}}, ".body.gif.mediaUrl", "must be a valid uri"),
        ({"tags": ["x"] * 11}, ".tags", "must have at most 10 items"),
        ({"scheduledFor": "soon"}, ".scheduledFor", "must be a valid date-time"),
    ],
)
def test_a_field_that_breaks_its_rules_is_named(wire: Any, changes: dict[str, Any], place: str, reason: str) -> None:
    status, body = told(wire.owner.send(**changes))
    assert (status, body["code"], body["message"]) == (422, "InvalidPayload", MALFORMED)
    assert set(body) == {"code", "message", "details"}
    assert reason in body["details"][place]


@pytest.mark.parametrize(
    ("kind", "changes", "message", "place", "reason"),
    [
        (
            "sms",
            {"receiver": {"contacts": [CONTACT, CONTACT]}},
            "Only e-mail channels take several receivers",
            ".receiver.contacts",
            "must have at most 1 items on this channel",
        ),
        (
            "email",
            {"receiver": {"contacts": [{"identifierValue": "a@example.com"}, CONTACT]}},
            "The receiver cannot be reached through this channel",
            ".receiver.contacts[1]",
            "must have an identifier of the channel's kind",
        ),
        (
            "sms",
            {"receiver": {"contacts": [{"id": NOBODY}]}},
            "The receiver is not a contact of the workspace",
            ".receiver.contacts[0].id",
            "must be the id of a contact",
        ),
        (
            "sms",
            {"scheduledFor": "2999-01-01T00:00:00Z"},
            "A message can be scheduled at most 35 days ahead",
            ".scheduledFor",
            "must be at most 35 days ahead",
        ),
        (
            "sms",
            {"body": None, "template": {"projectId": NOBODY, "version": "latest", "locale": "en"}},
            "The template does not exist",
            ".template",
            "must name a project, version and locale of the workspace",
        ),
        (
            "sms",
            {
                "body": None,
                "template": {"projectId": "c7a2ea20-b2f1-4c94-ae05-319acb5c7427", "version": "latest", "locale": "nl"},
            },
            "The template has no content for this channel's platform",
            ".template",
            "must have content for the channel's platform",
        ),
    ],
)
def test_what_the_rules_refuse_is_named_too(
    wire: Any, kind: str, changes: dict[str, Any], message: str, place: str, reason: str
) -> None:
    assert told(wire.owner.send(kind, **changes)) == invalid(message, place, reason)


def test_of_many_mistakes_no_more_than_twenty_places_are_told(wire: Any) -> None:
    contacts = [{"identifierValue": "x"} for _ in range(50)]
    assert len(wire.owner.send(receiver={"contacts": contacts}).json()["details"]) == 20


def test_an_inactive_channel_conflicts_until_an_administrator_switches_it_on(wire: Any) -> None:
    assert told(wire.owner.send("inactive")) == (409, {"code": "Conflict", "message": "The channel is not active."})
    channel = wire.owner.cast["channels"]["inactive"]
    switch = f"/bird/workspaces/{wire.owner.cast['workspace_id']}/channels/{channel}"
    assert wire.control.patch(switch, json={"status": "active"}).json() == {"id": channel, "status": "active"}
    assert wire.owner.send("inactive").status_code == 202
    assert wire.owner.client.get(wire.owner.channel("inactive")).json()["status"] == "active"


@pytest.mark.parametrize(
    ("content", "content_type", "expected"),
    [
        (b"{", "application/json", (400, "MalformedRequest", "The request body cannot be read as its content type says.")),
        (
            b"{}",
            "text/plain",
            (415, "UnsupportedMediaType", "The request body has a content type that is not accepted here."),
        ),
        (
            b" " * 204_801,
            "application/json",
            (413, "PayloadTooLarge", "The request body is larger than this address accepts."),
        ),
    ],
)
def test_a_body_that_cannot_be_read(wire: Any, content: bytes, content_type: str, expected: tuple[int, str, str]) -> None:
    path = f"{wire.owner.channel()}/messages"
    status, body = told(wire.owner.client.post(path, content=content, headers={"Content-Type": content_type}))
    assert (status, body) == (expected[0], {"code": expected[1], "message": expected[2]})


def test_a_missing_body_is_an_invalid_one(wire: Any) -> None:
    reply = wire.owner.client.post(f"{wire.owner.channel()}/messages", headers={"Content-Type": "application/json"})
    assert told(reply) == invalid("The request needs a body", ".", "a body is required")


@pytest.mark.parametrize("size", [204_800, 204_801])
def test_the_limit_is_exact(wire: Any, size: int) -> None:
    message = {"receiver": {"contacts": [CONTACT]}, "body": {"type": "text", "text": {"text": ""}}}
    message["body"]["text"]["text"] = "a" * (size - len(json.dumps(message)))
    content = json.dumps(message).encode()
    assert len(content) == size
    path, headers = f"{wire.owner.channel()}/messages", {"Content-Type": "application/json"}
    assert wire.owner.client.post(path, content=content, headers=headers).status_code == (202 if size == 204_800 else 413)


@pytest.mark.parametrize(
    ("query", "place", "reason"),
    [
        ("limit=0", "limit", "must be at least 1"),
        ("limit=1001", "limit", "must be at most 1000"),
        ("limit=ten", "limit", "must be of type integer"),
        ("limit=1&limit=2", "limit", "must be given once"),
        ("pageToken=x", "pageToken", "is not a token of this list"),
        ("reverse=yes", "reverse", "must be of type boolean"),
        ("direction=up", "direction", "must be one of incoming, outgoing"),
        ("startAt=now", "startAt", "must be a valid date-time"),
        ("tags=a&tags=%2C", "tags[1]", "must have the documented form"),
    ],
)
def test_a_parameter_that_breaks_its_rules_is_named(wire: Any, query: str, place: str, reason: str) -> None:
    for path in (f"{wire.owner.channel()}/messages", f"{wire.owner.home}/channels/messages"):
        reply = told(wire.owner.client.get(f"{path}?{query}"))
        assert reply == invalid(BAD_PARAMETER, place, reason, "InvalidParameters")


@pytest.mark.parametrize("brackets", ["", "[]", "%5B%5D"])
def test_filters_are_read_under_both_names_that_clients_write(wire: Any, brackets: str) -> None:
    wire.owner.send(tags=["bracketed"])
    path = f"/workspaces/{wire.owner.cast['workspace_id']}/channels/messages"
    query = f"tags{brackets}=bracketed&tags{brackets}=nothing&status{brackets}=accepted"
    found = wire.owner.client.get(f"{path}?{query}").json()["results"]
    assert found
    assert all(("bracketed" in each["tags"], each["status"]) == (True, "accepted") for each in found)


def test_an_id_that_is_no_uuid_is_named(wire: Any) -> None:
    reply = told(wire.owner.client.get("/workspaces/x/channels/y/messages"))
    assert reply == invalid(BAD_PARAMETER, "workspaceId", "must be a valid uuid", "InvalidParameters")


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_anothers_places_are_answered_like_missing_ones(wire: Any, method: str) -> None:
    theirs = wire.stranger.channel().removeprefix(wire.stranger.home)
    message = {"receiver": {"contacts": [CONTACT]}, "body": {"type": "text", "text": {"text": "hi"}}}
    body = {"json": message} if method == "POST" else {}
    for place in (wire.stranger.channel(), f"/workspaces/{NOBODY}/channels/{NOBODY}"):
        reply = wire.owner.client.request(method, f"{place}/messages", **body)
        assert told(reply) == (404, {"code": "NotFound", "message": "The workspace does not exist."})
    for place in (f"{wire.owner.home}{theirs}", f"{wire.owner.home}/channels/{NOBODY}"):
        reply = wire.owner.client.request(method, f"{place}/messages", **body)
        assert told(reply) == (404, {"code": "NotFound", "message": "The channel does not exist."})


def test_a_message_needs_all_three_of_its_ids(wire: Any) -> None:
    message_id = wire.owner.send().json()["id"]
    for path in (f"{wire.owner.channel('whatsapp')}/messages/{message_id}", f"{wire.owner.channel()}/messages/{NOBODY}"):
        reply = told(wire.owner.client.get(path))
        assert reply == (404, {"code": "NotFound", "message": "The message does not exist."})


def test_a_refused_message_leaves_no_trace(wire: Any) -> None:
    def seen() -> list[Any]:
        paths = (f"{wire.owner.home}/contacts?limit=1000", f"{wire.owner.home}/channels/messages?limit=1000")
        return [wire.owner.client.get(path).json() for path in paths]

    before = seen()
    fresh = [{"identifierValue": "fresh@example.com"}, CONTACT]
    assert wire.owner.send("email", receiver={"contacts": fresh}).status_code == 422
    assert seen() == before


@pytest.mark.parametrize(("method", "path"), [("GET", "/nowhere"), ("POST", "/workspaces"), ("GET", "/workspaces/x/y")])
def test_a_path_of_no_operation(wire: Any, method: str, path: str) -> None:
    reply = wire.owner.client.request(method, path)
    assert told(reply) == (404, {"code": "NotFound", "message": "There is nothing at this path."})


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("DELETE", "{channel}/messages", "GET, HEAD, POST"),
        ("GET", "{home}/channels/presigned-upload", "POST"),
        ("POST", "{home}/channels/messages", "GET, HEAD"),
    ],
)
def test_a_method_that_the_path_does_not_take(wire: Any, method: str, path: str, allow: str) -> None:
    reply = wire.owner.client.request(method, path.format(channel=wire.owner.channel(), home=wire.owner.home))
    assert told(reply) == (405, {"code": "MethodNotAllowed", "message": "This path does not take that method."})
    assert reply.headers["Allow"] == allow
