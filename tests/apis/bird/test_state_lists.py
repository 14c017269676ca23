"""Lists without HTTP: order, filters, tokens."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from mockserver.apis.bird import messages, state
from mockserver.apis.bird.lists import Paging
from mockserver.apis.bird.messages import Filters
from mockserver.apis.bird.moments import sortable
from mockserver.engine.paging import CursorInvalid

ALL = Paging(1000)


def listed(house: Any, *, reverse: bool = False, **wanted: Any) -> list[dict[str, Any]]:
    page = house.do(messages.messages, house.workspace, Filters(**wanted), ALL, reverse=reverse)
    assert page.next_token is None
    found: list[dict[str, Any]] = page.entries
    return found


def walk(house: Any, limit: int, *, reverse: bool = False, **wanted: Any) -> list[str]:
    ids, token = [], None
    while True:
        page = house.do(messages.messages, house.workspace, Filters(**wanted), Paging(limit, token), reverse=reverse)
        assert len(page.entries) <= limit
        ids += [entry["id"] for entry in page.entries]
        if page.next_token is None:
            return ids
        token = page.next_token


def test_the_newest_comes_first_and_reverse_turns_it_round(house: Any) -> None:
    times = [message["createdAt"] for message in listed(house)]
    assert len(times) == 41
    assert times == sorted(times, reverse=True)
    assert [message["createdAt"] for message in listed(house, reverse=True)] == times[::-1]


@pytest.mark.parametrize("limit", [1, 7, 41, 42])
@pytest.mark.parametrize("reverse", [False, True])
def test_tokens_walk_over_every_message_once(house: Any, limit: int, reverse: bool) -> None:
    assert walk(house, limit, reverse=reverse) == [message["id"] for message in listed(house, reverse=reverse)]


def test_a_message_that_comes_while_walking_is_not_shown_twice(house: Any) -> None:
    first = house.do(messages.messages, house.workspace, Filters(), Paging(5), reverse=False)
    house.send(house.sms, "+31612345678")
    second = house.do(messages.messages, house.workspace, Filters(), Paging(5, first.next_token), reverse=False)
    assert not {entry["id"] for entry in first.entries} & {entry["id"] for entry in second.entries}


@pytest.mark.parametrize(
    ("wanted", "keeps"),
    [
        ({"direction": "incoming"}, lambda m: m["direction"] == "incoming"),
        ({"platform": "email"}, lambda m: m["platformId"] == "email"),
        ({"status": ("sent", "scheduled")}, lambda m: m["status"] in ("sent", "scheduled")),
        ({"tags": ("VIP", "b2b")}, lambda m: {"vip", "b2b"} & set(m["tags"])),
        ({"direction": "outgoing", "tags": ("vip",)}, lambda m: "vip" in m["tags"]),
        ({"start_at": "2026-01-20T12:00:00Z"}, lambda m: m["createdAt"] >= "2026-01-20T12"),
        ({"end_at": "2026-01-20T13:00:00+01:00"}, lambda m: m["createdAt"] <= "2026-01-20T12:00:00.000000Z"),
        ({"start_at": "0001-01-01T00:00:00+14:00", "end_at": "9999-12-31T23:59:59-14:00"}, lambda m: True),
        ({"end_at": "0001-01-01T00:00:00+14:00"}, lambda m: False),
        ({"platform": "carrier-pigeon"}, lambda m: False),
    ],
)
def test_filters_keep_exactly_what_fits(house: Any, wanted: dict[str, Any], keeps: Any) -> None:
    everything = listed(house)
    assert listed(house, **wanted) == [message for message in everything if keeps(message)]


def test_both_ends_of_a_span_belong_to_it(house: Any) -> None:
    moment = listed(house)[20]["createdAt"]
    assert moment in {message["createdAt"] for message in listed(house, start_at=moment, end_at=moment)}


def test_a_channels_list_holds_its_own_messages(house: Any) -> None:
    wanted = [message for message in listed(house) if message["channelId"] == house.sms]
    assert wanted
    assert listed(house, channel_id=house.sms) == wanted
    with pytest.raises(state.ChannelUnknown):
        listed(house, channel_id=house.workspace)


def test_a_token_is_good_for_its_own_list_only(house: Any) -> None:
    token = house.do(messages.messages, house.workspace, Filters(), Paging(1), reverse=False).next_token
    others: list[tuple[Filters, bool]] = [
        (Filters(), True),
        (Filters(channel_id=house.sms), False),
        (Filters(tags=("vip",)), False),
    ]
    for filters, reverse in others:
        with pytest.raises(CursorInvalid):
            house.do(messages.messages, house.workspace, filters, Paging(1, token), reverse=reverse)


def test_text_order_is_time_order(house: Any) -> None:
    now = house.sandbox.clock.now()
    texts = [sortable(now - timedelta(days=days)) for days in (700000, 400000, 1000, 1, 0)]
    assert texts == sorted(texts)
