"""Target: what a run is aimed at, what may be done to it, and how its tenants get in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from contract_tests.deployment import Deployment

#: How careful a run is, from all to reading alone. What is not known is taken for production.
MOCK, SANDBOX, STAGING, PRODUCTION = "mock", "sandbox", "staging", "production"
PROFILES = (MOCK, SANDBOX, STAGING, PRODUCTION)
PHONE, EMAIL = "phone", "email"


class TargetUnusable(Exception):
    """A run cannot start against this target; the message is one line for the user."""


@dataclass(frozen=True)
class Limits:
    """The most that one run may spend; None: as much as it takes. ``cost`` and ``price_per_message`` are in one currency,
    whichever it is; a price of None is not known. ``streak``: failures in a row after which an API is left alone;
    ``lasting``: things that no operation of the contract removes again.
    """

    calls: int | None = None
    messages: int | None = None
    cost: float | None = None
    calls_per_second: float | None = None
    price_per_message: float | None = None
    streak: int = 10
    lasting: int | None = None


LIMITS: Mapping[str, Limits] = {
    # There a broken operation may have hundreds of requests in a row.
    MOCK: Limits(streak=1000),
    SANDBOX: Limits(calls=20_000, messages=100, calls_per_second=20, lasting=500),
    STAGING: Limits(calls=10_000, messages=20, calls_per_second=5, lasting=100),
    PRODUCTION: Limits(calls=2_000, messages=0, cost=0, calls_per_second=2, lasting=0),
}


@dataclass(frozen=True)
class Webhooks:
    """Where the harness receives webhooks. ``listen``: ``host:port`` on this machine; ``url``: under which the target reaches
    it.
    """

    listen: str
    url: str


@dataclass(frozen=True)
class Capabilities:
    """``reset``: the run may put the target back to its opening state; ``clock``: it may move its time (and use the rest of the
    control plane); ``webhooks``: None where the target is on this machine, or can reach nobody.
    """

    reset: bool = False
    clock: bool = False
    webhooks: Webhooks | None = None


@dataclass(frozen=True)
class Target:
    """What a run is aimed at. ``bases``: API → URL, without trailing slash, where its documented paths start; ``casts``: API →
    actor → credentials and ids; ``root``: where its control plane stands, if it is a mock; ``control_token``: None while it
    is closed to this run; ``drawn``: how much chance was spent there before this run, 0 in the opening state;
    ``recipients``: ``phone`` and ``email`` → the only addresses that anything is sent to; ``changes``: operationIds that may
    be used although they change what the run did not make; ``hosts``: other names (``host`` or ``host:port``) under which
    the target gives its addresses.
    """

    name: str
    bases: Mapping[str, str]
    casts: Mapping[str, Mapping[str, Any]] = field(repr=False)
    profile: str = PRODUCTION
    root: str | None = None
    control_token: str | None = field(default=None, repr=False)
    drawn: int = 0
    capabilities: Capabilities = Capabilities()
    limits: Limits = LIMITS[PRODUCTION]
    recipients: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    changes: frozenset[str] = frozenset()
    hosts: tuple[str, ...] = ()

    def pinned(self, kind: str) -> tuple[str, ...]:
        """The addresses that a value marked ``x-recipient: <kind>`` may name. ``address`` takes either kind; a ``contact`` that
        exists is none of them.
        """
        if kind == "address":
            return (*self.recipients.get(PHONE, ()), *self.recipients.get(EMAIL, ()))
        return tuple(self.recipients.get(kind, ()))

    def seen_from(self, gate: str) -> Deployment:
        """The target as the tests see it, behind the gate at this URL."""
        can = {
            **asdict(self.capabilities),
            "recipients": {kind: list(named) for kind, named in self.recipients.items()},
            "limits": asdict(self.limits),
            "changes": sorted(self.changes),
            "hosts": list(self.hosts),
        }
        return Deployment(gate, self.bases, self.casts, self.profile, self.control_token, self.drawn, can)
