"""The world: a fixture with all that it may leave out, and as its parts belong together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mockserver.apis.bird.lists import Entity

World = Mapping[str, Any]
_OPTIONAL = ("contacts", "tags", "messages", "agenda", "media", "webhookSubscriptions", "deliveries")
#: What a channel takes over from its connector.
SHARED = ("workspaceId", "platformId", "identifier")


def whole(world: World) -> World:
    """A validated world with every list that it may leave out."""
    return {"continued": False, **{kind: [] for kind in _OPTIONAL}, **world}


def channels_of(world: World) -> dict[str, Entity]:
    """Each channel with what it takes over from its connector."""
    connectors = {connector["id"]: connector for connector in world["connectors"]}
    return {
        channel["id"]: {**channel, **{name: connectors[channel["connectorId"]][name] for name in SHARED}}
        for channel in world["channels"]
    }
