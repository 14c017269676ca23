"""Live: the contract's WebSocket (``x-websocket``): where it is, whom it lets in, what a frame must be."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import orjson

from mockserver.engine.refusals import PathUnknown, Refusal
from mockserver.exchange import Request
from mockserver.serving import replies
from mockserver.serving.contract import Contract, ContractBroken, Operation
from mockserver.serving.intake import header_fields, path_below
from mockserver.serving.passage import Rooms, Scope, passage_of
from mockserver.serving.schemas import issues
from mockserver.serving.security import identify
from mockserver.serving.selection import select
from mockserver.serving.validation import Texts

_UPGRADE = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13"}


class UpgradeRequired(Refusal):
    """A WebSocket is offered at this path, and nothing else."""


class Websocket:
    """The WebSocket of one contract; ``rooms`` has the function that finds a caller's place."""

    def __init__(self, contract: Contract, operation: Operation, rooms: Rooms) -> None:
        self._contract = contract
        self._operation = operation
        self._rooms = rooms
        template = re.sub(r"\\{([^}]*)\\}", r"(?P<\1>[^/]+)", re.escape(operation.path))
        self._path = re.compile(template)
        #: Why a connection ends, by close code.
        self.closes = {int(code): str(reason) for code, reason in operation.raw["closes"].items()}
        #: Seconds for which a client may take nothing while something waits for it.
        self.patience = float(operation.raw["terms"]["patience_seconds"])

    def is_at(self, path: str) -> bool:
        """Whether it is offered at a path below the API's root."""
        return self._path.fullmatch(path) is not None

    def enter(self, scope: Scope) -> Any:
        """The place that the API gives to the caller of a handshake: who it is counts first, then what is asked. Or a Refusal.

        The scope must carry a Passage.
        """
        passage, path = passage_of(scope), path_below(scope)
        fitting = self._path.fullmatch(path)
        if fitting is None:
            raise PathUnknown
        passage.operation = self._operation
        passage.request = Request("GET", path, header_fields(scope), b"")
        select(self._operation, self._rooms, scope)
        identify(self._operation, self._rooms.schemes, scope)
        texts = Texts({**scope, "path_params": fitting.groupdict()}, passage, scope["query_string"])
        arguments = {one.argument: one.value(texts.of(one)) for one in self._operation.parameters}
        with passage.sandbox.transaction(self._contract.name) as tx:
            return self._rooms.function(self._operation.id)(passage.call(self._operation.raw, tx), **arguments)

    def refusal(self, scope: Scope, error: Exception) -> replies.Checked:
        """The reply to a handshake that is refused, or fails."""
        passage_of(scope).operation, passage_of(scope).refused = self._operation, error
        return replies.unhappy(self._contract, self._operation, self._rooms, error)

    def upgrade_required(self, scope: Scope) -> replies.Checked:
        """The reply to what is no handshake."""
        refused = self.refusal(scope, UpgradeRequired())
        return replace(refused, headers={**refused.headers, **_UPGRADE})

    def text(self, frame: dict[str, Any]) -> str:
        """A frame as it leaves. ContractBroken where the contract does not know it."""
        schema = self._operation.raw["frames"].get(frame["type"])
        if schema is None:
            raise ContractBroken(f"{self._contract.name}: the contract knows no frame {frame['type']}")
        validator = self._contract.schemas.reply(schema)
        if not validator.is_valid(frame):
            first = issues(validator, frame)[0]
            pointer = "".join(f"/{step}" for step in first.path) or "/"
            raise ContractBroken(f"{self._contract.name} frame {frame['type']}: {pointer} {first.reason}")
        return orjson.dumps(frame).decode()
