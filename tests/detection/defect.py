"""Defect: one thing that a deployment gets wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.detection.proxy import Frames, honestly
from tests.detection.relay import Relay
from tests.detection.scene import Make, Scene
from tests.detection.sources import Source

AREAS = (
    "shape",
    "status",
    "headers",
    "validation",
    "crash",
    "credentials",
    "ownership",
    "lifecycle",
    "values",
    "collections",
    "paging",
    "limits",
    "time",
    "webhooks",
    "idempotency",
)


@dataclass(frozen=True)
class Defect:
    """``source``: the published list and its item; ``does``: in a sentence; ``breaks``: ids of the documented statements that it
    breaks; ``lie``, ``relay``, ``frames``: how it is told.
    """

    api: str
    name: str
    area: str
    source: Source
    does: str
    breaks: tuple[str, ...] = ()
    lie: Make = lambda _: honestly
    relay: Callable[[Scene], Relay] | None = None
    frames: Frames | None = None

    @property
    def key(self) -> str:
        return f"{self.api}/{self.name}"
