"""Steps: the stages of the stack, a chain of small ASGI apps for each operation, found by Connexion's routing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Protocol

from connexion.middleware.abstract import RoutedAPI, RoutedMiddleware
from connexion.operations import AbstractOperation

from mockserver.serving.contract import Contract, Operation
from mockserver.serving.passage import Rooms, Scope


class Step(Protocol):
    """One operation's part of a stage: compiled at start, called for each request."""

    def __init__(self, operation: Operation, rooms: Rooms, next_app: Any) -> None: ...

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        """Do its part, then hand on (or answer)."""


class _StepsAPI(RoutedAPI):  # type: ignore[misc]  # Connexion has no type information
    steps: ClassVar[Sequence[type[Step]]]

    def __init__(self, specification: Any, *, contract: Contract, rooms: Rooms, next_app: Any, **options: Any) -> None:
        super().__init__(specification, next_app=next_app, **options)
        self.contract = contract
        self.rooms = rooms
        self.add_paths()

    def make_operation(self, operation: AbstractOperation) -> Any:
        app = self.next_app
        for step in reversed(self.steps):
            app = step(self.contract.operations[operation.operation_id], self.rooms, app)
        return app


def stages(steps: Sequence[type[Step]]) -> type[RoutedMiddleware]:
    """A Connexion middleware class that runs these steps, one after the other, for the routed operation.

    One for all of them: Connexion looks the operation up in each middleware, and makes its own of each at start.
    """
    api = type("StepsAPI", (_StepsAPI,), {"steps": tuple(steps)})
    return type("StepsMiddleware", (RoutedMiddleware,), {"api_cls": api})
