"""Faults of a sandbox as a test arms them: for the time of a block, or until the sandbox is reset."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self

#: A traceback of pytest ends where a test calls this, not in here.
__tracebackhide__ = True

if TYPE_CHECKING:
    from mockserver.client import ControlClient

#: Effects, and the property that a plain value of each means; True takes them as they usually are.
_PLAIN = {
    "latency": "seconds",
    "hang": "seconds",
    "reset": "at",
    "truncated": None,
    "malformed": None,
    "content_type": "value",
    "duplicate": "reply",
    "rate_limit": None,
    "maintenance": None,
}
_MAY_BE_UNDOCUMENTED = ("error", "rate_limit", "maintenance")


class Fault:
    """A rule by which calls go wrong; it goes with the block whose context manager it is. ``rule``: as the contract has it."""

    def __init__(self, control: ControlClient, raw: Mapping[str, Any]) -> None:
        self._control = control
        self.id = str(raw["id"])
        self.description = str(raw["description"])
        self.rule: Mapping[str, Any] = raw["rule"]

    @property
    def hits(self) -> int:
        """On how many calls it has acted so far."""
        return int(self._control.call("GET", f"/faults/{self.id}")["hits"])

    def disarm(self) -> None:
        """End it: calls go well again."""
        from mockserver.client import ControlError  # noqa: PLC0415  (httpx takes its time)

        try:
            self._control.call("DELETE", f"/faults/{self.id}")
        except ControlError as error:
            # A reset disarms all faults, and one that has nothing left to do may have made room.
            if error.error != "fault_unknown":
                raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.disarm()

    def __repr__(self) -> str:
        return f"<fault {self.id}: {self.description}>"


def rule(
    conditions: Mapping[str, Any], status: int | None, refusal: str | None, undocumented: bool, effects: Mapping[str, Any]
) -> dict[str, Any]:
    """The rule that the words of ``fault()`` mean. TypeError for a word that means nothing."""
    unknown = effects.keys() - _PLAIN.keys()
    if unknown:
        raise TypeError(
            f"fault() does not know {', '.join(sorted(unknown))}; the effects are status, refusal, {', '.join(_PLAIN)}."
        )
    named = {name: value for name, value in {"status": status, "refusal": refusal}.items() if value is not None}
    told = {"error": named} if named else {}
    told |= {name: _terms(name, value) for name, value in effects.items() if value not in (None, False)}
    if undocumented:
        told |= {name: {**told[name], "undocumented": True} for name in _MAY_BE_UNDOCUMENTED if name in told}
    return {**{name: value for name, value in conditions.items() if value is not None}, **told}


def _terms(name: str, value: Any) -> dict[str, Any]:
    if value is True:
        return {}
    if isinstance(value, Mapping):
        return dict(value)
    plain = _PLAIN[name]
    if plain is None:
        raise TypeError(f"{name} is True, or the properties that the contract of the control plane gives it, not {value!r}.")
    return {plain: value}
