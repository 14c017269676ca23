"""Wire: bird's entities as JSON bodies, and its refusals in its own words."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from mockserver.apis.bird.lists import Entity, Page
from mockserver.engine.refusals import InvalidRequest, Issue, ParameterInvalid, Refusal

Json = dict[str, Any]
_PLAIN = re.compile(r"[A-Za-z0-9_-]{1,64}")
_MOST_PLACES = 20


def refuse(refusal: Refusal, body: Json) -> Json:
    """The contract's words, with the places at fault where the contract has any."""
    if "details" not in body:
        return body
    if isinstance(refusal, InvalidRequest):
        return {**body, "details": _details(refusal)} if refusal.issues else body
    if "path" in refusal.facts:
        (reasons,) = body["details"].values()
        return {**body, "details": {refusal.facts["path"]: reasons}}
    return body


def _details(refusal: InvalidRequest) -> dict[str, list[str]]:
    details: dict[str, list[str]] = {}
    for issue in refusal.issues:
        place = _place(issue).removeprefix("." if isinstance(refusal, ParameterInvalid) else "")
        if place in details or len(details) < _MOST_PLACES:
            details.setdefault(place, []).append(issue.reason)
    return details


def _place(issue: Issue) -> str:
    """``.receiver.contacts[0]``; a single dot is the body itself. A name that only the caller knows is not repeated."""
    steps = (f"[{step}]" if isinstance(step, int) else f".{step if _PLAIN.fullmatch(step) else '*'}" for step in issue.path)
    return "".join(steps) or "."


def same(entity: Entity) -> Json:
    """An entity that is kept as it is shown."""
    return entity


def listed(page: Page, shown: Callable[[Entity], Json] = same) -> Json:
    """A page of a list; the last one has no token."""
    body: Json = {"results": [shown(entry) for entry in page.entries]}
    return body if page.next_token is None else {**body, "nextPageToken": page.next_token}


def contact(entity: Entity) -> Json:
    """A contact, with the name that people see."""
    identifiers = entity["identifiers"]
    unnamed = identifiers[0]["value"] if identifiers else ""
    return {
        "id": entity["id"],
        **({"displayName": entity["displayName"]} if "displayName" in entity else {}),
        "computedDisplayName": entity.get("displayName", unnamed),
        "featuredIdentifiers": identifiers,
        "identifierCount": len(identifiers),
        "attributes": entity["attributes"],
        "createdAt": entity["createdAt"],
        "updatedAt": entity["updatedAt"],
    }


def presigned_upload(entity: Entity, home_url: str) -> Json:
    """How to fill a place for a file, and what to call the file then."""
    return {
        "mediaUrl": f"{media_root(home_url)}/{entity['id']}",
        "uploadUrl": f"{home_url}/media-uploads",
        "uploadMethod": "POST",
        "uploadFormData": entity["form"],
    }


def media_root(base_url: str) -> str:
    """Under which all uploaded media lie."""
    return f"{base_url}/media"


def subscription(entity: Entity) -> Json:
    """A subscription without its secret."""
    return {name: value for name, value in entity.items() if name != "signingKey"}


def available_webhooks(events: tuple[str, ...]) -> Json:
    """What can be subscribed to."""
    shared: Mapping[str, Any] = {"service": "channels", "eventFilters": ["channelId"]}
    return {"results": [{**shared, "event": event} for event in events]}
