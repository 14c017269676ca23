"""The stack: one contract as one Connexion application, from bytes to reply."""

from __future__ import annotations

import copy
import warnings
from types import SimpleNamespace
from typing import Any

from mockserver.engine.refusals import MethodNotAllowed, PathUnknown, Refusal
from mockserver.serving import replies
from mockserver.serving.contract import Contract, Operation
from mockserver.serving.passage import Rooms, passage_of

with warnings.catch_warnings():
    # Connexion 3.3.0 imports Starlette's test client, which warns of httpx; nothing here uses either.
    warnings.simplefilter("ignore")
    from connexion.lifecycle import ConnexionRequest
    from connexion.middleware import ConnexionMiddleware
    from connexion.middleware.abstract import ROUTING_CONTEXT
    from connexion.middleware.exceptions import ExceptionMiddleware
    from connexion.middleware.swagger_ui import SwaggerUIMiddleware
    from connexion.options import SwaggerUIOptions
    from connexion.resolver import Resolution, Resolver
    from starlette.exceptions import HTTPException

    from mockserver.serving.dispatch import Dispatch
    from mockserver.serving.documents import Documents
    from mockserver.serving.faults import Faults, FaultsOfCallers
    from mockserver.serving.intake import Intake
    from mockserver.serving.preferences import Preference
    from mockserver.serving.routing import Routing
    from mockserver.serving.security import Security
    from mockserver.serving.selection import Selection
    from mockserver.serving.steps import stages
    from mockserver.serving.validation import Validation


_DISTURBING = (Faults, FaultsOfCallers, Preference)


def build(contract: Contract, rooms: Rooms) -> Any:
    """An ASGI app that serves the contract at its mount's root; its Swagger UI is at ``/ui/``.

    The scope must carry a Passage. Everything that does not depend on a request is compiled here.
    """
    steps = (Intake, Selection, Faults, Security, FaultsOfCallers, Validation, Preference, Dispatch)
    chosen = [step for step in steps if rooms.disturbable or step not in _DISTURBING]
    app = ConnexionMiddleware(
        _unrouted,
        middlewares=[ExceptionMiddleware, Documents, SwaggerUIMiddleware, Routing, stages(chosen)],
        resolver=_Resolver(rooms),
        swagger_ui_options=SwaggerUIOptions(serve_spec=False),
    )
    handler = _handler(contract, rooms)
    for kind in (Refusal, HTTPException, Exception):
        app.add_error_handler(kind, handler)
    app.add_api(copy.deepcopy(dict(contract.raw)), base_path="", contract=contract, rooms=rooms)
    app.app, app.middleware_stack = app._build_middleware_stack()
    return app


class _Resolver(Resolver):  # type: ignore[misc]  # Connexion has no type information
    """Finds an operation's function by its operationId."""

    def __init__(self, rooms: Rooms) -> None:
        super().__init__()
        self._rooms = rooms

    def resolve(self, operation: Any) -> Any:
        operation_id = operation.operation_id
        return Resolution(self._rooms.function(operation_id), operation_id)


async def _unrouted(scope: Any, receive: Any, send: Any) -> None:
    raise PathUnknown


def _handler(contract: Contract, rooms: Rooms) -> Any:
    async def handle(request: ConnexionRequest, error: Exception) -> SimpleNamespace:
        checked = _answer(contract, rooms, request.scope, error)
        usual = rooms.headers(passage_of(request.scope).actor, error if isinstance(error, Refusal) else None)
        # The shape that Connexion's wrapper of error handlers reads.
        return SimpleNamespace(
            body=checked.body, status_code=checked.status, mimetype=checked.media_type, headers={**checked.headers, **usual}
        )

    return handle


def _answer(contract: Contract, rooms: Rooms, scope: Any, error: Exception) -> replies.Checked:
    refused = passage_of(scope).refused = _as_refusal(contract, scope, error)
    return replies.unhappy(contract, _routed(contract, scope), rooms, refused)


def _as_refusal(contract: Contract, scope: Any, error: Exception) -> Exception:
    if isinstance(error, HTTPException) and error.status_code == 405:
        return MethodNotAllowed(contract.allow(scope["path"].removeprefix(scope.get("root_path", ""))))
    return PathUnknown() if isinstance(error, HTTPException) else error


def _routed(contract: Contract, scope: Any) -> Operation | None:
    routing = scope.get("extensions", {}).get(ROUTING_CONTEXT, {})
    return contract.operations.get(routing.get("operation_id"))
