"""Faults on the wire: what a client meets, what is done all the same, and who is told of it."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import httpx
import orjson
import pytest

from mockserver import apis
from mockserver.app import cast
from mockserver.data import MOUNTS, load_spec
from mockserver.engine.faults.rules import EFFECTS, LATENCY
from mockserver.serving.contract import Contract
from mockserver.serving.incidents import Incident

from .conftest import RunningMock

JSON = dict[str, Any]
FAULT = "x-understudy-fault"
SMS = {"to": ["+14155551234"], "message": "hi", "sender_id": "MyApp"}
SHORT = 0.01


@pytest.fixture(autouse=True)
def opening_state(mock: RunningMock) -> Iterator[None]:
    mock.reset()
    yield
    mock.control.delete("/faults")


def arm(mock: RunningMock, rule: JSON, prefix: str = "") -> JSON:
    reply = httpx.post(f"{mock.url}{prefix}/_understudy/faults", json=rule, headers=mock.control.headers)
    assert reply.status_code == 201, reply.text
    armed: JSON = reply.json()
    return armed


def refused(mock: RunningMock, rule: JSON) -> tuple[int, str, list[str]]:
    reply = mock.control.post("/faults", json=rule)
    body = reply.json()
    return reply.status_code, body["error"], body.get("issues", [])


@cache
def actor(api: str, name: str = "owner") -> JSON:
    """Somebody's credentials."""
    return cast(api)[name]


def first_call(mock: RunningMock, api: str, name: str = "owner") -> tuple[str, dict[str, str]]:
    """An address that an actor may read, and the headers to do it with."""
    words = apis.room(api, "credentials").first_call(actor(api, name), mock.base(api))
    fields = [words[place + 1].partition(": ") for place, word in enumerate(words) if word == "-H"]
    return words[-1], {name: value for name, _, value in fields}


def read(mock: RunningMock, api: str, **more: str) -> httpx.Response:
    url, headers = first_call(mock, api)
    return httpx.get(url, headers={**headers, **more}, timeout=20)


def key() -> dict[str, str]:
    return {"X-API-Key": actor("restlink")["api_keys"]["16"]}


def send(mock: RunningMock, body: JSON = SMS, timeout: float = 20) -> httpx.Response:
    return httpx.post(f"{mock.base('restlink')}/sms/send", json=body, headers=key(), timeout=timeout)


def sent(mock: RunningMock) -> int:
    """How many messages there are."""
    total: int = httpx.get(f"{mock.base('restlink')}/sms/messages", headers=key()).json()["total"]
    return total


def raw(mock: RunningMock, api: str = "restlink") -> socket.socket:
    """A connection on which a request was sent that nobody helps to read the answer of."""
    url, headers = first_call(mock, api)
    parts = urlsplit(url)
    lines = [f"GET {parts.path}?{parts.query} HTTP/1.1", f"Host: {parts.netloc}", *(f"{k}: {v}" for k, v in headers.items())]
    client = socket.create_connection((parts.hostname or "", parts.port or 0), timeout=20)
    client.sendall("\r\n".join([*lines, "", ""]).encode())
    return client


def received(client: socket.socket) -> tuple[bytes, str]:
    """All that comes, and how it ends: ``closed`` or ``reset``."""
    pieces = b""
    with client:
        while True:
            try:
                piece = client.recv(65_536)
            except ConnectionResetError:
                return pieces, "reset"
            if not piece:
                return pieces, "closed"
            pieces += piece


def test_every_effect_is_an_incident_and_every_property_of_the_contract() -> None:
    schema = load_spec("control")["components"]["schemas"]["FaultRule"]
    assert [one["required"] for one in schema["oneOf"]] == [[effect] for effect in ("error", LATENCY, *EFFECTS[2:])]
    incidents = {name for name in vars(Incident) if not name.startswith("_")} - {"effect"}
    assert incidents == set(EFFECTS) - {LATENCY}


@pytest.mark.parametrize("api", MOUNTS)
def test_a_documented_error_has_the_words_of_its_contract(mock: RunningMock, api: str) -> None:
    arm(mock, {"api": api, "error": {"status": 500}, "next": 1})
    failed, well = read(mock, api), read(mock, api)
    words = Contract(api, load_spec(api)).refusals_anywhere["InternalError"]
    assert (failed.status_code, failed.json()) == (500, words.body)
    assert (failed.headers["content-type"], failed.headers[FAULT]) == ("application/json", "f1")
    assert (well.status_code, FAULT in well.headers) == (200, False)


def test_an_error_is_found_by_its_name(mock: RunningMock) -> None:
    arm(mock, {"api": "restlink", "operation": "send_sms", "error": {"refusal": "RateLimitExceeded"}})
    reply = send(mock)
    assert (reply.status_code, reply.json()["error_code"]) == (429, "RATE_LIMIT_EXCEEDED")
    assert sent(mock) == sent(mock)
    assert mock.control.get("/faults/f1").json()["hits"] == 1


def test_an_error_of_a_status_is_the_first_that_is_documented(mock: RunningMock) -> None:
    arm(mock, {"api": "restlink", "operation": "send_sms", "error": {"status": 429}})
    assert send(mock).json()["description"] == "Too many requests; please slow down"


def test_an_undocumented_error_comes_only_if_asked_for_and_says_so(mock: RunningMock) -> None:
    status, error, issues = refused(mock, {"api": "bird", "operation": "list_workspaces", "error": {"status": 418}})
    assert (status, error) == (400, "fault_unfit")
    assert re.match(r"error: list_workspaces documents 401 \w+, .*500 InternalError", issues[0])
    arm(mock, {"api": "bird", "error": {"status": 418, "undocumented": True, "body": {"tea": None}}, "next": 1})
    arm(mock, {"api": "bird", "error": {"status": 502, "undocumented": True}})
    tea, gateway = read(mock, "bird"), read(mock, "bird")
    assert (tea.status_code, tea.json(), tea.headers[FAULT]) == (418, {"tea": None}, 'f1; undocumented="status 418"')
    assert (gateway.status_code, gateway.content, gateway.headers[FAULT]) == (502, b"", 'f2; undocumented="status 502"')


def test_an_error_may_come_before_or_after_the_work(mock: RunningMock) -> None:
    before = sent(mock)
    arm(mock, {"api": "restlink", "operation": "send_sms", "error": {"status": 500}, "next": 1})
    arm(mock, {"api": "restlink", "operation": "send_sms", "error": {"status": 500, "at": "after_work"}, "next": 1})
    assert send(mock).status_code == 500
    assert sent(mock) == before
    assert send(mock).status_code == 500
    assert sent(mock) == before + 1


@pytest.mark.parametrize("api", MOUNTS)
def test_a_fault_of_an_actor_strikes_that_actor_only(mock: RunningMock, api: str) -> None:
    arm(mock, {"api": api, "actor": "owner", "error": {"status": 500}})
    url, headers = first_call(mock, api)
    assert httpx.get(url, headers=headers).status_code == 500
    assert FAULT not in httpx.get(url, headers=foreign(api)).headers
    assert mock.control.get("/faults/f1").json()["hits"] == 1


def foreign(api: str) -> dict[str, str]:
    """The stranger's credential."""
    stranger = actor(api, "stranger")
    return {
        "restlink": lambda: {"X-API-Key": stranger["api_keys"]["31"]},
        "tofrom": lambda: {"Authorization": f"Bearer {stranger['session_token']}"},
        "xpressbot": lambda: {"X-API-Key": stranger["api_key"]},
        "bird": lambda: {"Authorization": f"AccessKey {stranger['access_key']}"},
        "timelines": lambda: {"Authorization": f"Bearer {stranger['jwt']}", "X-TL-Partner-Id": stranger["partner_id"]},
    }[api]()


def test_an_actor_is_known_by_each_of_its_credentials(mock: RunningMock) -> None:
    arm(mock, {"actor": "owner", "error": {"status": 500}})
    owner, base = actor("restlink"), f"{mock.base('restlink')}/user/balance"
    for headers in ({"X-API-Key": owner["api_keys"]["18"]}, {"Authorization": f"Bearer {owner['jwt']}"}):
        assert httpx.get(base, headers=headers).headers[FAULT] == "f1"
    tofrom = actor("tofrom")
    body = {"to": "+13129450127", "from": tofrom["phone_number"], "body": "hi"}
    program = {"Authorization": f"Bearer {tofrom['api_key']}"}
    assert httpx.post(f"{mock.base('tofrom')}/api/messages", json=body, headers=program).headers[FAULT] == "f1"


def test_who_nobody_knows_is_refused_before_a_fault_of_an_actor_and_after_any_other(mock: RunningMock) -> None:
    arm(mock, {"api": "restlink", "actor": "owner", "error": {"status": 500}})
    balance = f"{mock.base('restlink')}/user/balance"
    assert httpx.get(balance).status_code == 401
    arm(mock, {"api": "restlink", "error": {"status": 500}})
    assert httpx.get(balance).status_code == 500


def test_headers_and_bodies_are_looked_at(mock: RunningMock) -> None:
    arm(mock, {"header": {"name": "X-Trace", "value": "run-*-7"}, "error": {"status": 500}})
    arm(mock, {"body": {"at": "to.0", "equals": "+14155559999"}, "error": {"status": 500}})
    assert read(mock, "bird", **{"X-Trace": "run-1-7"}).headers[FAULT] == "f1"
    assert FAULT not in read(mock, "bird", **{"X-Trace": "run-1-8"}).headers
    assert send(mock, {**SMS, "to": ["+14155559999"]}).headers[FAULT] == "f2"
    assert FAULT not in send(mock).headers


def test_the_third_call_and_every_second(mock: RunningMock) -> None:
    arm(mock, {"api": "bird", "nth": 3, "error": {"status": 401}})
    arm(mock, {"api": "bird", "every": 2, "error": {"status": 500}})
    assert [read(mock, "bird").status_code for _ in range(4)] == [200, 500, 401, 500]


def test_the_victims_of_a_share_are_the_same_after_a_reset(mock: RunningMock) -> None:
    def victims() -> list[int]:
        mock.reset()
        arm(mock, {"api": "bird", "share": 0.5, "error": {"status": 500}})
        return [read(mock, "bird").status_code for _ in range(12)]

    first = victims()
    assert set(first) == {200, 500}
    assert victims() == first


def test_a_late_reply_is_the_real_one(mock: RunningMock) -> None:
    honest = read(mock, "bird")
    arm(mock, {"api": "bird", "latency": {"uniform": {"lower": 0, "upper": SHORT}}})
    arm(mock, {"api": "bird", "latency": {"seconds": SHORT, "at": "after_work"}})
    late = read(mock, "bird")
    assert (late.status_code, late.content, late.headers[FAULT]) == (200, honest.content, "f1, f2")


def test_delays_add_to_what_decides_and_a_refusal_is_late_too(mock: RunningMock) -> None:
    arm(mock, {"latency": {"seconds": SHORT}})
    arm(mock, {"api": "restlink", "actor": "owner", "error": {"status": 500}, "next": 1})
    both = httpx.get(f"{mock.base('restlink')}/user/balance", headers=key())
    assert (both.status_code, both.headers[FAULT]) == (500, "f1, f2")
    wrong = httpx.get(f"{mock.base('restlink')}/user/balance", headers={"X-API-Key": "sk_prod_nobody"})
    assert (wrong.status_code, wrong.headers[FAULT]) == (401, "f1")


@pytest.mark.parametrize("at", ["before_work", "after_work"])
def test_a_client_that_does_not_wait_long_enough_hears_nothing(start_mock: Callable[..., RunningMock], at: str) -> None:
    mock = start_mock(apis=("restlink",))
    before = sent(mock)
    arm(mock, {"operation": "send_sms", "latency": {"seconds": 300, "at": at}})
    with pytest.raises(httpx.ReadTimeout):
        send(mock, timeout=0.3)
    assert sent(mock) == before + (at == "after_work")


def eventually(check: Callable[[], bool]) -> bool:
    for _ in range(400):
        if check():
            return True
        time.sleep(0.02)
    return False


def test_the_end_of_the_server_is_the_end_of_all_waiting(start_mock: Callable[..., RunningMock]) -> None:
    mock = start_mock(apis=("restlink",))
    arm(mock, {"operation": "send_sms", "latency": {"seconds": 300}})
    arm(mock, {"operation": "list_messages", "hang": {}})
    late: list[httpx.Response] = []
    thread = threading.Thread(target=lambda: late.append(send(mock)))
    thread.start()
    hanging = raw(mock)
    assert eventually(lambda: [one["hits"] for one in mock.control.get("/faults").json()["faults"]] == [1, 1])
    mock.close()
    thread.join(20)
    assert (late[0].status_code, late[0].headers[FAULT]) == (200, "f1")
    assert received(hanging) == (b"", "reset")


def test_a_sandbox_that_is_dropped_lets_nobody_wait(mock: RunningMock) -> None:
    arm(mock, {"hang": {}}, "/~gone")
    late: list[Exception] = []

    def hang() -> None:
        try:
            httpx.get(f"{mock.url}/~gone/restlink/api/v1/user/balance", headers=key(), timeout=20)
        except httpx.TransportError as error:
            late.append(error)

    thread = threading.Thread(target=hang)
    thread.start()
    path = f"{mock.url}/~gone/_understudy/faults"
    assert eventually(lambda: httpx.get(path, headers=mock.control.headers).json()["faults"][0]["hits"] == 1)
    assert mock.control.delete("/sandboxes/gone").status_code == 204
    thread.join(20)
    assert [type(error) for error in late] == [httpx.ReadError]


def test_a_hang_ends_when_its_time_is_over(mock: RunningMock) -> None:
    arm(mock, {"api": "restlink", "hang": {"seconds": SHORT}})
    assert received(raw(mock)) == (b"", "reset")


def test_a_hang_ends_when_the_client_gives_up(start_mock: Callable[..., RunningMock]) -> None:
    mock = start_mock(apis=("restlink",))
    arm(mock, {"operation": "list_messages", "hang": {"at": "after_work"}})
    raw(mock).close()
    idle = mock.app.sandboxes.default
    assert eventually(lambda: not idle._in_flight and idle.faults.rules[0].hits == 1)


@pytest.mark.parametrize("api", MOUNTS)
def test_a_connection_is_reset_before_a_byte_of_the_reply(mock: RunningMock, api: str) -> None:
    arm(mock, {"api": api, "reset": {}, "next": 1})
    assert received(raw(mock, api)) == (b"", "reset")
    assert read(mock, api).status_code == 200


@pytest.mark.parametrize(("at", "done"), [("before_work", 0), ("after_work", 1), ("in_body", 1)])
def test_a_reset_leaves_the_work_undone_or_done(mock: RunningMock, at: str, done: int) -> None:
    before = sent(mock)
    arm(mock, {"api": "restlink", "operation": "send_sms", "reset": {"at": at}, "next": 1})
    with pytest.raises(httpx.TransportError):
        send(mock)
    assert sent(mock) == before + done


@pytest.mark.parametrize("api", MOUNTS)
def test_a_connection_is_reset_in_the_middle_of_a_body(mock: RunningMock, api: str) -> None:
    whole = read(mock, api).content
    arm(mock, {"api": api, "reset": {"at": "in_body"}})
    came, end = received(raw(mock, api))
    head, _, body = came.partition(b"\r\n\r\n")
    assert end == "reset"
    assert f"content-length: {len(whole)}".encode() in head.lower()
    assert f"{FAULT}: f1".encode() in head.lower()
    assert body == whole[: len(whole) // 2] != b""


@pytest.mark.parametrize("api", MOUNTS)
def test_json_is_cut_with_a_clean_end(mock: RunningMock, api: str) -> None:
    url, headers = first_call(mock, api)
    with httpx.Client(headers=headers) as client:
        whole = client.get(url)
        arm(mock, {"api": api, "truncated": {}, "next": 1})
        cut = client.get(url)
        assert (cut.status_code, cut.headers[FAULT]) == (200, "f1")
        assert cut.content == whole.content[: len(whole.content) // 2]
        assert int(cut.headers["content-length"]) == len(cut.content)
        # The connection goes on as if nothing had been.
        assert client.get(url).content == whole.content
    with pytest.raises(json.JSONDecodeError):
        cut.json()


@pytest.mark.parametrize("api", MOUNTS)
def test_json_is_broken_and_its_type_is_wrong(mock: RunningMock, api: str) -> None:
    whole = read(mock, api)
    arm(mock, {"api": api, "malformed": {}, "next": 1})
    arm(mock, {"api": api, "content_type": {}, "next": 1})
    arm(mock, {"api": api, "content_type": {"value": "application/xml"}, "next": 1})
    broken, page, xml = read(mock, api), read(mock, api), read(mock, api)
    assert (broken.status_code, broken.content) == (200, whole.content[:-1] + b"," + whole.content[-1:])
    with pytest.raises(orjson.JSONDecodeError):
        orjson.loads(broken.content)
    assert (page.headers["content-type"], page.content) == ("text/html; charset=utf-8", whole.content)
    assert (xml.headers["content-type"], xml.headers[FAULT]) == ("application/xml", "f3")


def test_a_broken_reply_may_be_a_refusal(mock: RunningMock) -> None:
    arm(mock, {"api": "restlink", "malformed": {}})
    reply = httpx.get(f"{mock.base('restlink')}/user/balance")
    assert (reply.status_code, reply.headers[FAULT]) == (401, "f1")
    with pytest.raises(json.JSONDecodeError):
        reply.json()


def test_a_duplicate_is_done_twice_and_answered_once(mock: RunningMock) -> None:
    before = sent(mock)
    arm(mock, {"api": "restlink", "operation": "send_sms", "duplicate": {}, "next": 1})
    arm(mock, {"api": "restlink", "operation": "send_sms", "duplicate": {"reply": "first"}, "next": 1})
    ids = [send(mock).json()["messages"][0]["message_id"] for _ in range(2)]
    assert sent(mock) == before + 4
    newest = httpx.get(f"{mock.base('restlink')}/sms/messages", headers=key()).json()["messages"][:4]
    assert [one["client_message_id"] for one in newest].index(ids[0]) == 2
    assert [one["client_message_id"] for one in newest].index(ids[1]) == 1


@pytest.mark.parametrize(("reply", "status"), [("first", 200), ("last", 401)])
def test_a_signed_duplicate_meets_the_guard_against_repetitions(mock: RunningMock, reply: str, status: int) -> None:
    arm(mock, {"api": "restlink", "duplicate": {"reply": reply}})
    signing, at, path = actor("restlink")["keys"]["hmac"], str(int(time.time())), "/api/v1/user/balance"
    signature = hmac.new(signing["secret"].encode(), f"GET|{path}|{at}|".encode(), hashlib.sha256).hexdigest()
    headers = {"X-API-Key": signing["key"], "X-Timestamp": at, "X-Signature": signature}
    assert httpx.get(f"{mock.base('restlink')}/user/balance", headers=headers).status_code == status


def test_a_rate_limit_is_the_apis_own(mock: RunningMock) -> None:
    arm(mock, {"rate_limit": {}})
    restlink, tofrom, bird = read(mock, "restlink"), read(mock, "tofrom"), read(mock, "bird")
    assert (restlink.status_code, restlink.json()["error_code"]) == (429, "RATE_LIMIT_EXCEEDED")
    assert (tofrom.status_code, tofrom.headers["x-ratelimit-remaining"], tofrom.headers["x-ratelimit-limit"]) == (
        429,
        "0",
        "1000",
    )
    assert 0 < int(tofrom.headers["x-ratelimit-reset"]) - time.time() <= 60
    assert bird.status_code == 200
    # It is callers that are counted: who nobody knows is refused as ever.
    assert httpx.get(f"{mock.base('restlink')}/user/balance").status_code == 401


@pytest.mark.parametrize("effect", ["rate_limit", "maintenance"])
@pytest.mark.parametrize("api", ["bird", "timelines", "xpressbot"])
def test_what_no_contract_says_must_be_asked_for(mock: RunningMock, api: str, effect: str) -> None:
    status, error, issues = refused(mock, {"api": api, effect: {}})
    assert (status, error) == (400, "fault_unfit")
    assert issues[0].endswith("it needs `undocumented: true`")
    arm(mock, {"api": api, effect: {"undocumented": True, "retry_after": 7}})
    reply = read(mock, api)
    code = 429 if effect == "rate_limit" else 503
    assert (reply.status_code, reply.headers["retry-after"], reply.content) == (code, "7", b"")
    assert reply.headers[FAULT] == f'f1; undocumented="status {code}, Retry-After"'


def test_maintenance_has_the_words_of_the_one_api_that_documents_it(mock: RunningMock) -> None:
    arm(mock, {"maintenance": {}, "next": 1})
    arm(mock, {"api": "tofrom", "maintenance": {"undocumented": True}})
    down, longer = read(mock, "tofrom"), read(mock, "tofrom")
    words = Contract("tofrom", load_spec("tofrom")).refusals_anywhere["ServiceUnavailable"]
    assert (down.status_code, down.json(), down.headers[FAULT]) == (503, words.body, "f1")
    assert "retry-after" not in down.headers
    assert (longer.json(), longer.headers["retry-after"]) == (words.body, "60")
    assert longer.headers[FAULT] == 'f2; undocumented="Retry-After"'
    mock.control.put("/faults", json={"faults": [{"maintenance": {"undocumented": True, "body": {"back": "soon"}}}]})
    own = read(mock, "tofrom")
    assert (own.status_code, own.json(), own.headers[FAULT]) == (503, {"back": "soon"}, 'f3; undocumented="body, Retry-After"')


@pytest.mark.parametrize(
    ("rule", "status", "error", "issue"),
    [
        ({}, 400, "fault_effect_unclear", None),
        ({"hang": {}, "reset": {}}, 400, "fault_effect_unclear", None),
        ({"hang": {}, "nonsense": 1}, 400, "body_invalid", "unsupported"),
        ({"error": {}}, 400, "body_invalid", None),
        ({"latency": {"seconds": 1, "uniform": {"lower": 0, "upper": 1}}}, 400, "body_invalid", "latency"),
        ({"latency": {"uniform": {"lower": 2, "upper": 1}}}, 400, "fault_unfit", "upper"),
        ({"latency": {"seconds": -1}}, 400, "body_invalid", "latency.seconds: must be at least 0"),
        ({"hang": {}, "share": 1.5}, 400, "body_invalid", "share: must be at most 1"),
        ({"hang": {}, "next": 0}, 400, "body_invalid", "next: must be at least 1"),
        ({"hang": {}, "operation": "send_smss"}, 400, "fault_unfit", "send_sms"),
        ({"hang": {}, "api": "bird", "operation": "send_sms"}, 400, "fault_unfit", "bird has no such operation"),
        ({"hang": {}, "actor": "nobody"}, 400, "fault_unfit", "restlink: owner, stranger"),
        ({"hang": {}, "api": "bird", "actor": "poor"}, 400, "fault_unfit", "it has bird: owner, stranger"),
        ({"error": {"refusal": "WorkspaceNotOwned"}, "api": "timelines"}, 400, "fault_unfit", "none of 8 operations"),
        ({"error": {"status": 402}, "operation": "get_stats"}, 400, "fault_unfit", "get_stats documents 400"),
        ({"error": {"status": 200}}, 400, "body_invalid", "error.status"),
        ({"error": {"status": 500, "refusal": "InternalError", "undocumented": True}}, 400, "fault_unfit", "by its status alone"),
        ({"error": {"status": 500, "body": {}}}, 400, "fault_unfit", "undocumented"),
        ({"body": {"at": "to"}, "operation": "get_stats", "hang": {}}, 400, "fault_unfit", "body: get_stats takes no JSON body"),
        ({"actor": "owner", "api": "tofrom", "operation": "log_in", "hang": {}}, 400, "fault_unfit", "log_in asks nobody"),
        ({"api": "tofrom", "maintenance": {"retry_after": 1}}, 400, "fault_unfit", "Retry-After"),
        ({"api": "tofrom", "maintenance": {"body": None}}, 400, "fault_unfit", "a body of your own"),
    ],
)
def test_a_rule_that_could_strike_nobody_is_refused_with_the_reason(
    mock: RunningMock, rule: JSON, status: int, error: str, issue: str | None
) -> None:
    said = refused(mock, rule)
    assert said[:2] == (status, error)
    assert issue is None or issue in said[2][0]
    assert mock.control.get("/faults").json() == {"faults": []}


def test_an_api_that_is_not_served_and_a_file_that_is_read_once(start_mock: Callable[..., RunningMock]) -> None:
    mock = start_mock(apis=("bird",))
    assert refused(mock, {"api": "restlink", "hang": {}})[:2] == (404, "api_not_served")
    uploads = [one.id for one in mock.app.contracts["bird"].operations.values() if one.streams]
    for operation in uploads:
        assert "read but once" in refused(mock, {"operation": operation, "duplicate": {}})[2][0]
    assert uploads


def test_rules_are_listed_read_and_taken_back(mock: RunningMock) -> None:
    rule = {"api": "bird", "error": {"status": 500}, "next": 2}
    armed = arm(mock, rule)
    assert armed == {
        "id": "f1",
        "description": "error 500 on bird, 2 left",
        "rule": rule,
        "calls": 0,
        "hits": 0,
        "armed": True,
        "left": 2,
    }
    arm(mock, {"latency": {"seconds": 0}})
    read(mock, "bird")
    listed = mock.control.get("/faults").json()["faults"]
    assert [(one["id"], one["calls"], one["hits"], one.get("left")) for one in listed] == [("f1", 1, 1, 1), ("f2", 1, 0, None)]
    assert mock.control.get("/faults/f1").json() == listed[0]
    assert mock.control.delete("/faults/f1").status_code == 204
    assert mock.control.get("/faults/f1").json()["error"] == "fault_unknown"
    assert mock.control.delete("/faults/f1").status_code == 404
    assert read(mock, "bird").headers[FAULT] == "f2"
    assert mock.control.delete("/faults").status_code == 204
    assert FAULT not in read(mock, "bird").headers


def test_other_rules_take_the_place_of_all_or_of_none(mock: RunningMock) -> None:
    arm(mock, {"api": "bird", "error": {"status": 500}})
    wrong = mock.control.put("/faults", json={"faults": [{"hang": {}}, {"api": "bird", "error": {"status": 429}}]})
    assert (wrong.status_code, wrong.json()["error"]) == (400, "fault_unfit")
    assert read(mock, "bird").headers[FAULT] == "f1"
    right = mock.control.put("/faults", json={"faults": [{"api": "bird", "error": {"status": 401}}]})
    assert [one["id"] for one in right.json()["faults"]] == ["f2"]
    assert read(mock, "bird").status_code == 401
    assert mock.control.put("/faults", json={"faults": []}).json() == {"faults": []}
    assert read(mock, "bird").status_code == 200


def test_a_reset_disarms(mock: RunningMock) -> None:
    arm(mock, {"error": {"status": 500}})
    assert read(mock, "bird").headers[FAULT] == "f1"
    mock.reset()
    assert FAULT not in read(mock, "bird").headers
    assert mock.control.get("/faults").json() == {"faults": []}


def test_the_control_plane_is_struck_by_nothing(mock: RunningMock) -> None:
    arm(mock, {"reset": {}})
    assert mock.control.get("/faults").status_code == 200
    assert httpx.get(f"{mock.url}/_understudy/ready").status_code == 200
    assert httpx.get(f"{mock.url}/bird/openapi.json").status_code == 200


def test_each_sandbox_has_faults_of_its_own(mock: RunningMock) -> None:
    arm(mock, {"api": "restlink", "error": {"status": 500}}, "/~broken")
    path = "/restlink/api/v1/user/balance"
    assert httpx.get(f"{mock.url}/~broken{path}", headers=key()).headers[FAULT] == "f1"
    assert FAULT not in httpx.get(f"{mock.url}{path}", headers=key()).headers
    assert mock.control.get("/faults").json() == {"faults": []}
    assert mock.control.delete("/sandboxes/broken").status_code == 204


def test_ready_and_the_start_page_say_so_while_a_fault_is_armed(mock: RunningMock) -> None:
    def told(path: str) -> Any:
        return httpx.get(mock.url + path).json()

    calm = told("/_understudy/ready")
    assert "faults" not in calm
    assert "on purpose" not in httpx.get(mock.url).text
    arm(mock, {"api": "bird", "body": {"at": "<script>", "equals": "secret"}, "error": {"status": 500}, "next": 1})
    mock.control.put("/webhooks/disturbances", json={"rules": [{"effect": "drop", "api": "restlink", "next": 3}]})
    lines = ["f1: error 500 on bird by <script> of the body, 1 left", "webhooks: drop on restlink, 3 left"]
    assert told("/_understudy/ready") == {**calm, "faults": 2, "armed": lines}
    page = httpx.get(mock.url).text
    assert "<li>f1: error 500 on bird by &lt;script&gt; of the body, 1 left</li>" in page
    assert "secret" not in page
    arm(mock, {"api": "bird", "hang": {}}, "/~slow")
    assert "<li>slow: f1: hang on bird</li>" in httpx.get(mock.url).text
    assert "<li>f1: error" not in httpx.get(f"{mock.url}/~slow/").text
    assert mock.control.delete("/sandboxes/slow").status_code == 204
    mock.reset()
    assert told("/_understudy/ready") == calm
    assert "on purpose" not in httpx.get(mock.url).text


def test_a_rule_with_nothing_left_to_do_is_told_of_no_more(mock: RunningMock) -> None:
    calm = mock.control.get("/ready").json()
    arm(mock, {"api": "bird", "error": {"status": 500}, "next": 1})
    assert mock.control.get("/ready").json() == {**calm, "faults": 1, "armed": ["f1: error 500 on bird, 1 left"]}
    assert read(mock, "bird").status_code == 500
    assert mock.control.get("/ready").json() == calm
    assert [one["armed"] for one in mock.control.get("/faults").json()["faults"]] == [False]
