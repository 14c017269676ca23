"""Credentials: how each kind of credential of each API is read from its cast, and which ids belong to an actor.

The shapes are those of ``understudy credentials --format json``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

Actor = Mapping[str, Any]

#: API → security scheme of its contract → the value that the scheme carries (for bearer schemes without ``Bearer``).
SECRETS: Mapping[str, Mapping[str, Callable[[Actor], str]]] = {
    "restlink": {
        "Jwt": lambda actor: actor["jwt"],
        "ApiKey": lambda actor: actor["api_keys"][str(actor["main"])],
    },
    "tofrom": {
        "ApiKey": lambda actor: actor["api_key"],
        "Session": lambda actor: actor["session_token"],
    },
    "xpressbot": {
        "HeaderKey": lambda actor: actor["api_key"],
        "BearerKey": lambda actor: actor["api_key"],
        "QueryKey": lambda actor: actor["api_key"],
        "BodyKey": lambda actor: actor["api_key"],
    },
    "bird": {"AccessKey": lambda actor: f"AccessKey {actor['access_key']}"},
    "timelines": {"Jwt": lambda actor: actor["jwt"]},
}

#: API → name of a parameter or body property → ids of that kind that belong to the actor. They decide whose data a request
#: is about, so a stranger's in their place must lead nowhere.
TENANT_IDS: Mapping[str, Mapping[str, Callable[[Actor], Sequence[Any]]]] = {
    "restlink": {"X-Workspace-ID": lambda actor: actor["workspaces"]},
    "tofrom": {"workspaceId": lambda actor: [actor["workspace_id"]]},
    "xpressbot": {"channelId": lambda actor: actor["channels"]},
    "bird": {
        "workspaceId": lambda actor: [actor["workspace_id"]],
        "channelId": lambda actor: [actor["channels"][kind] for kind in ("sms", "email", "whatsapp")],
        "organizationId": lambda actor: [actor["organization_id"]],
    },
    "timelines": {"workspace_id": lambda actor: [actor["workspace_id"]]},
}

#: API → operationIds after which the credential that they were called with is of no use.
ENDING: Mapping[str, frozenset[str]] = {"tofrom": frozenset({"log_out"})}

#: API → parameter that names the caller and goes with the credential, not with what the request is about.
CALLER_IDS: Mapping[str, Mapping[str, Callable[[Actor], Sequence[Any]]]] = {
    "timelines": {"X-TL-Partner-Id": lambda actor: [actor["partner_id"]]},
}


def secret(api: str, scheme: str, actor: Actor) -> str:
    """What the actor presents under the scheme."""
    return SECRETS[api][scheme](actor)


def tenant_ids(api: str, actor: Actor) -> dict[str, list[Any]]:
    """The actor's ids by the names under which requests carry them."""
    return {name: list(read(actor)) for name, read in TENANT_IDS.get(api, {}).items()}


def caller_ids(api: str, actor: Actor) -> dict[str, list[Any]]:
    """What the actor must send besides its credential."""
    return {name: list(read(actor)) for name, read in CALLER_IDS.get(api, {}).items()}
