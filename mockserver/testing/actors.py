"""Actors: who plays which part in a world, with credentials that lead into one sandbox by themselves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

#: A traceback of pytest ends where a test calls this, not in here.
__tracebackhide__ = True

Raw = Mapping[str, Any]
SomeActor = TypeVar("SomeActor", bound="Actor")


@dataclass(frozen=True)
class Actor:
    """``headers``: what a request of this actor carries, ready to use; ``raw``: everything that is known of the actor."""

    name: str
    headers: Mapping[str, str] = field(repr=False)
    raw: Raw = field(repr=False)


@dataclass(frozen=True)
class RestlinkActor(Actor):
    """``api_keys``: by the id of their workspace; ``keys``: those that have something special about them.

    ``headers`` carry the key of the main workspace, or the token where the actor has no key.
    """

    jwt: str = field(repr=False)
    account_id: int | None
    main: int | None
    workspaces: tuple[int, ...]
    deleted: tuple[int, ...]
    api_keys: Mapping[str, str] = field(repr=False)
    keys: Raw = field(repr=False)
    expired_jwt: str | None = field(repr=False)

    @property
    def api_key(self) -> str:
        """The key of the main workspace. LookupError if the actor has none."""
        if str(self.main) not in self.api_keys:
            raise LookupError(f"{self.name} of restlink has no API key, only `jwt`.")
        return self.api_keys[str(self.main)]

    @property
    def jwt_headers(self) -> Mapping[str, str]:
        """The token instead of the key: it may name a workspace with ``X-Workspace-ID``."""
        return {"Authorization": f"Bearer {self.jwt}"}


@dataclass(frozen=True)
class TofromActor(Actor):
    """``headers`` carry the API key, for the messaging operations; those of the user interface want ``session_headers``."""

    api_key: str = field(repr=False)
    session_token: str = field(repr=False)
    email: str
    password: str = field(repr=False)
    workspace_id: str
    phone_number: str

    @property
    def session_headers(self) -> Mapping[str, str]:
        """The session instead of the key."""
        return {"Authorization": f"Bearer {self.session_token}"}


@dataclass(frozen=True)
class XpressbotActor(Actor):
    """``channels``: ids of the channels that the key may use."""

    api_key: str = field(repr=False)
    channels: tuple[str, ...]


@dataclass(frozen=True)
class BirdActor(Actor):
    """``channels``: ids by kind (sms, email, whatsapp, inactive); ``template``: ``projectId``, ``version`` and ``locale``."""

    access_key: str = field(repr=False)
    workspace_id: str
    organization_id: str
    channels: Mapping[str, str]
    template: Mapping[str, str]


@dataclass(frozen=True)
class TimelinesActor(Actor):
    """``secret``: with it a partner makes and signs tokens like ``jwt``, and webhooks are signed."""

    partner_id: str
    workspace_id: str
    secret: str = field(repr=False)
    jwt: str = field(repr=False)


def restlink(name: str, raw: Raw) -> RestlinkActor:
    """An actor of restlink."""
    keys = raw.get("api_keys", {})
    key = keys.get(str(raw.get("main")))
    return RestlinkActor(
        name,
        {"X-API-Key": key} if key else _bearer(raw["jwt"]),
        raw,
        raw["jwt"],
        raw.get("account_id"),
        raw.get("main"),
        tuple(raw.get("workspaces", ())),
        tuple(raw.get("deleted", ())),
        keys,
        raw.get("keys", {}),
        raw.get("expired_jwt"),
    )


def tofrom(name: str, raw: Raw) -> TofromActor:
    """An actor of tofrom."""
    parts = ("api_key", "session_token", "email", "password", "workspace_id", "phone_number")
    return TofromActor(name, _bearer(raw["api_key"]), raw, *(raw[part] for part in parts))


def xpressbot(name: str, raw: Raw) -> XpressbotActor:
    """An actor of xpressbot."""
    return XpressbotActor(name, {"X-API-Key": raw["api_key"]}, raw, raw["api_key"], tuple(raw["channels"]))


def bird(name: str, raw: Raw) -> BirdActor:
    """An actor of bird."""
    parts = ("access_key", "workspace_id", "organization_id", "channels", "template")
    return BirdActor(name, {"Authorization": f"AccessKey {raw['access_key']}"}, raw, *(raw[part] for part in parts))


def timelines(name: str, raw: Raw) -> TimelinesActor:
    """An actor of timelines."""
    headers = {**_bearer(raw["jwt"]), "X-TL-Partner-Id": raw["partner_id"]}
    return TimelinesActor(name, headers, raw, raw["partner_id"], raw["workspace_id"], raw["secret"], raw["jwt"])


def _bearer(token: str) -> Mapping[str, str]:
    return {"Authorization": f"Bearer {token}"}


def find(cast: Raw, name: str, read: Callable[[str, Raw], SomeActor]) -> SomeActor:
    """The actor of a name. LookupError that names those there are."""
    if name not in cast:
        raise LookupError(f"The world has no actor {name!r} here; it has {', '.join(cast)}.")
    return read(name, cast[name])
