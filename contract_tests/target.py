"""Target: what a run is aimed at, and how its tenants get in."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx

from mockserver.data import MOUNTS, fixtures_path

if TYPE_CHECKING:
    from socket import socket

    import uvicorn

#: In place of a URL: start the mock in this process, on a free port of the loopback interface.
IN_PROCESS = "mock"
CONTROL = "/_understudy"
LOOPBACK = ("127.0.0.1", "localhost", "::1")

Cast = Mapping[str, Mapping[str, Any]]


class TargetUnusable(Exception):
    """A run cannot start against this target; the message is one line for the user."""


@dataclass(frozen=True)
class Target:
    """A running mock. ``root``: URL without trailing slash under which the APIs' mounts stand; ``world``: whose cast gets in;
    ``control_token``: None while the control plane is closed to this run; ``drawn``: how much chance was spent there before this
    run, 0 in the opening state.
    """

    root: str
    world: str
    control_token: str | None = None
    drawn: int = 0

    def base_url(self, api: str) -> str:
        """Where the API's documented paths start."""
        return self.root + MOUNTS[api]

    def cast(self, api: str) -> Cast:
        """The API's actors and their credentials, as ``understudy credentials --format json`` shows them."""
        from mockserver.app import cast  # noqa: PLC0415  (pulls in the mock, which a run by URL needs for nothing else)

        return cast(api, self.world)

    def control(self) -> httpx.Client | None:
        """A client on the mock's control plane, or None while it is closed."""
        if self.control_token is None:
            return None
        return httpx.Client(
            base_url=self.root + CONTROL,
            headers={"Authorization": f"Bearer {self.control_token}"},
            timeout=30,
            trust_env=False,
        )

    def reset(self) -> None:
        """Back to the opening state, if the control plane is open."""
        control = self.control()
        if control is not None:
            with control:
                control.post("/reset").raise_for_status()


@dataclass(frozen=True)
class Api:
    """One API as a law sees it: no mock, no internals, only where it stands and who may call it.

    ``cast``: actor → credentials and ids; ``client``: no credentials, ``base_url`` set; ``random``: seeded, fresh for each law;
    ``control``: a client on the mock's ``/_understudy`` with its token, or None.
    """

    name: str
    base_url: str
    cast: Cast
    client: httpx.Client
    random: Random
    control: httpx.Client | None


@contextmanager
def open_target(where: str, apis: Sequence[str], control_token: str | None) -> Iterator[tuple[Target, tuple[str, ...]]]:
    """The target and the APIs of the run: those asked for, or all that the mock serves. TargetUnusable if it cannot start."""
    if where == IN_PROCESS:
        with _mock_in_process(tuple(apis) or tuple(MOUNTS)) as target:
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
    yield Target(root, _world(root, ready["world"]), token, drawn), tuple(apis) or tuple(served)


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


@contextmanager
def _mock_in_process(apis: tuple[str, ...]) -> Iterator[Target]:
    import secrets  # noqa: PLC0415  (with the mock, only when it is started here)

    from mockserver import server  # noqa: PLC0415
    from mockserver.app import create_app  # noqa: PLC0415
    from mockserver.settings import Settings  # noqa: PLC0415

    token = secrets.token_urlsafe(18)
    bound = server.listen("127.0.0.1", 0)
    app = create_app(Settings(apis=apis, control_token=token))
    with _running(server.background(app, lambda: None), [bound]):
        yield Target(server.url_of(bound), "default", token)


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
