"""Credentials: how each kind of credential of each API is read from its cast, and which ids belong to an actor.

The shapes are those of ``understudy credentials --format json``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import jwt

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


#: API → fields of an actor that nobody but their owner may see; ``*`` is any key.
SECRET_FIELDS: Mapping[str, Sequence[tuple[str, ...]]] = {
    "restlink": (
        ("jwt",),
        ("expired_jwt",),
        ("api_keys", "*"),
        *(("keys", kind) for kind in ("limited", "inactive", "expired", "sandbox")),
        ("keys", "hmac", "key"),
        ("keys", "hmac", "secret"),
    ),
    "tofrom": (("session_token",), ("api_key",), ("password",)),
    "xpressbot": (("api_key",),),
    "bird": (("access_key",),),
    "timelines": (("secret",), ("jwt",)),
}


def is_secret(api: str, field: Sequence[str]) -> bool:
    """Whether what stands at this place within an actor (``("keys", "limited")``) is a secret."""
    return any(
        len(known) == len(field) and all(step in ("*", name) for step, name in zip(known, field, strict=True))
        for known in SECRET_FIELDS.get(api, ())
    )


def completed(api: str, actor: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """The actor with what can be made from what it has: timelines' token from the partner's secret, good for a day."""
    if api == "timelines" and "jwt" not in actor and {"secret", "partner_id"} <= actor.keys():
        hour = now.replace(minute=0, second=0, microsecond=0)
        good = {"nbf": int((hour - timedelta(minutes=3)).timestamp()), "exp": int((hour + timedelta(hours=24)).timestamp())}
        return {**actor, "jwt": jwt.encode({"partner_id": actor["partner_id"], **good}, actor["secret"], algorithm="HS256")}
    return dict(actor)
