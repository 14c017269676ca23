"""Answering: the rest of the stack with its errors answered on the spot, for those who change a reply on its way out."""

from __future__ import annotations

from typing import Any

from mockserver.engine.refusals import Refusal
from mockserver.serving import replies
from mockserver.serving.contract import Operation
from mockserver.serving.passage import Rooms, Scope, passage_of


async def answered(operation: Operation, rooms: Rooms, next_app: Any, scope: Scope, receive: Any, send: Any) -> None:
    """Hand on; what is raised before a reply begins is sent as the stack's own handler would send it."""
    begun = False

    async def watched(message: Any) -> None:
        nonlocal begun
        begun = True
        await send(message)

    try:
        await next_app(scope, receive, watched)
    except Exception as error:
        if begun:
            raise
        await refusal(operation, rooms, scope, error)(scope, receive, send)


def refusal(operation: Operation, rooms: Rooms, scope: Scope, error: Exception) -> Any:
    """The reply to what was raised, with the headers that its caller always gets, as an ASGI app."""
    passage_of(scope).refused = error
    usual = rooms.headers(passage_of(scope).actor, error if isinstance(error, Refusal) else None)
    return replies.unhappy(operation.contract, operation, rooms, error).beside(usual).response()
