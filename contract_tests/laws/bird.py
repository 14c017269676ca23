"""The laws of bird: what sending takes and makes, what uploads entitle to, and that lists tell everything once."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from contract_tests.laws import law
from contract_tests.target import Api

Json = dict[str, Any]
LIMIT_BYTES = 200 * 1024
REQUIRED = ("channelId", "createdAt", "id", "lastStatusAt", "status")
PICTURE = b"\x89PNG\r\n\x1a\n a law's picture"
#: The shape of a refusal by status: 422 says where, all others are code and message and nothing more.
PLAIN = {"code", "message"}
DETAILED = {"code", "message", "details"}

BODIES: dict[str, Json] = {
    "text": {"text": "Hello"},
    "html": {"html": "<p>Hello</p>", "text": "Hello", "metadata": {"subject": "Hello"}},
    "image": {"images": [{"mediaUrl": "https://cdn.example.com/a.png", "altText": "A"}], "text": "Hello"},
    "file": {"files": [{"mediaUrl": "https://cdn.example.com/a.pdf", "contentType": "application/pdf", "filename": "a.pdf"}]},
    "gif": {"mediaUrl": "https://cdn.example.com/a.gif"},
    "location": {"coordinates": {"latitude": 52.37, "longitude": 4.89}},
    "carousel": {"items": [{"title": "One"}, {"title": "Two"}]},
    "list": {"text": "Choose", "items": [{"title": "One"}]},
    "section": {"items": [{"type": "text", "text": {"text": "Hello"}}]},
    "authentication": {"otp": {"disclaimer": True, "expirationTime": 10}},
    "action": {"permission_request": {"resource": "call"}},
}
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
    """A number of a mobile range that is hardly known yet."""
    return f"+316{api.random.randrange(10_000_000, 99_999_999)}"


def mail(api: Api) -> str:
    """An address that nobody has."""
    return f"{mark(api)}@example.com"


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
    found: Json = response.json()
    return found


def found(response: httpx.Response) -> Json:
    """The body of a 200."""
    assert response.status_code == 200, f"what exists is shown with 200, not {response.status_code} {response.text}"
    body: Json = response.json()
    return body


def refused(response: httpx.Response, status: int, place: str | None = None) -> Json:
    """The answer is a refusal with this status in the API's shape; a 422 has ``place`` among its details."""
    assert response.status_code == status, f"{status} is promised, not {response.status_code} {response.text}"
    body: Json = response.json()
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


# Contacts


def contacts_with(api: Api, value: str) -> list[Json]:
    """The owner's contacts that have this identifier."""
    everybody = walk(api, f"{home(api)}/contacts")
    return [one for one in everybody if value in (identifier["value"] for identifier in one["featuredIdentifiers"])]


@law("B09", "B10")
@pytest.mark.parametrize(("kind", "wanted"), [("sms", "phonenumber"), ("whatsapp", "phonenumber"), ("email", "emailaddress")])
def test_sending_makes_one_contact_with_the_channels_kind_of_identifier(bird: Api, kind: str, wanted: str) -> None:
    value = mail(bird) if kind == "email" else phone(bird)
    while contacts_with(bird, value):
        value = phone(bird)
    first = sent(bird, kind, receiver=receiver(value))["receiver"]["contacts"][0]
    assert (first["identifierKey"], first["identifierValue"]) == (wanted, value), f"a {kind} receiver has a {wanted}"
    known = contacts_with(bird, value)
    assert [one["id"] for one in known] == [first["id"]], "sending makes the contact that the message names"
    identifiers = [(identifier["key"], identifier["value"]) for identifier in known[0]["featuredIdentifiers"]]
    assert identifiers == [(wanted, value)], f"the contact has the {wanted} and nothing else"
    again = sent(bird, kind, receiver=receiver(value))["receiver"]["contacts"][0]
    assert again["id"] == first["id"], "a second message goes to the contact of the first"
    assert len(contacts_with(bird, value)) == 1, "a second message makes no second contact"
    found(get(bird, f"{home(bird)}/contacts/{first['id']}"))


@law("B10")
def test_a_receiver_of_the_wrong_kind_is_refused_and_makes_no_contact(bird: Api) -> None:
    for kind, value in (("sms", mail(bird)), ("whatsapp", mail(bird)), ("email", phone(bird))):
        if contacts_with(bird, value):
            continue
        refused(post(bird, outbox(bird, kind), message(bird, receiver=receiver(value))), 422, ".receiver.contacts[0]")
        said = "emailaddress" if kind == "email" else "phonenumber"
        for given in ({"identifierValue": value}, {"identifierKey": said, "identifierValue": value}):
            lying = message(bird, receiver={"contacts": [given]})
            refused(post(bird, outbox(bird, kind), lying), 422, ".receiver.contacts[0]")
        assert contacts_with(bird, value) == [], "a refused message makes no contact"


@law("B11")
def test_a_message_has_a_body_or_a_template_and_never_both(bird: Api) -> None:
    template = bird.cast["owner"]["template"]
    shown = sent(bird, body=None, template=template)
    read = found(get(bird, f"{outbox(bird)}/{shown['id']}"))
    assert all(read["template"][name] == template[name] for name in template), "a message keeps its template"
    assert "template" not in sent(bird), "a message with a body has no template"
    refused(post(bird, outbox(bird), message(bird, body=None)), 422)
    refused(post(bird, outbox(bird), message(bird, template=template)), 422)
    refused(post(bird, outbox(bird), {**message(bird, template=template), "body": None}), 422)


@law("B11")
def test_a_template_that_does_not_exist_is_refused(bird: Api) -> None:
    template = bird.cast["owner"]["template"]
    foreign = bird.cast["stranger"]["template"]
    for wrong in ({**template, "projectId": nobody(bird)}, {**template, "version": nobody(bird)}, foreign):
        refused(post(bird, outbox(bird), message(bird, body=None, template=wrong)), 422, ".template")


@law("B12")
def test_several_receivers_are_for_mail_only(bird: Api) -> None:
    values = [mail(bird), mail(bird), mail(bird)]
    shown = sent(bird, "email", receiver=receiver(*values))
    for view in (shown, found(get(bird, f"{outbox(bird, 'email')}/{shown['id']}"))):
        got = [contact["identifierValue"] for contact in view["receiver"]["contacts"]]
        assert got == values, "an e-mail goes to all of its receivers"
    for kind in ("sms", "whatsapp"):
        tag = mark(bird)
        several = message(bird, receiver=receiver(phone(bird), phone(bird)), tags=[tag])
        refused(post(bird, outbox(bird, kind), several), 422, ".receiver.contacts")
        assert found(get(bird, outbox(bird, kind), tags=tag))["results"] == [], "none of several receivers gets the message"
        sent(bird, kind)


# Media


def presigned(api: Api, kind: str | None = None, content_type: str = "image/png") -> Json:
    """A presigned upload for the workspace, or for one of its channels."""
    place = f"{home(api)}/channels" if kind is None else f"{home(api)}/channels/{channel_id(api, kind)}"
    return found(post(api, f"{place}/presigned-upload", {"contentType": content_type}))


def upload(upload_of: Json, **changes: str) -> httpx.Response:
    """Do what the presigned upload says, with no credential."""
    form = {**upload_of["uploadFormData"], **changes}
    files = {"file": ("a.png", PICTURE, "image/png")}
    return httpx.request(upload_of["uploadMethod"], upload_of["uploadUrl"], data=form, files=files, timeout=30, trust_env=False)


def uploaded(api: Api, kind: str | None = None) -> str:
    """The ``mediaUrl`` of a finished upload."""
    prepared = presigned(api, kind)
    answer = upload(prepared)
    assert answer.status_code == 204, f"the form that was handed out stores the file with 204, not {answer.status_code}"
    return str(prepared["mediaUrl"])


def picture(link: str) -> Json:
    """A body that refers to a medium."""
    return {"type": "image", "image": {"images": [{"mediaUrl": link}]}}


@law("B13")
def test_the_workspaces_media_are_used_in_any_channel(bird: Api) -> None:
    link = uploaded(bird)
    for kind, value in (("sms", phone(bird)), ("whatsapp", phone(bird)), ("email", mail(bird))):
        shown = sent(bird, kind, receiver=receiver(value), body=picture(link))
        assert shown["body"] == picture(link), "a message keeps its media's address"


@law("B14")
def test_a_channels_media_are_used_there_only(bird: Api) -> None:
    link = uploaded(bird, "whatsapp")
    sent(bird, "whatsapp", body=picture(link))
    refused(post(bird, outbox(bird, "sms"), message(bird, body=picture(link))), 422, ".body.image.images[0].mediaUrl")
    elsewhere = message(bird, receiver=receiver(mail(bird)), body=picture(link))
    refused(post(bird, outbox(bird, "email"), elsewhere), 422, ".body.image.images[0].mediaUrl")


@law("B13", "B14", "B04")
def test_an_upload_is_prepared_in_ones_own_places_only(bird: Api) -> None:
    body = {"contentType": "image/png"}
    places = [f"/workspaces/{nobody(bird)}/channels", f"{home(bird, 'stranger')}/channels"]
    places += [f"{home(bird)}/channels/{nobody(bird)}", f"{home(bird)}/channels/{channel_id(bird, actor='stranger')}"]
    for place in places:
        refused(post(bird, f"{place}/presigned-upload", body), 404)


@law("B15")
@pytest.mark.parametrize("kind", [None, "sms"])
def test_a_presigned_upload_needs_a_content_type_and_says_how(bird: Api, kind: str | None) -> None:
    prepared = presigned(bird, kind)
    for name in ("mediaUrl", "uploadUrl"):
        assert httpx.URL(prepared[name]).is_absolute_url, f"{name} is an absolute address"
    assert prepared["uploadMethod"] == "POST", "an upload is a POST"
    assert isinstance(prepared["uploadFormData"], dict), "uploadFormData is an object"
    assert prepared["uploadFormData"], "uploadFormData has fields"
    assert presigned(bird, kind)["mediaUrl"] != prepared["mediaUrl"], "each upload has an address of its own"
    place = f"{home(bird)}/channels" if kind is None else f"{home(bird)}/channels/{channel_id(bird, kind)}"
    for wrong in ({}, {"contentType": ""}, {"contentType": None}, {"contentType": 7}):
        refused(post(bird, f"{place}/presigned-upload", wrong), 422, ".contentType")
    refused(bird.client.post(f"{place}/presigned-upload", json={"contentType": "image/png"}), 401)


@law("B16", "B17", "B18")
@pytest.mark.parametrize("kind", [None, "whatsapp"])
def test_the_form_and_a_file_store_the_file_without_a_key(bird: Api, kind: str | None) -> None:
    prepared = presigned(bird, kind)
    assert httpx.get(prepared["mediaUrl"], trust_env=False).status_code == 404, "before the upload there is no file"
    early = post(bird, outbox(bird, "whatsapp"), message(bird, body=picture(prepared["mediaUrl"])))
    refused(early, 422, ".body.image.images[0].mediaUrl")
    answer = upload(prepared)
    assert answer.status_code == 204, f"the upload needs no key and answers 204, not {answer.status_code} {answer.text}"
    served = httpx.get(prepared["mediaUrl"], trust_env=False)
    assert served.status_code == 200, "after the upload anyone can read the file"
    assert served.content == PICTURE, "the file is served as it was uploaded"
    assert served.headers["content-type"] == "image/png", "the file is served with the type that was announced"
    sent(bird, "whatsapp", body=picture(prepared["mediaUrl"]))


@law("B16", "B17")
def test_a_form_that_was_not_handed_out_stores_nothing(bird: Api) -> None:
    prepared, other = presigned(bird), presigned(bird)
    for name, value in prepared["uploadFormData"].items():
        refused(upload(prepared, **{name: f"{value}x"}), 403)
    stolen = other["uploadFormData"]["x-amz-signature"]
    refused(upload(prepared, **{"x-amz-signature": stolen}), 403)
    missing = {**prepared, "uploadFormData": {k: v for k, v in prepared["uploadFormData"].items() if k != "policy"}}
    refused(upload(missing), 422, ".policy")
    nothing = httpx.post(prepared["uploadUrl"], data={}, files={"other": ("a", b"x")}, trust_env=False)
    refused(nothing, 422, ".file")
    assert httpx.get(prepared["mediaUrl"], trust_env=False).status_code == 404, "a refused upload stores nothing"
    assert upload(prepared).status_code == 204, "refused attempts do not use up the form"
    refused(upload(prepared), 409)


# Lists


@law("B19", "B29")
def test_a_list_holds_25_unless_limit_says_otherwise(bird: Api) -> None:
    tag, ids = batch(bird, 27)
    everything = {"tags": tag}
    assert len(found(get(bird, outbox(bird), **everything))["results"]) == 25, "a page holds 25 messages by default"
    for limit in (1, 2, 26):
        page = found(get(bird, outbox(bird), **everything, limit=limit))
        assert len(page["results"]) == limit, f"a page of limit {limit} is full while there is enough"
    whole = found(get(bird, outbox(bird), **everything, limit=1000))
    assert {entry["id"] for entry in whole["results"]} == set(ids), "a list shows every message of the channel"
    for wrong in ("0", "-1", "1001", "99999999999999999999", "x", "1.5", ""):
        for path in (outbox(bird), f"{home(bird)}/channels/messages"):
            refused(get(bird, path, limit=wrong), 422, "limit")


@law("B20", "B21")
@pytest.mark.parametrize("everywhere", [False, True])
def test_tokens_walk_over_every_message_once_in_either_order(bird: Api, everywhere: bool) -> None:
    tag, ids = batch(bird, 7)
    path = f"{home(bird)}/channels/messages" if everywhere else outbox(bird)
    for limit in (1, 3, 7, 8):
        forward = [entry["id"] for entry in walk(bird, path, limit, tags=tag)]
        assert len(forward) == len(set(forward)), "no message comes twice"
        assert sorted(forward) == sorted(ids), "every message comes"
        backward = [entry["id"] for entry in walk(bird, path, limit, tags=tag, reverse="true")]
        assert backward == forward[::-1], "reverse turns the order round"
        assert forward == [entry["id"] for entry in walk(bird, path, limit, tags=tag, reverse="false")], "false is the default"
    assert "nextPageToken" in found(get(bird, path, tags=tag, limit=6)), "where more is to come there is a token"
    assert "nextPageToken" not in found(get(bird, path, tags=tag, limit=7)), "at the end there is no token"


@law("B20")
def test_a_token_that_was_not_given_out_is_refused(bird: Api) -> None:
    tag, _ = batch(bird, 2)
    token = found(get(bird, outbox(bird), tags=tag, limit=1))["nextPageToken"]
    for wrong in ("x", "AAAA", token[::-1], f"{token}x", "☃"):
        refused(get(bird, outbox(bird), tags=tag, pageToken=wrong), 422, "pageToken")
    found(get(bird, outbox(bird), tags=tag, pageToken=token))


@law("B21")
def test_reverse_is_a_boolean(bird: Api) -> None:
    for wrong in ("yes", "1", ""):
        refused(get(bird, outbox(bird), reverse=wrong), 422, "reverse")


@law("B19")
def test_filters_keep_what_fits(bird: Api) -> None:
    tag, (first, second) = batch(bird, 2)
    made = found(get(bird, f"{outbox(bird)}/{second}"))["createdAt"]
    fits: list[tuple[Json, set[str]]] = [
        ({}, {first, second}),
        ({"direction": "outgoing"}, {first, second}),
        ({"direction": "incoming"}, set()),
        ({"status": "rejected"}, set()),
        ({"endAt": "2001-01-01T00:00:00Z"}, set()),
        ({"startAt": "2001-01-01T00:00:00Z"}, {first, second}),
        ({"startAt": made}, {second}),
    ]
    for query, wanted in fits:
        got = {entry["id"] for entry in walk(bird, outbox(bird), tags=tag, **query)}
        # The first may have been made in the same instant.
        assert got - {first} == wanted - {first}, f"the filter {query} keeps what fits and nothing else"
    for wrong in ({"direction": "sideways"}, {"status": "lost"}, {"startAt": "yesterday"}, {"endAt": "1"}):
        refused(get(bird, outbox(bird), **wrong), 422, next(iter(wrong)))


@law("B19", "B22")
def test_the_workspaces_list_holds_all_channels_and_a_channels_list_its_own(bird: Api) -> None:
    tag = mark(bird)
    to = {"sms": phone(bird), "whatsapp": phone(bird), "email": mail(bird)}
    ids = {kind: sent(bird, kind, receiver=receiver(value), tags=[tag])["id"] for kind, value in to.items()}
    everywhere = list(walk(bird, f"{home(bird)}/channels/messages", tags=tag))
    assert {entry["id"] for entry in everywhere} == set(ids.values()), "the workspace's list holds every channel's messages"
    for kind, message_id in ids.items():
        own = list(walk(bird, outbox(bird, kind), tags=tag))
        assert [entry["id"] for entry in own] == [message_id], "a channel's list holds its own messages only"
        assert own[0] in everywhere, "a message looks the same in both lists"
    assert found(get(bird, f"{home(bird, 'stranger')}/channels/messages", "stranger", tags=tag))["results"] == []
    for workspace in (nobody(bird), bird.cast["stranger"]["workspace_id"]):
        refused(get(bird, f"/workspaces/{workspace}/channels/messages"), 404)


@law("B23")
def test_a_message_is_read_by_all_three_ids(bird: Api) -> None:
    message_id = sent(bird)["id"]
    read = found(get(bird, f"{outbox(bird)}/{message_id}"))
    assert read["id"] == message_id, "the message asked for is the one shown"
    refused(get(bird, f"{outbox(bird)}/{nobody(bird)}"), 404)
    refused(get(bird, f"{outbox(bird, 'whatsapp')}/{message_id}"), 404)
    refused(get(bird, f"{home(bird)}/channels/{nobody(bird)}/messages/{message_id}"), 404)
    refused(get(bird, f"/workspaces/{nobody(bird)}/channels/{channel_id(bird)}/messages/{message_id}"), 404)
    refused(get(bird, f"{outbox(bird)}/{message_id}", "stranger"), 404)
    refused(get(bird, f"{outbox(bird, actor='stranger')}/{message_id}", "stranger"), 404)


# What a message carries


def moment(base: str, **ahead: int) -> str:
    """A date-time so far ahead of another."""
    return (datetime.fromisoformat(base) + timedelta(**ahead)).astimezone(UTC).isoformat().replace("+00:00", "Z")


@law("B25")
def test_a_message_is_scheduled_up_to_35_days_ahead(bird: Api) -> None:
    # The API's own clock, which a sandbox may have moved.
    now = sent(bird)["createdAt"]
    for ahead in ({"days": 36}, {"days": 35, "minutes": 5}, {"days": 4000}):
        refused(post(bird, outbox(bird), message(bird, scheduledFor=moment(now, **ahead))), 422, ".scheduledFor")
    for ahead in ({"days": 34}, {"hours": 1}, {"minutes": 20}):
        wanted = moment(now, **ahead)
        shown = sent(bird, scheduledFor=wanted)
        assert shown["status"] == "scheduled", f"a message {ahead} ahead waits"
        assert datetime.fromisoformat(shown["scheduledFor"]) == datetime.fromisoformat(wanted), "and shows until when"


@law("B25")
def test_a_message_within_ten_minutes_may_go_at_once(bird: Api) -> None:
    now = sent(bird)["createdAt"]
    for ahead in ({"minutes": 5}, {"seconds": 1}, {"days": -1}):
        shown = sent(bird, scheduledFor=moment(now, **ahead))
        assert shown["status"] in ("accepted", "scheduled", "processing", "sent", "delivered"), (
            f"a message {ahead} ahead is taken"
        )


@law("B26")
def test_tags_are_lower_cased_made_and_given_ids(bird: Api) -> None:
    new = mark(bird)
    shown = sent(bird, tags=[new.upper(), "Law Tag_1"])
    read = found(get(bird, f"{outbox(bird)}/{shown['id']}"))
    for view in (shown, read):
        assert view["tags"] == [new, "law tag_1"], "tags are kept in lower case"
        assert len(view["tagIds"]) == len(set(view["tagIds"])) == 2, "every tag has an id"
        assert all(uuid.UUID(tag_id) for tag_id in view["tagIds"]), "a tag's id is a UUID"
    again = sent(bird, tags=[new])
    assert again["tagIds"] == shown["tagIds"][:1], "a tag that exists is not made again"


@law("B26")
def test_there_are_at_most_ten_tags(bird: Api) -> None:
    tags = [f"law {number}" for number in range(11)]
    assert sent(bird, tags=tags[:10])["tags"] == tags[:10], "ten tags are fine"
    refused(post(bird, outbox(bird), message(bird, tags=tags)), 422, ".tags")
    sent(bird, tags=["x" * 50])
    for wrong in ("", "x" * 51, "a,b", "ü"):
        refused(post(bird, outbox(bird), message(bird, tags=[wrong])), 422, ".tags[0]")


@law("B27")
@pytest.mark.parametrize("kind", list(BODIES))
def test_a_body_is_one_of_eleven_types_and_comes_back_as_it_was(bird: Api, kind: str) -> None:
    body = {"type": kind, kind: BODIES[kind]}
    shown = sent(bird, "email", receiver=receiver(mail(bird)), body=body)
    assert shown["body"] == body, f"a {kind} body comes back"
    assert found(get(bird, f"{outbox(bird, 'email')}/{shown['id']}"))["body"] == body, f"a {kind} body is kept"
    other = next(name for name in BODIES if name != kind)
    for wrong in (
        {"type": kind},
        {"type": kind, other: BODIES[other]},
        {**body, "extra": 1},
        {"type": other, kind: BODIES[kind]},
    ):
        refused(post(bird, outbox(bird), message(bird, body=wrong)), 422, ".body")


@law("B27")
def test_there_is_no_twelfth_type(bird: Api) -> None:
    twelfth: list[Any] = [{"type": "telegram", "telegram": {"text": "stop"}}, {"text": {"text": "Hello"}}, {}, "Hello", []]
    for wrong in twelfth:
        refused(post(bird, outbox(bird), message(bird, body=wrong)), 422, ".body")


@law("B28")
def test_a_reference_comes_back(bird: Api) -> None:
    reference = mark(bird)
    shown = sent(bird, reference=reference, tags=[reference])
    read = found(get(bird, f"{outbox(bird)}/{shown['id']}"))
    (listed,) = found(get(bird, outbox(bird), tags=reference))["results"]
    for view in (shown, read, listed):
        assert view["reference"] == reference, "the reference given when sending comes back on the message"
    assert sent(bird).get("reference") in (None, ""), "a message without a reference has none"
