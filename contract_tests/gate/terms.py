"""Terms: what a contract says of each operation that the gate decides by."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from contract_tests.contracts import Operation, Place, Spec, operations, resolve
from contract_tests.gate.exchange import Exchange

_PARAMETER = re.compile(r"\{([^}]+)\}")
#: Methods that change nothing by their definition (RFC 9110, 9.2.1). TRACE is one, and no test needs it.
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True)
class Term:
    """One operation. ``effect``: none, create, change, remove, send or session; ``names``: its path parameters in their order."""

    api: str
    place: Place
    operation: Operation

    @property
    def id(self) -> str:
        return str(self.operation["operationId"])

    @property
    def effect(self) -> str:
        """What the contract says; where it is silent, the worst that the method may do."""
        said = self.operation.get("x-side-effect")
        return str(said or ("none" if self.place.method.upper() in SAFE else "change"))

    @property
    def destructive(self) -> bool:
        return bool(self.operation.get("x-destructive"))

    @cached_property
    def names(self) -> tuple[str, ...]:
        return tuple(_PARAMETER.findall(self.place.path))

    def body_schema(self, spec: Spec) -> dict[str, Any] | None:
        """The schema of its JSON body, whatever shape that has."""
        content = resolve(spec, self.operation.get("requestBody", {})).get("content", {})
        return next((media.get("schema") for kind, media in content.items() if "json" in kind), None)


class Terms:
    """One contract. ``tenants``: parameters that say whose data a request is about."""

    def __init__(self, api: str, spec: Spec, tenants: Collection[str] = ()) -> None:
        self.api, self.spec, self.tenants = api, spec, frozenset(tenants)
        self._known = {operation["operationId"]: Term(api, place, operation) for place, operation in operations(spec)}

    def find(self, operation_id: str | None) -> Term | None:
        """The operation of this id."""
        return self._known.get(operation_id or "")

    def of(self, exchange: Exchange) -> Term | None:
        """The operation that a request is for, if the contract knows it."""
        return self.find(exchange.operation_id)

    def all(self) -> Collection[Term]:
        """Every operation, in the contract's order."""
        return self._known.values()


def prefix(path: str, name: str) -> str:
    """A path template as far as one of its parameters: ``/a/{b}/c`` and ``b`` are ``/a/{b}``."""
    return path[: path.index("{" + name + "}") + len(name) + 2]
