"""Mock: a mock that is started for the run, or one that answers at a URL."""

from __future__ import annotations

import os
import secrets
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from contract_tests.deployment import CONTROL
from contract_tests.targets.target import LIMITS, MOCK, Capabilities, Target, TargetUnusable
from mockserver.data import MOUNTS, fixtures_path

_MISDIRECTED = 421


@dataclass(frozen=True)
class Ready:
    """What a mock says of itself. ``apis``: those that it serves, in the usual order; ``drawn``: how much chance it has spent."""

    apis: tuple[str, ...]
    world: str
    drawn: int


def ready(root: str) -> Ready | None:
    """What the mock at this URL says; None if what answers there is none. TargetUnusable if nothing does, or it will not say."""
    try:
        answer = httpx.get(f"{root}{CONTROL}/ready", timeout=10, trust_env=False)
    except httpx.HTTPError as problem:
        raise TargetUnusable(f"Nothing answers at {root}: {problem}.") from None
    if answer.status_code == _MISDIRECTED:
        host = answer.request.url.host
        raise TargetUnusable(
            f"What answers at {root} is asked under a name that it does not take for its own; "
            f"if it is a mock, start it with `understudy serve --allow-host {host}`."
        )
    try:
        said = answer.json()
        if answer.status_code == 200 and isinstance(said["world"], str) and isinstance(said["apis"], dict):
            return Ready(tuple(api for api in MOUNTS if api in said["apis"]), said["world"], int(said.get("drawn", 0)))
    except (ValueError, KeyError, TypeError):
        pass
    return None


def casts(root: str, world: str, apis: Sequence[str]) -> dict[str, Any]:
    """The casts of the world that a mock plays. TargetUnusable if this machine does not have it."""
    from mockserver.app import cast  # noqa: PLC0415  (pulls in the mock, which a deployment needs for nothing)

    settled = _world(root, world)
    return {api: cast(api, settled) for api in apis}


def _world(root: str, world: str) -> str:
    """The world by its name or, where it is none of the bundled ones, by its folder's absolute path."""
    if (fixtures_path() / world).is_dir():
        return world
    if Path(world).is_dir():
        return str(Path(world).absolute())
    raise TargetUnusable(f"The mock at {root} plays the world {world!r}, whose cast is not to be found on this machine.")


def fitting(token: str | None, root: str, *, reset: bool) -> str | None:
    """The token if it opens this mock's control plane, which is then put back to its opening state if it may be; a token of
    another mock must not turn a run red.
    """
    if token is None:
        return None
    method, path = ("POST", "/reset") if reset else ("GET", "/clock")
    bearer = {"Authorization": f"Bearer {token}"}
    try:
        answer = httpx.request(method, f"{root}{CONTROL}{path}", headers=bearer, timeout=30, trust_env=False)
    except (httpx.HTTPError, ValueError) as problem:
        raise TargetUnusable(f"The control plane at {root} does not answer: {problem}.") from None
    return token if answer.status_code in (200, 204) else None


def at(name: str, root: str, found: Ready) -> Target:
    """A mock that said what it is, without its casts: all is allowed there."""
    bases = {api: root + MOUNTS[api] for api in found.apis}
    return Target(name, bases, {}, MOCK, root, capabilities=Capabilities(reset=True, clock=True), limits=LIMITS[MOCK])


@contextmanager
def own(apis: Sequence[str]) -> Iterator[tuple[str, str]]:
    """The URL and the token of a mock in a process of its own, which ends with this one."""
    from mockserver.testing import process  # noqa: PLC0415

    token = secrets.token_urlsafe(18)
    folder = Path(tempfile.mkdtemp(prefix="understudy-mock-"))
    try:
        running = process.start(process.Wish(tuple(apis)), folder, token, os.getpid())
        yield running.url, token
    except process.ServerFailed as problem:
        raise TargetUnusable(str(problem)) from None
    finally:
        process.end(folder, token)
