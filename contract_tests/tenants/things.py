"""Things: ids that exist and belong to an actor, found or made when a request first needs them."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Mapping
from random import Random
from typing import Any

import pytest

from contract_tests import credentials
from contract_tests.deployment import Api

#: Whose, where: the actor's own home, another home of the same actor, or one that it shares with another.
OWN, SIBLING, SHARED = "own", "sibling", "shared"
Maker = Callable[["Things"], Any]


class Things:
    """What one actor has in one home, by the names under which requests carry it."""

    def __init__(self, api: Api, actor: str, home: str, makers: Mapping[str, Maker]) -> None:
        self.api, self.actor, self.home = api, actor, home
        self._makers = makers
        self._made: dict[str, Any] = {}

    def __call__(self, name: str) -> Any:
        """The id of this name, made at most once. Skips the test where it cannot be had."""
        if name not in self._made:
            self._made[name] = self._makers[name](self)
        return self._made[name]

    def forget(self, name: str) -> None:
        """This one is gone: the next is another."""
        self._made.pop(name, None)

    @property
    def cast(self) -> Mapping[str, Any]:
        """What the target's profile says of the actor."""
        told: Mapping[str, Any] = self.api.cast[self.actor]
        return told

    def mark(self) -> str:
        """A word that nobody else has."""
        return f"wall-{self.api.random.getrandbits(64):016x}"

    def phone(self) -> str:
        """A number of a mobile range that is hardly known yet."""
        return f"+316{self.api.random.randrange(10_000_000, 99_999_999)}"

    def ask(self, method: str, path: str, scheme: str, **parts: Any) -> Any:
        """The body of a reply to the actor, which must be a success."""
        headers = self.headers(scheme) | parts.pop("headers", {})
        response = self.api.client.request(method, path, headers=headers, **parts)
        assert response.status_code < 300, (
            f"What a row of the matrix needs cannot be had: {method} {path} answers {response.status_code} {response.text[:200]}"
        )
        return response.json() if response.content else None

    def headers(self, scheme: str) -> dict[str, str]:
        """The actor's credential, of a scheme that stands in a header."""
        secret = credentials.secret(self.api.name, scheme, self.cast)
        name = {"HeaderKey": "X-API-Key", "AccessKey": "Authorization"}.get(scheme)
        if self.api.name == "restlink" and scheme == "ApiKey":
            name = "X-API-Key"
        own = {key: str(values[0]) for key, values in credentials.caller_ids(self.api.name, self.cast).items()}
        return {**own, name: secret} if name else {**own, "Authorization": f"Bearer {secret}"}


def made_or(make: Callable[[], Any], otherwise: Callable[[], Any]) -> Any:
    """What can be made, or what is there already where the gate lets nothing be made."""
    try:
        return make()
    except pytest.skip.Exception:
        return otherwise()


def first(listed: list[Any], what: str) -> Any:
    """One of a list; the test is skipped where there is none."""
    if not listed:
        pytest.skip(f"The target has no {what} to ask for")
    return listed[0]


def absent(value: Any, random: Random) -> Any:
    """An id of the same shape that belongs to nothing."""
    if isinstance(value, int) or re.fullmatch(r"[1-9][0-9]*", str(value)):
        number = random.randrange(1_900_000_000, 2_000_000_000)
        return number if isinstance(value, int) else str(number)
    if re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", value):
        return str(uuid.UUID(int=random.getrandbits(128), version=4))
    if value.startswith("+"):
        return value[:-4] + f"{random.randrange(10_000):04}"
    start, mark, rest = value.partition("_") if "_" in value else value.partition(".")
    return start + mark + re.sub(r"[a-z]|[A-Z]|[0-9]", lambda found: _alike(found[0], random), rest)


def _alike(character: str, random: Random) -> str:
    if character.isdigit():
        return random.choice("0123456789")
    return random.choice(
        "abcdef" if character in "abcdef" else "ABCDEFGHJKLMNPQRSTUVWXYZ" if character.isupper() else "ghjkmnpqrst"
    )
