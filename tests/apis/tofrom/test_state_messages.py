"""Messages: what may be sent from where, how many parts it takes, and what each filter leaves."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from mockserver.apis.tofrom import messages, numbers, periods, provider, sending, state
from mockserver.apis.tofrom.lists import Page, Slice
from mockserver.apis.tofrom.messages import Filters
from mockserver.apis.tofrom.numbers import SenderMissing, SenderNotInWorkspace
from mockserver.apis.tofrom.sending import Draft, ProviderNotConfigured
from mockserver.engine.clock import Clock
from mockserver.engine.refusals import Refusal
from mockserver.engine.sandbox import Sandbox

HARBORLINE, DENTAL, TUTORING = "ws_4kq8z1m7", "ws_7hd3n5w1", "ws_2mv6c8p4"
OLDEST, SECOND, FOREIGN, MARIA = "+14153670142", "+14153670186", "+15033890117", "+13129450127"
ALL = Slice(1, 100)
CREDENTIALS = {"provider": "twilio", "account_sid": f"AC{'0' * 32}", "auth_token": "a-token-of-16-ch"}


def listed(sandbox: Sandbox, workspace: str = HARBORLINE, wanted: Slice = ALL, **filters: str) -> Page:
    with sandbox.transaction("tofrom") as tx:
        return messages.page(tx, workspace, Filters(**filters), wanted)


def ids(page: Page) -> list[str]:
    return [message["id"] for message in page.entries]


def test_a_text_is_queued_from_the_oldest_number(sandbox: Sandbox) -> None:
    with sandbox.transaction("tofrom") as tx:
        sent = sending.send(tx, HARBORLINE, Draft(MARIA, "Hello"))
    assert re.fullmatch(r"msg_[a-z0-9]{12}", sent.pop("id"))
    assert re.fullmatch(r"SM[0-9a-f]{32}", sent.pop("provider_sid"))
    assert sent == {
        "direction": "outbound",
        "to": MARIA,
        "from": OLDEST,
        "body": "Hello",
        "status": "queued",
        "created_at": "2026-02-13T12:00:00.000000Z",
        "mediaUrls": [],
    }


def test_a_picture_message_has_its_media_and_a_sid_of_its_kind(sandbox: Sandbox) -> None:
    media = ["https://media.harborline.example/b.jpg", "https://media.harborline.example/a.jpg"]
    with sandbox.transaction("tofrom") as tx:
        sent = sending.send(tx, HARBORLINE, Draft(MARIA, "Look", SECOND, media))
    assert (sent["from"], sent["mediaUrls"]) == (SECOND, media)
    assert re.fullmatch(r"MM[0-9a-f]{32}", sent["provider_sid"])


def test_the_default_number_is_the_oldest_that_is_left(sandbox: Sandbox) -> None:
    with sandbox.transaction("tofrom") as tx:
        numbers.buy(tx, HARBORLINE, "+12027410166")
        numbers.release(tx, HARBORLINE, "num_5ra9w2k7")
        assert sending.send(tx, HARBORLINE, Draft(MARIA, "Hello"))["from"] == SECOND


@pytest.mark.parametrize(
    ("workspace", "sender", "refusal"),
    [
        (HARBORLINE, FOREIGN, SenderNotInWorkspace),
        (HARBORLINE, "+12027410166", SenderNotInWorkspace),
        (HARBORLINE, MARIA, SenderNotInWorkspace),
        (TUTORING, None, ProviderNotConfigured),
        (TUTORING, FOREIGN, ProviderNotConfigured),
    ],
)
def test_a_refused_message_is_not_kept(sandbox: Sandbox, workspace: str, sender: str | None, refusal: type[Refusal]) -> None:
    before = listed(sandbox, workspace).total
    with pytest.raises(refusal), sandbox.transaction("tofrom") as tx:
        sending.send(tx, workspace, Draft(MARIA, "Hello", sender))
    assert listed(sandbox, workspace).total == before


def test_a_workspace_needs_a_provider_and_then_a_number(sandbox: Sandbox) -> None:
    with sandbox.transaction("tofrom") as tx:
        fresh = state.create_workspace(tx, "usr_dana4w7k", "Fresh")["id"]
        with pytest.raises(ProviderNotConfigured):
            sending.send(tx, fresh, Draft(MARIA, "Hello"))
        provider.configure(tx, fresh, CREDENTIALS)
        for sender in (None, OLDEST):
            with pytest.raises(SenderMissing):
                sending.send(tx, fresh, Draft(MARIA, "Hello", sender))
        numbers.buy(tx, fresh, "+12027410166")
        assert sending.send(tx, fresh, Draft(MARIA, "Hello"))["from"] == "+12027410166"


@pytest.mark.parametrize(
    ("length", "parts"),
    [(0, 1), (1, 1), (160, 1), (161, 2), (306, 2), (307, 3), (459, 3), (460, 4), (1530, 10), (1531, 11), (1600, 11)],
)
def test_a_long_text_is_cut_into_parts_of_153(length: int, parts: int) -> None:
    assert messages.parts_of("x" * length) == parts
    assert messages.parts_of("\U0001f600" * length) == parts


def test_the_newest_message_comes_first(sandbox: Sandbox) -> None:
    with sandbox.transaction("tofrom") as tx:
        first, second = (sending.send(tx, HARBORLINE, Draft(MARIA, text))["id"] for text in ("1", "2"))
    found = listed(sandbox)
    assert ids(found)[:3] == [second, first, "msg_h5w1t8c3"]
    times = [message["created_at"] for message in found.entries]
    assert times == sorted(times, reverse=True)


def test_a_changed_message_keeps_its_place_and_is_found_by_what_it_is_now(sandbox: Sandbox) -> None:
    before = ids(listed(sandbox))
    with sandbox.transaction("tofrom") as tx:
        found = tx.get("message", HARBORLINE, "msg_h5w1t8c3")
        assert found
        messages.store(tx, HARBORLINE, {**found, "status": "sent"})
    assert ids(listed(sandbox)) == before
    assert ids(listed(sandbox, status="sending")) == []
    assert "msg_h5w1t8c3" in ids(listed(sandbox, status="sent"))


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({"status": "undelivered"}, ["msg_t6y2d5z3"]),
        ({"status": "queued"}, []),
        ({"to": "+16462210143"}, ["msg_n3j7v5k1", "msg_p5x9t2m4"]),
        ({"sender": "+16462210143"}, ["msg_k7v3s1y8"]),
        ({"sender": SECOND, "status": "sent"}, ["msg_d2z6p9g5"]),
        ({"sender": SECOND, "direction": "inbound"}, []),
        ({"to": SECOND, "direction": "inbound"}, ["msg_s8b1q4f6"]),
        ({"to": MARIA, "direction": "outbound", "start": "2026-02-01"}, ["msg_abc123"]),
        ({"start": "2026-02-13"}, ["msg_h5w1t8c3"]),
        ({"start": "2026-02-12", "end": "2026-02-12"}, ["msg_abc123", "msg_7rm2x9d4"]),
        ({"start": "2026-02-12T10:00:00Z", "end": "2026-02-12"}, ["msg_abc123"]),
        ({"start": "2026-02-12T15:30:00+05:30", "end": "2026-02-12T10:00:00.000Z"}, ["msg_abc123"]),
        ({"start": "2026-02-12T10:00:00.000001Z", "end": "2026-02-12"}, []),
        ({"start": "2026-02-13", "end": "2026-02-12"}, []),
        ({"end": "2026-01-23"}, ["msg_z1h4c8r6", "msg_w3n7k5b9", "msg_q8d2f6v1"]),
    ],
)
def test_each_filter_leaves_what_fits_all_of_them(sandbox: Sandbox, filters: dict[str, str], found: list[str]) -> None:
    assert ids(listed(sandbox, **filters)) == found
    assert listed(sandbox, **filters).total == len(found)


def test_the_directions_part_the_list(sandbox: Sandbox) -> None:
    inbound, outbound = (listed(sandbox, direction=direction) for direction in ("inbound", "outbound"))
    assert (inbound.total, outbound.total) == (6, 9)
    assert sorted(ids(inbound) + ids(outbound)) == sorted(ids(listed(sandbox)))


def test_another_workspaces_messages_are_not_there(sandbox: Sandbox) -> None:
    assert ids(listed(sandbox, DENTAL)) == ["msg_r9t3b7y1", "msg_x4c8v2n6"]


def test_pages_follow_each_other(sandbox: Sandbox) -> None:
    whole = ids(listed(sandbox))
    pages = [listed(sandbox, wanted=Slice(number, 4)) for number in range(1, 6)]
    assert [message for page in pages for message in ids(page)] == whole
    assert [(len(page.entries), page.total, page.count) for page in pages] == [(4, 15, 4)] * 3 + [(3, 15, 4), (0, 15, 4)]


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("2026-02-13", "2026-02-13T00:00:00.000000Z", "2026-02-13T23:59:59.999999Z"),
        ("0000-01-01", "0000-01-01T00:00:00.000000Z", "0000-01-01T23:59:59.999999Z"),
        ("2026-02-13t01:00:00z", "2026-02-13T01:00:00.000000Z", None),
        ("2026-02-13T01:00:00.5+02:00", "2026-02-12T23:00:00.500000Z", None),
        ("2026-02-13T01:00:00.1234567891Z", "2026-02-13T01:00:00.123456Z", None),
        ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00.000000Z", None),
        ("0000-01-01T00:00:00Z", "0001-01-01T00:00:00.000000Z", None),
        ("0001-01-01T00:00:00+23:59", "0001-01-01T00:00:00.000000Z", None),
        ("9999-12-31T23:59:59-23:59", "9999-12-31T23:59:59.999999Z", None),
        ("9999-12-31T23:59:60Z", "9999-12-31T23:59:59.999999Z", None),
        ("0101-01-01T00:00:00Z", "0101-01-01T00:00:00.000000Z", None),
    ],
)
def test_days_and_moments_have_a_first_and_a_last_instant(text: str, start: str, end: str | None) -> None:
    assert (periods.start(text), periods.end(text)) == (start, end or start)


def test_ids_are_made_by_chance_alone(sandbox_of: Callable[..., Sandbox]) -> None:
    sent = []
    for seed, hour in ((7, 12), (7, 13), (8, 12)):
        sandbox = sandbox_of("tofrom", seed=seed)
        sandbox.clock = Clock(datetime(2026, 2, 13, hour, tzinfo=UTC))
        with sandbox.transaction("tofrom") as tx:
            sent.append(sending.send(tx, HARBORLINE, Draft(MARIA, "Hello"))["id"])
    assert sent[0] == sent[1] != sent[2]
