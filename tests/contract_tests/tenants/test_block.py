"""A block sees what refused requests have changed, and proves nothing where the owner itself is not served."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from contract_tests.contracts import Place
from contract_tests.tenants.asking import Asked
from contract_tests.tenants.attempts import Attempt
from contract_tests.tenants.block import Block
from contract_tests.tenants.knowledge import Knowledge
from contract_tests.tenants.rows import NOBODY, UNCHANGED, Row

PLACE = Place("post", "/things")
KNOWLEDGE = Knowledge(makers={}, walls={}, home="", reads=(), locked=(), apart=())


class Scene:
    """In place of a stage: two actors, and what they read."""

    knowledge = KNOWLEDGE

    def __init__(self, status: int = 200) -> None:
        self.held: dict[str, dict[str, object]] = {"owner": {"list_things": [1]}, "stranger": {"list_things": []}}
        self.operations = {"make_thing": (PLACE, {"x-side-effect": "create"})}
        self.api = self
        self.client = httpx.Client(base_url="http://things", transport=httpx.MockTransport(lambda _: httpx.Response(status)))

    def things(self, actor: str = "owner") -> str:
        return actor

    def right(self, operation_id: str, things: str) -> Asked:
        return Asked(PLACE, operation_id)

    def by(self, asked: Asked, scheme: str, things: str) -> Asked:
        return asked

    def shown(self, actor: str) -> dict[str, object]:
        if actor not in self.held:
            pytest.skip("not in the cast")
        return dict(self.held[actor])


def rows() -> list[Row]:
    refused = Row(PLACE, "make_thing", NOBODY, "Key", ("CredentialMissing",), (), attempts, writes=True)
    return [refused, Row(PLACE, "make_thing", UNCHANGED, None, (), (), None, writes=True)]


def attempts(stage: Any) -> Any:
    yield Attempt("", Asked(PLACE, "make_thing"))


def block(scene: Scene) -> Block:
    made: Any = scene
    return Block(made, rows())


@pytest.mark.parametrize("actor", ["owner", "stranger"])
def test_what_a_refused_request_has_changed_is_seen_of_either_actor(actor: str) -> None:
    scene = Scene()
    watched = block(scene)
    assert len(watched.attempts(watched.rows[0])) == 1
    watched.assert_unchanged()
    scene.held[actor]["list_things"] = [1, 2]
    with pytest.raises(AssertionError, match=f"changed what the {actor} reads: /list_things"):
        watched.assert_unchanged()


def test_an_actor_who_is_not_in_the_cast_is_not_looked_at() -> None:
    scene = Scene()
    del scene.held["stranger"]
    watched = block(scene)
    watched.attempts(watched.rows[0])
    watched.assert_unchanged()


def test_without_a_refused_request_there_is_nothing_to_look_at() -> None:
    with pytest.raises(pytest.skip.Exception):
        block(Scene()).assert_unchanged()


def test_where_the_owner_is_not_served_a_refusal_proves_nothing() -> None:
    assert block(Scene(200)).served("Key") is None
    problem = block(Scene(503)).served("Key")
    assert "POST /things by the owner answers 503" in str(problem)
