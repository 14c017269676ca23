"""The server that tests share: one running mock, and the sandboxes that are made in it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from mockserver.client import ControlClient, ControlError
from mockserver.testing.process import Running

if TYPE_CHECKING:
    from mockserver.testing.mock import Understudy

DEFAULT = "default"
HOW_TO_SERVE = "Name it among the APIs of the mock: by understudy_apis for pytest, by apis=[…] for a mock of your own."


class Server:
    """A running mock. ``url``: where it is served; ``pid``: of its process, None if somebody else started it."""

    def __init__(self, running: Running) -> None:
        self.url = running.url
        self.pid = running.pid
        self._token = running.token
        self._control = ControlClient(running.url, running.token)

    @property
    def token(self) -> str:
        """What opens its control plane."""
        return self._token

    @cached_property
    def ready(self) -> Mapping[str, Any]:
        """World, seed and APIs of the run, as ``/_understudy/ready`` tells them."""
        told: Mapping[str, Any] = self._control.call("GET", "/ready")
        return told

    def base_url(self, api: str) -> str:
        """Where an API stands for all: credentials decide into which sandbox a request goes. LookupError if not served."""
        served = self.ready["apis"]
        if api not in served:
            raise LookupError(f"{api} is not served here, only {', '.join(served)}. {HOW_TO_SERVE}")
        return f"{self.url}{served[api]}"

    def within(self, sandbox: str) -> ControlClient:
        """The control plane of one sandbox."""
        return self._control.within(sandbox)

    def sandbox(
        self,
        name: str | None = None,
        *,
        world: str | Path | None = None,
        seed: int | None = None,
        now: datetime | str | None = None,
    ) -> Understudy:
        """A new sandbox; its name is drawn if none is given.

        ``world``, ``seed``: others than the server's, a world by its name or its folder; ``now``: the instant at which it opens,
        with a clock that stands still.
        """
        from mockserver.testing.mock import Understudy  # noqa: PLC0415  (the two know each other)

        wish: dict[str, Any] = {"name": name, "seed": seed, **_world(world), **instant(now)}
        made = self._control.call("POST", "/sandboxes", {key: value for key, value in wish.items() if value is not None})
        return Understudy(self, made["name"], made)

    def drop(self, sandbox: str) -> None:
        """Forget a sandbox and all that is in it; nothing if it has left already."""
        try:
            self._control.call("DELETE", f"/sandboxes/{sandbox}")
        except ControlError as error:
            if error.status != 404:
                raise

    def close(self) -> None:
        """Let go of the connections; the server goes on."""
        self._control.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<mock at {self.url}, {f'process {self.pid}' if self.pid else 'started by somebody else'}>"


def _world(world: str | Path | None) -> dict[str, Any]:
    if isinstance(world, Path):
        return {"files": {path.name: path.read_text("utf-8") for path in sorted(world.glob("*.yaml"))}}
    return {"world": world}


def instant(at: datetime | str | None) -> dict[str, str]:
    """As the property ``now`` of a request. ValueError for a date-time without a zone."""
    if at is None:
        return {}
    if isinstance(at, datetime) and at.tzinfo is None:
        raise ValueError(f"{at!r} names no instant: give it a time zone, such as tzinfo=UTC.")
    return {"now": at if isinstance(at, str) else at.isoformat()}
