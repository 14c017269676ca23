"""tofrom over a socket: what is sent is found in the workspace's list, and nowhere else."""

from __future__ import annotations

import re
from typing import Any

import pytest

MEDIA = ["https://media.harborline.example/menu-dinner.jpg", "http://media.harborline.example/b.png"]


def test_a_text_is_queued_and_listed(wire: Any) -> None:
    reply = wire.send(body="x" * 161)
    assert reply.status_code == 200
    sid = reply.json()["sid"]
    assert reply.json() == {"sid": sid, "status": "queued"}
    assert re.fullmatch(r"SM[0-9a-f]{32}", sid)
    newest = wire.get("/messages", limit=1)["data"][0]
    assert re.fullmatch(r"msg_[a-z0-9]{12}", newest.pop("id"))
    assert re.fullmatch(r"[0-9-]{10}T[0-9:.]{15}Z", newest.pop("created_at"))
    assert newest == {
        "direction": "outbound",
        "to": "+13129450127",
        "from": "+14153670142",
        "body": "x" * 161,
        "status": "queued",
        "provider_sid": sid,
        "parts": 2,
        "mediaUrls": [],
    }


def test_a_picture_message_is_listed_with_its_media(wire: Any) -> None:
    sid = wire.send(mediaUrls=MEDIA, **{"from": "+14153670186"}).json()["sid"]
    assert sid.startswith("MM")
    newest = wire.get("/messages", limit=1)["data"][0]
    assert (newest["provider_sid"], newest["mediaUrls"], newest["from"]) == (sid, MEDIA, "+14153670186")


def test_a_message_is_in_the_workspace_of_the_key_alone(wire: Any) -> None:
    before = wire.get("/messages", "stranger")
    wire.send()
    assert wire.get("/messages", "stranger") == before
    sid = wire.send(wire.program("stranger")).json()["sid"]
    assert wire.get("/messages", "stranger")["data"][0]["provider_sid"] == sid
    assert sid not in {message["provider_sid"] for message in wire.get("/messages")["data"]}


@pytest.mark.parametrize("sender", ["+15033890117", "+12027410166", "+14155550000"])
def test_a_sender_that_is_not_the_workspaces_is_refused_and_nothing_sent(wire: Any, sender: str) -> None:
    before = wire.get("/messages")
    assert wire.told(wire.send(**{"from": sender})) == (
        400, "from_not_in_workspace", "The field from must hold a phone number of this workspace."
    )  # fmt: skip
    assert wire.get("/messages") == before


def test_a_workspace_without_a_number_cannot_send(wire: Any) -> None:
    wire.client.delete(wire.at("/phone-numbers/num_3pl7d1f9", "stranger"), headers=wire.person("stranger"))
    assert wire.told(wire.send(wire.program("stranger"))) == (
        400, "no_phone_number", "This workspace has no phone number. Add one before sending."
    )  # fmt: skip


def test_received_messages_of_the_world_are_listed(wire: Any) -> None:
    found = wire.get("/messages", direction="inbound", **{"from": "+14377770146"})
    assert found["pagination"]["totalItems"] == 1
    assert (found["data"][0]["status"], found["data"][0]["mediaUrls"]) == (
        "delivered", ["https://media.harborline.example/in/kofi-birthday-cake.jpg"]
    )  # fmt: skip


def test_filters_are_combined(wire: Any) -> None:
    wire.send(to="+16502530000")
    wire.send(to="+16502530000", **{"from": "+14153670186"})
    both = wire.get("/messages", to="+16502530000", status="queued", direction="outbound")
    assert [message["from"] for message in both["data"]] == ["+14153670186", "+14153670142"]
    one = wire.get("/messages", to="+16502530000", **{"from": "+14153670186"})
    assert one["pagination"] == {"currentPage": 1, "totalPages": 1, "totalItems": 1, "hasNext": False}
    assert wire.get("/messages", to="+16502530000", direction="inbound")["data"] == []
    newest = both["data"][0]["created_at"]
    assert wire.get("/messages", startDate=newest, endDate=newest)["data"] == both["data"][:1]
    assert wire.get("/messages", to="+16502530000", endDate="2001-01-01")["data"] == []


@pytest.mark.parametrize(
    "moment",
    ["0000-01-01", "0000-01-01T00:00:00Z", "9999-12-31T23:59:60Z", "0001-01-01T00:00:00+23:59", "2026-06-30t23:59:60.5z"],
)
def test_the_edges_of_the_calendar_are_moments_as_well(wire: Any, moment: str) -> None:
    for name in ("startDate", "endDate"):
        assert wire.client.get(wire.at("/messages"), params={name: moment}, headers=wire.person()).status_code == 200


def test_one_counter_for_a_user_whatever_the_session(wire: Any) -> None:
    second = {"Authorization": f"Bearer {wire.log_in().json()['session_token']}"}
    replies = [wire.client.get("/api/ui/workspaces", headers=headers) for headers in (wire.person(), second)]
    if replies[0].headers["X-RateLimit-Reset"] != replies[1].headers["X-RateLimit-Reset"]:
        pytest.skip("a minute ended between two requests")
    assert [reply.headers["X-RateLimit-Remaining"] for reply in replies] == ["999", "998"]
