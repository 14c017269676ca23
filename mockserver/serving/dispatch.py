"""Dispatch: the operation's function, run in one transaction, its reply checked before it is kept or sent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mockserver.exchange import FileReply, LaterReply, Reply
from mockserver.serving import replies
from mockserver.serving.contract import Operation
from mockserver.serving.multipart import discard_files
from mockserver.serving.passage import Passage, Rooms, Scope, passage_of

_Answer = Reply | FileReply | LaterReply


class Dispatch:
    """The end of the stack: calls the function and sends what it returned."""

    def __init__(self, operation: Operation, rooms: Rooms, next_app: Any) -> None:
        self._operation = operation
        self._function = rooms.function(operation.id)
        self._headers = rooms.headers

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        """Answer the request."""
        passage = passage_of(scope)
        try:
            answer = self._answer(passage)
            if isinstance(answer, LaterReply):
                answer = replies.success(self._operation, await answer.finish())
        finally:
            if self._operation.streams:
                discard_files(passage.arguments["body"])
        response = answer if isinstance(answer, replies.WholeFile) else answer.response()
        response.headers.update(self._headers(passage.actor, None))
        await response(scope, receive, send)

    def _answer(self, passage: Passage) -> replies.Checked | replies.WholeFile | LaterReply:
        # The check happens inside: a reply that breaks the contract leaves no trace in the state.
        with passage.sandbox.transaction(self._operation.contract.name) as tx:
            reply = self._run(self._function, passage, tx)
            return reply if isinstance(reply, LaterReply) else replies.success(self._operation, reply)

    def _run(self, function: Callable[..., _Answer], passage: Passage, tx: Any) -> _Answer:
        return function(passage.call(self._operation.raw, tx), **passage.arguments)
