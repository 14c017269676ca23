"""The laws of bird: who gets in, what is found, which requests are taken; and what all laws of bird say in one way."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import httpx
import pytest

from contract_tests.deployment import Api
from contract_tests.laws import law, people
from contract_tests.laws.likeness import documented

Json = dict[str, Any]
LIMIT_BYTES = 200 * 1024
REQUIRED = ("channelId", "createdAt", "id", "lastStatusAt", "status")
#: The shape of a refusal by status: 422 says where, all others are code and message and nothing more.
PLAIN = {"code", "message"}
DETAILED = {"code", "message", "details"}
HELLO: Json = {"type": "text", "text": {"text": "Hello"}}


def key(api: Api, actor: str = "owner") -> dict[str, str]:
    """Headers of an actor's request."""
    return {"Authorization": f"AccessKey {api.cast[actor]['access_key']}"}


def home(api: Api, actor: str = "owner") -> str:
    """The path of an actor's workspace."""
    return f"/workspaces/{api.cast[actor]['workspace_id']}"


def channel_id(api: Api, kind: str = "sms", actor: str = "owner") -> str:
    """One of an actor's channels."""
    return str(api.cast[actor]["channels"][kind])


def outbox(api: Api, kind: str = "sms", actor: str = "owner") -> str:
    """The path of the messages of one of an actor's channels."""
    return f"{home(api, actor)}/channels/{channel_id(api, kind, actor)}/messages"


def mark(api: Api) -> str:
    """A word that nobody else has."""
    return f"law-{api.random.getrandbits(64):016x}"


def nobody(api: Api) -> str:
    """An id that belongs to nothing."""
    return str(uuid.UUID(int=api.random.getrandbits(128), version=4))


def phone(api: Api) -> str:
    """A number of a mobile range that is hardly known yet, or one that the target pins."""
    return people.somebody(api, people.PHONE, lambda: f"+316{api.random.randrange(10_000_000, 99_999_999)}")


def mail(api: Api) -> str:
    """An address that nobody has, or one that the target pins."""
    return people.somebody(api, people.EMAIL, lambda: f"{mark(api)}@example.com")


def receivers(api: Api, kind: str, count: int) -> Json:
    """So many different receivers that a channel of this kind can reach."""
    wanted = people.EMAIL if kind == "email" else people.PHONE
    return receiver(*(people.another(api, wanted, lambda: mail(api) if kind == "email" else phone(api)) for _ in range(count)))


def receiver(*values: str) -> Json:
    """The receivers with these identifiers."""
    keys = ("emailaddress" if "@" in value else "phonenumber" for value in values)
    return {"contacts": [{"identifierKey": key, "identifierValue": value} for key, value in zip(keys, values, strict=True)]}


def message(api: Api, **changes: Any) -> Json:
    """A text to one number, changed; a change to None takes the field away."""
    usual: Json = {"receiver": receiver(phone(api)), "body": HELLO}
    return {name: value for name, value in {**usual, **changes}.items() if value is not None}


def post(api: Api, path: str, body: Json, actor: str = "owner") -> httpx.Response:
    """A JSON request with the actor's key."""
    return api.client.post(path, json=body, headers=key(api, actor))


def get(api: Api, path: str, actor: str = "owner", **query: Any) -> httpx.Response:
    """A reading request with the actor's key."""
    return api.client.get(path, params=query, headers=key(api, actor))


def sent(api: Api, kind: str = "sms", **changes: Any) -> Json:
    """Send; the message that the answer shows."""
    return accepted(post(api, outbox(api, kind), message(api, **changes)))


def accepted(response: httpx.Response) -> Json:
    """The message of a 202."""
    assert response.status_code == 202, f"a good message is accepted with 202, not {response.status_code} {response.text}"
    found: Json = documented("bird", response)
    return found


def found(response: httpx.Response) -> Json:
    """The body of a 200."""
    assert response.status_code == 200, f"what exists is shown with 200, not {response.status_code} {response.text}"
    body: Json = documented("bird", response)
    return body


def refused(response: httpx.Response, status: int, place: str | None = None) -> Json:
    """The answer is a refusal with this status in the API's shape; a 422 has ``place`` among its details."""
    assert response.status_code == status, f"{status} is promised, not {response.status_code} {response.text}"
    body: Json = documented("bird", response)
    assert set(body) == (DETAILED if status == 422 else PLAIN), f"a {status} has another shape than {sorted(body)}"
    assert isinstance(body["code"], str), "a refusal has a code"
    assert isinstance(body["message"], str), "a refusal has a message"
    if place is not None:
        assert any(place in known for known in body["details"]), f"details must name {place}, not {sorted(body['details'])}"
    return body


def walk(api: Api, path: str, limit: int = 1000, **query: Any) -> Iterator[Json]:
    """Every entry of a list, page by page."""
    token: Json = {}
    while True:
        page = found(get(api, path, limit=limit, **query, **token))
        assert len(page["results"]) <= limit, f"a page holds at most {limit} entries, not {len(page['results'])}"
        yield from page["results"]
        if "nextPageToken" not in page:
            return
        token = {"pageToken": page["nextPageToken"]}


def batch(api: Api, count: int, kind: str = "sms") -> tuple[str, list[str]]:
    """Send some messages under a tag of their own; the tag and the ids in the order of sending."""
    tag = mark(api)
    return tag, [sent(api, kind, tags=[tag])["id"] for _ in range(count)]


# Credentials and addresses


@law("B01")
def test_only_accesskey_and_a_known_key_get_in(bird: Api) -> None:
    known = bird.cast["owner"]["access_key"]
    path = outbox(bird)
    found(bird.client.get(path, headers={"Authorization": f"AccessKey {known}"}))
    wrong = ["", known, f"Bearer {known}", f"accesskey {known}", f"AccessKey{known}", f"AccessKey  {known}", "AccessKey"]
    wrong += [f"Basic {known}", f"AccessKey {known}x", f"AccessKey {known[:-1]}", f"AccessKey {known.swapcase()}"]
    for header in wrong:
        refused(bird.client.get(path, headers={"Authorization": header}), 401)
        refused(bird.client.post(path, json=message(bird), headers={"Authorization": header}), 401)
    refused(bird.client.get(path), 401)


@law("B01")
def test_a_refused_credential_sends_nothing(bird: Api) -> None:
    tag, _ = batch(bird, 1)
    refused(bird.client.post(outbox(bird), json=message(bird, tags=[tag]), headers={"Authorization": "Bearer x"}), 401)
    assert len(list(walk(bird, outbox(bird), tags=tag))) == 1, "a caller who was not let in sends nothing"


@law("B02", "B24")
def test_a_message_is_accepted_and_read_back(bird: Api) -> None:
    wanted = message(bird)
    answer = accepted(post(bird, outbox(bird), wanted))
    read = found(get(bird, f"{outbox(bird)}/{answer['id']}"))
    for shown in (answer, read):
        assert_whole(shown)
        assert shown["channelId"] == channel_id(bird), "a message belongs to the channel that it was sent through"
        assert shown["body"] == wanted["body"], "a message keeps its body"
    assert read["id"] == answer["id"], "a message is read under the id of the answer"
    assert read["createdAt"] == answer["createdAt"], "when a message was made does not change"


def assert_whole(shown: Json) -> None:
    """The message has what every message has."""
    missing = [name for name in REQUIRED if name not in shown]
    assert not missing, f"every message has {', '.join(REQUIRED)}; missing: {', '.join(missing)}"
    for name in ("id", "channelId"):
        assert str(uuid.UUID(shown[name])) == shown[name].lower(), f"{name} is a UUID"
    for name in ("createdAt", "lastStatusAt"):
        assert datetime.fromisoformat(shown[name]).tzinfo, f"{name} is an RFC 3339 date-time"


@law("B24")
def test_every_listed_message_is_whole(bird: Api) -> None:
    batch(bird, 2)
    for shown in found(get(bird, outbox(bird), limit=50))["results"]:
        assert_whole(shown)


@law("B03", "B06")
def test_ids_that_are_no_uuids_are_refused(bird: Api) -> None:
    mine, channel = home(bird), channel_id(bird)
    for wrong in ("x", "123", channel[:-1], f"{channel}0", channel.replace("-", "_")):
        refused(post(bird, f"/workspaces/{wrong}/channels/{channel}/messages", message(bird)), 422, "workspaceId")
        refused(post(bird, f"{mine}/channels/{wrong}/messages", message(bird)), 422, "channelId")
        refused(get(bird, f"/workspaces/{wrong}/channels/{channel}/messages"), 422, "workspaceId")
        refused(get(bird, f"{mine}/channels/{wrong}/messages"), 422, "channelId")
        refused(get(bird, f"{outbox(bird)}/{wrong}"), 422, "messageId")
    sent(bird)


@law("B04")
def test_what_does_not_exist_and_what_is_anothers_is_the_same_404(bird: Api) -> None:
    mine, channel = home(bird), channel_id(bird)
    theirs, their_channel = home(bird, "stranger"), channel_id(bird, actor="stranger")
    for place in (f"/workspaces/{nobody(bird)}/channels/{channel}", f"{mine}/channels/{nobody(bird)}"):
        refused(post(bird, f"{place}/messages", message(bird)), 404)
        refused(get(bird, f"{place}/messages"), 404)
    missing = refused(post(bird, f"/workspaces/{nobody(bird)}/channels/{channel}/messages", message(bird)), 404)
    foreign = refused(post(bird, f"{theirs}/channels/{their_channel}/messages", message(bird)), 404)
    assert foreign == missing, "another's workspace is answered exactly like one that does not exist"
    missing = refused(post(bird, f"{mine}/channels/{nobody(bird)}/messages", message(bird)), 404)
    foreign = refused(post(bird, f"{mine}/channels/{their_channel}/messages", message(bird)), 404)
    assert foreign == missing, "another's channel is answered exactly like one that does not exist"


@law("B04")
def test_a_message_to_anothers_channel_does_not_arrive(bird: Api) -> None:
    tag = mark(bird)
    refused(post(bird, outbox(bird, actor="stranger"), message(bird, tags=[tag])), 404)
    theirs = found(get(bird, outbox(bird, actor="stranger"), "stranger", tags=tag))
    assert theirs["results"] == [], "nobody sends through another's channel"


# Bodies, sizes, conflicts


def sized(api: Api, size: int) -> bytes:
    """A good message of exactly so many bytes."""
    empty = json.dumps(message(api, body={"type": "text", "text": {"text": ""}}))
    return empty.replace('"text": ""', f'"text": "{"a" * (size - len(empty))}"').encode()


@law("B05")
def test_200_kb_are_accepted_and_one_byte_more_is_not(bird: Api) -> None:
    headers = {**key(bird), "Content-Type": "application/json"}
    fits, outgrown = sized(bird, LIMIT_BYTES), sized(bird, LIMIT_BYTES + 1)
    assert (len(fits), len(outgrown)) == (LIMIT_BYTES, LIMIT_BYTES + 1)
    answer = accepted(bird.client.post(outbox(bird), content=fits, headers=headers))
    text = found(get(bird, f"{outbox(bird)}/{answer['id']}"))["body"]["text"]["text"]
    assert len(text) > 200_000, "a text near the limit is kept whole"
    for body in (outgrown, sized(bird, 2 * LIMIT_BYTES), b" " * (LIMIT_BYTES + 1)):
        refused(bird.client.post(outbox(bird), content=body, headers=headers), 413)


@law("B05")
def test_the_limit_holds_for_a_body_of_unknown_length(bird: Api) -> None:
    headers = {**key(bird), "Content-Type": "application/json"}
    pieces = (b"x" * 1024 for _ in range(201))
    refused(bird.client.post(outbox(bird), content=pieces, headers=headers), 413)
    halves = sized(bird, LIMIT_BYTES)
    accepted(bird.client.post(outbox(bird), content=iter((halves[:1000], halves[1000:])), headers=headers))


@law("B06")
def test_invalid_fields_answer_422_and_name_their_place(bird: Api) -> None:
    wrong: list[tuple[str, Json]] = [
        (".receiver", message(bird, receiver=None)),
        (".receiver", message(bird, receiver="+31612345678")),
        (".receiver.contacts", message(bird, receiver={"contacts": []})),
        (".receiver.contacts[0]", message(bird, receiver={"contacts": [{"identifierValue": phone(bird), "listId": "x"}]})),
        (".receiver.contacts[0]", message(bird, receiver={"contacts": [{"identifierKey": "shoesize", "identifierValue": "42"}]})),
        (".", message(bird, subject="nothing knows this")),
        (".reference", message(bird, reference=7)),
        (".scheduledFor", message(bird, scheduledFor="tomorrow")),
        (".validity", message(bird, validity=-1)),
    ]
    for place, body in wrong:
        refused(post(bird, outbox(bird), body), 422, place)


@law("B06")
def test_no_body_answers_422_and_what_is_no_json_400(bird: Api) -> None:
    headers = {**key(bird), "Content-Type": "application/json"}
    refused(bird.client.post(outbox(bird), content=b"", headers=headers), 422)
    for body in (b"{", b"hello", b'{"receiver": NaN}', b"\xff\xfe"):
        refused(bird.client.post(outbox(bird), content=body, headers=headers), 400)
    for body in (b"null", b"[]", b'"text"', b"1"):
        refused(bird.client.post(outbox(bird), content=body, headers=headers), 422)


@law("B07", "B08")
def test_an_inactive_channel_answers_409_and_sends_nothing(bird: Api) -> None:
    tag = mark(bird)
    refused(post(bird, outbox(bird, "inactive"), message(bird, tags=[tag])), 409)
    assert found(get(bird, outbox(bird, "inactive"), tags=tag))["results"] == [], "an inactive channel sends nothing"
    sent(bird, tags=[tag])


@contextmanager
def channel_status(api: Api, status: str) -> Iterator[None]:
    """The owner's SMS channel with another status, for a while."""
    if api.control is None:
        pytest.skip("needs the control plane of a mock")
    path = f"/bird/workspaces/{api.cast['owner']['workspace_id']}/channels/{channel_id(api)}"
    api.control.patch(path, json={"status": status}).raise_for_status()
    try:
        yield
    finally:
        api.control.patch(path, json={"status": "active"}).raise_for_status()


@law("B07", "B08")
def test_a_channel_sends_while_it_is_active(bird: Api) -> None:
    sent(bird)
    with channel_status(bird, "inactive"):
        refused(post(bird, outbox(bird), message(bird)), 409)
        found(get(bird, outbox(bird)))
    sent(bird)
