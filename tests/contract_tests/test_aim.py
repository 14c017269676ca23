"""An aimed contract asks by one kind of credential about the actor's own data, and only what that credential may ask."""

from __future__ import annotations

from typing import Any

import pytest

from contract_tests import credentials
from contract_tests.aim import Aim, aimed, names, plan_all, plan_for, schemes, without
from contract_tests.contracts import Place, load, operations, resolve
from mockserver.app import cast
from mockserver.data import MOUNTS

SEND = Place("post", "/sms/send")


def operation_of(spec: dict[str, Any], place: Place) -> dict[str, Any]:
    return next(operation for each, operation in operations(spec) if each == place)


@pytest.mark.parametrize("api", MOUNTS)
def test_every_operation_is_asked_by_every_credential_that_opens_it(api: str) -> None:
    spec = load(api)
    plans = [plan_for(spec, scheme) for scheme in (*schemes(spec), None)]
    assert {place for plan in plans for place in plan} == {place for place, _ in operations(spec)}
    assert set(credentials.SECRETS[api]) == set(schemes(spec)), "the cast holds a credential of each kind"
    for scheme in schemes(spec):
        assert plan_for(spec, scheme), f"{scheme} opens something"
        assert plan_all(spec, scheme).keys() == {place for place, _ in operations(spec)}


@pytest.mark.parametrize("api", MOUNTS)
def test_every_secret_and_id_of_the_cast_is_found(api: str) -> None:
    actors = cast(api)
    for actor in (actors["owner"], actors["stranger"]):
        assert all(isinstance(credentials.secret(api, scheme, actor), str) for scheme in schemes(load(api)))
        assert all(credentials.tenant_ids(api, actor).values())
    owner, stranger = (credentials.tenant_ids(api, actors[name]) for name in ("owner", "stranger"))
    for name in owner:
        assert not set(owner[name]) & set(stranger[name]), f"{name} of the stranger is the owner's, too"
    assert any(name in names(load(api), operation, None) for name in owner for _, operation in operations(load(api)))


def test_a_header_that_keys_ignore_is_asked_of_tokens_alone() -> None:
    spec = load("restlink")
    by_key = aimed(spec, Aim(plan_for(spec, "ApiKey"), {"ApiKey": "k"}, {"X-Workspace-ID": [16]}))
    by_token = aimed(spec, Aim(plan_for(spec, "Jwt"), {"Jwt": "t"}, {"X-Workspace-ID": [16, 18]}))
    assert "X-Workspace-ID" not in names(by_key, operation_of(by_key, SEND), "ApiKey")
    header = next(each for each in operation_of(by_token, SEND)["parameters"] if each["name"] == "X-Workspace-ID")
    assert header["schema"] == {"type": "string", "enum": ["16", "18"]}, "in the type that the contract gives it"
    assert header["example"] == "16"
    assert header["required"] is False
    assert operation_of(by_token, SEND)["security"] == [{"Jwt": []}]


def test_insisting_makes_an_id_required() -> None:
    spec = load("restlink")
    aim = aimed(spec, Aim(plan_for(spec, "Jwt"), {"Jwt": "t"}, {"X-Workspace-ID": [31]}, insist=True))
    header = next(each for each in operation_of(aim, SEND)["parameters"] if each["name"] == "X-Workspace-ID")
    assert (header["required"], header["example"]) == (True, "31")


def test_a_credential_in_the_body_is_part_of_every_request() -> None:
    spec = load("xpressbot")
    plan = plan_for(spec, "BodyKey")
    assert plan
    assert all(place.method == "post" for place in plan), "a GET has no body"
    aim = aimed(spec, Aim(plan, {"BodyKey": "secret"}, {"channelId": ["ch"]}))
    for _, operation in operations(aim):
        media = operation["requestBody"]["content"]["application/json"]
        assert media["schema"]["properties"]["apiKey"] == {"type": "string", "enum": ["secret"]}
        assert "apiKey" in media["schema"]["required"]
        assert operation["requestBody"]["required"] is True
        assert operation["security"] == []
        values = [media["example"]] if "example" in media else [each["value"] for each in media.get("examples", {}).values()]
        assert all(value["apiKey"] == "secret" and value.get("channelId", "ch") == "ch" for value in values)


@pytest.mark.parametrize("api", MOUNTS)
def test_links_lead_only_where_the_plan_does(api: str) -> None:
    spec = load(api)
    for scheme in schemes(spec):
        aim = aimed(spec, Aim(plan_for(spec, scheme), {scheme: "s"}))
        known = {operation["operationId"]: operation for _, operation in operations(aim)}
        for _, operation in operations(aim):
            for response in operation["responses"].values():
                for link in resolve(aim, response).get("links", {}).values():
                    declared = {each["name"] for each in known[link["operationId"]]["parameters"]}
                    assert {key.partition(".")[2] or key for key in link["parameters"]} <= declared


@pytest.mark.parametrize("api", MOUNTS)
def test_what_ends_a_credential_can_be_left_out(api: str) -> None:
    spec = load(api)
    ending = credentials.ENDING.get(api, frozenset())
    plan = without(spec, plan_all(spec, schemes(spec)[0]), ending)
    left = {operation["operationId"] for place, operation in operations(spec) if place in plan}
    assert left == {operation["operationId"] for _, operation in operations(spec)} - ending
    assert ending <= {operation["operationId"] for _, operation in operations(spec)}
