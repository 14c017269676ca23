"""The passage: what is known of one request on its way through the stack."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from mockserver.engine.refusals import Refusal
from mockserver.engine.sandbox import Sandbox
from mockserver.exchange import Call, Request, Uploads

Scope = dict[str, Any]
KEY = "understudy.passage"


def _no_headers(_actor: Any, _refused: Refusal | None) -> Mapping[str, str]:
    return {}


@dataclass(frozen=True, slots=True)
class Rooms:
    """What an API brings to be served.

    ``operations``: whatever has a function for each operationId (a module, an object); ``refuse``: adds the moment's facts
    to the contract's words; ``schemes``: the rule of each security scheme; ``headers``: what every reply to an actor carries
    (None is a caller who was not identified); told the refusal, if it is one.
    """

    operations: Any
    refuse: Callable[[Refusal, dict[str, Any]], dict[str, Any]]
    schemes: Mapping[str, Callable[[Call, str], Any]]
    headers: Callable[[Any, Refusal | None], Mapping[str, str]] = _no_headers

    def function(self, operation_id: str) -> Callable[..., Any]:
        """The function of an operation."""
        function: Callable[..., Any] = getattr(self.operations, operation_id)
        return function


@dataclass(slots=True)
class Passage:
    """One request: where it goes, what it carries, who sent it. Each step of the stack fills in what it finds out."""

    sandbox: Sandbox
    base_url: str
    uploads: Uploads
    request: Request = field(default_factory=lambda: Request("", "", {}, b""))
    oversize: bool = False
    scheme: str | None = None
    actor: Any = None
    arguments: dict[str, Any] = field(default_factory=dict)


def passage_of(scope: Scope) -> Passage:
    """The passage that the mount put into the ASGI scope."""
    found: Passage = scope[KEY]
    return found
