"""Faults of a sandbox as a test arms them: for the time of a block, or until the sandbox is reset."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from mockserver.client import ControlClient

#: Words of ``fault()`` that say which error it is, rather than which calls it is about.
_ERROR = ("status", "refusal", "undocumented")


class Fault:
    """A rule by which calls go wrong. ``raw``: the rule as the mock told it when it was armed."""

    def __init__(self, control: ControlClient, raw: Mapping[str, Any]) -> None:
        self._control = control
        self.raw = raw
        self.id = str(raw["id"])

    @property
    def hits(self) -> int:
        """On how many calls it has acted so far."""
        return int(self._control.call("GET", f"/faults/{self.id}")["hits"])

    def disarm(self) -> None:
        """End it; calls go well again."""
        from mockserver.client import ControlError  # noqa: PLC0415  (httpx takes its time)

        try:
            self._control.call("DELETE", f"/faults/{self.id}")
        except ControlError as error:
            # A reset disarms all faults, and a fault that has nothing left to do may have made room.
            if error.status != 404:
                raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.disarm()

    def __repr__(self) -> str:
        return f"<fault {self.id}: {', '.join(f'{name}={value!r}' for name, value in self.raw.items() if name != 'id')}>"


def rule(given: Mapping[str, Any]) -> dict[str, Any]:
    """The rule that the words of ``fault()`` mean. ValueError if they say nothing that can go wrong."""
    told = {name: value for name, value in given.items() if value is not None and name not in _ERROR}
    error = {name: given[name] for name in _ERROR if given.get(name) not in (None, False)}
    return {**told, **({"error": error} if error else {})}
