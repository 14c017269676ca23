"""Sandboxes: which there are, how they are found and made, and when they leave."""

from __future__ import annotations

import asyncio
import logging
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from mockserver.delivery.courier import Courier
from mockserver.delivery.uploads import UploadFolder
from mockserver.engine.agenda import Agenda, Handlers, keep_clock, restore_clock
from mockserver.engine.faults.armed import Armed, Covers
from mockserver.engine.refusals import Refusal
from mockserver.engine.sandbox import DEFAULT, Claim, Sandbox, Transaction, enlisted, read_claim
from mockserver.engine.store import StateUnusable
from mockserver.engine.store.port import Store
from mockserver.furnishing import CONTROL, Furnishing
from mockserver.journal.records import Records
from mockserver.playground import Playground
from mockserver.settings import Settings
from mockserver.worlds import World, WorldInvalid

logger = logging.getLogger("understudy")

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}")
#: In seconds of real time: how often the idle ones are looked for at least, and how long requests may still take in one that
#: leaves.
_SWEEP, _PATIENCE = 30.0, 3.0
#: In seconds: until a request has noticed that its connection was broken.
_NOTICE = 1.0


class SandboxNameInvalid(Refusal):
    """No sandbox can have such a name."""


def check_name(name: str) -> None:
    """SandboxNameInvalid for what cannot be one."""
    if not _NAME.fullmatch(name):
        raise SandboxNameInvalid


class SandboxUnknown(Refusal):
    """There is no such sandbox."""


class SandboxTaken(Refusal):
    """There is a sandbox of this name."""


class SandboxLeaving(Refusal):
    """The sandbox is about to go; its name is free in a moment."""


class SandboxPermanent(Refusal):
    """The default sandbox cannot be dropped."""


class TooManySandboxes(Refusal):
    """There are as many as the run may hold."""


class WorldRejected(Refusal):
    """A world cannot be opened; ``mistakes`` has a line for each."""


class _Uploads(Protocol):
    def below(self, name: str) -> UploadFolder:
        """The files of one sandbox."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a new sandbox shall be. ``world``: a name, None for the run's own; ``files``: a world by the texts of its files;
    ``at``: the instant at which it opens with a clock that stands still.
    """

    name: str | None = None
    world: str | None = None
    files: Mapping[str, str] = field(default_factory=dict)
    seed: int | None = None
    at: datetime | None = None


class Sandboxes:
    """All sandboxes of a run. Made, found and dropped within the event loop."""

    def __init__(
        self,
        settings: Settings,
        store: Store,
        furnishing: Furnishing,
        courier: Courier,
        handlers: Callable[[str], Handlers],
        uploads: _Uploads,
        covers: Covers,
    ) -> None:
        self._settings = settings
        self._store = store
        self._furnishing = furnishing
        self._courier = courier
        self._handlers = handlers
        self._uploads = uploads
        self._covers = covers
        self._running = False
        #: What is remembered of all of them.
        self.records = Records()
        self._all: dict[str, Playground] = {}
        self.default = self._inhabit(DEFAULT, furnishing.world(settings.world), settings.seed)
        with self.default.sandbox.transaction(CONTROL) as tx:
            restore_clock(tx, self.default.sandbox)
        with self.default.sandbox.transaction(CONTROL) as tx:
            furnishing.furnish(tx, self.default.sandbox, self.default.world)
        for name, body in enlisted(store).items():
            self._restore(name, body)

    def _inhabit(self, name: str, world: World, seed: int) -> Playground:
        sandbox = Sandbox(self._store, name, seed or world.setting.get("seed", 0))
        agenda = Agenda(sandbox, self._handlers, self._courier)
        armed = Armed(sandbox, self._covers)
        self._all[name] = Playground(sandbox, world, agenda, self._uploads.below(name), armed, self.records)
        return self._all[name]

    def _restore(self, name: str, body: Mapping[str, Any]) -> None:
        made = self._inhabit(name, self._restored_world(name, body), body["seed"])
        with made.sandbox.transaction(CONTROL) as tx:
            restore_clock(tx, made.sandbox)
        with made.sandbox.transaction(CONTROL) as tx:
            # The run may have an API that the earlier one had not.
            self._furnishing.furnish(tx, made.sandbox, made.world)

    def _restored_world(self, name: str, body: Mapping[str, Any]) -> World:
        try:
            return self._furnishing.imported(body["files"]) if body["files"] else self._furnishing.world(body["world"])
        except WorldInvalid as error:
            raise StateUnusable(
                f"{self._settings.state} holds a sandbox {name!r} whose world cannot be opened any more: {error}. "
                "Serve the APIs that it was made for, or name another path."
            ) from error

    @property
    def are_many(self) -> bool:
        """Whether there is any beside the default one."""
        return len(self._all) > 1

    def all(self) -> list[Playground]:
        """Every sandbox, the default one first, then by age."""
        return list(self._all.values())

    def claim(self, api: str, credential: str) -> Claim | None:
        """Whom a credential leads to."""
        return read_claim(self._store, api, credential)

    def find(self, name: str) -> Playground | None:
        """The sandbox of a name, unless it is about to leave."""
        found = self._all.get(name)
        return None if found is None or found.leaving else found

    def at(self, name: str) -> Playground:
        """The sandbox of a name, made from the run's world at its first use.

        SandboxNameInvalid, SandboxLeaving, TooManySandboxes.
        """
        found = self._all.get(name)
        if found is None:
            return self.create(Plan(name))
        if found.leaving:
            raise SandboxLeaving
        return found

    def known(self, name: str) -> Playground:
        """The sandbox of a name. SandboxUnknown."""
        found = self.find(name)
        if found is None:
            raise SandboxUnknown
        return found

    def create(self, plan: Plan) -> Playground:
        """A new sandbox, opened and alive. SandboxNameInvalid, SandboxTaken, TooManySandboxes, WorldRejected."""
        name = f"sandbox-{secrets.token_hex(5)}" if plan.name is None else plan.name
        self._admit(name)
        try:
            world = self._world(plan)
            made = self._inhabit(name, world, self._settings.seed if plan.seed is None else plan.seed)
            self._open(made, plan)
        except WorldInvalid as error:
            self._all.pop(name, None)
            raise WorldRejected(mistakes=error.mistakes) from error
        except BaseException:
            self._all.pop(name, None)
            raise
        if self._running:
            made.start()
        return made

    def _admit(self, name: str) -> None:
        check_name(name)
        if name in self._all:
            raise SandboxTaken
        if len(self._all) - 1 >= self._settings.sandboxes:
            raise TooManySandboxes

    def _world(self, plan: Plan) -> World:
        if plan.files:
            return self._furnishing.imported(plan.files)
        return self._furnishing.world(plan.world or self._settings.world)

    def _open(self, made: Playground, plan: Plan) -> None:
        sandbox = made.sandbox
        if plan.at is not None:
            sandbox.clock.freeze(plan.at)
        with sandbox.transaction(CONTROL) as tx:
            tx.enlist({"world": made.world.name, "files": dict(plan.files), "seed": sandbox.seed})
            self._furnishing.fill(tx, sandbox, made.world, plan.at)
            keep_clock(tx, sandbox)

    def reset(self, tx: Transaction, at: datetime | None = None) -> None:
        """Put the transaction's sandbox back into its opening state, as of now or of another instant."""
        here = self._all[tx.sandbox]
        here.reset(tx, lambda: self._furnishing.furnish(tx, here.sandbox, here.world, at), at)

    async def let_go(self, playground: Playground) -> None:
        """Wait for nothing that was on its way when a sandbox was put back into its opening state."""
        await self._courier.forget(playground.sandbox)

    def cast(self, playground: Playground) -> dict[str, dict[str, Any]]:
        """Each API's actors with the credentials that lead to a sandbox."""
        return self._furnishing.cast(playground.sandbox, playground.world)

    def export(self, playground: Playground) -> dict[str, str]:
        """The files of a world that opens as a sandbox is now, by their names."""
        with playground.sandbox.transaction(CONTROL) as tx:
            return self._furnishing.export(tx, playground.sandbox)

    async def drop(self, name: str) -> None:
        """Forget a sandbox and all that is in it, once its requests are answered or broken off, but for the one that asks for it.

        SandboxUnknown, SandboxPermanent.
        """
        leaving = self.known(name)
        if name == DEFAULT:
            raise SandboxPermanent
        await leaving.farewell()
        await leaving.stop()
        # Whoever lets time pass waits for what is on its way.
        await self._courier.forget(leaving.sandbox)
        await leaving.quiet(_PATIENCE)
        leaving.break_off()
        await leaving.quiet(_NOTICE)
        with self._store.transaction() as tx:
            leaving.sandbox.forget(tx)
            leaving.sandbox.delist(tx)
        leaving.uploads.close()
        del self._all[name]

    async def keep(self) -> None:
        """Let time pass in all of them, and let those leave that nobody uses; until cancelled."""
        self._running = True
        for playground in self.all():
            playground.start()
        while True:
            await asyncio.sleep(min(_SWEEP, self._settings.sandbox_idle / 4))
            await self._sweep()
            self._freshen()

    async def _sweep(self) -> None:
        for name, playground in list(self._all.items()):
            if name != DEFAULT and not playground.leaving and playground.idle_seconds > self._settings.sandbox_idle:
                try:
                    await self.drop(name)
                except Exception:
                    logger.exception("the idle sandbox %s could not be dropped", name)

    def _freshen(self) -> None:
        try:
            self._furnishing.freshen()
        except Exception:
            logger.exception("what new sandboxes are filled with could not be made")

    async def leave(self) -> None:
        """The process is about to end: goodbye to all who are connected or wait."""
        for playground in self.all():
            playground.interrupt()
        await self._courier.close()
        await asyncio.gather(*(playground.farewell() for playground in self.all()))

    async def stop(self) -> None:
        """Let no more time pass anywhere."""
        self._running = False
        for playground in self.all():
            await playground.stop()
