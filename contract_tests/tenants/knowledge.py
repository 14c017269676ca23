"""Knowledge: what the matrix has to know of one API besides its contract."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from contract_tests.tenants.asking import Json
from contract_tests.tenants.things import Maker, Things


@dataclass(frozen=True)
class Wall:
    """What the contract says to who asks for another's id. ``alike``: word for word what it says of an id that does not exist;
    ``caller``: the id says who asks and not what for, and goes with the credential; ``body``: elsewhere than in a body
    the name is only a filter.
    """

    refusal: str
    statements: tuple[str, ...]
    alike: bool = True
    caller: bool = False
    body: bool = False


@dataclass(frozen=True)
class Lapsed:
    """A credential that is the actor's and does not open: expired, revoked, of the wrong kind. ``secret``: reads or makes it;
    ``refusals``: names in the contract, of which those count that the operation declares; ``later``: seconds after which it is
    presented; ``headers``: sent with it.
    """

    identity: str
    scheme: str
    secret: Callable[[Things], str]
    refusals: tuple[str, ...]
    statements: tuple[str, ...]
    later: float = 0.0
    headers: Callable[[Things], dict[str, str]] = lambda things: {}


@dataclass(frozen=True)
class Inside:
    """An id within a body. ``body``: a right one with this value; ``value``: an actor's own; ``control``: whether the owner's own
    is served, which another row proves otherwise.
    """

    operation_id: str
    name: str
    body: Callable[[Things, Any], Json]
    value: Callable[[Things], Any]
    wall: Wall
    control: bool = True


@dataclass(frozen=True)
class Knowledge:
    """``makers``: id → how it is found or made; ``walls``: id → what guards it, the outermost first; ``home``: the id that
    decides between workspaces of one actor; ``reads``: operationIds that show what an actor has, and their scheme; ``locked`` and
    ``apart``: statements about credentials, and about what others must not see; ``bodies``: operationId → fields of a right one,
    where the contract's example will not do; ``closed``: (operationId, scheme) → what that kind of credential is always told, and
    the statements about it; ``sibling_secret``: scheme → the credential that is bound to another workspace of the actor;
    ``fleeting``: properties that change by themselves; ``ending``: operationId → a credential to be spent on it; ``member``: what
    who may only look is told; ``none``: identity or operationId → why it has no row.
    """

    makers: Mapping[str, Maker]
    walls: Mapping[str, Wall]
    home: str
    reads: Sequence[tuple[str, str]]
    locked: tuple[str, ...]
    apart: tuple[str, ...]
    bodies: Mapping[str, Callable[[Things], Json]] = field(default_factory=dict)
    lapsed: Sequence[Lapsed] = ()
    inside: Sequence[Inside] = ()
    closed: Mapping[tuple[str, str], tuple[str, tuple[str, ...]]] = field(default_factory=dict)
    sibling_actor: str = "owner"
    sibling_secret: Mapping[str, Callable[[Things], str]] = field(default_factory=dict)
    fleeting: frozenset[str] = frozenset()
    ending: Mapping[str, Callable[[Things], str]] = field(default_factory=dict)
    member: str | None = None
    none: Mapping[str, str] = field(default_factory=dict)
