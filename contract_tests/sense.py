"""Sense: what generation cannot make up. Generated requests take it from the contract's own examples, so that they get further
than "there is no such receiver".
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from itertools import count, cycle
from typing import Any

from contract_tests.contracts import Operation, Spec, operations, parameters, resolve

#: API → parameters and top-level body properties that refer to what must exist, or must fit each other.
REFERRING: Mapping[str, frozenset[str]] = {
    "restlink": frozenset({"message_id"}),
    "tofrom": frozenset({"apiKeyId", "phoneNumberId", "phone_number", "email", "password", "from"}),
    "xpressbot": frozenset(
        {"to", "wamid", "templateName", "languageCode", "variables", "header", "image", "video", "document", "mediaUrl"}
        | {"mediaType", "automationId", "automationName", "customFieldsData", *(f"body{place}" for place in range(1, 11))}
    ),
    "bird": frozenset(
        {"receiver", "messageId", "projectId", "templateId", "contactId", "connectorId", "subscriptionId", "eventFilters"}
    ),
    "timelines": frozenset({"user_id"}),
}
#: API → query parameters that only the API itself can write, so that a request of one's own has none.
OPAQUE: Mapping[str, frozenset[str]] = {"bird": frozenset({"pageToken"})}
#: Of so many right requests one stays as it was made.
AS_MADE = 4


class Sense:
    """Makes generated requests of one contract meaningful; in the order of the requests, so that one seed makes the same ones."""

    def __init__(self, spec: Spec) -> None:
        self._referring = REFERRING.get(spec["x-api"], frozenset())
        self._opaque = OPAQUE.get(spec["x-api"], frozenset())
        self._parameters = {str(place): self._known(parameters(spec, operation)) for place, operation in operations(spec)}
        self._bodies = {
            str(place): cycle(bodies) for place, operation in operations(spec) if (bodies := list(_bodies(spec, operation)))
        }
        self._made = count(1)

    def _known(self, declared: list[dict[str, Any]]) -> dict[str, Any]:
        return {each["name"]: each["example"] for each in declared if each["name"] in self._referring and "example" in each}

    def make(self, case: Any) -> Any:
        """The right request, with sense; a wrong one as it is, and so is what a link may have put into a path or query."""
        phase = case.meta.phase.name
        if not case.meta.generation.mode.is_positive or phase not in ("fuzzing", "stateful") or next(self._made) % AS_MADE == 0:
            return case
        if phase == "fuzzing":
            for container in (case.path_parameters, case.query):
                self._borrow(container, self._parameters[case.operation.label])
        if isinstance(case.body, dict) and case.operation.label in self._bodies:
            case.body = self._consistent(case.body, next(self._bodies[case.operation.label]))
        return case

    def _borrow(self, container: Any, known: Mapping[str, Any]) -> None:
        for name in container.keys() & known.keys():
            container[name] = known[name]
        for name in container.keys() & self._opaque:
            del container[name]

    def _consistent(self, body: dict[str, Any], example: Mapping[str, Any]) -> dict[str, Any]:
        """All that refers from one example, or not at all: an id and a name beside it must mean the same thing."""
        plain = {name: value for name, value in body.items() if name not in self._referring}
        return plain | {name: copy.deepcopy(value) for name, value in example.items() if name in self._referring}


def _bodies(spec: Spec, operation: Operation) -> Iterator[dict[str, Any]]:
    """The documented JSON bodies of the operation that are objects."""
    media = resolve(spec, operation.get("requestBody", {})).get("content", {}).get("application/json", {})
    examples = [resolve(spec, each)["value"] for each in media.get("examples", {}).values()]
    yield from (body for body in [*([media["example"]] if "example" in media else []), *examples] if isinstance(body, dict))
