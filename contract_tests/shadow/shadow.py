"""Shadow: the rule of the gate that remembers, of each API, what every request and reply has told."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from contract_tests import contracts as specs
from contract_tests.contracts import Spec, operations
from contract_tests.gate.exchange import Exchange
from contract_tests.gate.rule import Rule
from contract_tests.shadow import lists, sums, things, writes
from contract_tests.shadow.asked import Asked
from contract_tests.shadow.look import Knowledge, Known, Look
from contract_tests.shadow.memory import Region
from contract_tests.shadow.repeats import Repeats
from contract_tests.shadow.steering import Steering
from contract_tests.shadow.tables import TABLES
from contract_tests.shadow.terms import Listing, Making, Purse, Reading, Shows, Table, Writing
from contract_tests.shadow.views import View, names_at, properties

#: A reply that says itself that it is no word of the deployment's own.
_SAID_SO = frozenset({"preference-applied", "x-understudy-fault", "x-understudy-breach"})
#: Statuses behind which the request may have had an effect.
_UNCERTAIN = frozenset({0, 408, 502, 504})
#: Requests that left and were never heard of again.
_LOST = 10_000


class Follower:
    """One API. ``cast``: actor → credentials and ids."""

    def __init__(self, table: Table, spec: Spec, cast: Mapping[str, Mapping[str, Any]], *, exact: bool) -> None:
        self.roles, names = _roles(table, spec)
        named = list(properties([spec["components"], spec["paths"]]))
        secret = frozenset(name for name, part in named if isinstance(part, Mapping) and part.get("x-secret"))
        self.known = Knowledge(table, exact, names, secret=secret, spoken=frozenset(name for name, _ in named))
        self._callers = table.caller(cast)
        self._cast, self._table = cast, table
        self._repeats = Repeats()
        self._begun: dict[int, tuple[int, list[Region]]] = {}

    def leaves(self, exchange: Exchange) -> None:
        """The request is about to leave."""
        self.known.tick += 1
        regions: list[Region] = []
        roles = self.roles.get(exchange.operation_id or "", ())
        if any(isinstance(known.role, Writing) for known in roles):
            look = self._look(exchange, self.known.tick, None)
            regions = [
                region for known in roles if isinstance(known.role, Writing) for region in writes.touched(look, known.role)
            ]
            for region in regions:
                region.writing.add(exchange.number)
        self._begun[exchange.number] = (self.known.tick, regions)
        if len(self._begun) > _LOST:
            self._ended(next(iter(self._begun)))

    def _ended(self, number: int) -> tuple[int, list[Region]]:
        self.known.tick += 1
        begun, regions = self._begun.pop(number, (self.known.tick, []))
        for region in regions:
            region.writing.discard(number)
        return begun, regions

    def _look(self, exchange: Exchange, begun: int, reply: Any) -> Look:
        asked = Asked(exchange, begun)
        asked.caller = self._callers.who(asked)
        return Look(self.known, asked, reply)

    def stays(self, exchange: Exchange) -> None:
        """The request did not leave."""
        self._ended(exchange.number)

    def came(self, exchange: Exchange, *, silent: bool) -> None:
        """The reply has come."""
        begun, regions = self._ended(exchange.number)
        roles = self.roles.get(exchange.operation_id or "", ())
        if roles:
            # What HEAD shows is no reply to hold against anything, though it may have done what GET does.
            self._judge(exchange, roles, begun, silent=silent or exchange.method == "HEAD")
        for region in regions:
            region.written, region.settled = self.known.tick, exchange.started + exchange.seconds

    def _judge(self, exchange: Exchange, roles: Sequence[Known], begun: int, *, silent: bool) -> None:
        writing = any(isinstance(known.role, Writing) for known in roles)
        well = 200 <= exchange.status < 300
        untrue = silent or self.known.steered > begun or _says_so(exchange)
        look = self._look(exchange, begun, _json(exchange) if well and not untrue else None)
        if untrue or exchange.status in _UNCERTAIN or (exchange.status >= 500 and not self.known.exact):
            self._doubt(look, roles, writing=writing)
        elif well:
            self.known.changed += writing
            self._callers.learn(look.asked, look.reply)
            for known in roles:
                _heard(look, known)
            if not writing and self.known.exact and exchange.operation_id not in self._table.restless:
                self._repeat(look, roles)
        elif writing:
            for known in roles:
                if isinstance(known.role, Writing):
                    writes.refused(look, known.role)
        elif exchange.status in (404, 410):
            for known in roles:
                if isinstance(known.role, Reading):
                    things.missed(look, known.role)

    def _doubt(self, look: Look, roles: Sequence[Known], *, writing: bool) -> None:
        self.known.changed += writing
        for known in roles:
            if isinstance(known.role, Writing):
                writes.doubtful(look, known.role)

    def _repeat(self, look: Look, roles: Sequence[Known]) -> None:
        under_way = any(regions for _, regions in self._begun.values())
        for known in roles:
            if isinstance(known.role, Listing):
                filters, told = lists.filters_of(look, known.role)
                under_way |= not told or any(known.role.filters[name].moves for name, _ in filters)
        if look.reply is not None and not under_way and not look.exchange.objections and self.known.steered < look.asked.begun:
            self._repeats.look(look)

    def forget(self) -> None:
        """Nothing is as it was."""
        self.known.memory.forget()
        self._callers = self._table.caller(self._cast)
        self.later()
        self.known.turned = False

    def later(self, *, turned: bool = False) -> None:
        """The clock jumped, or turned back."""
        self.known.turned |= turned
        self.known.changed += 1
        self._repeats.forget()
        self.known.purses.doubt()
        for (name, _), region in self.known.memory.regions.items():
            if self._table.collections[name].perishes:
                region.forget()
            else:
                region.loosen()

    def steered(self) -> None:
        """The control plane was used."""
        self.known.tick += 1
        self.known.steered = self.known.tick


def _heard(look: Look, known: Known) -> None:
    role = known.role
    if isinstance(role, Writing):
        writes.done(look, role, known.view)
    elif isinstance(role, Reading):
        things.read(look, role, known.view)
    elif isinstance(role, Listing):
        lists.listed(look, role, known.view)
    elif isinstance(role, Purse):
        sums.balance(look, role)
    else:
        sums.counted(look, role)


def _roles(table: Table, spec: Spec) -> tuple[dict[str, list[Known]], dict[str, frozenset[str]]]:
    """What each operation does and shows, and all that is ever shown of each collection."""
    found: dict[str, list[Known]] = {}
    names: dict[str, frozenset[str]] = {name: frozenset() for name in table.collections}
    number = 0
    for _, operation in operations(spec):
        for role in table.roles.get(operation["operationId"], ()):
            number += 1
            tells = isinstance(role, Shows) and not (isinstance(role, Making) and role.made)
            view = View(number, names_at(spec, operation, role.at) if tells and isinstance(role, Shows) else frozenset())
            found.setdefault(operation["operationId"], []).append(Known(role, view))
            if isinstance(role, Shows) and role.collection:
                names[role.collection] |= view.names
    return found, names


def _says_so(exchange: Exchange) -> bool:
    if any(name.lower() in _SAID_SO for name, _ in exchange.reply_headers):
        return True
    return exchange.header("x-understudy-sandbox") is not None


def _json(exchange: Exchange) -> Any:
    if not exchange.reply_body or "json" not in (exchange.reply_header("content-type") or ""):
        return None
    try:
        return json.loads(exchange.reply_body)
    except (ValueError, RecursionError):
        return None


class Shadow(Rule):
    """``apis``: those that are followed; ``casts``: API → actor → credentials and ids; ``profile``: in ``mock`` nobody but the
    run touches the deployment; ``contracts``: API → its contract, as the run reads it if left out.
    """

    def __init__(
        self,
        apis: Iterable[str],
        casts: Mapping[str, Mapping[str, Mapping[str, Any]]],
        profile: str = "mock",
        contracts: Mapping[str, Spec] | None = None,
    ) -> None:
        self._followers = {
            api: Follower(TABLES[api], (contracts or {}).get(api) or specs.load(api), casts.get(api, {}), exact=profile == "mock")
            for api in apis
            if api in TABLES
        }
        self._steering = Steering()

    async def wait(self, exchange: Exchange) -> str | None:
        """The request may leave."""
        self.leaves(exchange)
        return None

    def leaves(self, exchange: Exchange) -> None:
        """The request leaves now."""
        if exchange.api in self._followers:
            self._followers[exchange.api].leaves(exchange)

    def undo(self, exchange: Exchange) -> None:
        """The request did not leave after all."""
        if exchange.api in self._followers:
            self._followers[exchange.api].stays(exchange)

    def saw(self, exchange: Exchange) -> None:
        """Judge the reply, and learn from it."""
        if exchange.api in self._followers:
            self._followers[exchange.api].came(exchange, silent=self._steering.silent)

    def steers(self, exchange: Exchange) -> None:
        """A request to the control plane leaves."""
        self._steering.begins(exchange)

    def steered(self, exchange: Exchange) -> None:
        """The control plane has answered."""
        effect = self._steering.ends(exchange)
        if effect is None:
            return
        for api, follower in self._followers.items():
            if effect.api in (None, api):
                follower.steered()
                if effect.forgets:
                    follower.forget()
                else:
                    follower.later(turned=effect.turns)
