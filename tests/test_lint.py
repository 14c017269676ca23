"""The lint: the project's contracts pass it, and each of its rules can be broken."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from mockserver.data import MOUNTS, load_spec, load_yaml, spec_path
from mockserver.lint import check

TOY = load_yaml((Path(__file__).parent / "serving" / "toy.yaml").read_text())


@pytest.mark.parametrize("name", [*MOUNTS, "control"])
def test_the_contracts_of_the_project_are_sound(name: str) -> None:
    assert check(load_spec(name)) == []


@pytest.mark.parametrize("name", [*MOUNTS, "control"])
def test_no_line_of_prose_begins_as_a_list_does(name: str) -> None:
    # Swagger UI's Markdown makes an item of it: "at most / 60. They go together".
    assert [text for text in prose(load_spec(name)) if re.search(r"(?m)^\s*\d+[.)]\s", text)] == []


def prose(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("description"), str):
            yield node["description"]
        node = list(node.values())
    for child in node if isinstance(node, list) else ():
        yield from prose(child)


@pytest.mark.parametrize("name", [*MOUNTS, "control"])
def test_a_contract_can_be_read_without_libyaml(name: str) -> None:
    # PyYAML's own parser, to which the house falls back, refuses some plain words that libyaml takes.
    assert [*yaml.parse(spec_path(name).read_text("utf-8"), Loader=yaml.SafeLoader)]


@pytest.mark.parametrize("name", MOUNTS)
def test_an_api_stands_at_its_mount_and_says_how_its_world_looks(name: str) -> None:
    spec = load_spec(name)
    assert spec["x-api"] == name
    assert spec["servers"][0]["url"] == f"http://127.0.0.1:4010{MOUNTS[name]}"
    assert spec["x-world"]["properties"]["cast"]


def post(spec: Any) -> Any:
    return spec["paths"]["/things/{thingId}"]["post"]


def schema(spec: Any, name: str) -> Any:
    return spec["components"]["schemas"][name]


def bad(spec: Any) -> Any:
    return spec["components"]["responses"]["Bad"]["content"]["application/json"]["examples"]


def move_last(spec: Any) -> None:
    spec["paths"]["/things/mine"] = spec["paths"].pop("/things/mine")


def deep(target: Any, *keys: str) -> Any:
    for key in keys:
        target = target[key]
    return target


BROKEN: list[tuple[Callable[[Any], Any], str]] = [
    (lambda s: s.pop("info"), '"info" is a required property'),
    (lambda s: post(s).update(operationId="changeThing"), "'changeThing' is not snake_case"),
    (lambda s: post(s).pop("x-provenance"), "/paths//things/{thingId}/post: has no x-provenance"),
    (lambda s: post(s).update({"x-provenance": "rumoured"}), "is none of documented, published, assumed"),
    (lambda s: schema(s, "Thing").pop("x-provenance"), "/components/schemas/Thing: has no x-provenance"),
    (lambda s: post(s).pop("x-side-effect"), "/post/x-side-effect: is none of none, create, change, remove, send, session"),
    (lambda s: post(s).update({"x-side-effect": "writes"}), "/post/x-side-effect: is none of none, create"),
    (
        lambda s: post(s).update({"x-side-effect": "none", "x-destructive": True}),
        "/post/x-side-effect: what destroys or costs something is not none",
    ),
    (lambda s: post(s).update({"x-destructive": "yes"}), "/post/x-destructive: is true or left out"),
    (lambda s: post(s).update({"x-cost": {"money": 1}}), "/post/x-cost: names messages"),
    (lambda s: post(s).update({"x-cost": {"messages": 2}}), "/post/x-cost/messages: is neither 1 nor a pointer"),
    (lambda s: post(s).update({"x-cost": {"messages": "/name"}}), "/post/x-cost/messages: is neither 1 nor a pointer"),
    (
        lambda s: schema(s, "Change")["properties"]["name"].update({"x-recipient": "dog"}),
        "/components/schemas/Change/properties/name/x-recipient: is none of phone, email, address, contact",
    ),
    (lambda s: post(s).pop("description"), "needs a summary and a description"),
    (lambda s: post(s)["parameters"][0].pop("description"), "parameter thingId has no description"),
    (
        lambda s: schema(s, "Thing")["properties"]["id"].pop("description"),
        "/components/schemas/Thing/properties/id: has no description",
    ),
    (lambda s: post(s)["parameters"][0]["schema"].pop("type"), "parameter thingId has no schema with a type"),
    (lambda s: s["paths"]["/things/{thingId}"].update(parameters=post(s)["parameters"]), "parameters belong to the operations"),
    (move_last, "is shadowed by /things/{thingId}"),
    (
        lambda s: deep(post(s), "requestBody", "content", "application/json").update(example={"name": 5}),
        "/name: must be of type string",
    ),
    (lambda s: post(s)["parameters"][0].update(example=0), "must be at least 1"),
    (lambda s: schema(s, "Thing")["properties"]["id"].update(example=5), "must be of type string"),
    (lambda s: bad(s)["BodyInvalid"].update(value={"code": 1}), "/error: is required"),
    (
        lambda s: bad(s).update(PathUnknown={"value": {"error": "other"}}),
        "PathUnknown has another status or other words elsewhere",
    ),
    (lambda s: bad(s).update(body_wrong={"value": {"error": "x"}}), "refusal body_wrong is not named in CamelCase"),
    (lambda s: s["components"]["responses"]["Bad"]["content"]["application/json"].pop("examples"), "names no refusal"),
    (lambda s: schema(s, "Change")["properties"]["name"].update({"x-refusal": "Nobody"}), "marks the refusal Nobody"),
    (lambda s: s["x-refusals"].pop("PathUnknown"), "/x-refusals: has no PathUnknown"),
    (lambda s: post(s)["responses"]["200"].update(links={"Next": {"operationId": "nobody"}}), "leads to no operation"),
    (
        lambda s: post(s)["responses"]["200"].update(links={"Next": {"operationId": "get_thing", "parameters": {"id": "x"}}}),
        "get_thing has no parameter id",
    ),
    (lambda s: post(s).update(security=[{"Key": [], "Token": []}]), "each alternative names one scheme"),
]


@pytest.mark.parametrize(("breaking", "finding"), BROKEN, ids=[finding for _, finding in BROKEN])
def test_each_rule_finds_what_it_is_for(breaking: Callable[[Any], Any], finding: str) -> None:
    spec = copy.deepcopy(TOY)
    assert check(spec) == []
    breaking(spec)
    assert any(finding in line for line in check(spec)), check(spec)


#: The one API that takes every call by GET too, so that even these leave something behind.
WRITES_BY_GET = {
    "xpressbot": {
        "manage_contact",
        "manage_custom_field",
        "manage_label",
        "send_template",
        "send_message",
        "trigger_automation",
    }
}


@pytest.mark.parametrize("name", MOUNTS)
def test_a_get_leaves_nothing_behind(name: str) -> None:
    gets = [item["get"] for item in load_spec(name)["paths"].values() if "get" in item]
    writing = {operation["operationId"] for operation in gets if operation["x-side-effect"] != "none"}
    assert writing == WRITES_BY_GET.get(name, set())


@pytest.mark.parametrize("name", MOUNTS)
def test_what_sends_to_a_person_says_whom_and_how_much(name: str) -> None:
    spec = load_spec(name)
    sending = [each for item in spec["paths"].values() for each in item.values() if each["x-side-effect"] == "send"]
    costless = {each["operationId"] for each in sending if "x-cost" not in each}
    # A sample event goes to the address in the settings, for nothing.
    assert costless == ({"test_webhooks"} if name == "restlink" else set())
    assert "x-recipient" in spec_path(name).read_text("utf-8") or not sending


def test_an_operation_id_that_stands_twice_is_found() -> None:
    spec = copy.deepcopy(TOY)
    post(spec)["operationId"] = "get_thing"
    assert check(spec)


LIVE: list[tuple[Callable[[Any], Any], str]] = [
    (lambda live: live.pop("x-provenance"), "/x-websocket: has no x-provenance"),
    (lambda live: live.pop("summary"), "/x-websocket: needs a summary and a description"),
    (lambda live: live["parameters"][1].pop("description"), "/x-websocket: parameter cursor has no description"),
    (lambda live: live["parameters"][1].update(example="?"), "/x-websocket/parameters/1/example: must have the documented form"),
    (lambda live: deep(live, "responses", "426", "content", "application/json").pop("examples"), "names no refusal"),
    (lambda live: deep(live, "responses").update({"404": {"$ref": "#/components/responses/BadParameters"}}), "elsewhere"),
    (lambda live: live["security"][0].update(ApiKey=[]), "/x-websocket/security: each alternative names one scheme"),
    (lambda live: live["closes"].update({"1006": "Gone"}), "/x-websocket/closes/1006: is no close code of a server"),
    (lambda live: live["closes"].update({"4401": "é" * 62}), "/x-websocket/closes/4401: its reason is longer"),
]


@pytest.mark.parametrize(("harm", "finding"), LIVE, ids=[finding for _, finding in LIVE])
def test_the_websocket_is_held_to_the_rules_of_operations(harm: Callable[[Any], Any], finding: str) -> None:
    spec = copy.deepcopy(load_spec("tofrom"))
    harm(spec["x-websocket"])
    assert [found for found in check(spec) if finding in found], check(spec)
