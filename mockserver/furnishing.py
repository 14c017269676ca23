"""Furnishing: worlds put into sandboxes, whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cached_property
from typing import Any

from mockserver import apis, worlds
from mockserver.engine.agenda import keep_clock
from mockserver.engine.aliases import alias, respelled
from mockserver.engine.crowd import Crowd
from mockserver.engine.ladder import renumber
from mockserver.engine.sandbox import DEFAULT, Sandbox, Transaction
from mockserver.engine.store import StateUnusable
from mockserver.moulds import Moulds
from mockserver.serving.contract import Contract
from mockserver.settings import Settings
from mockserver.worlds import Fixture, World

CONTROL = "control"


class Furnishing:
    """Reads each world once, and opens sandboxes with it."""

    def __init__(self, settings: Settings, contracts: Mapping[str, Contract], control: Contract) -> None:
        self._settings = settings
        self._contracts = contracts
        self._control = control
        self._worlds: dict[str, World] = {}

    def world(self, name: str) -> World:
        """A world by its name, or by its folder if that is what the run was told. WorldInvalid."""
        if name not in self._worlds:
            self._worlds[name] = worlds.open_world(name, self._contracts, self._control)
        return self._worlds[name]

    def imported(self, files: Mapping[str, str]) -> World:
        """A world from the texts of its files. WorldInvalid."""
        return worlds.import_world(files, self._contracts, self._control)

    def furnish(self, tx: Transaction, sandbox: Sandbox, world: World, at: datetime | None = None) -> None:
        """Open what the sandbox does not hold yet, within a transaction of it.

        ``at``: the instant at which everything begins, if somebody said so; else the world's own clock counts, if it has one.
        WorldInvalid for what only an opening can see; StateUnusable if a state file holds another world.
        """
        missing = [name for name in world.fixtures if not self._is_open(tx, name, world)]
        if at is None and world.setting.get("clock") and len(missing) == len(world.fixtures):
            # What goes on with one API more keeps its own time.
            sandbox.clock.set_like(_told(world.setting["clock"]))
            tx.tell_time()
            keep_clock(tx, sandbox)
        for name in missing:
            self._open(tx, name, world)
        if missing:
            tx.draw_on(max(tx.drawn, world.setting.get("drawn", 0)))
            tx.put("chance", "", "opening", {"drawn": tx.drawn})

    def fill(self, tx: Transaction, sandbox: Sandbox, world: World, at: datetime | None) -> None:
        """Open a world in a sandbox that holds nothing yet: as ``furnish`` does, from what it gave before, where that can be.

        In real time the dates of the world may then lie up to a minute and a half further back.
        """
        if self._settings.population or world.setting or world.name == worlds.IMPORTED:
            self.furnish(tx, sandbox, world, at)
            return
        numbers = tx.cast(self._moulds.of(world, sandbox.seed, at))
        for name, fixture in world.fixtures.items():
            renumber(tx.within(name), numbers)
            self._claim(tx.within(name), fixture)

    def freshen(self) -> None:
        """Keep at hand what new sandboxes are filled with."""
        self._moulds.of(self.world(self._settings.world), self._settings.seed, None)
        self._moulds.freshen()

    @cached_property
    def _moulds(self) -> Moulds:
        def opened(sandbox: Sandbox, world: World, at: datetime) -> None:
            with sandbox.transaction(CONTROL) as tx:
                self.furnish(tx, sandbox, world, at)

        return Moulds(opened)

    def _claim(self, tx: Transaction, fixture: Fixture) -> None:
        if tx.sandbox != DEFAULT:
            for credential in fixture.credentials:
                tx.claim(alias(credential, tx.sandbox), credential)

    def _is_open(self, tx: Transaction, name: str, world: World) -> bool:
        opened = tx.get("opened", "", name)
        if opened and opened["world"] != world.name:
            raise StateUnusable(
                f"{self._settings.state} holds {name} of world {opened['world']!r}, not of {world.name!r}. "
                f"Serve it with --world {opened['world']}, or name another path."
            )
        return opened is not None

    def _open(self, tx: Transaction, name: str, world: World) -> None:
        fixture, own = world.fixtures[name], tx.within(name)
        worlds.furnish(fixture, self._opening(name), own)
        self._claim(own, fixture)
        tx.put("opened", "", name, {"world": world.name})

    def cast(self, sandbox: Sandbox, world: World) -> dict[str, dict[str, Any]]:
        """Each API's actors with the credentials that lead to this sandbox, tokens minted by its clock."""
        now = sandbox.clock.now()
        return {name: self._cast_of(name, world, sandbox.name, now) for name in world.fixtures}

    def _cast_of(self, name: str, world: World, sandbox: str, now: datetime) -> dict[str, Any]:
        fixture = world.fixtures[name]
        aliases = {one: alias(one, sandbox) for one in fixture.credentials} if sandbox != DEFAULT else {}
        data = respelled(fixture.data, aliases) if aliases else fixture.data
        actors: dict[str, Any] = apis.room(name, "credentials").cast(data, now)
        return actors

    def export(self, tx: Transaction, sandbox: Sandbox) -> dict[str, str]:
        """The files of a world that opens as the sandbox is now, by their names."""
        gathered = {name: apis.room(name, "closing").gather(tx.within(name)) for name in self._contracts}
        setting = {"seed": sandbox.seed, "drawn": tx.drawn, **_clock(sandbox)}
        return {f"{name}.yaml": worlds.written(data) for name, data in {**gathered, "sandbox": setting}.items()}

    def _opening(self, name: str) -> Callable[[Transaction, dict[str, Any]], None]:
        opening: Callable[..., None] = apis.room(name, "opening").furnish
        if not self._settings.population:
            return opening
        backfill = apis.room(name, "population").backfill
        count = self._settings.population
        # A world that went on brings along what its own run was filled with.
        return lambda tx, world: opening(tx, world, backfill(tx, world, self._crowd, 0 if world.get("continued") else count))

    @cached_property
    def _crowd(self) -> Crowd:
        return Crowd(self._settings.seed)


def _told(clock: Mapping[str, Any]) -> dict[str, Any]:
    return {"frozen_at": clock.get("now"), "offset": clock.get("offset", 0.0)}


def _clock(sandbox: Sandbox) -> dict[str, Any]:
    """How the clock goes, as a world says it; real time needs no word."""
    told = sandbox.clock.told()
    if told["frozen_at"]:
        return {"clock": {"mode": "frozen", "now": told["frozen_at"]}}
    return {"clock": {"mode": "running", "offset": told["offset"]}} if told["offset"] else {}
