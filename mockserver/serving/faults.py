"""Faults: where the rules of a sandbox meet a request, before and after it is known who asks."""

from __future__ import annotations

from functools import partial
from typing import Any

from mockserver.engine.faults.armed import Strike
from mockserver.engine.faults.conditions import Asked, Rule
from mockserver.serving.answering import answered
from mockserver.serving.contract import Operation
from mockserver.serving.incidents import Incident, delayed, marked
from mockserver.serving.passage import Passage, Rooms, Scope, passage_of
from mockserver.serving.security import recognized


class Faults:
    """Rules that do not ask who calls: they act before any credential is looked at."""

    def __init__(self, operation: Operation, rooms: Rooms, next_app: Any) -> None:
        self._operation = operation
        self._rooms = rooms
        self._next_app = next_app

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        """Hand on, unless a rule acts on the call."""
        struck = self._struck(scope)
        if struck is None:
            await self._next_app(scope, receive, send)
        else:
            await self._befall(struck, scope, receive, send)

    def _struck(self, scope: Scope) -> Strike | None:
        passage = passage_of(scope)
        faults = passage.playground.faults if passage.playground else None
        if faults is None or not faults.rules or passage.faulted:
            return None
        api, request = self._operation.contract.name, passage.request
        asked = Asked(api, self._operation.id, request.headers, request.body, partial(self._plays, passage))
        return faults.strike(asked, self._concerns)

    def _plays(self, passage: Passage, role: str) -> bool:
        """Whether the caller is the actor of this name."""
        part = passage.cast(self._operation.contract.name).get(role)
        return part is not None and passage.actor is not None and self._rooms.plays(part, passage.actor)

    @staticmethod
    def _concerns(rule: Rule) -> bool:
        return not _asks_who_calls(rule)

    async def _befall(self, struck: Strike, scope: Scope, receive: Any, send: Any) -> None:
        passage = passage_of(scope)
        passage.fault = ", ".join([*([passage.fault] if passage.fault else []), *struck.ids])
        send = marked(send, scope)
        if struck.before:
            await passage.wait(struck.before)
        if struck.after:
            send = delayed(send, scope, struck.after)
        if struck.rule is None:
            await answered(self._operation, self._rooms, self._next_app, scope, receive, send)
        else:
            passage.faulted, passage.effect = True, struck.effect
            if passage.actor is None:
                passage.recognized = recognized(self._operation, self._rooms.schemes, passage)
            incident = Incident(self._operation, self._rooms, self._next_app, scope, receive, send)
            await incident.effect(struck.effect)(struck.terms)


class FaultsOfCallers(Faults):
    """Rules that ask who calls, and rate limits, which count callers."""

    @staticmethod
    def _concerns(rule: Rule) -> bool:
        return _asks_who_calls(rule)


def _asks_who_calls(rule: Rule) -> bool:
    return "actor" in rule or "rate_limit" in rule
