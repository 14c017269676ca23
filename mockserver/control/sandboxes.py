"""Sandboxes: made, listed, dropped, taken home as a world, and who is in them."""

from __future__ import annotations

from functools import partial
from typing import Any

from mockserver.control.clock import instant, told
from mockserver.control.deeds import Deeds
from mockserver.data import MOUNTS
from mockserver.engine.sandbox import DEFAULT
from mockserver.exchange import Call, LaterReply, Reply
from mockserver.playground import Playground
from mockserver.sandboxes import Plan


class SandboxDeeds(Deeds):
    """Isolated copies of a world."""

    def get_credentials(self, call: Call) -> Reply:
        """The cast of the sandbox."""
        return Reply(self._credentials(self._here(call), call.root_url))

    def list_sandboxes(self, call: Call) -> Reply:
        """All of them."""
        return Reply({"sandboxes": [_shown(playground) for playground in self._mock.sandboxes.all()]})

    def create_sandbox(self, call: Call, *, body: dict[str, Any] | None) -> LaterReply:
        """One more."""
        given = body or {}
        at = instant(given["now"]) if "now" in given else None
        plan = Plan(given.get("name"), given.get("world"), given.get("files", {}), given.get("seed"), at)
        return LaterReply(partial(self._create, plan, call.root_url))

    def get_sandbox(self, call: Call, *, sandbox_name: str) -> Reply:
        """One of them."""
        return Reply(self._opened(self._mock.sandboxes.known(sandbox_name), call.root_url))

    def drop_sandbox(self, call: Call, *, sandbox_name: str) -> LaterReply:
        """One less."""
        return LaterReply(partial(self._drop, sandbox_name))

    def export_sandbox(self, call: Call, *, sandbox_name: str) -> LaterReply:
        """One as the files of a world."""
        return LaterReply(partial(self._export, sandbox_name))

    async def _create(self, plan: Plan, root_url: str) -> Reply:
        return Reply(self._opened(self._mock.sandboxes.create(plan), root_url))

    async def _drop(self, name: str) -> Reply:
        await self._mock.sandboxes.drop(name)
        return Reply()

    async def _export(self, name: str) -> Reply:
        return Reply({"files": self._mock.sandboxes.export(self._mock.sandboxes.known(name))})

    def _opened(self, playground: Playground, root_url: str) -> dict[str, Any]:
        shown = _shown(playground)
        base_urls = {api: f"{root_url}{shown['path']}{MOUNTS[api]}" for api in playground.world.fixtures}
        return {**shown, "base_urls": base_urls, "credentials": self._credentials(playground, root_url)}

    def _credentials(self, playground: Playground, root_url: str) -> dict[str, Any]:
        cast = self._mock.sandboxes.cast(playground)
        return {api: {"base_url": root_url + MOUNTS[api], **actors} for api, actors in cast.items()}


def _shown(playground: Playground) -> dict[str, Any]:
    sandbox = playground.sandbox
    return {
        "name": sandbox.name,
        "world": playground.world.name,
        "seed": sandbox.seed,
        **told(playground),
        "path": "" if sandbox.name == DEFAULT else f"/~{sandbox.name}",
        "idle_seconds": round(playground.idle_seconds, 3),
    }
