"""Sense: what generation cannot make up. Generated requests take it from the contract's own examples, so that they get further
than "there is no such receiver".
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from itertools import cycle
from typing import Any

from contract_tests.contracts import Operation, Spec, operations, resolve

#: API → operationId → properties of its body that refer to what must exist.
REFERRING: Mapping[str, Mapping[str, Sequence[str]]] = {"bird": {"send_message": ("receiver",)}}
#: API → query parameters that only the API itself can write.
OPAQUE: Mapping[str, Sequence[str]] = {"bird": ("pageToken",)}


class Sense:
    """Makes generated requests of one contract meaningful, a contract at a time and in order, so one seed makes the same ones."""

    def __init__(self, spec: Spec) -> None:
        api = spec["x-api"]
        self._opaque = OPAQUE.get(api, ())
        referring = REFERRING.get(api, {})
        self._examples = {
            str(place): (referring[operation["operationId"]], cycle(list(_bodies(spec, operation))))
            for place, operation in operations(spec)
            if operation["operationId"] in referring
        }

    def make(self, case: Any) -> Any:
        """The right request, with sense; a wrong one as it is."""
        if not case.meta.generation.mode.is_positive or case.meta.phase.name not in ("fuzzing", "stateful"):
            return case
        for name in self._opaque:
            case.query.pop(name, None)
        names, examples = self._examples.get(case.operation.label, ((), None))
        if examples is not None and isinstance(case.body, dict):
            example = next(examples)
            case.body = case.body | {name: copy.deepcopy(example[name]) for name in names if name in example}
        return case


def _bodies(spec: Spec, operation: Operation) -> Iterator[dict[str, Any]]:
    """The documented JSON bodies of the operation."""
    media = resolve(spec, operation["requestBody"])["content"]["application/json"]
    if "example" in media:
        yield media["example"]
    for example in media.get("examples", {}).values():
        yield resolve(spec, example)["value"]
