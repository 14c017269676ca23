"""Webhooks of a sandbox as a test sees them: what left by itself, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

#: A traceback of pytest ends where a test calls this, not in here.
__tracebackhide__ = True

if TYPE_CHECKING:
    from mockserver.client import ControlClient

_MOST = 1000


@dataclass(frozen=True)
class Delivery:
    """One webhook. ``attempts``: each with ``at``, ``http_status`` or ``error``, and the API's own ``headers``."""

    id: int
    api: str
    event: str
    owner: str
    url: str
    status: str
    body: Mapping[str, Any]
    attempts: Sequence[Mapping[str, Any]] = field(repr=False)
    raw: Mapping[str, Any] = field(repr=False)

    def told(self) -> str:
        """In one line."""
        tries = ", ".join(str(attempt["http_status"] or attempt["error"]) for attempt in self.attempts) or "no attempt yet"
        return f"#{self.id} {self.api} {self.event} to {self.url}: {self.status} ({tries})"


class Webhooks:
    """What the mock sends by itself in one sandbox."""

    def __init__(self, control: ControlClient) -> None:
        self._control = control

    def deliveries(
        self,
        *,
        api: str | None = None,
        event: str | None = None,
        owner: str | None = None,
        url: str | None = None,
        status: str | None = None,
    ) -> list[Delivery]:
        """Those that fit, in the order in which they were queued; at most the first thousand."""
        wish = {"api": api, "event": event, "owner": owner, "url": url, "status": status, "limit": _MOST}
        return _read(self._control.call("GET", "/webhooks/deliveries", params=wish))

    def wait(
        self,
        *,
        event: str | None = None,
        count: int = 1,
        api: str | None = None,
        owner: str | None = None,
        url: str | None = None,
        status: str = "delivered",
        timeout: float = 5,
    ) -> list[Delivery]:
        """Wait until so many fit, for at most so many seconds of real time. AssertionError that tells what there was instead.

        The clock of the sandbox is not moved by it: what is due later has to be brought about by ``advance``.
        """
        wish = {"api": api, "event": event, "owner": owner, "url": url, "status": status}
        wished = {name: value for name, value in wish.items() if value is not None}
        told = self._control.call("POST", "/webhooks/deliveries/wait", {**wished, "count": count, "timeout": timeout})
        if not told["met"]:
            raise AssertionError(self._disappointment(wished, count, told["total"]))
        return _read(told)

    def _disappointment(self, wished: Mapping[str, Any], count: int, total: int) -> str:
        wish = ", ".join(f"{name}={value!r}" for name, value in wished.items())
        all_of_them = self.deliveries()
        clock = self._control.call("GET", "/clock")
        lines = [
            f"{total} of {count} webhooks that fit {wish}; it is {clock['now']} in the sandbox, its clock is {clock['mode']}."
        ]
        if not all_of_them:
            lines.append(
                "No webhook was queued at all: is a receiver's address set, and did its cause happen? `advance` lets time pass."
            )
            return "\n".join(lines)
        lines += ["All that were queued:", *(f"  {delivery.told()}" for delivery in all_of_them[-20:])]
        if any(delivery.status == "waiting" for delivery in all_of_them):
            lines.append("Some wait for their next attempt: `advance` brings it about.")
        return "\n".join(lines)

    def redeliver(self, delivery: Delivery | int) -> Delivery:
        """Queue one again, signed anew."""
        number = delivery if isinstance(delivery, int) else delivery.id
        return _delivery(self._control.call("POST", f"/webhooks/deliveries/{number}/redeliver"))

    def disturb(self, effect: str, **rule: Any) -> None:
        """From now on let webhooks arrive ``twice``, ``late``, ``swap`` two, or ``drop`` them.

        ``rule``: ``next``, ``seconds``, ``api``, ``event``, ``owner``, ``url``; it takes the place of earlier ones.
        """
        self._control.call("PUT", "/webhooks/disturbances", {"rules": [{"effect": effect, **rule}]})


def _read(told: Mapping[str, Any]) -> list[Delivery]:
    return [_delivery(raw) for raw in told["deliveries"]]


def _delivery(raw: Mapping[str, Any]) -> Delivery:
    parts = ("id", "api", "event", "owner", "url", "status", "body", "attempts")
    return Delivery(**{part: raw[part] for part in parts}, raw=raw)
