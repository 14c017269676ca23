"""What a profile permits: everything on a mock, reading alone in production, and between them what can be taken back."""

from __future__ import annotations

from typing import Any

import pytest

from contract_tests.contracts import operations
from contract_tests.targets.permission import alters, freed, why_not
from contract_tests.targets.target import LIMITS, PROFILES, Limits, Target
from mockserver.data import MOUNTS, load_spec

EFFECTS = ("none", "create", "change", "remove", "send", "session")
PINNED = {"phone": ("+14155550123",)}


def target(profile: str, **said: Any) -> Target:
    return Target("there", {}, {}, profile, **{"limits": LIMITS[profile], "recipients": PINNED, **said})


def operation(effect: str | None, **said: Any) -> dict[str, Any]:
    return {"operationId": "do_it", **({"x-side-effect": effect} if effect else {}), **said}


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("effect", EFFECTS)
def test_production_is_only_read_and_the_others_are_not(profile: str, effect: str) -> None:
    refused = why_not(target(profile), operation(effect, **({"x-cost": {"messages": 1}} if effect == "send" else {})))
    assert (refused is not None) is (profile == "production" and effect != "none")


@pytest.mark.parametrize("profile", PROFILES)
def test_what_the_contract_does_not_say_is_refused_but_on_a_mock(profile: str) -> None:
    assert (why_not(target(profile), operation(None)) is None) is (profile == "mock")


@pytest.mark.parametrize("limits", [Limits(messages=0), Limits(cost=0)])
def test_nothing_is_sent_without_a_budget(limits: Limits) -> None:
    sending = operation("send", **{"x-cost": {"messages": "/to"}})
    name = "messages" if limits.messages == 0 else "cost"
    assert why_not(target("sandbox", limits=limits), sending) == f"It sends, and limits.{name} of there is 0"
    assert why_not(target("sandbox", limits=limits), operation("create")) is None


def test_nothing_is_sent_where_nobody_is_pinned() -> None:
    sending = operation("send", **{"x-cost": {"messages": 1}})
    for nobody in ({}, {"phone": ()}):
        assert "names nobody under `recipients`" in (why_not(target("staging", recipients=nobody), sending) or "")
    assert why_not(target("mock", recipients={}), sending) is None


def test_what_is_bought_must_be_named() -> None:
    buying = operation("create", **{"x-cost": {"purchases": 1}})
    assert "It buys something; name do_it under `changes`" in (why_not(target("sandbox"), buying) or "")
    assert why_not(target("sandbox", changes=frozenset({"do_it"})), buying) is None
    assert why_not(target("mock"), buying) is None


def test_what_alters_is_freed_by_its_name_but_in_staging_not_what_is_lost() -> None:
    lost = {"x-destructive": True}
    named = {"changes": frozenset({"do_it"})}
    assert [alters(operation(effect)) for effect in EFFECTS] == [False, False, True, True, False, False]
    assert alters(operation("create", **lost))
    assert freed(target("mock"), operation("remove", **lost))
    assert not freed(target("sandbox"), operation("change"))
    assert freed(target("sandbox", **named), operation("change"))
    assert freed(target("sandbox", **named), operation("change", **lost))
    assert freed(target("staging", **named), operation("change"))
    assert not freed(target("staging", **named), operation("change", **lost))


@pytest.mark.parametrize("api", MOUNTS)
def test_in_production_every_operation_that_is_permitted_leaves_nothing_behind(api: str) -> None:
    known = [each for _, each in operations(load_spec(api))]
    permitted = {each["operationId"] for each in known if why_not(target("production"), each) is None}
    assert permitted == {each["operationId"] for each in known if each["x-side-effect"] == "none"}
    assert 0 < len(permitted) < len(known)
