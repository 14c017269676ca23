"""Time on the wire: messages go their way, wait for their hour, arrive from outside; uploads grow old."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

DAY = 86_400
PHONES = {
    "delivered": ("+31612399900", "delivered"),
    "undelivered": ("+31612399901", "delivery_failed"),
    "rejected": ("+31612399902", "rejected"),
    "expired": ("+31612399903", "delivery_failed"),
    "slow": ("+31612399904", "delivered"),
    "never": ("+31612399905", "sent"),
}


def to(value: str) -> dict[str, Any]:
    return {"contacts": [{"identifierValue": value}]}


def listed(wire: Any, path: str, message_id: str) -> dict[str, Any]:
    entries = wire.owner.client.get(path, params={"limit": 50}).raise_for_status().json()["results"]
    (found,) = (entry for entry in entries if entry["id"] == message_id)
    entry: dict[str, Any] = found
    return entry


def test_a_message_is_seen_at_every_step_of_its_way(frozen: Any) -> None:
    sent = frozen.owner.send().json()
    seen = [(sent["status"], sent["lastStatusAt"])]
    for _ in range(7):
        frozen.advance(1)
        shown = frozen.owner.read(sent["id"])
        assert listed(frozen, f"{frozen.owner.channel()}/messages", sent["id"]) == shown
        assert listed(frozen, f"{frozen.owner.home}/channels/messages", sent["id"]) == shown
        seen.append((shown["status"], shown["lastStatusAt"][17:-8]))
    statuses = ["accepted", "processing", "sent", "sent", "sent", "delivered", "delivered"]
    assert seen[1:] == list(zip(statuses, ["00", "02", "03", "03", "03", "06", "06"], strict=True))


@pytest.mark.parametrize("outcome", PHONES)
@pytest.mark.parametrize("kind", ["sms", "whatsapp", "email"])
def test_a_recipient_can_fix_the_outcome(frozen: Any, kind: str, outcome: str) -> None:
    phone, status = PHONES[outcome]
    sent = frozen.owner.send(kind, receiver=to(f"{outcome}@example.com" if kind == "email" else phone)).json()
    frozen.advance(3 * DAY)
    shown = frozen.owner.read(sent["id"], kind)
    assert shown["status"] == status
    assert ("failure" in shown) == (status in ("delivery_failed", "rejected"))


def test_an_administrator_can_decide_the_outcome_of_one_message(frozen: Any) -> None:
    one, other = frozen.owner.send().json(), frozen.owner.send().json()
    decided = {"api": "bird", "message_id": one["id"], "outcome": "undelivered"}
    assert frozen.control.put("/messages/outcome", json=decided).status_code == 204
    frozen.advance(60)
    assert [frozen.owner.read(message["id"])["status"] for message in (one, other)] == ["delivery_failed", "delivered"]
    late = frozen.control.put("/messages/outcome", json={**decided, "outcome": "delivered"})
    assert (late.status_code, late.json()["error"]) == (409, "message_not_under_way")


def test_a_scheduled_message_goes_out_at_its_time(frozen: Any) -> None:
    sent = frozen.owner.send(scheduledFor="2026-02-13T14:00:00+01:00").json()
    assert (sent["status"], sent["sendAt"]) == ("scheduled", "2026-02-13T13:00:00.000000Z")
    frozen.advance(3599)
    assert frozen.owner.read(sent["id"])["status"] == "scheduled"
    frozen.advance(1)
    assert frozen.owner.read(sent["id"])["status"] == "accepted"
    frozen.advance(6)
    shown = frozen.owner.read(sent["id"])
    assert (shown["status"], shown["lastStatusAt"]) == ("delivered", "2026-02-13T13:00:06.000000Z")
    assert (shown["scheduledFor"], shown["sendAt"]) == ("2026-02-13T14:00:00+01:00", sent["sendAt"])


@pytest.mark.parametrize(
    ("moment", "status"),
    [
        ("2026-02-13T12:10:00Z", "accepted"),
        ("2026-02-13T12:10:00.000001Z", "scheduled"),
        ("2026-03-20T12:00:00Z", "scheduled"),
        ("2026-03-20T12:00:00.000001Z", None),
    ],
)
def test_the_bounds_of_scheduling_go_by_the_clock_of_the_mock(frozen: Any, moment: str, status: str | None) -> None:
    before = frozen.owner.count()
    reply = frozen.owner.send(scheduledFor=moment, receiver=to("+31699999999"))
    if status is not None:
        assert (reply.status_code, reply.json()["status"]) == (202, status)
        return
    assert (reply.status_code, list(reply.json()["details"])) == (422, [".scheduledFor"])
    frozen.advance(60)
    assert frozen.owner.count() == before


def test_a_message_is_worth_trying_for_its_validity(frozen: Any) -> None:
    sent = frozen.owner.send(receiver=to(PHONES["never"][0]), validity=60).json()
    frozen.advance(59)
    assert frozen.owner.read(sent["id"])["status"] == "sent"
    frozen.advance(1)
    shown = frozen.owner.read(sent["id"])
    assert (shown["status"], shown["failure"]["code"]) == ("delivery_failed", 20106)


@pytest.mark.parametrize(
    ("kind", "sender", "body"),
    [
        ("sms", "+447911123456", {"type": "text", "text": {"text": "hello"}}),
        ("email", "new.person@example.com", {"type": "text", "text": {"text": ""}}),
        (
            "whatsapp",
            "+447911123456",
            {"type": "image", "image": {"images": [{"mediaUrl": "https://cdn.example.com/a.png", "altText": "A"}], "text": "b"}},
        ),
        (
            "whatsapp",
            "+447911123456",
            {
                "type": "file",
                "file": {
                    "files": [{"mediaUrl": "https://cdn.example.com/a", "contentType": "application/pdf", "filename": "a"}],
                    "text": "b",
                },
            },
        ),
        ("whatsapp", "+447911123456", {"type": "location", "location": {"coordinates": {"latitude": -90, "longitude": 4.5}}}),
    ],
)
def test_a_message_from_outside_arrives_now(frozen: Any, kind: str, sender: str, body: dict[str, Any]) -> None:
    messages, contacts = frozen.owner.count()
    reply = frozen.write(kind, **{"from": sender, "body": body})
    assert (reply.status_code, reply.json()["createdAt"]) == (200, "2026-02-13T12:00:00.000000Z")
    shown = frozen.owner.read(reply.json()["id"], kind)
    assert (shown["direction"], shown["status"], shown["body"]) == ("incoming", "delivered", body)
    assert listed(frozen, f"{frozen.owner.channel(kind)}/messages?direction=incoming", shown["id"]) == shown
    assert listed(frozen, f"{frozen.owner.home}/channels/messages", shown["id"]) == shown
    person = frozen.owner.client.get(f"{frozen.owner.home}/contacts/{shown['sender']['contact']['id']}").json()
    assert [identifier["value"] for identifier in person["featuredIdentifiers"]] == [sender]
    assert frozen.owner.count() == (messages + 1, contacts + 1)


def test_a_message_from_outside_arrives_when_the_clock_gets_there(frozen: Any) -> None:
    expected = frozen.write(in_seconds=90.5).json()
    path = f"{frozen.owner.channel()}/messages/{expected['id']}"
    frozen.advance(90)
    assert frozen.owner.client.get(path).status_code == 404
    frozen.advance(1)
    shown = frozen.owner.read(expected["id"])
    assert shown["createdAt"] == expected["createdAt"] == "2026-02-13T12:01:30.500000Z"


@pytest.mark.parametrize(
    ("kind", "changes", "status", "error"),
    [
        ("inactive", {}, 409, "channel_inactive"),
        ("sms", {"from": "sanne@example.com"}, 409, "sender_mismatch"),
        ("email", {"from": "+31612345678"}, 409, "sender_mismatch"),
        ("sms", {"from": "0612345678"}, 400, "body_invalid"),
        ("sms", {"from": None}, 400, "body_invalid"),
        ("sms", {"body": "hello"}, 400, "body_invalid"),
        ("sms", {"body": {}}, 400, "body_invalid"),
        ("sms", {"body": {"type": "telegram", "telegram": {}}}, 400, "body_invalid"),
        ("sms", {"body": {"type": "text", "text": {"text": "a", "font": "b"}}}, 400, "body_invalid"),
        ("sms", {"body": {"type": "image", "image": {"images": [{"mediaUrl": "a.png"}]}}}, 400, "body_invalid"),
        ("sms", {"in_seconds": -1}, 400, "body_invalid"),
        ("sms", {"in_seconds": 315360001}, 400, "body_invalid"),
        ("sms", {"to": "+31612345678"}, 400, "body_invalid"),
    ],
)
def test_what_cannot_arrive_is_refused_and_changes_nothing(
    frozen: Any, kind: str, changes: dict[str, Any], status: int, error: str
) -> None:
    before = frozen.owner.count()
    reply = frozen.write(kind, **changes)
    assert (reply.status_code, reply.json()["error"]) == (status, error)
    assert not [value for value in changes.values() if isinstance(value, str) and value in reply.text]
    frozen.advance(60)
    assert frozen.owner.count() == before


def test_nothing_arrives_where_there_is_no_channel(frozen: Any) -> None:
    letter = {"from": "+31612345678", "body": {"type": "text", "text": {"text": "hello"}}}
    foreign = f"{frozen.owner.home}/channels/{frozen.stranger.cast['channels']['sms']}"
    for place in (foreign, f"{frozen.owner.home}/channels/{frozen.owner.cast['workspace_id']}"):
        reply = frozen.control.post(f"/bird{place}/inbound", json=letter)
        assert (reply.status_code, reply.json()["error"]) == (404, "channel_unknown")


def test_nothing_arrives_beyond_the_end_of_the_clock(frozen: Any) -> None:
    frozen.freeze("2199-12-31T23:59:59Z")
    reply = frozen.write(in_seconds=1)
    assert (reply.status_code, reply.json()["error"]) == (400, "clock_out_of_range")


def test_a_presigned_upload_grows_old_by_the_clock_of_the_mock(frozen: Any) -> None:
    def prepared() -> dict[str, Any]:
        path = f"{frozen.owner.home}/channels/presigned-upload"
        upload: dict[str, Any] = frozen.owner.client.post(path, json={"contentType": "image/png"}).json()
        return upload

    def uploaded(upload: dict[str, Any]) -> int:
        file = {"file": ("a.png", b"a", "image/png")}
        return httpx.post(upload["uploadUrl"], data=upload["uploadFormData"], files=file).status_code

    one, other = prepared(), prepared()
    frozen.advance(3600)
    assert uploaded(one) == 204
    frozen.advance(0.000001)
    assert uploaded(other) == 403
    assert httpx.get(other["mediaUrl"]).status_code == 404
    assert uploaded(prepared()) == 204
