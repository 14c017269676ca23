"""Credentials: one API key, whichever of the four places it stands in, and the channels that it opens."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mockserver.engine.refusals import CredentialUnknown
from mockserver.exchange import Call


@dataclass(frozen=True, slots=True)
class Actor:
    """The caller: a workspace, by a key that opens some of its channels."""

    workspace_id: str
    channel_ids: tuple[str, ...]


def by_key(call: Call, presented: str) -> Actor:
    """The rule of all four schemes: which place counts was decided before."""
    key = call.tx.get("api key", "", presented)
    if key is None:
        raise CredentialUnknown
    return Actor(key["workspaceId"], tuple(key["channelIds"]))


SCHEMES: dict[str, Callable[[Call, str], Actor]] = dict.fromkeys(("HeaderKey", "BearerKey", "QueryKey", "BodyKey"), by_key)


def plays(part: dict[str, Any], actor: Actor) -> bool:
    """Whether a caller has this part of the cast: whose key opens the same channels."""
    return set(actor.channel_ids) == set(part["channels"])


def cast(world: dict[str, Any], now: datetime) -> dict[str, dict[str, Any]]:
    """Each actor's credentials in a world."""
    return {name: {"api_key": part["api_key"], "channels": list(part["channels"])} for name, part in world["cast"].items()}


def first_call(owner: dict[str, Any], base_url: str) -> list[str]:
    """What to give curl to see the owner's channels."""
    return ["-H", f"X-API-Key: {owner['api_key']}", f"{base_url}/channels/list"]
