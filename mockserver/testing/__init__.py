"""Testing: the mock in the hand of a test, with pytest's fixtures or without them.

from mockserver.testing import understudy

with understudy(apis=["bird"]) as mock:
    ...
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mockserver.testing.actors import Actor, BirdActor, RestlinkActor, TimelinesActor, TofromActor, XpressbotActor
    from mockserver.testing.journal import Entry, Journal, Sent
    from mockserver.testing.mock import Understudy, connect, understudy
    from mockserver.testing.process import ServerFailed
    from mockserver.testing.server import Server
    from mockserver.testing.webhooks import Delivery, Webhooks

_ROOMS = {
    "actors": ("Actor", "BirdActor", "RestlinkActor", "TimelinesActor", "TofromActor", "XpressbotActor"),
    "journal": ("Entry", "Journal", "Sent"),
    "mock": ("Understudy", "connect", "understudy"),
    "process": ("ServerFailed",),
    "server": ("Server",),
    "webhooks": ("Delivery", "Webhooks"),
}
__all__ = [  # noqa: PLE0604, RUF100  (said twice, so that type checkers see it)
    "Actor",
    "BirdActor",
    "Delivery",
    "Entry",
    "Journal",
    "RestlinkActor",
    "Sent",
    "Server",
    "ServerFailed",
    "TimelinesActor",
    "TofromActor",
    "Understudy",
    "Webhooks",
    "XpressbotActor",
    "connect",
    "understudy",
]

if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        """What is asked for is imported then: every pytest run of a project imports this package, and few need it."""
        from importlib import import_module  # noqa: PLC0415  (see above)

        for room, names in _ROOMS.items():
            if name in names:
                return getattr(import_module(f"{__name__}.{room}"), name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
