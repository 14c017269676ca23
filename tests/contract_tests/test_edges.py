"""Every limit that a contract states has three requests that stand at it, and each of them stands where it should."""

from __future__ import annotations

import copy
import json
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import jsonschema_rs
import pytest

import mockserver.app
from contract_tests import contracts
from contract_tests.command import FINE, FOUND, run
from contract_tests.contracts import Place, as_json_schema, resolve
from contract_tests.edges.cases import Case, cases
from contract_tests.edges.requests import Documented
from contract_tests.edges.samples import Samples
from contract_tests.edges.stated import KEYWORDS, SIZE, Limit, stated
from contract_tests.edges.values import NoRoom, pair
from contract_tests.edges.window import pause
from mockserver.app import cast
from mockserver.data import MOUNTS, load_spec

#: API → why there is no request at some of its limits, and how many they are.
WITHOUT = {
    "restlink": {"a path without the value is another path": 1},
    "tofrom": {
        "a path without the value is another path": 15,
        "another rule of the same value leaves no room": 1,
    },
    "xpressbot": {
        "another rule of the same value leaves no room": 2,
        "every pair has a limit of its own, and names a field that must exist": 2,
        "one character is no list of options": 1,
        "the pattern bounds no length": 3,
    },
    "bird": {
        "a form that was not handed out is refused, whatever is in it": 12,
        "another rule of the same value leaves no room": 2,
        "more than 8 MiB are not sent": 1,
        "what holds its like is tried one level deep": 221,
    },
    "timelines": {
        "a path without the value is another path": 7,
        "it names the caller: any other value is a wrong credential": 16,
    },
}


def made(api: str) -> list[Case]:
    spec = contracts.load(api)
    return list(cases(spec, api, stated(spec), Documented(spec, api, cast(api, "default")["owner"])))


@pytest.mark.parametrize("api", MOUNTS)
def test_every_stated_limit_has_a_case_or_a_reason(api: str) -> None:
    known = made(api)
    assert Counter(case.reason for case in known if case.reason) == WITHOUT[api]
    names = [(str(case.limit.place), case.limit.name) for case in known]
    assert len(names) == len(set(names)), "each is named differently"
    assert Counter(keyword for keyword, _ in counted(load_spec(api))) == Counter(
        case.limit.keyword for case in known if not (case.limit.keyword == "pattern" and case.limit.low)
    )


def counted(spec: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Every keyword of a request that limits something, found in another way: by unfolding the schemas."""
    for item in spec["paths"].values():
        for operation in (item[method] for method in contracts.METHODS if method in item):
            for parameter in operation.get("parameters", []):
                yield from told(unfolded(spec, resolve(spec, parameter)["schema"], ()))
            for kind, media in resolve(spec, operation.get("requestBody", {})).get("content", {}).items():
                if SIZE in spec and kind == "application/json":
                    yield SIZE, spec[SIZE]
                yield from told(unfolded(spec, media["schema"], ()))


def unfolded(spec: dict[str, Any], node: Any, above: tuple[int, ...]) -> Any:
    """The schema with each reference replaced by what it means, once."""
    node = resolve(spec, node)
    if isinstance(node, list):
        return [unfolded(spec, each, above) for each in node]
    if not isinstance(node, dict) or id(node) in above:
        return node if not isinstance(node, dict) else {}
    data = {"example", "examples", "default", "enum", "x-refusals-by-keyword"}
    return {key: unfolded(spec, value, (*above, id(node))) for key, value in node.items() if key not in data}


def told(node: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(node, list):
        for each in node:
            yield from told(each)
    elif isinstance(node, dict):
        for key, value in node.items():
            nothing = key in ("minLength", "minItems", "minProperties") and value == 0
            counting = key == "pattern" and isinstance(value, str) and any(map(str.isdigit, counts(value)))
            if counting or (key in (*KEYWORDS, SIZE) and not isinstance(value, dict) and not nothing):
                yield key, value
            yield from told(value)


def counts(pattern: str) -> str:
    """What stands in the braces of a pattern."""
    return "".join(part.partition("}")[0] for part in pattern.split("{")[1:])


@pytest.mark.parametrize("api", MOUNTS)
def test_a_body_at_the_limit_keeps_the_contract_and_one_beyond_does_not(api: str) -> None:
    spec = contracts.load(api)
    components = {"schemas": as_json_schema(spec["components"]["schemas"])}
    judges: dict[Place, Any] = {}
    for case in made(api):
        limit = case.limit
        if case.reason is not None or limit.where != "body" or limit.keyword == SIZE:
            continue
        if limit.place not in judges:
            schema = as_json_schema(limit.operation["requestBody"]["content"]["application/json"]["schema"])
            judges[limit.place] = jsonschema_rs.validator_for({**schema, "components": components}, validate_formats=True)
        right = judges[limit.place].is_valid
        assert any(right(each.body) for each in case.at), (limit.name, case.at)
        assert not any(right(each.body) for each in case.beyond), (limit.name, case.beyond)
        assert all(at.body != beyond.body for at, beyond in zip(case.at, case.beyond, strict=True))


def test_a_body_of_so_many_bytes_is_one() -> None:
    sized = [case for case in made("bird") if case.limit.keyword == SIZE and case.reason is None]
    assert len(sized) == 5
    for case in sized:
        assert {len(each.content()) for each in case.at} == {204_800}
        assert {len(each.content()) for each in case.beyond} == {204_801}
        assert [json.loads(each.content()) for each in case.at] == [each.body for each in case.controls]


def limit_of(keyword: str, schema: dict[str, Any], *, low: bool) -> Limit:
    return Limit(Place("post", "/x"), {}, "body", ("x",), keyword, schema[keyword], low, schema)


@pytest.mark.parametrize(
    ("keyword", "low", "schema", "sample", "expected"),
    [
        ("maxLength", False, {"type": "string", "maxLength": 3}, "a", ("aaa", "aaaa")),
        ("minLength", True, {"type": "string", "minLength": 2}, "abc", ("ab", "a")),
        ("minLength", True, {"type": "string", "minLength": 1}, "abc", ("a", "")),
        ("maximum", False, {"type": "integer", "maximum": 99}, 1, (99, 100)),
        ("minimum", True, {"type": "integer", "minimum": 1}, 1, (1, 0)),
        ("maximum", False, {"type": "integer", "maximum": 99, "exclusiveMaximum": True}, 1, (98, 99)),
        ("minimum", True, {"type": "number", "minimum": 0, "exclusiveMinimum": True, "multipleOf": 0.5}, 1, (0.5, 0)),
        ("maxItems", False, {"type": "array", "items": {}, "maxItems": 2}, [1], ([1, 1], [1, 1, 1])),
        ("maxItems", False, {"items": {"type": "string"}, "maxItems": 2}, ["+4915100000000"], None),
        ("minItems", True, {"type": "array", "items": {}, "minItems": 1}, [1], ([1], [])),
        ("maxProperties", False, {"maxProperties": 1}, {"a": 1}, ({"key0": 1}, {"key0": 1, "key1": 1})),
        ("pattern", False, {"type": "string", "pattern": "^[a-z]{2,4}$"}, "abc", ("aabc", "aabcc")),
        ("pattern", True, {"type": "string", "pattern": "^[a-z]{2,4}$"}, "abc", ("bc", "b")),
        ("pattern", False, {"type": "string", "pattern": "^([1-9][0-9]?|1[0-9][0-9]|200)$"}, "50", ("200", "201")),
        ("pattern", True, {"type": "string", "pattern": "^([1-9][0-9]?|1[0-9][0-9]|200)$"}, "50", ("1", "0")),
        ("pattern", True, {"type": "string", "pattern": "^-?(0|[1-9][0-9]{0,2})$"}, "7", ("-999", "-1000")),
    ],
)
def test_one_value_stands_at_the_limit_and_one_beyond(
    keyword: str, low: bool, schema: dict[str, Any], sample: Any, expected: Any
) -> None:
    found = pair(limit_of(keyword, schema, low=low), sample)
    if expected is not None:
        assert found == expected
    else:
        assert [len(set(each)) for each in found] == [2, 3], "recipients are different ones"


@pytest.mark.parametrize(
    ("keyword", "schema", "sample"),
    [
        ("maxLength", {"type": "string", "maxLength": 5, "enum": ["a", "b"]}, "a"),
        ("maxLength", {"type": "string", "maxLength": 5, "format": "date"}, "2030-01-01"),
        ("maxProperties", {"maxProperties": 5, "additionalProperties": False}, {}),
        ("maxItems", {"maxItems": 5}, []),
    ],
)
def test_where_other_rules_leave_no_room_it_says_so(keyword: str, schema: dict[str, Any], sample: Any) -> None:
    with pytest.raises(NoRoom):
        pair(limit_of(keyword, schema, low=False), sample)


def test_an_address_of_320_characters_is_still_one() -> None:
    schema = {"type": "string", "format": "email", "maxLength": 254}
    at, beyond = pair(limit_of("maxLength", schema, low=False), "jane@law.example")
    assert (len(at), len(beyond)) == (254, 255)
    assert jsonschema_rs.validator_for({"format": "email"}, validate_formats=True).is_valid(at)


def test_samples_follow_the_way_into_alternatives() -> None:
    spec = contracts.load("bird")
    wanted = "body.body(7).carousel.items[].actions[](5).buy.amountCents maximum 1000000000"
    deep = next(limit for limit in stated(spec) if limit.name == wanted)
    found = Samples(spec).along(deep.operation["requestBody"]["content"]["application/json"]["schema"], deep.way)
    assert found["body"]["carousel"]["items"][0]["actions"][0]["buy"]["amountCents"] == 0


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "7"}, 8.0),
        ({"X-RateLimit-Reset": "1771841760", "Date": "Mon, 23 Feb 2026 10:15:04 GMT"}, 57.0),
        ({"RateLimit-Reset": "30"}, 31.0),
        ({"X-RateLimit-Reset": "1", "X-RateLimit-Limit": "100"}, 2.0),
        ({"Retry-After": "Mon, 23 Feb 2026 10:15:04 GMT"}, None),
        ({"X-RateLimit-Limit": "100"}, None),
    ],
)
def test_a_reply_says_how_long_to_wait(headers: dict[str, str], seconds: float | None) -> None:
    assert pause(httpx.Response(429, headers=headers)) == seconds


@pytest.mark.slow
@pytest.mark.parametrize("further", [1, -1])
def test_a_deployment_that_is_off_by_one_is_caught_at_every_limit(
    further: int, start_mock: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """``further``: so many more, or fewer, are allowed than the contract says."""
    lying = {"timelines": shifted(load_spec("timelines"), further)}
    monkeypatch.setattr(mockserver.app, "load_spec", lambda name: lying.get(name) or load_spec(name))
    mock = start_mock(apis=("timelines",))
    monkeypatch.setenv("UNDERSTUDY_CONTROL_TOKEN", mock.app.settings.control_token)
    assert run(["timelines"], mock.url, tmp_path, part="limits") == FOUND
    findings = json.loads((tmp_path / "statements.json").read_text("utf-8"))["findings"]
    caught = {finding["test"].partition("[")[2].rstrip("]") for finding in findings if "keeps_its_limits" in finding["test"]}
    expected = {f"{case.limit.place} {case.limit.name}" for case in made("timelines") if case.reason is None}
    # A pattern refuses the empty name as well.
    beside = {name for name in expected if name.endswith("display_name minLength 1")} if further == 1 else set()
    assert caught == expected - beside
    changing = {finding["test"] for finding in findings if "changes_nothing" in finding["test"]}
    assert bool(changing) is (further == 1), "what was taken beyond its limit has changed something"


def shifted(spec: dict[str, Any], further: int) -> dict[str, Any]:
    """The contract with other limits for what is sent."""
    spec = copy.deepcopy(spec)
    for limit in stated(spec):
        assert isinstance(limit.schema, dict)
        limit.schema[limit.keyword] = limit.bound - further if limit.low else limit.bound + further
    return spec


@pytest.mark.slow
def test_an_honest_mock_keeps_all_limits(start_mock: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    mock = start_mock(apis=("timelines", "restlink"))
    monkeypatch.setenv("UNDERSTUDY_CONTROL_TOKEN", mock.app.settings.control_token)
    assert run(["timelines", "restlink"], mock.url, tmp_path, part="limits") == FINE
