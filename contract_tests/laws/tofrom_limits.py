"""The laws of tofrom's limits: exact, told of in headers, full again by the clock."""

from __future__ import annotations

import time
from collections.abc import Callable
from email.utils import parsedate_to_datetime

import httpx
import pytest

from contract_tests.deployment import Api
from contract_tests.laws import later, law
from contract_tests.laws.tofrom import (
    READS,
    WORKSPACES,
    assert_refused,
    at,
    bearer,
    got,
    log_in,
    new_key,
    newest,
    person,
    send,
    shared_workspace,
    text,
)

#: A window in seconds, with some room; after so many requests it is known how long each takes.
WINDOW, ENOUGH_TO_TELL = 50.0, 20
LIMIT, REMAINING, RESET = "X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset"


def one_window(call: Callable[[int], httpx.Response], limit: int) -> list[httpx.Response]:
    """Replies of a single window, the last of them the first 429. Starts over if a window ends on the way; the law is skipped
    where a window is too short for so many.
    """
    replies: list[httpx.Response] = []
    began = time.monotonic()
    for turn in range(3 * limit + 3):
        if turn >= ENOUGH_TO_TELL and (time.monotonic() - began) / turn * limit > WINDOW:
            pytest.skip(f"{limit} requests do not fit into a minute here: each takes {(time.monotonic() - began) / turn:.2f} s")
        reply = call(turn)
        assert RESET in reply.headers, "whoever is identified is told when the limit is reset"
        if replies and reply.headers[RESET] != replies[-1].headers[RESET]:
            replies = []
        replies.append(reply)
        if reply.status_code == 429:
            return replies
        assert len(replies) <= limit, f"the request after {limit} in a minute is refused with 429"
    pytest.fail(f"of {len(replies)} requests none ends a window of {limit}: its reset moves on")


def assert_exact(replies: list[httpx.Response], limit: int) -> None:
    """The limit was counted down by one to nothing, and then came the refusal."""
    assert {reply.headers[LIMIT] for reply in replies} == {str(limit)}, f"the limit is {limit}"
    left = [int(reply.headers[REMAINING]) for reply in replies]
    assert left == [*range(left[0], -1, -1), 0], "the remaining requests fall by one to 0, and only then comes 429"
    assert_refused(replies[-1], 429)


@law("T06", "T11")
def test_a_key_has_a_hundred_requests_a_minute(tofrom: Api) -> None:
    body = text(tofrom)
    with new_key(tofrom) as secret:
        # Most of them are wrong: those count, too, and send nothing.
        replies = one_window(lambda turn: send(tofrom, secret, **({} if turn % 25 == 0 else {"to": ""})), 100)
        assert replies[0].headers[REMAINING] == "99", "a fresh key has its whole limit"
        assert_exact(replies, 100)
        assert {reply.status_code for reply in replies[:-1]} == {200, 400}, "within the limit nobody is refused for it"
        late = send(tofrom, secret, body=body)
        if late.headers[RESET] == replies[0].headers[RESET]:
            assert_refused(late, 429)
            assert body not in {message["body"] for message in newest(tofrom).values()}, "beyond the limit nothing is sent"
        with new_key(tofrom) as another:
            reply = send(tofrom, another)
            assert (reply.status_code, reply.headers[REMAINING]) == (200, "99"), "each key has a limit of its own"


@law("T07", "T11")
def test_a_user_has_a_thousand_requests_a_minute(tofrom: Api) -> None:
    # This actor's session serves no other law, so that none of them meets the end of the limit.
    headers = [person(tofrom, "unconfigured"), bearer(log_in(tofrom, "unconfigured"))]
    wanted = [(WORKSPACES, {"limit": 1}), (at(tofrom, "", "unconfigured"), {}), (WORKSPACES, {"limit": 0})]

    def call(turn: int) -> httpx.Response:
        path, params = wanted[turn % 3]
        return tofrom.client.get(path, headers=headers[turn % 2], params=params)

    replies = one_window(call, 1000)
    assert_exact(replies, 1000)
    assert {reply.status_code for reply in replies[:-1]} == {200, 400}, "all endpoints and sessions of a user share one limit"
    got(tofrom.client.get(WORKSPACES, headers=person(tofrom)))
    by_key = send(tofrom, tofrom.cast["unconfigured"]["api_key"])
    assert by_key.status_code != 429, "the limit of a user is not that of a key"


@law("T08")
def test_whoever_is_identified_is_told_of_the_limit(tofrom: Api) -> None:
    shared = shared_workspace(tofrom)
    with new_key(tofrom) as secret:
        by_key = [send(tofrom, secret), send(tofrom, secret, to=""), send(tofrom, secret, **{"from": "+12015550100"})]
    by_session = [
        tofrom.client.get(WORKSPACES, headers=person(tofrom)),
        tofrom.client.post(WORKSPACES, headers=person(tofrom), json={"name": "law"}),
        tofrom.client.post(WORKSPACES, headers=person(tofrom), json={}),
        tofrom.client.get(f"{WORKSPACES}/ws_of_nobody", headers=person(tofrom)),
        tofrom.client.post(f"{WORKSPACES}/{shared}/api-keys", headers=person(tofrom, "stranger"), json={"name": "law"}),
        *(tofrom.client.get(at(tofrom, path), headers=person(tofrom)) for path in READS),
    ]
    assert [reply.status_code for reply in by_key] == [200, 400, 400]
    assert [reply.status_code for reply in by_session[:5]] == [200, 201, 400, 404, 403]
    for limit, replies in ((100, by_key), (1000, by_session)):
        for reply in replies:
            for name in (LIMIT, REMAINING, RESET):
                assert name in reply.headers, f"a {reply.status_code} to an identified caller has {name}"
            assert reply.headers[LIMIT] == str(limit), f"the limit is {limit} requests"
            assert 0 <= int(reply.headers[REMAINING]) < limit, "what remains is a number below the limit"
            assert int(reply.headers[RESET]) > 0, "the reset is a number of seconds"
    unknown = tofrom.client.get(WORKSPACES, headers=bearer("nobody"))
    assert not {LIMIT.lower(), REMAINING.lower(), RESET.lower()} & set(unknown.headers), "nobody has no limit to be told of"


@law("T09")
def test_each_request_takes_one_from_what_remains(tofrom: Api) -> None:
    replies: list[httpx.Response] = []
    with new_key(tofrom) as secret:
        for _ in range(12):
            replies.append(send(tofrom, secret, to=""))
            if replies[-1].headers[RESET] != replies[0].headers[RESET]:
                replies = replies[-1:]
            if len(replies) == 6:
                break
    left = [int(reply.headers[REMAINING]) for reply in replies]
    assert left == [99, 98, 97, 96, 95, 94], "what remains falls by one with each request"


@law("T09")
def test_the_limit_is_full_again_after_its_reset(tofrom: Api) -> None:
    def ask() -> httpx.Response:
        return tofrom.client.get(WORKSPACES, headers=person(tofrom, "stranger"))

    with new_key(tofrom) as secret:
        last = [one_window(lambda _: send(tofrom, secret, to=""), 100)[-1], ask()]
        waits = [int(reply.headers[RESET]) - parsedate_to_datetime(reply.headers["Date"]).timestamp() for reply in last]
        assert all(-1 <= wait <= 62 for wait in waits), "the reset is a moment of the next minute, in Unix seconds"
        # The Date header may be a second old.
        with later(tofrom, max(0.0, *waits) + 1):
            replies = [send(tofrom, secret), ask()]
    for reply, before, limit in zip(replies, last, (100, 1000), strict=True):
        got(reply)
        assert reply.headers[REMAINING] == str(limit - 1), "after the reset the whole limit is there again"
        assert int(reply.headers[RESET]) > int(before.headers[RESET]), "and the next reset is ahead"
