"""Deployments that differ from the mock and keep the contract: whoever finds anything about them raises a false alarm.

Each says in its docstring by which words it is permitted.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from random import Random

from tests.detection import shapes
from tests.detection.proxy import Answer, Forward, Passing, in_front_of
from tests.detection.respellings import normalised, other_ids, other_spelling, other_words, sparse, whole_seconds
from tests.detection.variant import Json, Variant, changing

#: Operation → the lists of its reply whose order nothing documents ("" is the reply itself, * every item).
UNORDERED: Mapping[str, tuple[str, ...]] = {
    "GET /workspaces/{workspaceId}/connectors": ("results",),
    "GET /workspaces/{workspaceId}/projects": ("results",),
    "GET /workspaces/{workspaceId}/projects/{projectId}/channel-templates": (
        "results",
        "results/*/locales",
        "results/*/platforms",
    ),
    "GET /workspaces/{workspaceId}/available-webhooks": ("results", "results/*/eventFilters"),
    "GET /workspaces/{workspaceId}/contacts": ("results/*/featuredIdentifiers",),
    "GET /workspaces/{workspaceId}/contacts/{contactId}": ("featuredIdentifiers",),
    "GET /workspaces/{workspace_id}": ("qr_links",),
    "PATCH /workspaces/{workspace_id}": ("suspended_members", "suspended_members/*/phone_numbers"),
    "POST /workspaces/{workspace_id}/users": ("users",),
    "GET /api/ui/workspaces/{workspaceId}/phone-numbers": ("data/*/capabilities",),
    "GET /api/ui/workspaces/{workspaceId}/phone-numbers/available": ("data/*/capabilities",),
    "POST /api/ui/workspaces/{workspaceId}/phone-numbers": ("capabilities",),
    "GET /channels/list": ("data",),
    "POST /channels/list": ("data",),
}


def _turned(body: Json, path: tuple[str, ...]) -> Json:
    if not path:
        return body[::-1] if isinstance(body, list) else body
    if path[0] == "*":
        return [_turned(each, path[1:]) for each in body]
    if isinstance(body, dict) and path[0] in body:
        return {**body, path[0]: _turned(body[path[0]], path[1:])}
    return body


def reordered(_api: str) -> Variant:
    """Lists come in another order, where neither the operation nor the list says in which. A page holds what it held, so pages
    and cursors stay consistent. RFC 8259 (1): an array is an ordered sequence, and what its order means is the contract's to say;
    for these lists it says nothing ("The connectors.", "The new users", "What the number can carry", "The key's channels.").
    """

    async def lie(passing: Passing, forward: Forward) -> Answer:
        answer = await forward(passing)
        if not answer.well or passing.place not in UNORDERED:
            return answer
        body = answer.json
        for path in UNORDERED[passing.place]:
            body = _turned(body, tuple(path.split("/")))
        return answer.saying(body)

    return Variant(lie)


def _with_more(value: Json, schemas: shapes.Schemas) -> Json:
    if not isinstance(value, dict) or not shapes.is_named(schemas):
        return value
    return {"_links": {"self": None}, **value, "vendorNote": "new", "x-revision": 7}


def more_fields(api: str) -> Variant:
    """Every object of a reply or of a frame has fields that the contract does not name. OpenAPI 3.0.3, Schema Object:
    ``additionalProperties`` defaults to true; what a vendor adds breaks no client (replies are read open throughout). Maps whose
    keys are somebody's own words (custom fields, notes, the form of an upload) are left alone.
    """
    return changing(lambda _passing, _answer: _with_more)(api)


def soft_delete(_api: str) -> Variant:
    """What was deleted is kept: to delete it again is answered as before. RFC 9110 (9.2.2): DELETE is idempotent, and (9.3.5)
    removes the association with its function, not necessarily the thing; 404 is documented for what is unknown, which a thing
    that was revoked or released is not. It works no more and is in no list, as documented.
    """
    gone: dict[str, Answer] = {}

    async def lie(passing: Passing, forward: Forward) -> Answer:
        answer = await forward(passing)
        if passing.method != "DELETE":
            return answer
        credential = passing.header("authorization")
        key = f"{credential} {passing.path}"
        if answer.well:
            gone[key] = answer
        return gone.get(key, answer) if answer.status == 404 else answer

    return Variant(lie)


def slow(api: str, seed: int = 0) -> Variant:
    """Each third reply takes 20 to 50 ms longer. Nothing in any contract says how long a reply may take."""
    chance = Random(f"{api} {seed}")

    async def lie(passing: Passing, forward: Forward) -> Answer:
        answer = await forward(passing)
        if chance.random() < 1 / 3:
            await asyncio.sleep(chance.uniform(0.02, 0.05))
        return answer

    return Variant(lie)


def other_headers(_api: str) -> Variant:
    """Replies have headers that the contract does not name, names in other letters, a charset, and come in chunks. RFC 9110:
    names are case-insensitive (5.1), unknown fields are ignored (5.1), a media type may have parameters (8.3.1);
    RFC 9112 (7.1): a server may send any body chunked.
    """
    count = 0

    async def lie(passing: Passing, forward: Forward) -> Answer:
        nonlocal count
        count += 1
        answer = await forward(passing)
        headers = [(name.upper(), value) for name, value in answer.headers]
        if shapes.is_json(answer):
            headers = [(name, "application/json; charset=utf-8" if name == "CONTENT-TYPE" else value) for name, value in headers]
        headers += [
            ("X-Request-Id", f"{count:08x}"),
            ("Server", "edge"),
            ("Vary", "Accept-Encoding, Origin"),
            ("Via", "1.1 edge"),
        ]
        headers += [("Strict-Transport-Security", "max-age=31536000"), ("Cache-Control", "no-store")]
        return answer.but(headers=headers, pieces=512)

    return Variant(lie)


VARIANTS: Mapping[str, Callable[[str], Variant]] = {
    make.__name__: make
    for make in (
        reordered, more_fields, soft_delete, slow, whole_seconds, other_spelling, sparse, other_words, other_headers, normalised,
        other_ids,
    )
}  # fmt: skip


@contextmanager
def varied(root: str, name: str, api: str) -> Iterator[str]:
    """The URL of a mock at ``root`` that differs as the variant says, as far as this API is concerned."""
    variant = VARIANTS[name](api)
    with in_front_of(root, variant.lie, variant.frames) as (url, _):
        yield url
