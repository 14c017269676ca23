"""Selection: into which sandbox a request leads, where its credential is one sandbox's own."""

from __future__ import annotations

from typing import Any

import orjson

from mockserver.engine.refusals import Refusal
from mockserver.serving.contract import Operation
from mockserver.serving.passage import Passage, Rooms, Scope, passage_of
from mockserver.serving.security import presented


class Selection:
    """Moves the request to the sandbox that its credential leads to; where nothing leads anywhere, nothing happens."""

    def __init__(self, operation: Operation, rooms: Rooms, next_app: Any) -> None:
        self._operation = operation
        self._rooms = rooms
        self._next_app = next_app

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        """Find the sandbox, then hand on."""
        select(self._operation, self._rooms, scope)
        await self._next_app(scope, receive, send)


def select(operation: Operation, rooms: Rooms, scope: Scope) -> None:
    """Note the credential that counts, and follow it. What is missing or malformed is for the security to refuse."""
    passage = passage_of(scope)
    field = operation.raw.get("x-credential-field")
    try:
        if operation.security:
            scheme, value = presented(operation.security, passage.request, scope)
            passage.credential = (scheme.key, value)
            _follow(operation, passage, rooms.claimed(scheme.key, value))
        elif field and passage.playgrounds is not None:
            _follow(operation, passage, _from_body(passage.request.body, field))
    except Refusal:
        return


def _follow(operation: Operation, passage: Passage, credential: str) -> None:
    playgrounds = passage.playgrounds
    claim = playgrounds.claim(operation.contract.name, credential) if playgrounds and _is_text(credential) else None
    if playgrounds is None or claim is None:
        return
    if claim.sandbox != passage.sandbox.name:
        led_to = None if passage.chosen else playgrounds.find(claim.sandbox)
        if led_to is None:
            # In a sandbox that was named, another one's credentials are nobody's.
            return
        passage.move(led_to)
    passage.stands_for = {credential: claim.stands_for}
    if passage.credential is not None:
        scheme, value = passage.credential
        passage.credential = (scheme, value.replace(credential, claim.stands_for))


def _is_text(credential: str) -> bool:
    # JSON can spell half of a surrogate pair, which is no character and in no encoding.
    return bool(credential) and not any("\ud800" <= character <= "\udfff" for character in credential)


def _from_body(body: bytes, field: str) -> str:
    try:
        value = orjson.loads(body).get(field)
    except (orjson.JSONDecodeError, AttributeError):
        return ""
    return value if isinstance(value, str) else ""
