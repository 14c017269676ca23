"""Settings: what a run of the mock was told. The only reader of the environment."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from mockserver.data import MOUNTS

CONTROL_TOKEN = "UNDERSTUDY_CONTROL_TOKEN"  # noqa: S105  (the variable's name)


def control_token_from_environment() -> str | None:
    """The control plane's token, if one was set."""
    return os.environ.get(CONTROL_TOKEN) or None


def environment_with(given: Mapping[str, str], before: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment for a child process: this one's with what is ``given``, and paths put ``before`` those of a variable."""
    surroundings = dict(os.environ)
    paths = {name: os.pathsep.join(filter(None, [path, surroundings.get(name)])) for name, path in (before or {}).items()}
    return {**surroundings, **given, **paths}


@dataclass(frozen=True)
class Settings:
    """``world``: the name of a world or the path of its folder; ``state``: a SQLite file, None for memory; ``population``:
    so many more contacts and messages in each API; ``allowed_targets``: hosts beyond this machine that webhooks may be sent to;
    ``allowed_hosts``: names beside those of this machine under which the control plane answers; ``control_token``: opens it, made
    anew where none is given; ``sandboxes``: how many there may be beside the default one; ``sandbox_idle``: seconds of real time
    after which an unused one leaves.
    """

    apis: Sequence[str] = tuple(MOUNTS)
    world: str = "default"
    seed: int = 0
    state: Path | None = None
    population: int = 0
    allowed_targets: Sequence[str] = ()
    allowed_hosts: Sequence[str] = ()
    sandboxes: int = 1000
    sandbox_idle: float = 1800.0
    control_token: str = field(default_factory=lambda: control_token_from_environment() or secrets.token_urlsafe(18))
