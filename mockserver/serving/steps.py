"""Steps: a stage of the stack with one small ASGI app for each operation, found by Connexion's routing."""

from __future__ import annotations

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


class _StepAPI(RoutedAPI):  # type: ignore[misc]  # Connexion has no type information
    step: ClassVar[type[Step]]

    def __init__(self, specification: Any, *, contract: Contract, rooms: Rooms, next_app: Any, **options: Any) -> None:
        super().__init__(specification, next_app=next_app, **options)
        self.contract = contract
        self.rooms = rooms
        self.add_paths()

    def make_operation(self, operation: AbstractOperation) -> Step:
        return self.step(self.contract.operations[operation.operation_id], self.rooms, self.next_app)


def stage(step: type[Step]) -> type[RoutedMiddleware]:
    """A Connexion middleware class that runs ``step`` for the routed operation."""
    api = type(f"{step.__name__}API", (_StepAPI,), {"step": step})
    return type(f"{step.__name__}Middleware", (RoutedMiddleware,), {"api_cls": api})
