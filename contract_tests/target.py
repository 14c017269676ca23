"""Target: what a run is aimed at, and how its tenants get in."""

from __future__ import annotations

import os
import secrets
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx

from contract_tests.deployment import CONTROL, Deployment
from mockserver.data import MOUNTS, fixtures_path

if TYPE_CHECKING:
    from socket import socket

    import uvicorn

#: In place of a URL: start the mock in this process, on a free port of the loopback interface.
IN_PROCESS = "mock"
LOOPBACK = ("127.0.0.1", "localhost", "::1")


class TargetUnusable(Exception):
    """A run cannot start against this target; the message is one line for the user."""


@dataclass(frozen=True)
class Target:
    """What a run is aimed at. ``bases``: API → URL, without trailing slash, where its documented paths start; ``casts``: API →
    actor → credentials and ids; ``root``: of a mock, where its control plane stands; ``control_token``: None while it is
    closed to this run; ``drawn``: how much chance was spent there before this run, 0 in the opening state.
    """

    name: str
    bases: Mapping[str, str]
    casts: Mapping[str, Mapping[str, Any]]
    profile: str = "mock"
    root: str | None = None
    control_token: str | None = None
    drawn: int = 0

    def seen_from(self, gate: str) -> Deployment:
        """The target as the tests see it, behind the gate at this URL."""
        return Deployment(gate, self.bases, self.casts, self.profile, self.control_token, self.drawn)


@contextmanager
def open_target(where: str, apis: Sequence[str], control_token: str | None) -> Iterator[tuple[Target, tuple[str, ...]]]:
    """The target and the APIs of the run: those asked for, or all that the mock serves. TargetUnusable if it cannot start."""
    if where == IN_PROCESS:
        with _own_mock(tuple(apis) or tuple(MOUNTS)) as target:
            yield target, tuple(apis) or tuple(MOUNTS)
        return
    root = _root_of(where)
    ready = _ready(root)
    served = [api for api in MOUNTS if api in ready["apis"]]
    missing = [api for api in apis if api not in served]
    if missing:
        raise TargetUnusable(f"The mock at {root} does not serve {', '.join(missing)}; it serves {', '.join(served)}.")
    token = _fitting(control_token, root)
    drawn = 0 if token is not None else int(ready.get("drawn", 0))
    chosen = tuple(apis) or tuple(served)
    yield _mock(root, chosen, _world(root, ready["world"]), token, drawn), chosen


def _root_of(where: str) -> str:
    parts = urlsplit(where)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise TargetUnusable(f"The target is neither '{IN_PROCESS}' nor a URL such as http://127.0.0.1:4010: {where!r}.")
    if parts.hostname not in LOOPBACK:
        raise TargetUnusable(
            f"No credentials are known for {parts.hostname}: a deployment needs a target profile, which this version does not "
            f"read. Aim at a mock on this machine, or at '{IN_PROCESS}'."
        )
    return where.rstrip("/")


def _ready(root: str) -> dict[str, Any]:
    try:
        answer = httpx.get(f"{root}{CONTROL}/ready", timeout=10, trust_env=False)
    except httpx.HTTPError as problem:
        raise TargetUnusable(f"Nothing answers at {root}: {problem}.") from None
    try:
        ready = answer.json()
        if answer.status_code == 200 and isinstance(ready["world"], str) and isinstance(ready["apis"], dict):
            return dict(ready)
    except (ValueError, KeyError, TypeError):
        pass
    raise TargetUnusable(
        f"What answers at {root} is no mock ({CONTROL}/ready says {answer.status_code}): a deployment needs a target profile "
        "with credentials, which this version does not read."
    )


def _world(root: str, world: str) -> str:
    """The world by its name or, where it is none of the bundled ones, by its folder's absolute path."""
    if (fixtures_path() / world).is_dir():
        return world
    if Path(world).is_dir():
        return str(Path(world).absolute())
    raise TargetUnusable(f"The mock at {root} plays the world {world!r}, whose cast is not to be found on this machine.")


def _fitting(control_token: str | None, root: str) -> str | None:
    """The token if it opens this mock's control plane; a token of another mock must not turn a run red."""
    if control_token is None:
        return None
    answer = httpx.post(
        f"{root}{CONTROL}/reset", headers={"Authorization": f"Bearer {control_token}"}, timeout=30, trust_env=False
    )
    return control_token if answer.status_code == 204 else None


def _mock(root: str, apis: Sequence[str], world: str, token: str | None, drawn: int) -> Target:
    from mockserver.app import cast  # noqa: PLC0415  (pulls in the mock, which a deployment needs for nothing)

    bases = {api: root + MOUNTS[api] for api in apis}
    return Target(root, bases, {api: cast(api, world) for api in apis}, "mock", root, token, drawn)


@contextmanager
def _own_mock(apis: tuple[str, ...]) -> Iterator[Target]:
    """A mock in a process of its own, which ends with this one."""
    from mockserver.testing import process  # noqa: PLC0415

    token = secrets.token_urlsafe(18)
    folder = Path(tempfile.mkdtemp(prefix="understudy-mock-"))
    try:
        running = process.start(process.Wish(apis), folder, token, os.getpid())
        yield _mock(running.url, apis, "default", token, 0)
    except process.ServerFailed as problem:
        raise TargetUnusable(str(problem)) from None
    finally:
        process.end(folder, token)


@contextmanager
def serving(app: Any) -> Iterator[str]:
    """The root URL of an ASGI application, served by a thread of this process until the block ends."""
    import uvicorn  # noqa: PLC0415

    config = uvicorn.Config(app, host="127.0.0.1", port=0, log_level="warning", access_log=False, timeout_keep_alive=75)
    with _running(uvicorn.Server(config)) as server:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"


@contextmanager
def _running(server: uvicorn.Server, sockets: list[socket] | None = None) -> Iterator[uvicorn.Server]:
    thread = threading.Thread(target=server.run, args=(sockets,), name="mock", daemon=True)
    thread.start()
    try:
        while not server.started:
            if not thread.is_alive():
                raise TargetUnusable("The mock did not start; its log says why.")
            thread.join(0.01)
        yield server
    finally:
        server.should_exit = True
        thread.join(10)
