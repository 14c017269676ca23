"""The laws of tofrom's live updates: whoever watches a workspace is told of its messages without asking."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise

import orjson
from websockets.sync.client import ClientConnection, connect

from contract_tests.deployment import Api
from contract_tests.laws import later, law
from contract_tests.laws.likeness import tells
from contract_tests.laws.tofrom import Json, at, new_key, newest, person, sent
from contract_tests.laws.tofrom_messages import SETTLED

#: In seconds: so long a frame may take to arrive.
_SOON = 20.0
_ENDS = {"delivered", "undelivered", "failed"}


@contextmanager
def watching(api: Api, actor: str = "owner") -> Iterator[ClientConnection]:
    """A connection that hears of the actor's workspace."""
    address = f"ws{api.base_url.removeprefix('http')}{at(api, '/live', actor)}"
    with connect(address, additional_headers=person(api, actor), proxy=None, open_timeout=_SOON) as connection:
        assert orjson.loads(connection.recv(timeout=_SOON))["type"] == "ready", "the first frame says that the others will come"
        yield connection


def told_about(connection: ClientConnection, sid: str) -> Iterator[Json]:
    """The frames about one message as they come; AssertionError when none comes for too long."""
    end = time.monotonic() + _SOON
    while (left := end - time.monotonic()) > 0:
        try:
            frame: Json = orjson.loads(connection.recv(timeout=left))
        except TimeoutError:
            break
        if frame["data"]["provider_sid"] == sid:
            yield frame
            end = time.monotonic() + _SOON
    raise AssertionError(f"nothing was told of the message for {_SOON:g} seconds")


def without_status(message: Json) -> Json:
    """What does not change on a message's way."""
    return {name: value for name, value in message.items() if name != "status"}


@law("T15")
def test_a_new_message_is_told_without_asking(tofrom: Api) -> None:
    with new_key(tofrom) as secret, watching(tofrom) as one, watching(tofrom) as other:
        sid = sent(tofrom, secret)
        listed = newest(tofrom)[sid]
        for connection in (one, other):
            frame = next(told_about(connection, sid))
            assert frame["type"] == "message.created", "a new message is told as one"
            assert tells(frame["data"], without_status(listed)), "a frame shows the message as the list does"


@law("T15")
def test_nobody_is_told_of_another_workspace(tofrom: Api) -> None:
    with new_key(tofrom) as secret, watching(tofrom, "stranger") as connection:
        foreign = sent(tofrom, secret)
        own = sent(tofrom, tofrom.cast["stranger"]["api_key"])
        heard: list[str] = []
        while own not in heard:
            heard.append(orjson.loads(connection.recv(timeout=_SOON))["data"]["provider_sid"])
        assert foreign not in heard, "a workspace's messages are told to nobody else"


@law("T16")
def test_a_change_of_status_is_told_without_asking(tofrom: Api) -> None:
    with new_key(tofrom) as secret, watching(tofrom) as connection:
        sid = sent(tofrom, secret)
        with later(tofrom, SETTLED if tofrom.control else 0):
            frames: list[Json] = []
            for frame in told_about(connection, sid):
                frames.append(frame)
                if frame["data"]["status"] in _ENDS:
                    break
            kinds = ["message.created", *["message.updated"] * (len(frames) - 1)]
            assert [frame["type"] for frame in frames] == kinds, "a message is new once, then its status changes"
            statuses = [frame["data"]["status"] for frame in frames]
            assert len(statuses) > 1, "the status of a message that goes out changes"
            assert all(before != after for before, after in pairwise(statuses)), "every frame tells a change"
            assert newest(tofrom)[sid]["status"] == statuses[-1], "the list and the frames agree"
