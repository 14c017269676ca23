"""Incidents: a fault as it befalls one request, down to the bytes and the connection."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import orjson

from mockserver.serving.answering import answered
from mockserver.serving.contract import Operation
from mockserver.serving.effects import Effects, Terms, Told
from mockserver.serving.passage import Rooms, Scope, passage_of
from mockserver.serving.pauses import gone

#: Where a server that can break a connection puts the function that does it.
ABORT = "understudy.abort"
FAULT = b"x-understudy-fault"
#: In seconds: until what was sent has left, before the connection is broken.
_BREATH = 0.05

Message = dict[str, Any]


class Incident:
    """One request and what goes wrong with it. Each public method is an effect, named like the property of a rule."""

    def __init__(self, operation: Operation, rooms: Rooms, next_app: Any, scope: Scope, receive: Any, send: Any) -> None:
        self._effects = Effects(operation, rooms)
        self._operation = operation
        self._rooms = rooms
        self._next_app = next_app
        self._scope = scope
        self._receive = receive
        self._send = send
        self._passage = passage_of(scope)

    def effect(self, name: str) -> Callable[[Terms], Any]:
        """The effect of this name."""
        found: Callable[[Terms], Any] = getattr(self, name)
        return found

    async def error(self, terms: Terms) -> None:
        """An error in the place of the reply."""
        await self._work_first(terms)
        await self._say(self._effects.error(terms, self._passage.actor, self._passage.sandbox.clock.now()))

    async def rate_limit(self, terms: Terms) -> None:
        """Too many requests, whatever came before."""
        await self._stand_still("rate_limit", terms)

    async def maintenance(self, terms: Terms) -> None:
        """Nobody is at home."""
        await self._stand_still("maintenance", terms)

    async def hang(self, terms: Terms) -> None:
        """Nothing comes, until the client gives up or the time is over."""
        await self._work_first(terms)
        await self._passage.wait_until_gone(self._receive, terms.get("seconds"))
        await self._abort()

    async def reset(self, terms: Terms) -> None:
        """The connection breaks, before a byte of the reply or in the middle of its body."""
        if terms.get("at") == "in_body":
            start, body = await self._heard()
            await self._send(_with_length(start, len(body)))
            await self._send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True})
            await self._passage.wait(_BREATH)
        else:
            await self._work_first(terms)
        await self._abort()

    async def truncated(self, terms: Terms) -> None:
        """Half of the body, as if that were all."""
        start, body = await self._heard()
        await self._reply(start, body[: len(body) // 2])

    async def malformed(self, terms: Terms) -> None:
        """A comma too many: no JSON any more."""
        start, body = await self._heard()
        await self._reply(start, _broken(body))

    async def content_type(self, terms: Terms) -> None:
        """The right body under a wrong name."""
        start, body = await self._heard()
        others = [(name, value) for name, value in start["headers"] if name != b"content-type"]
        wrong = (b"content-type", terms.get("value", "text/html; charset=utf-8").encode("latin-1"))
        await self._reply({**start, "headers": [*others, wrong]}, body)

    async def duplicate(self, terms: Terms) -> None:
        """The request arrives twice, as from a proxy that tries again; the client sees one of the two replies."""
        both = [await self._heard(), await self._heard()]
        start, body = both[0] if terms.get("reply") == "first" else both[1]
        await self._reply(start, body)

    async def _stand_still(self, effect: str, terms: Terms) -> None:
        now = self._passage.sandbox.clock.now()
        await self._say(self._effects.standstill(effect, terms, self._passage.actor, now))

    async def _work_first(self, terms: Terms) -> None:
        if terms.get("at") == "after_work":
            await self._heard()

    async def _heard(self) -> tuple[Message, bytes]:
        """The reply as it would be, to a client that nobody tells it."""
        start: Message = {}
        pieces: list[bytes] = []

        async def hear(message: Message) -> None:
            if message["type"] == "http.response.start":
                start.update(message)
            else:
                pieces.append(message.get("body", b""))

        await answered(self._operation, self._rooms, self._next_app, self._scope, self._receive, hear)
        return start, b"".join(pieces)

    async def _say(self, told: Told) -> None:
        if told.undocumented:
            what = ", ".join(told.undocumented)
            note = f'{self._passage.fault}; undocumented="{what}"'
            told = Told(told.reply.beside({FAULT.decode(): note}))
        await told.reply.response()(self._scope, self._receive, self._send)

    async def _reply(self, start: Mapping[str, Any], body: bytes) -> None:
        await self._send(_with_length(start, len(body)))
        await self._send({"type": "http.response.body", "body": body})

    async def _abort(self) -> None:
        abort = self._scope.get(ABORT)
        if abort is not None:
            abort()
            await gone(self._receive)


def _with_length(start: Mapping[str, Any], length: int) -> Message:
    others = [(name, value) for name, value in start["headers"] if name != b"content-length"]
    # A reply that has no body has no length either.
    known = [(b"content-length", str(length).encode())] if len(others) < len(start["headers"]) else []
    return {**start, "headers": [*others, *known]}


def _broken(body: bytes) -> bytes:
    broken = body[:-1] + b"," + body[-1:]
    try:
        orjson.loads(broken)
    except orjson.JSONDecodeError:
        return broken
    return b"," + body


def marked(send: Any, scope: Scope) -> Any:
    """A ``send`` that lets every reply say which rules acted on it, unless it says so already."""

    async def mark(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = list(message["headers"])
            if all(name.lower() != FAULT for name, _ in headers):
                headers.append((FAULT, (passage_of(scope).fault or "").encode("latin-1")))
            message = {**message, "headers": headers}
        await send(message)

    return mark


def delayed(send: Any, scope: Scope, seconds: float) -> Any:
    """A ``send`` whose first message waits."""

    async def wait(message: Message) -> None:
        if message["type"] == "http.response.start":
            await passage_of(scope).wait(seconds)
        await send(message)

    return wait
