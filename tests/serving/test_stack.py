"""The stack: credentials, parameters, bodies and replies held against the contract, in this order."""

from __future__ import annotations

import logging
from typing import Any

import jsonschema_rs
import pytest

from mockserver.engine.refusals import Refusal
from mockserver.exchange import Call, Reply
from mockserver.serving import schemas
from tests.serving.conftest import Toy

KEY = {"X-Key": "good"}


@pytest.mark.parametrize(
    ("headers", "query", "body", "actor"),
    [
        ({"X-Key": "good"}, "", None, "Key:good"),
        ({"Authorization": "Bearer good"}, "", None, "Token:good"),
        ({"Authorization": "bearer good"}, "", None, "Token:good"),
        ({}, "?apiKey=good", None, "Query:good"),
        ({}, "", {"name": "a", "apiKey": "good"}, "Body:good"),
        ({"X-Key": "good1", "Authorization": "Bearer good2"}, "?apiKey=good3", None, "Key:good1"),
        ({"Authorization": "Bearer good2"}, "?apiKey=good3", {"name": "a", "apiKey": "good4"}, "Token:good2"),
    ],
)
def test_the_first_place_that_holds_a_credential_decides(toy: Toy, headers: Any, query: str, body: Any, actor: str) -> None:
    reply = toy.request("POST", f"/things/1{query}", headers=headers, json=body or {"name": "a"})
    assert reply.status_code == 200
    assert toy.calls[0][1]["actor"] == actor


@pytest.mark.parametrize(
    ("headers", "query", "error"),
    [
        ({}, "", "no credential"),
        ({"X-Key": ""}, "", "no credential"),
        ({"X-Key": "bad"}, "", "unknown credential"),
        ({"X-Key": "bad", "Authorization": "Bearer good"}, "?apiKey=good", "unknown credential"),
        ({"Authorization": "Basic good"}, "", "malformed credential"),
        ({"Authorization": "Bearer"}, "", "malformed credential"),
        ({"Authorization": "Bearer "}, "?apiKey=good", "malformed credential"),
        ({}, "?apiKey=bad", "unknown credential"),
        ({}, "?apiKey=good&apiKey=good", "malformed credential"),
    ],
)
def test_a_wrong_credential_is_not_rescued_by_a_later_place(toy: Toy, headers: Any, query: str, error: str) -> None:
    # Everything else is wrong, too: nobody hears about it before the credential is right.
    reply = toy.request("POST", f"/things/x{query}", headers=headers, content=b"{")
    assert (reply.status_code, reply.json()) == (401, {"error": error})
    assert toy.calls == []


@pytest.mark.parametrize(
    ("path", "arguments"),
    [
        ("/things/7", {"thing_id": 7, "page_size": 5, "tag": None, "ratio": None, "deep": None, "ids": None, "from_": None}),
        ("/things/7?pageSize=10&tag=a&tag=b&deep=true", {"page_size": 10, "tag": ["a", "b"], "deep": True}),
        ("/things/7?tag=a", {"tag": ["a"]}),
        ("/things/7?tag[]=a&tag%5B%5D=b", {"tag": ["a", "b"]}),
        ("/things/7?ratio=1.5e1&deep=false&ids=1,2,3", {"ratio": 15.0, "deep": False, "ids": [1, 2, 3]}),
        ("/things/7?from=2026-02-13&unknown=1", {"from_": "2026-02-13"}),
        ("/things/7?tag=%C3%A4%20b", {"tag": ["ä b"]}),
    ],
)
def test_parameters_arrive_typed_with_defaults(toy: Toy, path: str, arguments: dict[str, Any]) -> None:
    assert toy.request("GET", path, headers=KEY).status_code == 200
    assert toy.calls[0][1].items() >= arguments.items()


@pytest.mark.parametrize(
    "path",
    [
        "/things/x",
        "/things/0",
        "/things/1_0",
        "/things/+1",
        "/things/01",
        "/things/1.0",
        "/things/%D9%A1",
        "/things/99999999999999999999",
        "/things/1?pageSize=11",
        "/things/1?pageSize=",
        "/things/1?pageSize=3&pageSize=3",
        "/things/1?tag=a&tag=b&tag=c",
        "/things/1?tag=a&tag[]=b&tag[]=c",
        "/things/1?ratio=NaN",
        "/things/1?ratio=Infinity",
        "/things/1?deep=True",
        "/things/1?deep=1",
        "/things/1?ids=1,x",
        "/things/1?ids=1&ids=2",
        "/things/1?from=13.02.2026",
        "/things/1?tag=%ff",
    ],
)
def test_a_parameter_that_breaks_its_schema_is_refused(toy: Toy, path: str) -> None:
    reply = toy.request("GET", path, headers=KEY)
    assert (reply.status_code, reply.json()) == (400, {"error": "parameter"})
    assert toy.calls == []


def test_a_query_string_that_nobody_reads_is_not_judged(toy: Toy) -> None:
    assert toy.request("GET", "/open?x=%FF&x=%C3").status_code == 200
    assert toy.request("GET", "/things/mine?x=%FF", headers=KEY).status_code == 200


def test_a_marked_parameter_has_a_fact_of_its_own_and_may_be_ignored_by_scheme(toy: Toy) -> None:
    wrong = {"X-Scope": "x"}
    reply = toy.request("GET", "/things/1", headers={"Authorization": "Bearer good", **wrong})
    assert (reply.status_code, reply.json()) == (400, {"error": "scope"})
    assert toy.request("GET", "/things/1", headers={**KEY, **wrong}).status_code == 200
    assert toy.calls[0][1]["x_scope"] is None
    twice = [("Authorization", "Bearer good"), ("X-Scope", "1"), ("X-Scope", "2")]
    assert toy.request("GET", "/things/1", headers=twice).json() == {"error": "scope"}


@pytest.mark.parametrize(
    ("content", "headers", "status", "error"),
    [
        (b'{"name": "a"}', {"Content-Type": "application/json"}, 200, None),
        (b'{"name": "a"}', {"Content-Type": "Application/JSON; Charset=UTF-8"}, 200, None),
        (b'{"name": "a"}', {}, 200, None),
        (b'{"name": 1}', {"Content-Type": "Application/JSON"}, 400, "name"),
        (b'{"name": "a"}', {"Content-Type": "text/plain"}, 400, "media type"),
        (b'{"name": "a"}', {"Content-Type": "application/json; charset=utf-16"}, 400, "media type"),
        (b'{"name": "a"}', {"Content-Type": "nonsense"}, 400, "media type"),
        (b"", {"Content-Type": "application/json"}, 400, "no body"),
        (b"{", {}, 400, "not json"),
        (b'{"name": NaN}', {}, 400, "not json"),
        (b'{"name": "\\ud800"}', {}, 400, "not json"),
        (b'{"name": "\xff"}', {}, 400, "not json"),
        (b'{"name": "a", "free": ' + b"[" * 70 + b"]" * 70 + b"}", {}, 400, "not json"),
        (b'{"name": "a", "free": [' + b"{}," * 200 + b"{}]}", {}, 200, None),
        (b"null", {}, 400, "body"),
        (b"[]", {}, 400, "body"),
        (b"{}", {}, 400, "name"),
        (b'{"name": ""}', {}, 400, "name"),
        (b'{"name": "abcdef"}', {}, 400, "long name"),
        (b'{"parts": [{"size": 1}, {"size": "x"}]}', {}, 400, "name"),
        (b'{"name": "a", "parts": [{"size": 1}, {"size": "x"}]}', {}, 400, "size"),
        (b'{"name": "a", "parts": 1}', {}, 400, "body"),
    ],
)
def test_bodies_are_read_strictly_and_refused_by_name(toy: Toy, content: bytes, headers: Any, status: int, error: str) -> None:
    reply = toy.request("POST", "/things/1", content=content, headers={**KEY, **headers})
    assert reply.status_code == status
    assert bool(toy.calls) == (status == 200)
    if error:
        assert reply.json() == {"error": error}


FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.mark.parametrize(
    ("query", "content", "headers", "body"),
    [
        ("?name=a", b"", {}, {"name": "a"}),
        ("?name=a", b"", FORM, {"name": "a"}),
        ("?name=a&other=b&apiKey=c", b'{"free": 1}', {}, {"name": "a", "free": 1}),
        ("?name=a", b'{"name": "b"}', {}, {"name": "b"}),
        ("?free=%C3%A4+%2B", b'{"name": "b"}', {}, {"name": "b", "free": "ä +"}),
    ],
)
def test_fields_of_the_body_may_stand_in_the_query(toy: Toy, query: str, content: bytes, headers: Any, body: Any) -> None:
    assert toy.request("POST", f"/notes{query}", content=content, headers={**KEY, **headers}).status_code == 200
    assert toy.calls == [("write_note", {"body": body, "actor": "Key:good"})]


@pytest.mark.parametrize(
    ("query", "content", "headers", "error"),
    [
        ("", b"", {}, "name"),
        ("?other=a", b"", {}, "name"),
        ("?name=", b"", {}, "name"),
        ("?name=abcdef", b"{}", {}, "long name"),
        ("?name=a&name=a", b"", {}, "parameter"),
        ("?name=%FF", b"", {}, "parameter"),
        ("?parts=a", b'{"name": "b"}', {}, "body"),
        ("?name=a", b"[]", {}, "body"),
        ("?name=a", b"{", {}, "not json"),
        ("?name=a", b"free=1", FORM, "media type"),
    ],
)
def test_fields_in_the_query_keep_the_bodys_rules(toy: Toy, query: str, content: bytes, headers: Any, error: str) -> None:
    reply = toy.request("POST", f"/notes{query}", content=content, headers={**KEY, **headers})
    assert (reply.status_code, reply.json()) == (400, {"error": error})
    assert toy.calls == []


def test_a_query_means_nothing_to_any_other_body(toy: Toy) -> None:
    reply = toy.request("POST", "/things/1?name=a", headers=KEY)
    assert (reply.status_code, reply.json()) == (400, {"error": "no body"})


def test_the_size_limit_is_exact(toy: Toy) -> None:
    frame = b'{"name": "a", "free": ""}'
    fits = frame.replace(b'""', b'"' + b"x" * (1000 - len(frame)) + b'"')
    assert len(fits) == 1000
    assert toy.request("POST", "/things/1", content=fits, headers=KEY).status_code == 200
    reply = toy.request("POST", "/things/1", content=fits + b" ", headers=KEY)
    assert (reply.status_code, reply.json()) == (413, {"error": "too large"})
    huge = toy.request("POST", "/things/1", content=b"x" * 3_000_000, headers=KEY)
    assert huge.status_code == 413
    assert len(toy.calls) == 1


@pytest.mark.parametrize(
    ("method", "path", "status", "allow"),
    [
        ("GET", "/nowhere", 404, None),
        ("GET", "/things/1/", 404, None),
        ("GET", "/", 404, None),
        ("DELETE", "/things/1", 405, "GET, HEAD, POST"),
        ("POST", "/things/mine", 405, "GET, HEAD"),
        ("PUT", "/open", 405, "GET, HEAD"),
        ("OPTIONS", "/files", 405, "POST"),
    ],
)
def test_unknown_paths_and_methods(toy: Toy, method: str, path: str, status: int, allow: str | None) -> None:
    reply = toy.request(method, path, headers=KEY)
    assert reply.status_code == status
    assert reply.headers.get("Allow") == allow
    assert reply.headers["Content-Type"] == "application/json"


@pytest.mark.parametrize("request_", [("GET", "/nowhere"), ("PATCH", "/things"), ("GET", "/things?limit=x"), ("GET", "/things")])
def test_the_same_request_again_compiles_nothing(toy: Toy, monkeypatch: pytest.MonkeyPatch, request_: tuple[str, str]) -> None:
    compiled: list[Any] = []
    compile = jsonschema_rs.validator_for
    monkeypatch.setattr(schemas.jsonschema_rs, "validator_for", lambda *a, **o: compiled.append(a) or compile(*a, **o))
    toy.request(*request_, headers=KEY)
    before = len(compiled)
    for _ in range(3):
        toy.request(*request_, headers=KEY)
    assert len(compiled) == before


def test_the_literal_path_wins_over_the_template(toy: Toy) -> None:
    assert toy.request("GET", "/things/mine", headers=KEY).json() == {"id": "mine"}


def test_an_operation_without_a_function_stops_the_start(toy: Toy) -> None:
    del toy.operations.open_door
    with pytest.raises(AttributeError, match="open_door"):
        toy.rebuilt()


class ThingGone(Refusal):
    """The thing is gone."""


class Unheard(Refusal):
    """A refusal that the contract has no words for."""


@pytest.mark.parametrize(
    ("raised", "status", "body", "breach"),
    [
        (ThingGone(), 404, {"error": "gone"}, None),
        (ThingGone(details=["since noon"]), 404, {"error": "gone", "details": ["since noon"]}, None),
        (ThingGone(details="no list"), 500, {"error": "broken"}, "toy open_door 404: /details must be of type array"),
        (ThingGone(unnamed=1), 500, {"error": "broken"}, 'toy open_door 404: / property "unnamed" is unsupported'),
        (Unheard(), 500, {"error": "broken"}, "toy open_door: the contract has no words for Unheard"),
        (RuntimeError("secret"), 500, {"error": "broken"}, None),
    ],
)
def test_what_is_raised_leaves_in_the_contracts_words(
    toy: Toy, raised: Exception, status: int, body: Any, breach: str | None, caplog: pytest.LogCaptureFixture
) -> None:
    def open_door(call: Call) -> Reply:
        call.tx.put("thing", "", "1", {})
        raise raised

    toy.operations.open_door = open_door
    with caplog.at_level(logging.ERROR):
        reply = toy.rebuilt().request("GET", "/open")
    assert (reply.status_code, reply.json()) == (status, body)
    assert reply.headers.get("X-Understudy-Breach") == breach
    assert bool(caplog.records) == (status == 500)
    with toy.sandbox.transaction("toy") as tx:
        assert tx.count("thing", "") == 0


@pytest.mark.parametrize(
    ("answer", "breach"),
    [
        (Reply({"id": "x", "more": 1}), 'toy open_door 200: / property "more" is unsupported'),
        (Reply({}), "toy open_door 200: /id is required"),
        (Reply({"id": 1}), "toy open_door 200: /id must be of type string"),
        (Reply({"id": "x"}, status=201), "toy open_door: the contract declares no 201"),
        (Reply({"id": "x"}, media_type="text/csv"), "toy open_door: 200 has no text/csv"),
    ],
)
def test_a_reply_against_the_contract_becomes_a_500_and_changes_nothing(
    toy: Toy, answer: Reply, breach: str, caplog: pytest.LogCaptureFixture
) -> None:
    def open_door(call: Call) -> Reply:
        call.tx.put("thing", "", "1", {})
        return answer

    toy.operations.open_door = open_door
    reply = toy.rebuilt().request("GET", "/open")
    assert (reply.status_code, reply.json()) == (500, {"error": "broken"})
    assert reply.headers["X-Understudy-Breach"] == breach
    assert breach in caplog.text
    with toy.sandbox.transaction("toy") as tx:
        assert tx.count("thing", "") == 0


def test_head_is_get_without_a_body_and_documents_are_served(toy: Toy) -> None:
    assert toy.request("HEAD", "/open").status_code == 200
    document = toy.request("GET", "/openapi.json").json()
    assert document["servers"][0]["url"] == "http://toy/toy"
    assert document["paths"]["/things/{thingId}"]["get"]["responses"]["400"] == {"$ref": "#/components/responses/Bad"}
    assert "operationId: get_thing" in toy.request("GET", "/openapi.yaml").text
    assert "swagger-ui" in toy.request("GET", "/ui/").text
