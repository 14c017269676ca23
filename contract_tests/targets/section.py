"""Section: what is said of a target before anybody was asked and any secret was read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from contract_tests import credentials
from contract_tests.targets.secret import Secret, revealed
from contract_tests.targets.target import Target, TargetUnusable


@dataclass(frozen=True)
class Section:
    """``target``: all but its casts; ``casts``: API → actor → fields, each secret among them a ``Secret``; ``stands``: the URL
    under which all its APIs stand, if there is one; ``asked``: the URL whose control plane is to say whether a mock stands
    there; ``own``: a mock is to be started; ``unknown``: nothing but a URL was said.
    """

    target: Target
    casts: Mapping[str, Mapping[str, Mapping[str, Any]]] = field(default_factory=dict)
    stands: str | None = None
    control_token: Secret | None = None
    asked: str | None = None
    own: bool = False
    unknown: bool = False

    def chosen(self, apis: Sequence[str]) -> tuple[str, ...]:
        """The APIs of a run: those asked for, or all that the target has. TargetUnusable if it lacks one."""
        missing = [api for api in apis if api not in self.target.bases]
        if missing:
            has = ", ".join(self.target.bases)
            raise TargetUnusable(f"The target {self.target.name} does not serve {', '.join(missing)}; it serves {has}.")
        return tuple(apis) or tuple(self.target.bases)

    def opened(self, apis: Sequence[str]) -> Target:
        """The target with the casts of these APIs, their secrets read. TargetUnusable if one cannot be."""
        now = datetime.now(UTC)
        casts = {
            api: {actor: credentials.completed(api, revealed(fields), now) for actor, fields in self.casts.get(api, {}).items()}
            for api in apis
        }
        return replace(self.target, casts=casts)

    def secrets(self, api: str) -> dict[str, str]:
        """``actor.field`` → the name of its secret, for people."""
        found: dict[str, str] = {}
        for actor, fields in self.casts.get(api, {}).items():
            _named(fields, actor, found)
        return found


def _named(said: Any, place: str, found: dict[str, str]) -> None:
    if isinstance(said, Secret):
        found[place] = said.told()
    elif isinstance(said, Mapping):
        for key, value in said.items():
            _named(value, f"{place}.{key}", found)
