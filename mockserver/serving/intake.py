"""Intake: the request's body, read once and within its bound, before anything looks at it."""

from __future__ import annotations

from typing import Any

from mockserver.engine.refusals import MethodNotAllowed
from mockserver.exchange import Request
from mockserver.serving.contract import Operation
from mockserver.serving.passage import Rooms, Scope, passage_of

# A little too much is read to its end, so that the client hears the refusal instead of a reset connection.
_DRAIN = 16 * 1024 * 1024


class Intake:
    """Reads the body up to the contract's bound; a form with files is left to be read in pieces."""

    def __init__(self, operation: Operation, rooms: Rooms, next_app: Any) -> None:
        self._operation = operation
        self._next_app = next_app
        self._bound = operation.contract.max_bytes

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        """Fill in the request; the next steps find body and headers in the passage."""
        passage, path = passage_of(scope), path_below(scope)
        if any(rival.fullmatch(path) for rival in self._operation.rivals):
            # Starlette goes on to the next path that has the method; OpenAPI knows one path for a request.
            raise MethodNotAllowed(self._operation.contract.allow(path))
        passage.operation = self._operation
        body, passage.oversize = (b"", False) if self._operation.streams else await self._read(receive)
        passage.request = Request(scope["method"], path, header_fields(scope), body)
        await self._next_app(scope, receive, send)

    async def _read(self, receive: Any) -> tuple[bytes, bool]:
        pieces, length, more = [], 0, True
        while more and length <= self._bound + _DRAIN:
            message = await receive()
            piece = message.get("body", b"")
            length += len(piece)
            if length <= self._bound:
                pieces.append(piece)
            more = message["type"] == "http.request" and message.get("more_body", False)
        return b"".join(pieces), length > self._bound


def header_fields(scope: Scope) -> dict[str, str]:
    """Header fields by lower-case name; a repeated one is joined by a comma (RFC 9110, 5.2)."""
    fields: dict[str, str] = {}
    for raw_name, raw_value in scope["headers"]:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1").strip()
        fields[name] = f"{fields[name]}, {value}" if name in fields else value
    return fields


def path_below(scope: Scope) -> str:
    """The path below the API's root."""
    path: str = scope["path"]
    return path.removeprefix(scope.get("root_path", ""))
