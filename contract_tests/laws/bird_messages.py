"""The laws of bird that concern what a message carries: dates, tags, bodies, references."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from contract_tests.deployment import Api
from contract_tests.laws import later, law
from contract_tests.laws.bird import Json, found, get, mail, mark, message, outbox, post, receiver, refused, sent

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


def status_of(api: Api, message_id: str) -> str:
    """How far one of the owner's messages has come."""
    return str(found(get(api, f"{outbox(api)}/{message_id}"))["status"])


@law("B25")
def test_a_scheduled_message_goes_out_at_its_time(bird: Api) -> None:
    message_id = sent(bird, scheduledFor=moment(sent(bird)["createdAt"], minutes=20))["id"]
    with later(bird, 19 * 60):
        assert status_of(bird, message_id) == "scheduled", "a message waits for its time"
    with later(bird, 21 * 60):
        assert status_of(bird, message_id) not in ("scheduled", "accepted"), "and then it goes out"


@law("B25")
def test_a_message_within_ten_minutes_may_go_at_once(bird: Api) -> None:
    now = sent(bird)["createdAt"]
    shown = [sent(bird, scheduledFor=moment(now, **ahead)) for ahead in ({"minutes": 5}, {"seconds": 1}, {"days": -1})]
    statuses = {message["status"] for message in shown}
    assert statuses <= {"accepted", "scheduled", "processing", "sent", "delivered"}, "such a message is taken"
    with later(bird, 60):
        # A message that waits even for so short a time is as good as one that does not.
        at_once = [message["id"] for message in shown if message["status"] != "scheduled"]
        assert "accepted" not in {status_of(bird, message_id) for message_id in at_once}, "what does not wait goes its way"


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
