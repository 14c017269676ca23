"""Look: one reply under judgement, with what the shadow knows and what it holds against it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from contract_tests.gate.exchange import Exchange, Objection
from contract_tests.shadow.asked import Asked
from contract_tests.shadow.memory import Memory, Region
from contract_tests.shadow.purses import Purses
from contract_tests.shadow.terms import Collection, Role, Shows, Table
from contract_tests.shadow.views import View

#: Seconds after a write in which a deployment that others use may still show what was there before.
SETTLING = 10.0


@dataclass
class Knowledge:
    """What the shadow knows of one API. ``exact``: nobody but this run touches it; ``tick``: grows with each request that
    leaves and each reply that comes; ``steered``: the tick at which the control plane was last heard of; ``changed``: counts
    the writes that may have left something behind; ``names``: collection → the properties that any reply shows; ``turned``: the
    clock was turned back, so that moments tell nothing of what was first; ``secret``: properties whose values are told to
    nobody; ``spoken``: all that the contract names.
    """

    table: Table
    exact: bool
    names: Mapping[str, frozenset[str]]
    memory: Memory = field(default_factory=Memory)
    purses: Purses = field(default_factory=Purses)
    tick: int = 0
    steered: int = 0
    changed: int = 0
    turned: bool = False
    secret: frozenset[str] = frozenset()
    spoken: frozenset[str] = frozenset()


class Look:
    """``reply``: its JSON, None if it is none; ``tick``: when it came."""

    def __init__(self, known: Knowledge, asked: Asked, reply: Any) -> None:
        self.known, self.asked, self.reply, self.tick = known, asked, reply, known.tick
        self._scopes: dict[str, str | None] = {}

    @property
    def exchange(self) -> Exchange:
        return self.asked.exchange

    def collection(self, role: Shows) -> Collection:
        return self.known.table.collections[role.collection]

    def scope(self, collection: Collection) -> str | None:
        """Whose things of the collection the request is about; None if that cannot be told."""
        if collection.name not in self._scopes:
            self._scopes[collection.name] = collection.scope(self.asked)
        return self._scopes[collection.name]

    def region(self, collection: Collection) -> Region | None:
        """Where those things are kept."""
        scope = self.scope(collection)
        return None if scope is None else self.known.memory.region(collection.name, scope)

    def clean(self, region: Region) -> bool:
        """Whether nothing that may change the region was under way with this request, or is too fresh."""
        if region.writing or region.written >= self.asked.begun or self.known.steered >= self.asked.begun:
            return False
        return self.known.exact or self.exchange.started - region.settled >= SETTLING

    def alone(self, region: Region) -> bool:
        """The same for a request that changes the region itself."""
        others = region.writing - {self.exchange.number}
        return not others and region.written < self.asked.begun and self.known.steered < self.asked.begun

    def against(self, check: str, collection: Collection | None, message: str, statements: tuple[str, ...] = ()) -> None:
        """Hold something against the reply."""
        found = statements or (collection or self.known.table).statements.get(check, ())
        self.exchange.objections.append(Objection(check, message, tuple(found)))

    def suspects(self, region: Region) -> str:
        """What is said of the latest refused write, which may have had an effect after all."""
        return "" if region.tried is None else f"; request {region.tried}, which was refused, may have changed it"


@dataclass(frozen=True)
class Known:
    """A role and what its reply shows."""

    role: Role
    view: View


def shown(value: Any, *, secret: bool = False) -> str:
    """A value in a message: short, and as JSON."""
    if secret and value is not None:
        return "(a secret)"
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 120 else text[:117] + "..."
