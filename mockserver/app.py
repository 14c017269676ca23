"""The app: every API of a run under its mount, the control plane beside them, as one ASGI application."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import orjson

from mockserver import apis, control, worlds
from mockserver.address import named, parted, root_url
from mockserver.data import MOUNTS, load_spec
from mockserver.delivery.courier import Courier
from mockserver.delivery.post import Post
from mockserver.delivery.uploads import UploadFolder
from mockserver.engine.agenda import Handlers
from mockserver.engine.faults.words import all_armed
from mockserver.engine.refusals import PathUnknown, Refusal
from mockserver.engine.sandbox import DEFAULT, Sandbox
from mockserver.engine.store import SqliteStore
from mockserver.furnishing import CONTROL, Furnishing
from mockserver.guard import Guard
from mockserver.journal.recording import Recording, write_unreadable
from mockserver.live import Live
from mockserver.sandboxes import Sandboxes, SandboxNameInvalid, check_name
from mockserver.sender import ApiSender
from mockserver.serving import replies
from mockserver.serving.contract import Contract
from mockserver.serving.effects import FaultReach
from mockserver.serving.incidents import ABORT
from mockserver.serving.passage import KEY, Passage, Rooms
from mockserver.settings import Settings
from mockserver.start_page import start_page

CONTROL_MOUNT = "/_understudy"


class Served:
    """One contract under one mount. Its stack is built when first needed: contracts are large, and most runs use one."""

    def __init__(self, contract: Contract, rooms: Rooms) -> None:
        self.contract = contract
        self.rooms = rooms
        self._lock = threading.Lock()

    @cached_property
    def _built(self) -> Any:
        from mockserver.serving.stack import build  # noqa: PLC0415  (Connexion takes a third of a second to import)

        return build(self.contract, self.rooms)

    @property
    def stack(self) -> Any:
        """The ASGI app."""
        with self._lock:
            return self._built


class Mock:
    """The running mock: an ASGI application and what the control plane may do to it."""

    def __init__(self, settings: Settings) -> None:
        """WorldInvalid or StateUnusable if it cannot start."""
        self.settings = settings
        self.contracts = {name: Contract(name, load_spec(name)) for name in settings.apis}
        plan = Contract(CONTROL, load_spec(CONTROL))
        self._store = SqliteStore(settings.state)
        self._senders: dict[str, ApiSender] = {}
        self.courier = Courier(Post(settings.allowed_targets), self._sender)
        self._uploads = UploadFolder(settings.state and Path(f"{settings.state}.uploads"))
        furnishing = Furnishing(settings, self.contracts, plan)
        rooms = {name: _rooms(name) for name in self.contracts}
        self.reach = FaultReach(self.contracts, rooms)
        self.sandboxes = Sandboxes(settings, self._store, furnishing, self.courier, _jobs, self._uploads, self.reach.covers)
        self.live = {name: Live(contract) for name, contract in self.contracts.items() if contract.websocket}
        self._guard = Guard(settings.allowed_hosts)
        self._served = {CONTROL_MOUNT: Served(plan, control.rooms(self))}
        self._served |= {MOUNTS[name]: Served(contract, rooms[name]) for name, contract in self.contracts.items()}
        if len(settings.apis) == 1:
            # A client whose base URL cannot carry a prefix: the one API also stands where its vendor puts it.
            (name,) = settings.apis
            self._served[MOUNTS[name].removeprefix(f"/{name}")] = self._served[MOUNTS[name]]
        self._mounts = sorted(self._served, key=len, reverse=True)

    @property
    def sandbox(self) -> Sandbox:
        """The default sandbox."""
        return self.sandboxes.default.sandbox

    def _sender(self, api: str) -> ApiSender:
        if api not in self._senders:
            # A state file may hold what an API had promised that is not part of this run.
            self._senders[api] = ApiSender(self.contracts.get(api) or Contract(api, load_spec(api)), self._cover)
        return self._senders[api]

    def _cover(self, sandbox: str, api: str, webhook: str) -> None:
        found = self.sandboxes.find(sandbox)
        (found.coverage if found else self.sandboxes.records.coverage).delivered(api, webhook)

    def warm(self) -> None:
        """Build every stack; requests that come meanwhile build the one that they need first."""
        for served in self._served.values():
            _ = served.stack

    def close(self) -> None:
        """Give back the state file and throw away what was only for this process."""
        self._store.close()
        self._uploads.close()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer as ASGI 3 asks."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            await self._route(scope, receive, send)
        else:
            await self._converse(scope, receive, send)

    async def _live(self, receive: Any, send: Any) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                threading.Thread(target=self.warm, daemon=True).start()
                kept = asyncio.create_task(self.sandboxes.keep())
                await send({"type": "lifespan.startup.complete"})
            elif message["type"] == "lifespan.shutdown":
                await self.leave()
                kept.cancel()
                await asyncio.gather(kept, return_exceptions=True)
                await self.sandboxes.stop()
                await self.courier.close()
                self.close()
                await send({"type": "lifespan.shutdown.complete"})
                return

    async def _route(self, scope: Any, receive: Any, send: Any) -> None:
        path: str = scope["path"]
        prefix, below = parted(path)
        root, mount = root_url(scope), self._mount(below)
        if mount is None or below in ("", "/"):
            try:
                check_name(prefix[2:] if prefix else DEFAULT)
            except SandboxNameInvalid as refused:
                await self._refusal(refused)(scope, receive, send)
                return
            page = start_page(below or "/", root, prefix, self._listing(), lambda: self._faults(prefix))
            await self._receive(page, scope, prefix, receive, send)
            return
        try:
            passage = self._passage(scope, prefix, root, mount)
        except Refusal as refused:
            await self._refusal(refused)(scope, receive, send)
            return
        inner = {**scope, "root_path": prefix + mount, "extensions": {}, KEY: passage}
        served, live = self._served[mount], self._live_at(path)
        recording = None if mount == CONTROL_MOUNT else Recording(inner, passage, served.contract, send)
        try:
            await (served.stack if live is None else live.decline)(inner, receive, recording.send if recording else send)
        finally:
            if recording is not None:
                recording.close()
            passage.left()

    async def _receive(self, page: Any, scope: Any, prefix: str, receive: Any, send: Any) -> None:
        """Show a page of the mock's own; what leads nowhere is written down where it was to go, as far as that exists."""
        playground = self.sandboxes.find(named(prefix, scope["headers"]) or DEFAULT) or self.sandboxes.default
        recording = Recording(scope, Passage(playground.sandbox, "", playground.uploads, playground), None, send)
        try:
            await page(scope, receive, recording.send)
        finally:
            recording.close()

    def _passage(self, scope: Any, prefix: str, root: str, mount: str) -> Passage:
        """The request in the sandbox that it names. A Refusal if none can have that name, or if a strange name led here."""
        if mount == CONTROL_MOUNT:
            self._guard.check(scope)
        name = named(prefix, scope["headers"])
        playground = self.sandboxes.default if name is None else self.sandboxes.at(name)
        passage = Passage(playground.sandbox, root + prefix + mount, playground.uploads)
        passage.abort = scope.get(ABORT)
        passage.chosen, passage.root, passage.mount = name is not None, root, mount
        passage.playgrounds = self.sandboxes if self.sandboxes.are_many else None
        passage.move(playground)
        return passage

    def _refusal(self, refused: Refusal) -> Any:
        served = self._served[CONTROL_MOUNT]
        return replies.unhappy(served.contract, None, served.rooms, refused).response()

    async def _converse(self, scope: Any, receive: Any, send: Any) -> None:
        prefix, below = parted(scope["path"])
        mount, live = self._mount(below) or CONTROL_MOUNT, self._live_at(scope["path"])
        await receive()
        if live is None:
            served = self._served[mount]
            nothing = replies.unhappy(served.contract, None, served.rooms, PathUnknown())
            await nothing.response()(scope, receive, send)
            return
        try:
            passage = self._passage(scope, prefix, root_url(scope), mount)
        except Refusal as refused:
            await self._refusal(refused)(scope, receive, send)
            return
        inner = {**scope, "root_path": prefix + mount, KEY: passage}
        recording = Recording(inner, passage, self._served[mount].contract, send)
        try:
            await live.converse(inner, receive, recording.send, lambda: self.sandboxes.known(passage.sandbox.name).hub(live))
        finally:
            recording.close()
            passage.left()

    def _live_at(self, path: str) -> Live | None:
        _, below = parted(path)
        mount = self._mount(below)
        live = None if mount is None else self.live.get(self._served[mount].contract.name)
        return live if live is not None and live.is_at(below.removeprefix(mount or "")) else None

    def offers_websocket(self, path: str) -> bool:
        """Whether a WebSocket can be opened at a path."""
        return self._live_at(path) is not None

    async def leave(self) -> None:
        """Say goodbye to those whose connections have no end of their own, and answer those who wait for something."""
        await self.sandboxes.leave()

    def _mount(self, below: str) -> str | None:
        return next((mount for mount in self._mounts if below == mount or below.startswith(f"{mount}/")), None)

    def malformed(self, path: str) -> bytes:
        """The body of a 400 for bytes that are no HTTP request, in the words of the API that its path leads to."""
        prefix, below = parted(path)
        mount = self._mount(below)
        contract = self._served[CONTROL_MOUNT if mount is None else mount].contract
        body = orjson.dumps(contract.refusals_anywhere["RequestMalformed"].body)
        if mount != CONTROL_MOUNT:
            playground = self.sandboxes.find(prefix[2:] or DEFAULT) or self.sandboxes.default
            api = None if mount is None else contract
            write_unreadable(playground.journal, playground.sandbox, api, prefix + (mount or ""), path, body)
        return body

    def _faults(self, prefix: str) -> list[str]:
        """What goes wrong on purpose, in the sandbox of this prefix, or in all of them."""
        lines = []
        for playground in self.sandboxes.all():
            name = playground.sandbox.name
            if prefix in ("", f"/~{name}"):
                with playground.sandbox.transaction(CONTROL) as tx:
                    lines += [line if name == DEFAULT else f"{name}: {line}" for line in all_armed(tx)]
        return lines

    def _listing(self) -> Sequence[tuple[str, str, Mapping[str, Any]]]:
        return [(name, MOUNTS[name], contract.raw["info"]) for name, contract in self.contracts.items()]


def _rooms(name: str) -> Rooms:
    operations, wire = apis.room(name, "operations"), apis.room(name, "wire")
    credentials = apis.room(name, "credentials")
    usual = {"headers": wire.headers} if hasattr(wire, "headers") else {}
    claimed = {"claimed": credentials.claimed} if hasattr(credentials, "claimed") else {}
    limit = {"rate_limit": credentials.RATE_LIMIT, "limited": credentials.limited} if hasattr(credentials, "limited") else {}
    return Rooms(operations, wire.refuse, credentials.SCHEMES, plays=credentials.plays, **usual, **claimed, **limit)


def _jobs(api: str) -> Handlers:
    handlers: Handlers = apis.room(api, "agenda").JOBS
    return handlers


def create_app(settings: Settings | None = None) -> Mock:
    """The mock as an ASGI application. WorldInvalid or StateUnusable if it cannot start."""
    return Mock(settings or Settings())


def cast(api: str, world: str = "default", now: datetime | None = None) -> dict[str, dict[str, Any]]:
    """The actors of a world and their credentials, tokens minted for an instant, or freshly by the system's clock."""
    contract = Contract(api, load_spec(api))
    fixture = worlds.read_world(world, {api: contract})[api]
    now = now or datetime.now(UTC)
    actors: dict[str, dict[str, Any]] = apis.room(api, "credentials").cast(fixture.at(now), now)
    return actors
