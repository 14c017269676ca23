"""Relay: stands between the deployment and those who receive its webhooks, and may lie to both."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Any

#: Below the proxy's root.
PATH = "/_callback/"
#: Names of fields in which clients and the control plane set addresses.
_SETTINGS = ("url", "impression_url", "click_url", "conversion_url", "delivery_url")


@dataclass(frozen=True)
class Delivery:
    """One attempt on its way. ``url``: where it ought to go; ``known``: every address that was ever set, in order."""

    url: str
    headers: list[tuple[str, str]]
    body: bytes
    known: tuple[str, ...] = ()

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)

    def with_header(self, name: str, value: str | None) -> Delivery:
        """The same with another value of a header, None: without it."""
        kept = [pair for pair in self.headers if pair[0].lower() != name.lower()]
        return replace(self, headers=kept if value is None else [*kept, (name, value)])


#: Sends an attempt and gives the receiver's status.
Post = Callable[[Delivery], Awaitable[int]]
#: What becomes of an attempt; the status that the deployment is told.
Relay = Callable[[Delivery, Post], Awaitable[int]]


@dataclass
class Addresses:
    """Whose address stands behind which of the relay's."""

    known: list[str] = field(default_factory=list)

    def hidden(self, body: bytes, root: str) -> bytes:
        """A request that sets addresses, with the relay's in their place."""
        try:
            said = json.loads(body)
        except ValueError:
            return body
        if not isinstance(said, dict):
            return body
        mine = {name: self._mine(said[name], root) for name in _SETTINGS if _is_address(said.get(name))}
        return json.dumps({**said, **mine}).encode() if mine else body

    def shown(self, body: bytes, root: str) -> bytes:
        """A reply that tells of the relay's addresses, with the true ones in their place."""
        for number in reversed(range(len(self.known))):
            body = body.replace(f"{root}{PATH}{number}".encode(), self.known[number].encode())
        return body

    def of(self, path: str) -> str | None:
        """The true address for a path on the relay."""
        number = path.removeprefix(PATH)
        return self.known[int(number)] if number.isdigit() and int(number) < len(self.known) else None

    def _mine(self, url: str, root: str) -> str:
        if url not in self.known:
            self.known.append(url)
        return f"{root}{PATH}{self.known.index(url)}"


def _is_address(value: Any) -> bool:
    return isinstance(value, str) and value.startswith("http://127.0.0.1")
