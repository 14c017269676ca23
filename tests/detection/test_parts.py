"""Each part that lies are put together from does what it says, and nothing else."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from mockserver.app import cast
from tests.detection import posts
from tests.detection.lies import (
    GONE,
    admitting,
    always,
    as_another,
    asking,
    asks,
    at,
    backwards,
    both,
    crashing,
    doing_twice,
    giving,
    header,
    instead,
    made_up,
    on,
    plus,
    refused,
    refused_for,
    remembering,
    repeating,
    replying,
    saying,
    says,
    stale,
    status,
    taking,
    telling,
    together,
)
from tests.detection.proxy import Answer, Passing
from tests.detection.relay import Addresses, Delivery
from tests.detection.scene import Make, Scene

MOUNT, CAST = "/restlink/api/v1", cast("restlink", "default")
BALANCE, LIST, SEND = "GET /user/balance", "GET /sms/messages", "POST /sms/send"


def get(url: str, **headers: str) -> Passing:
    return Passing("GET", MOUNT + url, list(headers.items()), b"")


def post(url: str, body: Any) -> Passing:
    return Passing("POST", MOUNT + url, [], json.dumps(body).encode())


def reply(body: Any, code: int = 200) -> Answer:
    return Answer(code, [("Content-Type", "application/json")], json.dumps(body).encode())


class Server:
    """Gives these replies one after the other, the last one again and again; ``passed``: what came."""

    def __init__(self, make: Make, *replies: Answer, scene: Scene | None = None) -> None:
        self.scene = scene or Scene("restlink", CAST)
        self.lie, self.replies, self.passed = make(self.scene), list(replies), list[Passing]()

    async def _forward(self, passing: Passing) -> Answer:
        self.passed.append(passing)
        return self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]

    def ask(self, passing: Passing) -> Answer:
        return asyncio.run(self.lie(passing, self._forward))


HELD = {"balance": 5, "currency": "EUR", "parts": [{"id": 1}, {"id": 2}]}


@pytest.mark.parametrize(
    ("path", "change", "expected"),
    [
        ("currency", always(GONE), {"balance": 5, "parts": [{"id": 1}, {"id": 2}]}),
        ("balance", plus(1), {**HELD, "balance": 6}),
        ("parts/*/id", str, {**HELD, "parts": [{"id": "1"}, {"id": "2"}]}),
        ("parts/1", always(GONE), {**HELD, "parts": [{"id": 1}]}),
        ("parts/-1/id", plus(5), {**HELD, "parts": [{"id": 1}, {"id": 7}]}),
        ("parts/7/id", always(0), HELD),
        ("nothing/of/this", always(0), HELD),
        ("", always([]), []),
    ],
)
def test_a_part_of_a_document_is_changed_and_the_rest_stays(path: str, change: Callable[[Any], Any], expected: Any) -> None:
    kept = json.loads(json.dumps(HELD))
    assert at(HELD, path, change) == expected
    assert kept == HELD, "the document itself is left as it was"


def test_where_a_lie_is_told() -> None:
    assert on(BALANCE)(get("/user/balance?x=1"))
    assert not on(BALANCE)(get("/user/profile"))
    assert on("GET *")(get("/user/profile"))
    assert not on("POST *")(get("/user/profile"))
    assert on("*")(get("/no/such/path"))
    assert not on("GET *")(get("/no/such/path"))
    assert both(on(LIST), asks("page", str.isdigit))(get("/sms/messages?page=3"))
    assert not both(on(LIST), asks("page", str.isdigit))(get("/sms/messages?page=x"))
    assert says(lambda body: body["to"] == [])(post("/sms/send", {"to": []}))
    assert not says(lambda body: True)(post("/sms/send", []))


def test_requests_are_changed_where_their_parameters_stand() -> None:
    assert asking(get("/sms/messages?page=1&limit=2"), page=None, limit="9").url == f"{MOUNT}/sms/messages?limit=9"
    assert saying(post("/sms/send", {"to": [], "x": 1}), x=GONE, message="hi").json == {"to": [], "message": "hi"}
    assert giving(get("/sms/messages?page=1"), page=2, ok=True).url == f"{MOUNT}/sms/messages?page=2&ok=true"
    assert giving(post("/sms/send", {"page": 1}), page=2).json == {"page": 2}


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (status(on(BALANCE), 201), 201),
        (status(on(LIST), 201), 200),
        (status(on(BALANCE), 404, refused()), 200),
        (crashing(on(BALANCE)), 500),
        (instead(on(BALANCE), lambda _: made_up(204, "")), 204),
        (replying(on(BALANCE), lambda _, answer: answer.but(status=299)), 299),
    ],
)
def test_a_reply_has_another_status_where_it_ought_to(make: Make, expected: int) -> None:
    assert Server(make, reply(HELD)).ask(get("/user/balance")).status == expected


def test_a_refusal_is_known_by_its_status_and_its_words() -> None:
    assert refused()(reply({}, 404))
    assert not refused()(reply({}, 500))
    assert not refused(401)(reply({}, 404))
    assert refused_for("money")(reply({"code": "no money"}, 402))
    assert not refused_for("money")(reply({"code": "no money"}, 200))


def test_headers_and_bodies_are_changed() -> None:
    assert Server(header(on(BALANCE), "content-type", None), reply(HELD)).ask(get("/user/balance")).headers == []
    assert Server(header(on(BALANCE), "X", "1"), reply(HELD)).ask(get("/user/balance")).header("x") == "1"
    assert Server(telling(on(BALANCE), "balance", always(0)), reply(HELD)).ask(get("/user/balance")).json == {
        **HELD,
        "balance": 0,
    }


def test_what_crashes_or_is_made_up_reaches_nobody() -> None:
    server = Server(crashing(on(BALANCE)), reply(HELD))
    server.ask(get("/user/balance"))
    assert server.passed == []


def test_a_request_is_taken_for_another() -> None:
    server = Server(taking(on(BALANCE), lambda _, passing: passing.with_header("X-Workspace-ID", "16")), reply(HELD))
    server.ask(get("/user/balance", **{"x-workspace-id": "31"}))
    server.ask(get("/user/profile"))
    assert [passing.headers for passing in server.passed] == [[("X-Workspace-ID", "16")], []]


def test_what_is_refused_is_mended_and_asked_again() -> None:
    make = admitting(on(LIST), {400}, lambda _, passing: asking(passing, limit="100"))
    server = Server(make, reply({}, 400), reply({"messages": []}))
    assert server.ask(get("/sms/messages?limit=500")).status == 200
    assert [passing.url for passing in server.passed] == [f"{MOUNT}/sms/messages?limit=500", f"{MOUNT}/sms/messages?limit=100"]
    assert Server(make, reply({"a": 1}, 400), reply({"b": 1}, 400)).ask(get("/sms/messages")).json == {"a": 1}, (
        "the first refusal"
    )
    assert Server(make, reply({}, 404)).ask(get("/sms/messages")).status == 404


def test_what_this_caller_may_not_have_is_asked_for_as_another() -> None:
    server = Server(as_another(on(BALANCE), "stranger", {403}), reply({}, 403), reply(HELD))
    server.ask(get("/user/balance", Authorization="Bearer x"))
    theirs = server.scene.stranger["jwt"]
    assert [passing.header("authorization") for passing in server.passed] == ["Bearer x", f"Bearer {theirs}"]


def test_what_is_asked_once_is_done_twice() -> None:
    server = Server(doing_twice(on(SEND)), reply({"n": 1}), reply({"n": 2}))
    assert server.ask(post("/sms/send", {})).json == {"n": 2}
    assert len(server.passed) == 2


def test_a_reply_stays_what_it_was_until_the_mock_is_reset() -> None:
    server = Server(stale(on(BALANCE), "balance"), reply({"balance": 1, "n": 1}), reply({"balance": 2, "n": 2}))
    assert [server.ask(get("/user/balance")).json for _ in range(2)] == [{"balance": 1, "n": 1}, {"balance": 1, "n": 2}]
    server.scene.memory.clear()
    assert server.ask(get("/user/balance")).json == {"balance": 2, "n": 2}


def test_a_list_never_loses_what_it_had() -> None:
    server = Server(remembering(on(LIST), "messages", "id"), *(reply({"messages": [{"id": n}]}) for n in (1, 2)))
    seen = [server.ask(get("/sms/messages")).json["messages"] for _ in range(2)]
    assert seen == [[{"id": 1}], [{"id": 1}, {"id": 2}]]


def test_a_status_goes_back() -> None:
    server = Server(backwards(on(LIST), "status", "sent", ["done"]), *(reply({"status": s}) for s in ("new", "done", "done")))
    assert [server.ask(get("/sms/messages")).json["status"] for _ in range(3)] == ["new", "done", "sent"]


def test_a_page_begins_with_the_last_entry_of_the_one_before() -> None:
    make = repeating(on(LIST), "messages", asks("page", lambda text: text != "1"))
    server = Server(make, *(reply({"messages": page}) for page in ([1, 2], [3, 4], [5])))
    pages = [server.ask(get(f"/sms/messages?page={n}")).json["messages"] for n in (1, 2, 3)]
    assert pages == [[1, 2], [2, 3], [4]]


def test_lies_are_told_together() -> None:
    make = together(status(on(BALANCE), 201), telling(on(BALANCE), "balance", plus(1)))
    answer = Server(make, reply({"balance": 1})).ask(get("/user/balance"))
    assert (answer.status, answer.json) == (201, {"balance": 2})


SENT = Delivery(
    "http://127.0.0.1:1/a", [("X-Sig", "sha256=abcdef0123")], b'{"a":1}', ("http://127.0.0.1:1/a", "http://127.0.0.1:1/b")
)


@pytest.mark.parametrize(
    ("make", "posted", "told"),
    [
        (posts.unsigned("x-sig"), [replace(SENT, headers=[])], 500),
        (posts.missigned("x-sig"), [SENT.with_header("x-sig", "sha256=abcefa1230"[:10] + "efa1230")], 500),
        (posts.changed(posts.rewritten), [replace(SENT, body=b'{\n "a": 1\n}')], 500),
        (posts.lost, [], 204),
        (posts.once_only, [SENT], 204),
        (posts.twice, [SENT, SENT], 500),
        (posts.to_everybody, [replace(SENT, url="http://127.0.0.1:1/b"), SENT], 500),
    ],
)
def test_a_webhook_is_changed_on_its_way(make: posts.MakeRelay, posted: list[Delivery], told: int) -> None:
    came: list[Delivery] = []

    async def deliver(delivery: Delivery) -> int:
        came.append(delivery)
        return 500

    relay = make(Scene("restlink", {}))
    assert asyncio.run(relay(SENT, deliver)) == told
    assert [(one.url, sorted(one.headers), one.body) for one in came] == [
        (one.url, sorted(one.headers), one.body) for one in posted
    ] or make is posts.missigned


def test_the_relay_stands_in_for_addresses_of_this_machine_alone() -> None:
    addresses, root = Addresses(), "http://127.0.0.1:9"
    body = json.dumps(
        {"delivery_url": "http://127.0.0.1:1/a", "click_url": "https://x.example", "message": "http://127.0.0.1:1/a"}
    )
    hidden = json.loads(addresses.hidden(body.encode(), root))
    assert hidden == {**json.loads(body), "delivery_url": f"{root}/_callback/0"}
    assert addresses.of("/_callback/0") == "http://127.0.0.1:1/a"
    assert addresses.of("/_callback/1") is None
    assert json.loads(addresses.shown(json.dumps(hidden).encode(), root)) == json.loads(body)
    assert addresses.hidden(b"no json", root) == b"no json"
