"""The wire: tofrom's entities, its refusals and the headers that every recognised caller gets, in the words of its contract."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from mockserver.apis.tofrom.credentials import Person, Program
from mockserver.apis.tofrom.lists import Entity, Page
from mockserver.apis.tofrom.messages import parts_of
from mockserver.engine.clock import rfc3339
from mockserver.engine.refusals import Refusal

Json = dict[str, Any]
_USER = ("id", "email", "name")
_WORKSPACE = ("id", "name", "role", "provider_configured", "created_at")
_MEMBER = ("id", "user_id", "email", "name", "role", "status", "created_at")
_API_KEY = ("id", "name", "prefix", "created_by", "created_at")
_PREFIX = len("tf_live_") + 4
_PROVIDER = ("provider", "account_sid", "auth_token", "updated_at")
_AVAILABLE = ("phone_number", "country", "capabilities")
_MESSAGE = ("id", "direction", "to", "from", "body", "status", "provider_sid", "created_at", "parts", "mediaUrls")


def refuse(refusal: Refusal, body: Json) -> Json:
    """The contract's words, as they are."""
    return body


def headers(caller: Program | Person | None, refused: Refusal | None) -> Mapping[str, str]:
    """The caller's allowance; nothing for a caller who was not recognised."""
    exhausted = refused.facts.get("allowance") if refused else None
    allowance = exhausted or (caller.allowance if caller else None)
    if allowance is None:
        return {}
    return {
        "X-RateLimit-Limit": str(allowance.limit),
        "X-RateLimit-Remaining": str(allowance.remaining),
        "X-RateLimit-Reset": str(allowance.reset),
    }


def page(found: Page, show: Callable[[Entity], Json]) -> Json:
    """A page of a list and where it stands in it."""
    number = found.wanted.number
    pagination = {
        "currentPage": number,
        "totalPages": found.count,
        "totalItems": found.total,
        "hasNext": number < found.count,
    }
    return {"data": [show(entry) for entry in found.entries], "pagination": pagination}


def session(opened: Entity) -> Json:
    """A new session with its token."""
    return {"session_token": opened["token"], "expires_at": opened["expires_at"], "user": _only(opened["user"], _USER)}


def workspace(found: Entity) -> Json:
    """A workspace as its member sees it."""
    return _only(found, _WORKSPACE)


def member(found: Entity) -> Json:
    """A member, or an invitation."""
    return _only({**found, "status": "active" if found["user_id"] else "invited"}, _MEMBER)


def api_key(found: Entity) -> Json:
    """A key without its secret."""
    return _only({**found, "prefix": found["key"][:_PREFIX]}, _API_KEY)


def new_api_key(made: Entity) -> Json:
    """A key with its secret."""
    return {**api_key(made), "key": made["key"]}


def revoked_api_key(found: Entity, now: datetime) -> Json:
    """The end of a key."""
    return {"id": found["id"], "revoked_at": rfc3339(now)}


def provider(settled: Entity | None) -> Json:
    """The settings, of the secret only the end."""
    if settled is None:
        return {"configured": False, **dict.fromkeys(_PROVIDER)}
    return {"configured": True, **_only(settled, _PROVIDER), "auth_token": f"{'*' * 12}{settled['auth_token'][-4:]}"}


def phone_number(found: Entity) -> Json:
    """A number of a workspace."""
    return _only(found, ("id", *_AVAILABLE, "created_at"))


def available_phone_number(found: Entity) -> Json:
    """A number in the stock."""
    return _only(found, _AVAILABLE)


def released_phone_number(found: Entity, now: datetime) -> Json:
    """The end of a number in a workspace."""
    return {**_only(found, ("id", "phone_number")), "released_at": rfc3339(now)}


def receipt(queued: Entity) -> Json:
    """What the sender learns at once."""
    return {"sid": queued["provider_sid"], "status": queued["status"]}


def message(found: Entity) -> Json:
    """A message that was sent or received."""
    return _only({**found, "parts": parts_of(found["body"])}, _MESSAGE)


def live_frame(kind: str, workspace_id: str, cursor: str, found: Entity | None = None) -> Json:
    """A frame of the live updates, with the message that it is about."""
    about = {} if found is None else {"data": message(found)}
    return {"type": kind, "workspace_id": workspace_id, "cursor": cursor, **about}


def _only(found: Entity, names: tuple[str, ...]) -> Json:
    return {name: found[name] for name in names}
