"""Live: one API's WebSocket, where its contract, its rooms and the hubs of its clients meet."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mockserver import apis
from mockserver.delivery.live import Frame, Hub
from mockserver.engine.sandbox import Transaction
from mockserver.serving.contract import Contract
from mockserver.serving.live import Websocket
from mockserver.serving.passage import Rooms, Scope


class Live:
    """The live updates of one API, in all sandboxes: its room ``watching`` says what happened and who may know."""

    def __init__(self, contract: Contract) -> None:
        assert contract.websocket is not None, "only a contract with a WebSocket has live updates"
        self.api = contract.name
        self._room = apis.room(contract.name, "watching")
        wire = apis.room(contract.name, "wire")
        rooms = Rooms(self._room, wire.refuse, self._room.SCHEMES)
        self._websocket = Websocket(contract, contract.websocket, rooms)
        self.patience, self.closes = self._websocket.patience, self._websocket.closes

    def is_at(self, path: str) -> bool:
        """Whether the WebSocket is offered at a path below the API's root."""
        return self._websocket.is_at(path)

    async def converse(self, scope: Scope, receive: Any, send: Any, hub: Callable[[], Hub]) -> None:
        """Serve one handshake and, if it is accepted, the connection. The scope must carry a Passage.

        ``hub``: of the sandbox that the handshake led to.
        """
        try:
            visit = self._websocket.enter(scope)
        except Exception as error:
            await self._websocket.refusal(scope, error).response()(scope, receive, send)
            return
        await hub().attend(visit, receive, send)

    async def decline(self, scope: Scope, receive: Any, send: Any) -> None:
        """Answer an HTTP request where the WebSocket is offered. The scope must carry a Passage."""
        await self._websocket.upgrade_required(scope).response()(scope, receive, send)

    def ready(self, visit: Any) -> str:
        """The first frame."""
        return self._websocket.text(self._room.ready(visit))

    def frames(self, tx: Transaction, channel: Any, position: int, limit: int) -> list[Frame] | None:
        """What follows; None if the first of it is forgotten."""
        events = self._room.frames(tx, channel, position, limit)
        return None if events is None else [Frame(number, at, self._websocket.text(frame)) for number, at, frame in events]

    def goes_on(self, tx: Transaction, channel: Any) -> bool:
        """Whether a channel is still the one that it was."""
        return bool(self._room.goes_on(tx, channel))

    def admits(self, tx: Transaction, channel: Any, watcher: Any) -> bool:
        """Whether somebody who was let in may stay."""
        return bool(self._room.admits(tx, channel, watcher))
