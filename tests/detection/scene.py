"""Scene: what a lie may know of the deployment that it is told of."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import jwt

from tests.detection.proxy import Lie, Passing

Actor = Mapping[str, Any]


@dataclass
class Scene:
    """``cast``: actor → credentials and ids; ``memory``: what the lie keeps until the mock is reset."""

    api: str
    cast: Mapping[str, Actor]
    memory: dict[Any, Any] = field(default_factory=dict)

    @property
    def owner(self) -> Actor:
        return self.cast["owner"]

    @property
    def stranger(self) -> Actor:
        return self.cast["stranger"]

    def as_actor(self, passing: Passing, name: str) -> Passing:
        """The request with the credentials of an actor of the cast in place of its own."""
        return _AS[self.api](passing, self.cast[name])


Make = Callable[[Scene], Lie]


def partner_token(actor: Actor) -> str:
    """A timelines token that is good at any time."""
    return jwt.encode({"partner_id": actor["partner_id"], "nbf": 0, "exp": int(time.time()) + 10**9}, actor["secret"])


def _restlink(passing: Passing, actor: Actor) -> Passing:
    if passing.header("x-api-key") is not None:
        return passing.with_header("X-API-Key", actor["api_keys"][str(actor["main"])])
    return passing.with_header("Authorization", f"Bearer {actor['jwt']}")


def _bird(passing: Passing, actor: Actor) -> Passing:
    return passing.with_header("Authorization", f"AccessKey {actor['access_key']}")


def _timelines(passing: Passing, actor: Actor) -> Passing:
    named = passing.with_header("X-TL-Partner-Id", actor["partner_id"])
    return named.with_header("Authorization", f"Bearer {partner_token(actor)}")


def _tofrom(passing: Passing, actor: Actor) -> Passing:
    secret = actor["api_key" if passing.path.endswith("/api/messages") else "session_token"]
    return passing.with_header("Authorization", f"Bearer {secret}")


def _xpressbot(passing: Passing, actor: Actor) -> Passing:
    return passing.with_header("X-API-Key", actor["api_key"])


_AS: Mapping[str, Callable[[Passing, Actor], Passing]] = {
    "restlink": _restlink,
    "bird": _bird,
    "timelines": _timelines,
    "tofrom": _tofrom,
    "xpressbot": _xpressbot,
}
