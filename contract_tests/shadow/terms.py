"""Terms: the words in which a table says what an API keeps, and which operation does what to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from contract_tests.shadow.asked import Asked, Caller
from contract_tests.shadow.filters import Filter
from contract_tests.shadow.moves import Move

Item = Mapping[str, Any]
#: What a request is about: whose things, as text; None where the shadow cannot tell.
Scope = Callable[[Asked], str | None]

VALUE, MISSING, GONE, FOREIGN, ORDER, FILTER, COUNT, REUSED, BALANCE, REPEAT = (
    "shadow_values",
    "shadow_missing",
    "shadow_removed",
    "shadow_foreign",
    "shadow_order",
    "shadow_filter",
    "shadow_counts",
    "shadow_identity",
    "shadow_balance",
    "shadow_repeat",
)


@dataclass(frozen=True)
class Order:
    """``by``: the property that a list is sorted by; ``newest``: the greatest first; ``firm``: it never changes, so that it
    tells where a thing stands.
    """

    by: str
    newest: bool = False
    firm: bool = True


@dataclass(frozen=True)
class Collection:
    """Things of a kind. ``identity``: the property that names one within its scope, by whichever of these names a reply has it;
    none for what exists once in a scope. ``moves``: what changes by itself. ``apart``: properties that mean something else in
    each reply. ``global_ids``: an id is given once, whatever the scope. ``perishes``: things leave by the clock. ``fixed``:
    nobody can change or remove one. ``statements``: check → ids.
    """

    name: str
    scope: Scope
    identity: Sequence[str] = ()
    order: Order | None = None
    moves: Mapping[str, Move] = field(default_factory=dict)
    apart: frozenset[str] = frozenset()
    global_ids: bool = False
    perishes: bool = False
    fixed: bool = False
    statements: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Shows:
    """A reply that shows things of a collection. ``at``: JSON pointer to the thing or to the array of things; ``belongs``:
    property → parameter of the scope that it must equal; ``within``: the same for one that narrows the scope; ``among``:
    property → fact of the caller that it must be one of; ``more``: facts that follow from an item.
    """

    collection: str
    at: str = ""
    belongs: Mapping[str, str] = field(default_factory=dict)
    within: Mapping[str, str] = field(default_factory=dict)
    among: Mapping[str, str] = field(default_factory=dict)
    more: Callable[[Item], Item] | None = None


@dataclass(frozen=True)
class Reading(Shows):
    """One thing. ``by``: the parameter that names it, None for what exists once."""

    by: str | None = None


@dataclass(frozen=True)
class Listing(Shows):
    """Things, all or a page of them. ``total``, ``pages``, ``has_next``, ``token``: pointers into the reply; ``page``,
    ``limit``, ``after``: parameters (``after`` takes the token); ``usual``: the limit that is left out; ``reverse``: parameter
    that turns the order round; ``echoes``: pointer → the parameter, ``page`` or ``limit``, that the reply repeats; ``spanned``:
    without further words it is only the latest part of the list.
    """

    filters: Mapping[str, Filter] = field(default_factory=dict)
    total: str | None = None
    pages: str | None = None
    has_next: str | None = None
    token: str | None = None
    page: str = "page"
    limit: str = "limit"
    after: str = "pageToken"
    usual: int | None = None
    reverse: str | None = None
    echoes: Mapping[str, str] = field(default_factory=dict)
    spanned: bool = False


@dataclass(frozen=True)
class Writing(Shows):
    """What leaves something behind. ``said``: request property → property of the thing, None for one that does not come back;
    others correspond by their name. ``renews``: properties of a thing that was there before which change besides, None: all of
    them. ``stirs``: collections where anything may have happened besides; ``grows``: where things may have appeared.
    """

    said: Mapping[str, str | None] = field(default_factory=dict)
    renews: tuple[str, ...] | None = ()
    stirs: tuple[str, ...] = ()
    grows: tuple[str, ...] = ()


@dataclass(frozen=True)
class Making(Writing):
    """New things. ``made``: the things as far as the reply tells, if they are no part of it as they are; ``known``: it may be
    one that was there before, which keeps what is not said; ``cost``: what was taken from the purse.
    """

    made: Callable[[Any], Sequence[Item]] | None = None
    known: bool = False
    cost: Callable[[Any], float] | None = None


@dataclass(frozen=True)
class Changing(Writing):
    """A thing that is there. ``by``: the parameter that names it, None for what exists once."""

    by: str | None = None


@dataclass(frozen=True)
class Removing(Writing):
    """A thing that is gone afterwards. ``by``: the parameter that names it."""

    by: str = ""


@dataclass(frozen=True)
class Acting(Writing):
    """What does something that only ``stirs`` and ``grows`` can tell."""


@dataclass(frozen=True)
class Purse:
    """A balance of money. ``at``: pointer; ``collection``: whose things are paid from it; ``final``: statuses of a thing whose
    price will not be given back; ``refunded``: those of one whose price was.
    """

    at: str
    collection: str
    scope: Scope
    final: frozenset[str] = frozenset()
    refunded: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Sum:
    """Within one reply: the number ``at`` is how many items of the array ``of`` have these values."""

    at: str
    of: str
    where: Mapping[str, Any]
    statements: tuple[str, ...] = ()


Role = Reading | Listing | Making | Changing | Removing | Acting | Purse | Sum


@dataclass(frozen=True)
class Table:
    """One API. ``roles``: operationId → what it does; ``unmodelled``: operationId → why the shadow does not follow it;
    ``caller``: who asks, from a cast; ``restless``: operations whose replies change by themselves; ``moving``: properties that
    do, in any reply; ``everywhere``: parameters that choose the scope, and so leave nothing out of a list; ``purse``: what its
    things are paid from.
    """

    api: str
    collections: Mapping[str, Collection]
    roles: Mapping[str, tuple[Role, ...]]
    caller: Callable[[Mapping[str, Mapping[str, Any]]], Callers]
    unmodelled: Mapping[str, str] = field(default_factory=dict)
    restless: frozenset[str] = frozenset()
    moving: frozenset[str] = frozenset()
    everywhere: frozenset[str] = frozenset()
    purse: Purse | None = None
    statements: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


class Callers:
    """Who asks, by the credential of a request. ``learn`` sees every successful reply, since some hand out new credentials."""

    def who(self, asked: Asked) -> Caller:
        """The caller; one without facts if nothing is known of it."""
        raise NotImplementedError

    def learn(self, asked: Asked, reply: Any) -> None:
        """Nothing is handed out."""
