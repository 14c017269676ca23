"""Credentials: access keys, each of which opens the workspaces of one organization."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mockserver.engine.refusals import CredentialMalformed, CredentialUnknown
from mockserver.exchange import Call

_HEADER = re.compile(r"AccessKey ([!-~]+)")


@dataclass(frozen=True, slots=True)
class Actor:
    """The caller: whoever acts for an organization."""

    organization_id: str


def by_access_key(call: Call, presented: str) -> Actor:
    """The rule of ``AccessKey``."""
    header = _HEADER.fullmatch(presented)
    if header is None:
        raise CredentialMalformed
    key = call.tx.get("access key", "", header[1])
    if key is None:
        raise CredentialUnknown
    return Actor(key["organizationId"])


def claimed(_scheme: str, presented: str) -> str:
    """What of a credential leads to a sandbox: the key in the header."""
    header = _HEADER.fullmatch(presented)
    return header[1] if header else ""


SCHEMES: dict[str, Callable[[Call, str], Actor]] = {"AccessKey": by_access_key}


def plays(part: dict[str, Any], actor: Actor) -> bool:
    """Whether a caller has this part of the cast: whoever acts for its organization."""
    return actor.organization_id == str(part["organizationId"])


def cast(world: dict[str, Any], now: datetime) -> dict[str, dict[str, Any]]:
    """Each actor's key and ids in a world."""
    return {
        name: {
            "access_key": actor["accessKey"],
            "workspace_id": actor["workspaceId"],
            "organization_id": actor["organizationId"],
            "channels": actor["channels"],
            "template": actor["template"],
        }
        for name, actor in world["cast"].items()
    }


def first_call(owner: dict[str, Any], base_url: str) -> list[str]:
    """What to give curl to see the latest message of the owner's SMS channel."""
    path = f"/workspaces/{owner['workspace_id']}/channels/{owner['channels']['sms']}/messages?limit=1"
    return ["-H", f"Authorization: AccessKey {owner['access_key']}", base_url + path]
