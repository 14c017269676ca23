"""A toy contract on a socket-less client: what serving does, whatever the API."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from mockserver.data import load_yaml
from mockserver.delivery.uploads import UploadFolder
from mockserver.engine.refusals import CredentialUnknown, Refusal
from mockserver.engine.sandbox import Sandbox
from mockserver.engine.store import SqliteStore
from mockserver.exchange import Call, FileReply, Reply
from mockserver.serving.contract import Contract
from mockserver.serving.passage import KEY, Passage, Rooms
from mockserver.serving.stack import build

TOY = load_yaml((Path(__file__).parent / "toy.yaml").read_text())


def known(call: Call, value: str) -> str:
    """Any credential that starts with "good"."""
    if not value.startswith("good"):
        raise CredentialUnknown
    return f"{call.scheme}:{value}"


def refuse(refusal: Refusal, body: dict[str, Any]) -> dict[str, Any]:
    """The words and all facts but the Allow header's."""
    return {**body, **{name: fact for name, fact in refusal.facts.items() if name != "allow"}}


class Toy:
    """The toy API: its functions can be replaced by a test, and ``calls`` tells what reached them."""

    def __init__(self, folder: Path) -> None:
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.operations = SimpleNamespace(
            my_things=lambda call: Reply({"id": "mine"}),
            get_thing=self._record("get_thing"),
            change_thing=self._record("change_thing"),
            write_note=self._record("write_note"),
            send_file=self._record("send_file", Reply()),
            open_door=lambda call: Reply({"id": "door"}),
            get_file=lambda call: FileReply(call.uploads.path("kept"), "text/html"),
        )
        self.uploads = UploadFolder(folder)
        self.sandbox = Sandbox(SqliteStore())
        self.rebuilt()

    def rebuilt(self) -> Toy:
        """The stack looks its functions up when it is built: build it again after replacing one."""
        schemes = dict.fromkeys(("Key", "Token", "Query", "Body"), known)
        self._app = build(Contract("toy", TOY), Rooms(self, refuse, schemes))
        return self

    def __getattr__(self, name: str) -> Any:
        return getattr(self.operations, name)

    def _record(self, name: str, reply: Reply | None = None) -> Callable[..., Reply]:
        def function(call: Call, **arguments: Any) -> Reply | FileReply:
            self.calls.append((name, {**arguments, "actor": call.actor}))
            return reply or Reply({"id": str(arguments.get("thing_id"))})

        return function  # type: ignore[return-value]

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        passage = Passage(self.sandbox, "http://toy/toy", self.uploads)
        await self._app({**scope, "root_path": "/toy", "extensions": {}, KEY: passage}, receive, send)

    def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        """One request, answered."""

        async def send() -> httpx.Response:
            transport = httpx.ASGITransport(app=self, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url="http://toy/toy") as client:
                return await client.request(method, path, **options)

        return asyncio.run(send())


@pytest.fixture
def toy(tmp_path: Path) -> Iterator[Toy]:
    api = Toy(tmp_path / "uploads")
    yield api
    api.sandbox.store.close()
