"""The journal on the wire: what is written down, how it is found, why something was answered so, and where its bounds are."""

from __future__ import annotations

import hashlib
import hmac
import re
import shlex
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from websockets.sync.client import connect

from mockserver import apis
from mockserver.app import cast
from mockserver.data import MOUNTS, load_spec
from mockserver.exchange import Reply
from mockserver.journal import entry as entries
from mockserver.journal import journal as bounds
from mockserver.journal.search import CONDITIONS
from mockserver.journal.secrecy import hashed
from mockserver.journal.told import explained, table, told
from mockserver.journal.verdicts import VERDICTS
from mockserver.serving.pointers import locate, steps_of

from .conftest import RunningMock

JSON = dict[str, Any]
SMS = {"to": ["+14155551234"], "message": "hi", "sender_id": "MyApp"}
CONTROL = load_spec("control")
GUIDE = (Path(__file__).parent.parent / "docs" / "journal.md").read_text("utf-8")
#: A client for all: to make one costs more than what it asks.
WIRE = httpx.Client(timeout=30, trust_env=False)
OWNERS_KEY = cast("restlink")["owner"]["api_keys"]["16"]
RESTLINK = {"X-API-Key": OWNERS_KEY}


@pytest.fixture(autouse=True)
def opening_state(mock: RunningMock) -> Iterator[None]:
    mock.reset()
    yield
    mock.control.delete("/faults")


def journal(mock: RunningMock, prefix: str = "", **wishes: Any) -> list[JSON]:
    reply = WIRE.get(f"{mock.url}{prefix}/_understudy/journal", params=wishes, headers=mock.control.headers)
    assert reply.status_code == 200, reply.text
    found: list[JSON] = reply.json()["entries"]
    return found


def last(mock: RunningMock, prefix: str = "") -> JSON:
    return journal(mock, prefix, order="newest", limit=1)[0]


def explain(mock: RunningMock, number: int) -> JSON:
    reply = mock.control.get(f"/journal/{number}/explain")
    assert reply.status_code == 200, reply.text
    explanation: JSON = reply.json()
    return explanation


def send(mock: RunningMock, body: Any = SMS, prefix: str = "", **headers: str) -> httpx.Response:
    return WIRE.post(f"{mock.url}{prefix}{MOUNTS['restlink']}/sms/send", json=body, headers={**RESTLINK, **headers})


def test_an_entry_holds_the_request_and_the_reply(mock: RunningMock) -> None:
    mock.control.put("/clock", json={"mode": "frozen", "now": "2026-02-13T12:00:00Z"})
    reply = WIRE.post(f"{mock.base('restlink')}/sms/send?x=1&x=2", json=SMS, headers=RESTLINK)
    entry = last(mock)
    assert entry["request"]["method"] == "POST"
    assert entry["request"]["path"] == "/restlink/api/v1/sms/send"
    assert entry["request"]["query"] == {"x": ["1", "2"]}
    assert entry["request"]["headers"]["x-api-key"] == hashed(OWNERS_KEY)
    assert entry["request"]["body"]["value"] == SMS
    assert entry["request"]["body"]["length"] == len(reply.request.content)
    assert entry["reply"]["status"] == 200
    assert entry["reply"]["headers"]["content-type"] == "application/json"
    assert entry["reply"]["body"]["value"] == reply.json()
    assert entry["received_at"] == entry["answered_at"] == "2026-02-13T12:00:00.000000Z"
    assert entry["took_ms"] > 0
    told_of = ("sandbox", "api", "operation", "actor", "scheme", "verdict", "refusal", "fault", "effect", "reasons")
    assert [entry[name] for name in told_of] == [
        "default", "restlink", "send_sms", "owner", "ApiKey", "accepted", None, None, None, []
    ]  # fmt: skip


def test_a_reply_to_head_has_no_body(mock: RunningMock) -> None:
    assert WIRE.head(f"{mock.base('restlink')}/user/balance", headers=RESTLINK).status_code == 200
    entry = last(mock)
    assert (entry["request"]["method"], entry["operation"], entry["reply"]["body"]) == ("HEAD", "get_balance", None)


def test_the_contract_that_says_no_is_named_by_its_keyword(mock: RunningMock) -> None:
    send(mock, {**SMS, "to": []})
    entry = last(mock)
    assert (entry["verdict"], entry["actor"]) == ("refused_by_contract", "owner")
    (reason,) = entry["reasons"]
    assert (reason["place"], reason["keyword"]) == ("body /to", "minItems")
    steps, found = locate(load_spec("restlink"), *steps_of(reason["pointer"]))
    assert (steps[-1], found) == ("minItems", 1)
    assert reason["provenance"] in ("documented", "published", "assumed")
    WIRE.get(f"{mock.base('restlink')}/sms/messages?limit=0", headers=RESTLINK)
    (reason,) = last(mock)["reasons"]
    assert (reason["place"], reason["keyword"]) == ("query limit", "minimum")
    assert locate(load_spec("restlink"), *steps_of(reason["pointer"]))[1] == 1


def test_a_refusal_of_the_state_is_named_with_its_words(mock: RunningMock) -> None:
    WIRE.get(f"{mock.base('restlink')}/sms/messages", headers={"X-API-Key": "sk_prod_nobody"})
    entry = last(mock)
    assert (entry["verdict"], entry["refusal"], entry["actor"]) == ("refused_by_state", "CredentialUnknown", None)
    (reason,) = entry["reasons"]
    _, words = locate(load_spec("restlink"), *steps_of(reason["pointer"]))
    assert words["value"] == entry["reply"]["body"]["value"]


@pytest.mark.parametrize(
    ("method", "path", "refusal", "place"),
    [
        ("GET", "/bird/nothing", "PathUnknown", "path"),
        ("PUT", "/restlink/api/v1/sms/send", "MethodNotAllowed", "method"),
        ("GET", "/nothing", None, "path"),
        ("GET", "/tofrom/api/ui/workspaces/ws_4kq8z1m7/live", "UpgradeRequired", "request"),
    ],
)
def test_what_reaches_no_operation_is_written_down(
    mock: RunningMock, method: str, path: str, refusal: str | None, place: str
) -> None:
    reply = WIRE.request(method, mock.url + path, content=b"12345" if method == "PUT" else None)
    entry = last(mock)
    assert (entry["verdict"], entry["refusal"]) == ("refused_by_contract", refusal)
    assert entry["reply"]["status"] == reply.status_code >= 400
    assert entry["reasons"][0]["place"] == place
    assert entry["request"]["body"] == ({"kind": "unread", "length": 5} if method == "PUT" else None)


def test_what_is_no_http_is_written_down(mock: RunningMock) -> None:
    address = urlsplit(mock.url)
    with socket.create_connection((address.hostname, address.port), timeout=10) as raw:
        raw.sendall(b"GET /bird/workspaces HTTP/1.1\r\nBro ken: x\r\n\r\n")
        assert raw.recv(100).startswith(b"HTTP/1.1 400")
    entry = last(mock)
    assert (entry["api"], entry["request"]["method"], entry["request"]["path"]) == ("bird", "?", "/bird/workspaces")
    assert (entry["verdict"], entry["refusal"], entry["reply"]["status"]) == ("refused_by_contract", "RequestMalformed", 400)


def test_handshakes_are_written_down_when_they_are_answered(mock: RunningMock) -> None:
    owner = mock.cast("tofrom")["owner"]
    url = f"{mock.base('tofrom')}/api/ui/workspaces/{owner['workspace_id']}/live".replace("http", "ws")
    token = {"Authorization": f"Bearer {owner['session_token']}"}
    with connect(url, additional_headers=token, proxy=None) as live:
        live.recv(timeout=10)
        entry = last(mock)
        assert (entry["operation"], entry["actor"], entry["verdict"]) == ("watch_workspace", "owner", "accepted")
        assert entry["reply"] == {"status": 101, "headers": {}, "body": None}
    with pytest.raises(Exception, match="401"), connect(url, proxy=None):
        pass
    entry = last(mock)
    assert (entry["reply"]["status"], entry["refusal"]) == (401, "CredentialMissing")
    assert len(journal(mock)) == 2


def test_neither_the_control_plane_nor_the_mocks_own_pages_are_written_down(mock: RunningMock) -> None:
    mock.control.get("/clock")
    mock.control.get("/nothing")
    for path in ("/", "/bird/openapi.json", "/bird/ui/", "/_understudy/ready"):
        assert WIRE.get(mock.url + path).status_code == 200
    assert journal(mock) == []


def test_a_reply_that_breaks_the_contract_is_written_down_as_broken(
    start_mock: Callable[..., RunningMock], monkeypatch: pytest.MonkeyPatch
) -> None:
    operations = apis.room("restlink", "operations")
    monkeypatch.setattr(operations, "list_workspaces", lambda call, **_: Reply([{"nonsense": 1}]))
    mock = start_mock(apis=("restlink",))
    owner = mock.cast("restlink")["owner"]
    reply = WIRE.get(f"{mock.base('restlink')}/user/workspaces", headers={"Authorization": f"Bearer {owner['jwt']}"})
    entry = last(mock)
    assert (reply.status_code, entry["verdict"]) == (500, "broken")
    assert entry["reasons"][0]["reason"] == reply.headers["X-Understudy-Breach"]


def test_a_rule_that_acted_is_named(mock: RunningMock) -> None:
    rule = mock.control.post("/faults", json={"error": {"status": 429}, "api": "restlink", "operation": "send_sms", "next": 1})
    assert rule.status_code == 201, rule.text
    send(mock)
    entry = last(mock)
    assert (entry["verdict"], entry["fault"], entry["effect"]) == ("faulted", rule.json()["id"], "error")
    sentences = explain(mock, entry["number"])["sentences"]
    assert any(f"The rule {entry['fault']} acted on it: error" in sentence for sentence in sentences)
    send(mock)
    assert last(mock)["verdict"] == "accepted"
    assert [one["number"] for one in journal(mock, fault="*")] == [entry["number"]]
    assert [one["number"] for one in journal(mock, fault=entry["fault"])] == [entry["number"]]
    assert journal(mock, fault="other") == []


def test_a_rule_that_only_delays_leaves_the_verdict(mock: RunningMock) -> None:
    rule = mock.control.post("/faults", json={"latency": {"seconds": 0.001}, "api": "restlink", "next": 1})
    assert rule.status_code == 201, rule.text
    send(mock)
    entry = last(mock)
    assert (entry["verdict"], entry["fault"], entry["effect"]) == ("accepted", rule.json()["id"], None)


def test_who_gives_up_leaves_an_entry_without_a_reply(mock: RunningMock) -> None:
    mock.control.post("/faults", json={"hang": {"seconds": 30}, "api": "restlink", "next": 1})
    with pytest.raises(httpx.ReadTimeout):
        WIRE.post(f"{mock.base('restlink')}/sms/send", json=SMS, headers=RESTLINK, timeout=0.2)
    waited = mock.control.post("/journal/wait", json={"verdict": "faulted", "timeout": 10}).json()
    assert waited["met"]
    assert (waited["entries"][0]["reply"], waited["entries"][0]["effect"]) == (None, "hang")


def test_a_preference_is_named_and_a_wait_alone_changes_nothing(mock: RunningMock) -> None:
    send(mock, Prefer="code=402")
    entry = last(mock)
    assert (entry["verdict"], entry["preferences"], entry["reply"]["status"]) == ("preferred", ["code=402"], 402)
    send(mock, Prefer="wait=0.001")
    entry = last(mock)
    assert (entry["verdict"], entry["preferences"]) == ("accepted", ["wait=0.001"])


def seeded(mock: RunningMock) -> None:
    """Five requests: two that are sent, one refused by its contract, one by nobody, one list."""
    send(mock, {**SMS, "message": "first"})
    send(mock, {**SMS, "message": "second", "to": ["+14155550001", "+14155550002"]}, **{"X-Trace": "a b"})
    send(mock, {**SMS, "to": []})
    WIRE.get(f"{mock.base('restlink')}/sms/messages")
    WIRE.get(f"{mock.base('bird')}/workspaces/1", headers={"Authorization": "AccessKey nobody-knows-this"})


@pytest.mark.parametrize(
    ("wishes", "expected"),
    [
        ({}, [1, 2, 3, 4, 5]),
        ({"api": "bird"}, [5]),
        ({"operation": "send_sms"}, [1, 2, 3]),
        ({"actor": "owner"}, [1, 2, 3]),
        ({"actor": "stranger"}, []),
        ({"method": "get"}, [4, 5]),
        ({"path": "/restlink/*/send"}, [1, 2, 3]),
        ({"path": "/bird/workspaces/?"}, [5]),
        ({"path": "/bird"}, []),
        ({"status": "200"}, [1, 2]),
        ({"status": "4xx"}, [3, 4, 5]),
        ({"status": "2XX"}, [1, 2]),
        ({"verdict": "accepted"}, [1, 2]),
        ({"verdict": "refused_by_contract"}, [3, 4, 5]),
        ({"body": "/message=second"}, [2]),
        ({"body": "/to/1=+14155550002"}, [2]),
        ({"body": "to/0"}, [1, 2]),
        ({"body": '/to=["+14155551234"]'}, [1]),
        ({"body": "/nothing"}, []),
        ({"header": "x-trace"}, [2]),
        ({"header": "X-Trace: a b"}, [2]),
        ({"header": "x-trace=a c"}, []),
        ({"header": "content-type: application/json"}, [1, 2, 3]),
        ({"text": "second"}, [2]),
        ({"text": "+1415555000"}, [2]),
        ({"text": "nobody-knows-this"}, []),
        ({"text": hashed("nobody-knows-this")}, [5]),
        ({"since": 2}, [3, 4, 5]),
        ({"until": 2}, [1, 2]),
        ({"since": 2, "until": 4, "method": "POST"}, [3]),
        ({"order": "newest"}, [5, 4, 3, 2, 1]),
        ({"order": "newest", "limit": 2, "offset": 1}, [4, 3]),
        ({"limit": 2, "offset": 3}, [4, 5]),
        ({"offset": 9}, []),
    ],
    ids=str,
)
def test_entries_are_found_by_what_they_are(mock: RunningMock, wishes: JSON, expected: list[int]) -> None:
    mock.control.delete("/journal")
    before = mock.control.get("/journal/count").json()["last"]
    seeded(mock)
    shifted = {name: value + before if name in ("since", "until") else value for name, value in wishes.items()}
    assert [entry["number"] - before for entry in journal(mock, **shifted)] == expected
    if not {"order", "limit", "offset"} & set(wishes):
        counted = mock.control.get("/journal/count", params=shifted).json()
        assert counted == {"total": len(expected), "remembered": 5, "forgotten": 0, "last": before + 5}
        waited = mock.control.post("/journal/wait", json={**shifted, "timeout": 0}).json()
        assert [entry["number"] - before for entry in waited["entries"]] == expected
        assert waited["met"] is bool(expected)


def test_every_condition_of_the_contract_is_known_and_the_same_everywhere() -> None:
    listed = [locate(CONTROL, "paths", "/journal", "get", "parameters", index)[1]["name"] for index in range(16)]
    counted = [locate(CONTROL, "paths", "/journal/count", "get", "parameters", index)[1]["name"] for index in range(13)]
    wished = CONTROL["components"]["schemas"]["JournalWish"]["properties"]
    assert set(counted) == set(CONDITIONS) == set(listed) - {"order", "limit", "offset"} == set(wished) - {"count", "timeout"}
    assert CONTROL["components"]["schemas"]["JournalVerdict"]["enum"] == list(VERDICTS)


@pytest.mark.parametrize("wishes", [{"status": "42"}, {"verdict": "good"}, {"api": "nothing"}, {"since": -1}, {"limit": 0}])
def test_a_condition_that_means_nothing_is_refused(mock: RunningMock, wishes: JSON) -> None:
    assert mock.control.get("/journal", params=wishes).status_code == 400


def test_a_wait_ends_with_the_request_that_was_missing(mock: RunningMock) -> None:
    since = mock.control.get("/journal/count").json()["last"]
    send(mock)
    wish = {"operation": "send_sms", "since": since, "count": 2, "timeout": 30}
    answers: list[JSON] = []
    waiting = threading.Thread(target=lambda: answers.append(mock.control.post("/journal/wait", json=wish, timeout=40).json()))
    waiting.start()
    send(mock, {})
    send(mock, Prefer="wait=0.001")
    waiting.join(20)
    assert answers[0]["met"]
    assert [one["operation"] for one in answers[0]["entries"]] == ["send_sms"] * answers[0]["total"]
    assert answers[0]["total"] >= 2


def test_a_wait_in_vain_says_so(mock: RunningMock) -> None:
    told_of = mock.control.post("/journal/wait", json={"api": "bird", "timeout": 0.05}).json()
    assert (told_of["met"], told_of["total"]) == (False, 0)


def test_reset_and_delete_empty_the_journal_of_their_sandbox(mock: RunningMock) -> None:
    numbers = []
    for empty in (lambda: mock.control.delete("/journal"), lambda: mock.control.post("/reset")):
        send(mock, prefix="/~other")
        send(mock)
        numbers.append(last(mock)["number"])
        assert empty().status_code == 204
        assert journal(mock) == []
        assert journal(mock, "/~other") != []
    # Numbers are given once.
    assert numbers[0] < numbers[1]
    mock.control.delete("/sandboxes/other")


def test_an_entry_that_is_not_there_is_told_so(mock: RunningMock) -> None:
    for path in ("/journal/9007199254740991", "/journal/9007199254740991/explain"):
        reply = mock.control.get(path)
        assert (reply.status_code, reply.json()["error"]) == (404, "entry_unknown")


def test_sandboxes_do_not_see_each_others_entries(mock: RunningMock) -> None:
    made = mock.control.post("/sandboxes", json={"name": "mine"}).json()
    own = made["credentials"]["restlink"]["owner"]["api_keys"]["16"]
    by_path, by_header = send(mock, prefix="/~mine"), send(mock, **{"X-Understudy-Sandbox": "mine"})
    by_credential = send(mock, **{"X-API-Key": own})
    assert [reply.status_code for reply in (by_path, by_header, by_credential)] == [200, 200, 200]
    assert journal(mock) == []
    found = journal(mock, "/~mine")
    assert [(one["sandbox"], one["actor"]) for one in found] == [("mine", "owner")] * 3
    whys = []
    for one in found:
        explanation = WIRE.get(
            f"{mock.url}/~mine/_understudy/journal/{one['number']}/explain", headers=mock.control.headers
        ).json()
        (why,) = [sentence for sentence in explanation["sentences"] if sentence.startswith("The sandbox")]
        whys.append(why)
        if one is found[2]:
            meant = f"{hashed(own)} in header X-API-Key decided"
            assert one["credential"] == one["request"]["headers"]["x-api-key"] == hashed(own)
            assert any(
                meant in sentence and f"stands for {hashed(OWNERS_KEY)}" in sentence for sentence in explanation["sentences"]
            )
    assert ["path" in whys[0], "header" in whys[1], "credential" in whys[2]] == [True] * 3
    mock.control.delete("/sandboxes/mine")


def test_files_of_forms_and_downloads_are_described_and_not_kept(mock: RunningMock) -> None:
    owner = mock.cast("bird")["owner"]
    key = {"Authorization": f"AccessKey {owner['access_key']}"}
    base = mock.base("bird")
    granted = WIRE.post(
        f"{base}/workspaces/{owner['workspace_id']}/channels/presigned-upload", json={"contentType": "image/png"}, headers=key
    ).json()
    content = b"\x89PNG" + b"\0" * 300_000
    uploaded = WIRE.post(granted["uploadUrl"], data=granted["uploadFormData"], files={"file": ("cat.png", content, "image/png")})
    assert uploaded.status_code == 204, uploaded.text
    entry = last(mock)
    body = entry["request"]["body"]
    assert body["files"] == [{"name": "file", "filename": "cat.png", "media_type": "image/png", "length": len(content)}]
    assert body["fields"]["Content-Type"] == "image/png"
    assert body["fields"]["policy"] == hashed(granted["uploadFormData"]["policy"])
    assert WIRE.get(granted["mediaUrl"], headers=key).content == content
    entry = last(mock)
    assert entry["operation"] == "download_media"
    assert entry["reply"]["body"] == {"kind": "bytes", "length": len(content), "media_type": "image/png"}
    held = mock.app.sandboxes.default.journal
    assert held.bytes < 100_000


def test_what_is_too_long_is_cut_and_described(mock: RunningMock) -> None:
    text = "x" * entries.BODY_BOUND
    WIRE.post(f"{mock.base('restlink')}/sms/send", json={**SMS, "message": text}, headers=RESTLINK)
    body = last(mock)["request"]["body"]
    assert body["kind"] == "text"
    assert body["length"] > entries.BODY_BOUND >= len(body["text"]) > entries.BODY_BOUND - 100
    assert re.fullmatch("sha256:[0-9a-f]{64}", body["digest"])


def test_the_bounds_are_stated(mock: RunningMock) -> None:
    described = " ".join(CONTROL["paths"]["/journal"]["get"]["description"].split())
    mib = 1024 * 1024
    for text in (
        f"latest {bounds.ENTRIES:,} entries",
        f"up to {bounds.BYTES // mib} MiB",
        f"together {bounds.ALL_ENTRIES:,} entries and {bounds.ALL_BYTES // mib} MiB",
        f"more than {entries.BODY_BOUND // 1024} KiB is cut",
    ):
        assert text in described
        assert text in " ".join(GUIDE.split())
    assert set(mock.control.get("/journal").json()) >= {"remembered", "forgotten"}


def test_an_explanation_leads_through_the_whole_way(mock: RunningMock) -> None:
    send(mock, {**SMS, "to": []})
    explanation = explain(mock, last(mock)["number"])
    text = "\n".join(explanation["sentences"])
    for part in (
        "/restlink/api/v1 is where restlink is served, so that its path is /sms/send.",
        "POST /sms/send is the operation send_sms: /paths/~1sms~1send/post (documented).",
        "The sandbox is default",
        f"The credential {hashed(OWNERS_KEY)} in header X-API-Key decided alone",
        "that is the actor owner",
        "body /to: ",
        "these are its words: /",
        "The reply is 400",
    ):
        assert part in text
    raw = load_spec("restlink")
    for fact in explanation["facts"]:
        if fact["pointer"]:
            locate(raw, *steps_of(fact["pointer"]))


def test_a_place_that_was_not_looked_at_is_named(mock: RunningMock) -> None:
    key = mock.cast("xpressbot")["owner"]["api_key"]
    headers = {"X-API-Key": "wrong-key-wins", "Authorization": f"Bearer {key}"}
    reply = WIRE.get(f"{mock.base('xpressbot')}/channels/list?apiKey={key}", headers=headers)
    assert reply.status_code == 401
    explanation = explain(mock, last(mock)["number"])
    ignored = [fact["value"] for fact in explanation["facts"] if fact["name"] == "ignored_credential"]
    assert ignored == ["header Authorization (Bearer)", "query apiKey"]
    assert any("that is nobody" in sentence for sentence in explanation["sentences"])


def test_what_comes_after_a_credential_that_is_refused_was_not_looked_at(mock: RunningMock) -> None:
    for key, who in ((cast("restlink")["owner"]["keys"]["hmac"]["key"], "nobody who was let in:"), ("sk_prod_nobody", "nobody:")):
        reply = WIRE.post(f"{mock.base('restlink')}/sms/send", json={}, headers={"X-API-Key": key})
        assert reply.status_code == 401
        sentences = explain(mock, last(mock)["number"])["sentences"]
        assert any(f"that is {who}" in sentence for sentence in sentences)
        assert any(sentence.startswith("Nothing but the credential was looked at") for sentence in sentences)
        assert not any("The contract admits the request" in sentence for sentence in sentences)


@pytest.mark.parametrize(
    "effect", [{"error": {"status": 429}}, {"error": {"status": 429, "at": "after_work"}}, {"truncated": {}}]
)
def test_who_it_is_is_known_where_a_rule_comes_first(mock: RunningMock, effect: JSON) -> None:
    mock.control.post("/faults", json={**effect, "api": "restlink", "operation": "get_balance", "next": 2})
    WIRE.get(f"{mock.base('restlink')}/user/balance", headers=RESTLINK)
    assert (last(mock)["verdict"], last(mock)["actor"]) == ("faulted", "owner")
    assert any("that is the actor owner" in one for one in explain(mock, last(mock)["number"])["sentences"])
    assert len(journal(mock, actor="owner")) == 1
    WIRE.get(f"{mock.base('restlink')}/user/balance", headers={"X-API-Key": "of-nobody-at-all"})
    assert last(mock)["actor"] is None
    assert any("that is nobody:" in one for one in explain(mock, last(mock)["number"])["sentences"])


def test_to_know_who_it_is_uses_nothing_up(mock: RunningMock) -> None:
    keys, stamp = mock.cast("restlink")["owner"]["keys"]["hmac"], mock.control.get("/clock").json()["now"]
    timestamp = str(int(datetime.fromisoformat(stamp).timestamp()))
    head = f"GET|/restlink/api/v1/user/balance|{timestamp}|".encode()
    signature = hmac.new(keys["secret"].encode(), head, hashlib.sha256).hexdigest()
    headers = {"X-API-Key": keys["key"], "X-Timestamp": timestamp, "X-Signature": signature}
    mock.control.post("/faults", json={"error": {"status": 429}, "api": "restlink", "next": 1})
    drawn = mock.control.get("/ready").json()["drawn"]
    assert WIRE.get(f"{mock.base('restlink')}/user/balance", headers=headers).status_code == 429
    assert mock.control.get("/ready").json()["drawn"] == drawn
    # The same signature again: the first time, it was not used up.
    assert WIRE.get(f"{mock.base('restlink')}/user/balance", headers=headers).status_code == 200
    assert WIRE.get(f"{mock.base('restlink')}/user/balance", headers=headers).status_code == 401


def test_a_path_that_is_nearly_right_is_named(mock: RunningMock) -> None:
    WIRE.get(f"{mock.base('restlink')}/sms/message", headers=RESTLINK)
    assert any("the nearest is /sms/messages" in one for one in explain(mock, last(mock)["number"])["sentences"])
    WIRE.get(f"{mock.url}/restlink/v1/sms/messages", headers=RESTLINK)
    assert any("/restlink/api/v1" in one for one in explain(mock, last(mock)["number"])["sentences"])
    WIRE.put(f"{mock.base('restlink')}/sms/send", headers=RESTLINK)
    assert any("but only for POST" in one for one in explain(mock, last(mock)["number"])["sentences"])


@pytest.mark.parametrize("form", ["json", "text", "form"])
def test_the_curl_line_sends_the_request_once_more(mock: RunningMock, form: str) -> None:
    content: Any = {
        "json": {"json": {**SMS, "message": 'it\'s "$HOME" `ls` \\ ü\n!'}},
        "text": {"content": b'{"to": [', "headers": {"Content-Type": "application/json"}},
        "form": {"data": {"a": "1 & 2", "b": "ü"}},
    }[form]
    headers = {**RESTLINK, **content.pop("headers", {})}
    first = WIRE.post(f"{mock.base('restlink')}/sms/send?q=a%20b%26&q=2", headers=headers, **content)
    before = last(mock)
    line = explain(mock, before["number"])["curl"]
    assert OWNERS_KEY not in line
    environment = {f"SECRET_{hashed(OWNERS_KEY).partition(':')[2]}": OWNERS_KEY, "PATH": "/usr/bin:/bin", "HOME": "/nowhere"}
    shell = subprocess.run(
        ["sh", "-c", f"{line} -s -o /dev/null -w '%{{http_code}}'"], env=environment, capture_output=True, text=True, check=True
    )
    after = last(mock)
    assert shell.stdout == str(first.status_code)
    assert after["number"] == before["number"] + 1
    for part in ("method", "path", "query", "body"):
        assert {**after["request"], "headers": None}[part] == {**before["request"], "headers": None}[part]
    assert after["actor"] == "owner"
    assert shlex.split(line)[0] == "curl"


def test_entries_are_told_as_text(mock: RunningMock) -> None:
    send(mock)
    send(mock, {**SMS, "to": []})
    found = journal(mock)
    rows = table(found).splitlines()
    assert [row.split()[0] for row in rows] == ["#", *(str(one["number"]) for one in found)]
    assert "restlink.send_sms" in rows[1]
    assert "accepted" in rows[1]
    assert "refused by contract" in rows[2]
    text = told(found)
    for part in ("POST /restlink/api/v1/sms/send -> 200", "by owner", '"message": "hi"', "body /to: ", "minItems"):
        assert part in text
    assert "curl -X POST" in explained(explain(mock, found[1]["number"]))


def test_the_text_needs_nothing_of_the_server() -> None:
    code = (
        "import sys; import mockserver.journal.told, mockserver.coverage.rendering; "
        "heavy = ('connexion', 'rich', 'jsonschema_rs', 'starlette', 'yaml', 'mockserver.serving'); "
        "print([name for name in sys.modules if name.startswith(heavy)])"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"


def test_what_the_guide_says_of_verdicts_and_conditions_is_true() -> None:
    rows = [line.split("|")[1].strip().strip("`") for line in GUIDE.splitlines() if line.startswith("| `")]
    assert set(VERDICTS) | set(CONDITIONS) <= set(rows)
    paths = set(re.findall(r"(?:GET|POST|DELETE) /_understudy(/(?:journal|coverage)[a-z/{}_]*)", GUIDE))
    assert paths == {path for path in CONTROL["paths"] if path.startswith(("/journal", "/coverage"))}


@pytest.mark.parametrize(
    ("wishes", "hint"),
    [
        ({"operation": "send_sm"}, "operation: no API that is meant has such an operation; the nearest: send_sms"),
        ({"operation": "send_sms", "api": "bird"}, "operation: no API that is meant has such an operation; "),
        ({"actor": "ownr"}, "actor: the world has no such actor; the nearest: owner"),
    ],
)
def test_a_search_for_what_cannot_be_there_is_refused(mock: RunningMock, wishes: dict[str, str], hint: str) -> None:
    asked = [
        mock.control.get("/journal", params=wishes),
        mock.control.get("/journal/count", params=wishes),
        mock.control.post("/journal/wait", json=wishes),
    ]
    for reply in asked:
        assert reply.status_code == 400
        (issue,) = reply.json()["issues"]
        assert issue.startswith(hint)


def test_a_handshake_can_be_searched_for(mock: RunningMock) -> None:
    assert mock.control.get("/journal", params={"operation": "watch_workspace"}).status_code == 200


def test_a_value_of_a_body_is_found_by_pointer_and_by_dotted_path(mock: RunningMock) -> None:
    WIRE.post(f"{mock.base('restlink')}/sms/send", headers=RESTLINK, json={"to": ["+14155550777"], "message": "dots"})
    for place in ("/to/0", "to.0", "to/0"):
        found = mock.control.get("/journal/count", params={"body": f"{place}=+14155550777"}).json()
        assert found["total"] == 1, place
    assert mock.control.get("/journal/count", params={"body": "to.1"}).json()["total"] == 0
