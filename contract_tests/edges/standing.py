"""Standing: what an actor can read of its own, to see that a refused request has changed nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import httpx

from contract_tests import credentials
from contract_tests.contracts import Operation, Spec, operations, parameters
from contract_tests.edges.requests import Documented, Request

READING = "none"


def reads(spec: Spec, api: str, documented: Documented) -> list[Request]:
    """A request for each operation that shows something and needs to know nothing but whose it is."""
    known = {*credentials.TENANT_IDS.get(api, {}), *credentials.CALLER_IDS.get(api, {})}
    return [
        next(documented.requests(place, operation))
        for place, operation in operations(spec)
        if place.method == "get" and operation.get("x-side-effect") == READING and _asks_for(spec, operation) <= known
    ]


def _asks_for(spec: Spec, operation: Operation) -> set[str]:
    return {each["name"] for each in parameters(spec, operation) if each.get("required")}


def shown(asked: list[Request], ask: Callable[[Request], httpx.Response]) -> Mapping[str, str]:
    """What each of them shows."""
    replies = {str(request.place): ask(request) for request in asked}
    return {place: reply.text for place, reply in replies.items() if reply.status_code == 200}


def texts(value: Any) -> set[str]:
    """Every text of a request that is long enough to be known again."""
    if isinstance(value, str):
        return {value} if len(value) >= KNOWN_AGAIN else set()
    parts = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ()
    return set().union(*map(texts, parts))


KNOWN_AGAIN = 24
