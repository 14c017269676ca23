"""Preferences (RFC 7240): what a client is answered as it wishes, what it is told, and that nothing stays of it."""

from __future__ import annotations

import copy
import re
from pathlib import Path
from typing import Any

import httpx
import pytest

from mockserver.data import MOUNTS, load_spec
from mockserver.engine.sandbox import Sandbox
from mockserver.engine.store import SqliteStore
from mockserver.serving.contract import Contract
from mockserver.serving.documented import Documented
from mockserver.serving.pauses import Pauses
from mockserver.serving.preferences import read
from mockserver.serving.samples import Samples
from mockserver.serving.schemas import Schemas

from .conftest import TOY, Toy

APPLIED, DECLINED = "preference-applied", "x-understudy-preference"
GOOD = {"X-Key": "good"}


@pytest.mark.parametrize(
    ("header", "preferences"),
    [
        ("code=404", {"code": "404"}),
        ("Code = 404 , WAIT=2", {"code": "404", "wait": "2"}),
        ('example="Gone, for ever"; a=1; b, dynamic', {"example": "Gone, for ever", "dynamic": ""}),
        ('example="a\\"b"', {"example": 'a"b'}),
        ("code=404, code=500", {"code": "404"}),
        ("respond-async, wait=10", {"respond-async": "", "wait": "10"}),
        ("code=", {"code": ""}),
        ("=404, ,;, code=404 500, wait=1", {"wait": "1"}),
        ('code="404', {}),
        ("", {}),
    ],
)
def test_a_header_is_read_as_rfc_7240_writes_it(header: str, preferences: dict[str, str]) -> None:
    assert read(header) == preferences


def get(toy: Toy, prefer: str, path: str = "/things/7", **options: Any) -> httpx.Response:
    return toy.request("GET", path, headers={**GOOD, "Prefer": prefer}, **options)


def told(reply: httpx.Response) -> tuple[str | None, str | None]:
    return reply.headers.get(APPLIED), reply.headers.get(DECLINED)


def test_a_status_is_answered_by_its_first_example_and_nothing_is_done(toy: Toy) -> None:
    reply = get(toy, "code=400")
    assert (reply.status_code, reply.json(), told(reply)) == (400, {"error": "body"}, ("code=400", None))
    assert get(toy, "code=200").json() == {"id": "example"}
    assert toy.calls == []


def test_a_named_example_is_answered_with_its_status(toy: Toy) -> None:
    reply = get(toy, "example=ScopeInvalid")
    assert (reply.status_code, reply.json(), told(reply)) == (400, {"error": "scope"}, ("example=ScopeInvalid", None))
    both = get(toy, "example=ScopeInvalid, code=400")
    assert (both.json(), told(both)) == ({"error": "scope"}, ("code=400, example=ScopeInvalid", None))
    assert toy.calls == []


@pytest.mark.parametrize(
    ("prefer", "declined"),
    [
        ("code=404", "code: get_thing documents 200, 400"),
        ("code=nonsense", "code: get_thing documents 200, 400"),
        ("code", "code: get_thing documents 200, 400"),
        ("wait=61", "wait: takes 0 to 60 seconds"),
        ("wait=-1", "wait: takes 0 to 60 seconds"),
        ("wait=soon", "wait: takes 0 to 60 seconds"),
    ],
)
def test_what_cannot_be_applied_is_ignored_never_claimed_and_explained(toy: Toy, prefer: str, declined: str) -> None:
    reply = get(toy, prefer)
    assert (reply.status_code, reply.json(), told(reply)) == (200, {"id": "7"}, (None, declined))
    assert len(toy.calls) == 1


def test_the_names_are_told_where_an_example_has_another_one(toy: Toy) -> None:
    reply = get(toy, "example=Nonsense")
    assert (reply.json(), reply.headers[DECLINED][:46]) == ({"id": "7"}, "example: get_thing has BodyInvalid, BodyMissin")
    for name in ("Nonsense", "ScopeInvalid"):
        other = get(toy, f"example={name}, code=200")
        assert (other.json(), told(other)) == ({"id": "example"}, ("code=200", "example: get_thing 200 has none that is named"))


@pytest.mark.parametrize("prefer", ["respond-async", "return=minimal", "dynamic=false", "nonsense", ""])
def test_other_preferences_are_not_mentioned(toy: Toy, prefer: str) -> None:
    reply = get(toy, prefer)
    assert (reply.json(), told(reply)) == ({"id": "7"}, (None, None))


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long was waited for, without waiting."""
    waited: list[float] = []

    async def wait(_pauses: Pauses, seconds: float) -> None:
        waited.append(seconds)

    monkeypatch.setattr(Pauses, "wait", wait)
    return waited


def test_a_wait_delays_the_real_reply(toy: Toy, waits: list[float]) -> None:
    reply = get(toy, "wait=2")
    assert (reply.json(), told(reply), waits) == ({"id": "7"}, ("wait=2", None), [2.0])
    assert get(toy, 'wait="0.25", code=400').headers[APPLIED] == "code=400, wait=0.25"
    assert waits == [2.0, 0.25]
    assert len(toy.calls) == 1


def test_a_refusal_that_was_waited_for_says_so(toy: Toy, waits: list[float]) -> None:
    from mockserver.engine.refusals import Refusal

    def gone(call: Any) -> Any:
        raise Refusal("ThingGone")

    toy.operations.open_door = gone
    reply = toy.rebuilt().request("GET", "/open", headers={"Prefer": "wait=1"})
    assert (reply.status_code, reply.json(), told(reply)) == (404, {"error": "gone"}, ("wait=1", None))


def test_a_wrong_request_gets_its_error_whatever_it_prefers(toy: Toy, waits: list[float]) -> None:
    wrong = get(toy, "code=200, wait=5", "/things/x")
    assert (wrong.status_code, wrong.json()["error"], told(wrong)) == (400, "parameter", (None, None))
    stranger = toy.request("GET", "/things/7", headers={"X-Key": "bad", "Prefer": "code=200"})
    assert (stranger.status_code, told(stranger)) == (401, (None, None))
    assert waits == []


def test_a_file_that_came_for_nothing_is_thrown_away(toy: Toy) -> None:
    parts = {"key": (None, "a"), "file": ("a.txt", b"text", "text/plain")}
    reply = toy.request("POST", "/files", files=parts, headers={"Prefer": "code=204"})
    assert (reply.status_code, reply.content, told(reply)) == (204, b"", ("code=204", None))
    assert toy.calls == []
    assert [path for path in Path(toy.uploads.folder).rglob("*") if path.is_file()] == []


def test_a_file_is_neither_an_example_nor_made_up(toy: Toy, tmp_path: Path) -> None:
    toy.uploads.path("kept")
    Path(toy.uploads.path("kept")).write_text("content")
    for prefer, declined in (
        ("code=200", "code: get_file 200 has no example"),
        ("dynamic=true", "dynamic: get_file 200 has no JSON body"),
    ):
        reply = toy.request("GET", "/files/kept", headers={"Prefer": prefer})
        assert (reply.text, told(reply)) == ("content", (None, declined))


def test_a_made_up_reply_is_new_each_time_and_the_same_for_the_same_seed(toy: Toy) -> None:
    def series(seed: int) -> list[str]:
        toy.sandbox.store.close()
        toy.sandbox = Sandbox(SqliteStore(), seed=seed)
        replies = [get(toy, "dynamic=true") for _ in range(3)]
        assert {told(reply) for reply in replies} == {("dynamic=true", None)}
        return [reply.text for reply in replies]

    first = series(1)
    assert len(set(first)) == 3
    assert series(1) == first
    assert series(2) != first
    assert toy.calls == []
    with toy.sandbox.transaction("toy") as tx:
        assert tx.drawn == 0


def test_a_made_up_reply_may_be_of_another_status(toy: Toy) -> None:
    reply = get(toy, "code=400, dynamic")
    assert (reply.status_code, told(reply)) == (400, ("code=400, dynamic=true", None))
    assert set(reply.json()) <= {"error", "details"}
    named = get(toy, "example=NameInvalid, dynamic=true")
    assert (named.json(), told(named)) == ({"error": "name"}, ("example=NameInvalid", "dynamic: the example was preferred"))


def test_a_schema_that_nothing_fits_is_not_pretended_to_be_filled(toy: Toy) -> None:
    raw = copy.deepcopy(TOY)
    raw["components"]["schemas"]["Thing"]["properties"]["id"]["pattern"] = "^(?!.*)$"
    with pytest.raises(LookupError):
        Samples(Schemas({**raw, "components": {"schemas": {}}})).sample({"type": "string", "enum": ["a"], "minLength": 2}, "seed")


COMPONENTS = {
    "Cat": {
        "type": "object",
        "required": ["kind", "lives"],
        "properties": {"kind": {"type": "string"}, "lives": {"type": "integer"}},
    },
    "Dog": {
        "type": "object",
        "required": ["kind", "tail"],
        "properties": {"kind": {"type": "string"}, "tail": {"type": "number"}},
    },
    "Node": {"type": "object", "properties": {"next": {"$ref": "#/components/schemas/Node"}, "id": {"type": "string"}}},
    "Named": {"type": "object", "required": ["name"], "properties": {"name": {"type": "string", "minLength": 3}}},
}
PETS = {"propertyName": "kind", "mapping": {"cat": "#/components/schemas/Cat", "dog": "#/components/schemas/Dog"}}


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "string", "enum": ["a", "b"]},
        {"type": "string", "nullable": True, "enum": ["a", None]},
        {"type": "string", "pattern": "^[A-Z]{3}-[0-9]{2,4}$"},
        {"type": "string", "format": "uri", "pattern": "^https?://", "maxLength": 80},
        {"type": "string", "minLength": 200, "maxLength": 210},
        {"type": "string", "maxLength": 2},
        *(
            {"type": "string", "format": name}
            for name in ("date-time", "date", "time", "uuid", "email", "uri", "hostname", "ipv4")
        ),
        {"type": "integer", "minimum": 5, "maximum": 6, "exclusiveMinimum": True},
        {"type": "integer", "minimum": -10, "maximum": -5},
        {"type": "integer", "minimum": 100, "multipleOf": 25},
        {"type": "number", "minimum": 0.5, "maximum": 0.75},
        {"type": "boolean"},
        {"type": "array", "items": {"type": "integer"}, "minItems": 2, "maxItems": 2},
        {"type": "array", "items": {"type": "string", "enum": ["a", "b", "c"]}, "uniqueItems": True, "minItems": 2},
        {"type": "object", "additionalProperties": {"type": "integer"}, "minProperties": 2},
        {"type": "object", "required": ["a"], "properties": {"a": {"type": "object", "additionalProperties": True}}},
        {"oneOf": [{"$ref": "#/components/schemas/Cat"}, {"$ref": "#/components/schemas/Dog"}], "discriminator": PETS},
        {"oneOf": [{"type": "string", "maxLength": 5}, {"type": "integer"}]},
        {"anyOf": [{"$ref": "#/components/schemas/Cat"}, {"type": "boolean"}]},
        {
            "allOf": [
                {"$ref": "#/components/schemas/Named"},
                {"type": "object", "properties": {"name": {"type": "string", "maxLength": 4}}},
            ]
        },
        {"$ref": "#/components/schemas/Node"},
        {"type": "object", "properties": {"kind": {"type": "string", "enum": ["x", "y"]}}, "not": {"required": ["kind"]}},
    ],
    ids=str,
)
def test_a_sample_is_what_the_schema_says_and_nothing_beyond(schema: dict[str, Any]) -> None:
    samples = Samples(Schemas({"components": {"schemas": COMPONENTS}}))
    validator = samples._schemas.reply(schema)
    made = [samples.sample(schema, f"seed {number}") for number in range(12)]
    assert all(validator.is_valid(one) for one in made)
    assert made == [samples.sample(schema, f"seed {number}") for number in range(12)]


def test_a_schema_that_holds_itself_comes_to_an_end() -> None:
    itself = {"$ref": "#/components/schemas/Tree"}
    branches = {"type": "array", "items": itself, "maxItems": 3}
    tree = {"type": "object", "required": ["left", "right"], "properties": {"left": branches, "right": branches}}
    samples = Samples(Schemas({"components": {"schemas": {"Tree": tree}}}))
    for number in range(20):
        assert str(samples.sample(itself, f"seed {number}")).count("left") < 6**4
    endless = {"type": "object", "required": ["next"], "properties": {"next": {"$ref": "#/components/schemas/Endless"}}}
    with pytest.raises(LookupError):
        Samples(Schemas({"components": {"schemas": {"Endless": endless}}})).sample(endless, "seed")


def test_samples_vary_where_the_schema_lets_them() -> None:
    samples = Samples(Schemas({"components": {"schemas": COMPONENTS}}))
    pets = {"oneOf": [{"$ref": "#/components/schemas/Cat"}, {"$ref": "#/components/schemas/Dog"}], "discriminator": PETS}
    assert {samples.sample(pets, str(number))["kind"] for number in range(20)} == {"cat", "dog"}
    optional = {"type": "object", "properties": {"note": {"type": "string", "nullable": True}}}
    seen = [samples.sample(optional, str(number)) for number in range(40)]
    assert {} in seen
    assert {"note": None} in seen
    assert any(one.get("note") for one in seen)


def test_fields_hold_what_their_names_speak_of() -> None:
    samples = Samples(Schemas({}))
    schema = {"type": "object", "required": ["email", "phoneNumber", "workspace_id", "url"]}
    schema["properties"] = {name: {"type": "string"} for name in schema["required"]}
    schema["properties"]["workspace_id"]["example"] = "ws_4kq8z1m7"
    made = samples.sample(schema, "seed")
    assert re.fullmatch(r"[^@ ]+@example\.(com|net|org)", made["email"])
    assert re.fullmatch(r"\+1415555[0-9]{4}", made["phoneNumber"])
    assert re.fullmatch(r"ws_[A-Za-z0-9]{12}", made["workspace_id"])
    assert made["url"].startswith("https://")


@pytest.mark.parametrize("api", MOUNTS)
def test_every_documented_answer_can_be_preferred_and_every_body_made_up(api: str) -> None:
    contract = Contract(api, load_spec(api))
    for operation in contract.operations.values():
        documented = Documented(operation)
        for answer in documented.answers:
            assert documented.reply(answer).status == answer.status
        for status, response in operation.responses.items():
            assert documented.find(status) is not None or "*/*" in response["content"], (operation.id, status)
            if documented.has_json(status):
                schema = response["content"]["application/json"]["schema"]
                for number in range(3):
                    contract.samples.sample(schema, f"{operation.id} {status} {number}")
