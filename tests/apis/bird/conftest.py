"""What bird's tests share: the default world without HTTP, and a client for each actor on a fresh one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from mockserver.apis.bird import messages
from mockserver.engine.sandbox import Sandbox

PHONE, EMAIL = "+31612345678", "sanne.devries@example.com"
ROOT = "http://mock.test/bird/media"


@dataclass(frozen=True)
class House:
    """The default world: the owner's places, and a way to send."""

    sandbox: Sandbox
    workspace: str = "d23f0824-128b-4f33-8c5c-7fd0a6a3a450"
    sms: str = "8d116ece-1738-47d9-bd9c-172411e20b8f"
    email: str = "90c192cf-d3ac-44af-8f21-ddb66cad4a26"
    whatsapp: str = "a170b338-3926-4059-b28c-105d1fb17c23"
    inactive: str = "0fd630f1-f29d-4da9-953f-48f1a09f76b5"
    stranger: str = "6b0d549b-6f03-475a-9600-a35a099950d8"

    def do(self, function: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
        """Run a rule in a transaction of its own."""
        with self.sandbox.transaction("bird") as tx:
            return function(tx, *arguments, **named)

    def send(self, channel: str, *contacts: Any, **wanted: Any) -> dict[str, Any]:
        """Send a text; a contact given as text is an identifier."""
        named = [{"identifierValue": contact} if isinstance(contact, str) else contact for contact in contacts]
        body = {} if "template" in wanted else {"body": {"type": "text", "text": {"text": "hi"}}}
        message = {"receiver": {"contacts": named}, **body, **wanted}
        sent: dict[str, Any] = self.do(messages.send, self.workspace, channel, message, ROOT)
        return sent

    def count(self, kind: str, workspace: str | None = None) -> int:
        """How many records of a kind the owner's workspace has."""
        found: int = self.do(lambda tx: tx.count(kind, workspace or self.workspace))
        return found


@pytest.fixture
def house(sandbox_of: Callable[..., Sandbox]) -> House:
    """The default world at noon."""
    return House(sandbox_of("bird"))


@dataclass(frozen=True)
class Caller:
    """An actor at the wire."""

    client: httpx.Client
    cast: dict[str, Any]

    @property
    def home(self) -> str:
        """The path of the actor's workspace."""
        return f"/workspaces/{self.cast['workspace_id']}"

    @property
    def organization(self) -> str:
        """The path of the actor's organization."""
        return f"/organizations/{self.cast['organization_id']}"

    def channel(self, kind: str = "sms") -> str:
        """The path of one of the actor's channels."""
        return f"{self.home}/channels/{self.cast['channels'][kind]}"

    def send(self, kind: str = "sms", **changes: Any) -> httpx.Response:
        """Send a text, changed; a change to None takes the field away."""
        to = {"contacts": [{"identifierValue": EMAIL if kind == "email" else PHONE}]}
        message = {"receiver": to, "body": {"type": "text", "text": {"text": "hi"}}, **changes}
        present = {name: value for name, value in message.items() if value is not None}
        return self.client.post(f"{self.channel(kind)}/messages", json=present)


@dataclass(frozen=True)
class Wire:
    """The mock's bird in its opening state."""

    owner: Caller
    stranger: Caller
    anyone: httpx.Client
    control: httpx.Client


@pytest.fixture
def wire(mock: Any) -> Iterator[Wire]:
    """A client for each actor, one for anyone, and the control plane."""
    mock.reset()
    cast, base = mock.cast("bird"), mock.base("bird")
    clients = {
        actor: httpx.Client(base_url=base, headers={"Authorization": f"AccessKey {cast[actor]['access_key']}"})
        for actor in ("owner", "stranger")
    }
    callers = {actor: Caller(client, cast[actor]) for actor, client in clients.items()}
    with clients["owner"], clients["stranger"], httpx.Client(base_url=base) as anyone:
        yield Wire(callers["owner"], callers["stranger"], anyone, mock.control)
