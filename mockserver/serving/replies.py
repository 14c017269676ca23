"""Replies: held against the contract before they leave, always."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

import orjson
from starlette.responses import FileResponse, Response

from mockserver.engine.refusals import MethodNotAllowed, Refusal
from mockserver.exchange import FileReply, Reply
from mockserver.serving.contract import Contract, ContractBroken, Operation, Words
from mockserver.serving.passage import Rooms
from mockserver.serving.schemas import Schema, issues

logger = logging.getLogger("understudy")

# One object: validators are kept by the identity of their schema.
_ERROR: Schema = {"$ref": "#/components/schemas/Error"}

BREACH_HEADER = "X-Understudy-Breach"

# What a caller uploaded must not act as a page of the mock.
_FILE_HEADERS = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox"}


class WholeFile(FileResponse):
    """A file in pieces but never in part: the contracts know no 206, and RFC 9110 (14.2) lets a server ignore Range."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Send it."""
        del self.headers["accept-ranges"]
        whole = [(name, value) for name, value in scope["headers"] if name != b"range"]
        await super().__call__({**scope, "headers": whole}, receive, send)


@dataclass(frozen=True, slots=True)
class Checked:
    """A reply that the contract admits, ready to leave."""

    status: int
    body: bytes
    headers: Mapping[str, str]
    media_type: str | None

    def response(self) -> Response:
        """The same as an ASGI app."""
        return Response(self.body, self.status, dict(self.headers), self.media_type)

    def beside(self, headers: Mapping[str, str]) -> Checked:
        """The same with more headers."""
        return replace(self, headers={**self.headers, **headers})


def unhappy(contract: Contract, operation: Operation | None, rooms: Rooms, error: Exception) -> Checked:
    """A refusal in the API's own words; for anything else that was raised, the documented failure."""
    if not isinstance(error, Refusal):
        return failure(contract, error)
    try:
        return refusal(contract, operation, rooms, error)
    except Exception as bug:
        return failure(contract, bug)


def success(operation: Operation, reply: Reply | FileReply) -> Checked | WholeFile:
    """What an operation's function returned; ContractBroken where the contract does not know it."""
    if isinstance(reply, FileReply):
        _declared(operation, operation.success)
        file = WholeFile(reply.path, headers={**_FILE_HEADERS, **reply.headers}, media_type=reply.media_type)
        # Starlette adds a charset to every text, which it cannot know.
        file.headers["content-type"] = reply.media_type
        return file
    status = reply.status or operation.success
    return checked(operation, status, reply.body, reply.headers, reply.media_type)


def refusal(contract: Contract, operation: Operation | None, rooms: Rooms, refused: Refusal) -> Checked:
    """A refusal in the API's own words; ContractBroken where the contract has none for it here."""
    known = operation.refusals if operation else contract.refusals_anywhere
    words = known.get(refused.name)
    if words is None:
        where = operation.id if operation else "requests without an operation"
        raise ContractBroken(f"{contract.name} {where}: the contract has no words for {refused.name}")
    body = rooms.refuse(refused, dict(words.body))
    headers = {"Allow": ", ".join(refused.facts["allow"])} if isinstance(refused, MethodNotAllowed) else {}
    if operation is None or words.status not in operation.responses:
        _conforms(contract, _ERROR, body, f"{contract.name} {refused.name}")
        return Checked(words.status, orjson.dumps(body), headers, "application/json")
    return checked(operation, words.status, body, headers, "application/json")


def failure(contract: Contract, error: Exception) -> Checked:
    """A bug of the mock: the API's documented 500, the story in the log and never on the wire."""
    logger.error("%s: a bug of the mock", contract.name, exc_info=error)
    words = contract.refusals_anywhere.get("InternalError", Words(500, {}))
    headers = {BREACH_HEADER: str(error)} if isinstance(error, ContractBroken) else {}
    return Checked(words.status, orjson.dumps(words.body), headers, "application/json")


def checked(
    operation: Operation,
    status: int,
    body: Any,
    headers: Mapping[str, str] = MappingProxyType({}),
    media_type: str = "application/json",
) -> Checked:
    """A reply of an operation, held against its contract. ContractBroken."""
    content: Mapping[str, Schema] = _declared(operation, status).get("content", {})
    if body is None and not content:
        return Checked(status, b"", headers, None)
    if media_type not in content:
        raise ContractBroken(f"{operation.contract.name} {operation.id}: {status} has no {media_type}")
    where = f"{operation.contract.name} {operation.id} {status}"
    _conforms(operation.contract, content[media_type].get("schema", {}), body, where)
    return Checked(status, orjson.dumps(body), headers, media_type)


def _declared(operation: Operation, status: int) -> Schema:
    if status not in operation.responses:
        raise ContractBroken(f"{operation.contract.name} {operation.id}: the contract declares no {status}")
    return operation.responses[status]


def _conforms(contract: Contract, schema: Schema, body: Any, where: str) -> None:
    validator = contract.schemas.reply(schema)
    if not validator.is_valid(body):
        first = issues(validator, body)[0]
        pointer = "".join(f"/{step}" for step in first.path) or "/"
        raise ContractBroken(f"{where}: {pointer} {first.reason}")
