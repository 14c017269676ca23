"""The laws of bird that concern lists: that they tell everything once."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from contract_tests.deployment import Api
from contract_tests.laws import law
from contract_tests.laws.bird import (
    Json,
    batch,
    channel_id,
    found,
    get,
    home,
    mail,
    mark,
    nobody,
    outbox,
    phone,
    receiver,
    refused,
    sent,
    walk,
)


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


def before(moment: str) -> str:
    """A second earlier: where no part of a second is shown it may have been rounded."""
    return (datetime.fromisoformat(moment) - timedelta(seconds=1)).isoformat()


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
        ({"startAt": made if "." in made else before(made)}, {second}),
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
