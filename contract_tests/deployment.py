"""Deployment: what is tested, as a test sees it: through the gate, with a cast, and with what it can do."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from random import Random
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from mockserver.data import MOUNTS

CONTROL = "/_understudy"


class Known(dict[str, Any]):
    """What a profile says; what it leaves out skips the test that asks for it. ``what``: its name in words."""

    def __init__(self, said: Mapping[str, Any], what: str) -> None:
        super().__init__(
            {key: Known(value, f"{what}'s {key}") if isinstance(value, Mapping) else value for key, value in said.items()}
        )
        self._what = what

    def __missing__(self, key: str) -> Any:
        pytest.skip(f"The target names no {key!r} of {self._what}")


def _known(value: Any, what: str) -> Any:
    return Known(value, what) if isinstance(value, Mapping) else value


class Cast(Known):
    """Actor → credentials and ids, as ``understudy credentials --format json`` shows them."""

    def __init__(self, said: Mapping[str, Any]) -> None:
        super().__init__(said, "the cast")


@dataclass(frozen=True)
class Deployment:
    """``root``: the gate's URL, under which the APIs' mounts stand; ``bases``: API → where the target itself has it; ``casts``:
    API → actor → credentials and ids; ``control_token``: None where no control plane is open to this run; ``drawn``: how much
    chance was spent there before this run, 0 in the opening state; ``profile``: how careful the run is; ``can``: what the target
    can and may (``reset``, ``clock``, ``webhooks``, ``recipients``, ``limits``, ``changes``, ``hosts``, see docs/targets.md).
    """

    root: str
    bases: Mapping[str, str]
    casts: Mapping[str, Mapping[str, Any]] = field(repr=False)
    profile: str = "mock"
    control_token: str | None = field(default=None, repr=False)
    drawn: int = 0
    can: Mapping[str, Any] = field(default_factory=dict)

    def base_url(self, api: str) -> str:
        """Where the API's documented paths start, behind the gate."""
        return self.root + MOUNTS[api]

    def behind_the_gate(self, url: str) -> str:
        """An address that the target gave, as it is reached through the gate; any other unchanged."""
        for api, base in self.bases.items():
            for named in _also_named(base, self.can.get("hosts", ())):
                if url == named or url.startswith((named + "/", named + "?")):
                    return self.base_url(api) + url[len(named) :]
        return url

    def control(self) -> httpx.Client | None:
        """A client on the mock's control plane, or None while it is closed or must be left alone."""
        return self._controller() if self.control_token is not None and self.can.get("clock", True) else None

    @property
    def resets(self) -> bool:
        """Whether the run may put the target back to its opening state."""
        return self.control_token is not None and bool(self.can.get("reset", True))

    def reset(self) -> None:
        """Back to the opening state, if that is possible."""
        if self.resets:
            with self._controller() as control:
                control.post("/reset").raise_for_status()

    def _controller(self) -> httpx.Client:
        return httpx.Client(
            base_url=self.root + CONTROL,
            headers={"Authorization": f"Bearer {self.control_token}"},
            timeout=60,
            trust_env=False,
        )

    def to_json(self) -> str:
        """For the process that runs the tests; it holds secrets."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Deployment:
        """The reverse of ``to_json``."""
        return cls(**json.loads(text))


def _also_named(base: str, hosts: Sequence[str]) -> list[str]:
    """The base as it was said, and under the other names of its host, which a proxy may have given it."""
    path = urlsplit(base).path
    return [base, *(f"{scheme}://{host}{path}" for host in hosts for scheme in ("http", "https"))]


@dataclass(frozen=True)
class Api:
    """One API as a law sees it: no mock, no internals, only where it stands and who may call it.

    ``cast``: actor → credentials and ids; ``client``: no credentials, ``base_url`` set; ``random``: seeded, fresh for each law;
    ``control``: a client on the mock's ``/_understudy`` with its token, or None; ``deployment``: all APIs, and what it can do;
    ``drawn``: kind of address → the pinned recipients that this law has written to.
    """

    name: str
    base_url: str
    cast: Cast
    client: httpx.Client
    random: Random
    control: httpx.Client | None
    deployment: Deployment
    drawn: dict[str, list[str]] = field(default_factory=dict)

    def behind_the_gate(self, url: str) -> str:
        """An address that the API gave, as a test may use it."""
        return self.deployment.behind_the_gate(url)
