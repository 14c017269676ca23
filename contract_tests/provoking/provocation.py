"""Provocation: a request that is right but for one thing, and so must meet one refusal."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import httpx

from contract_tests.aim import accepted
from contract_tests.tenants.asking import Asked
from contract_tests.tenants.stage import Stage

#: Makes the refusal come, at the operation of this operationId.
Provocation = Callable[[Stage, str], httpx.Response]


@dataclass(frozen=True)
class Provoked:
    """What is known of the refusals of one API. ``at``: name → operationIds and how; ``never``: name → why it cannot be provoked;
    ``statements``: status or name → ids; ``scheme``: preferred credential.
    """

    at: Mapping[str, tuple[tuple[str, ...], Provocation]]
    never: Mapping[str, str]
    statements: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    scheme: str | None = None


def right(stage: Stage, operation_id: str, scheme: str | None = None, body: Any = None) -> Asked:
    """The owner's right request. ``body``: changes of its fields; one that is None goes away."""
    owner = stage.things()
    asked = stage.right(operation_id, owner)
    if body is not None:
        where = "body" if asked.body is not None or asked.place.method != "get" else "query"
        for name, value in body.items():
            asked = asked.placing(where, name, value)
    return stage.by(asked, scheme or preferred(stage, operation_id), owner)


def preferred(stage: Stage, operation_id: str) -> str | None:
    """The credential by which the operation is asked where nothing depends on it."""
    schemes = accepted(stage.spec, stage.operations[operation_id][1])
    return "Jwt" if "Jwt" in schemes else next(iter(schemes), None)


def but(scheme: str | None = None, **body: Any) -> Provocation:
    """Right but for these fields of the body, or of the query where that stands for it."""
    return lambda stage, operation_id: right(stage, operation_id, scheme, body).send(stage.api.client)


def made(body: Callable[[Stage], Mapping[str, Any]]) -> Provocation:
    """Right but for fields that depend on what there is."""
    return lambda stage, operation_id: right(stage, operation_id, None, body(stage)).send(stage.api.client)


def placed(where: str, name: str, value: Callable[[Stage], Any], scheme: str | None = None) -> Provocation:
    """Right but for one value in path, query, header or body."""
    return lambda stage, operation_id: (
        right(stage, operation_id, scheme).placing(where, name, value(stage)).send(stage.api.client)
    )


def twice(body: Callable[[Stage], Mapping[str, Any]]) -> Provocation:
    """The same request again: what it made the first time is in its way."""

    def provoke(stage: Stage, operation_id: str) -> httpx.Response:
        asked = right(stage, operation_id, None, body(stage))
        first = asked.send(stage.api.client)
        assert first.status_code < 300, f"The first of two requests is served, not {first.status_code} {first.text[:200]}"
        return asked.send(stage.api.client)

    return provoke


def showing(*headers: tuple[str, Callable[[Stage], str]]) -> Provocation:
    """Right but for these headers, which hold the credential."""

    def provoke(stage: Stage, operation_id: str) -> httpx.Response:
        asked = stage.named(stage.right(operation_id, stage.things()), stage.things())
        for name, value in headers:
            asked = asked.placing("header", name, value(stage))
        return asked.send(stage.api.client)

    return provoke


def raw(content: bytes, media_type: str = "application/json") -> Provocation:
    """Right but for the bytes of its body."""

    def provoke(stage: Stage, operation_id: str) -> httpx.Response:
        asked = replace(right(stage, operation_id), raw=content).placing("header", "Content-Type", media_type)
        return asked.send(stage.api.client)

    return provoke
