"""What bird's tests share: the default world without HTTP, and a client for each actor on a fresh one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
import orjson
import pytest

from mockserver.apis.bird import sending, subscriptions
from mockserver.apis.bird.agenda import JOBS
from mockserver.engine import outbox
from mockserver.engine.agenda import Agenda
from mockserver.engine.outbox import Delivery
from mockserver.engine.sandbox import Sandbox
from mockserver.engine.store import Job

PHONE, EMAIL = "+31612345678", "sanne.devries@example.com"
ROOT = "http://mock.test/bird/media"


class LazyCourier:
    """Leaves everything where it is: these tests look at what was queued."""

    def take(self, sandbox: Sandbox, job: Job) -> None:
        sandbox.drop(job)

    async def idle(self, sandbox: Sandbox) -> None:
        """Nothing is ever on its way."""


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
        sent: dict[str, Any] = self.do(sending.send, self.workspace, channel, message, (ROOT,))
        return sent

    def subscribe(self, event: str, **wanted: Any) -> dict[str, Any]:
        """Follow an event of the owner's workspace."""
        body = {"service": "channels", "event": event, "url": "http://127.0.0.1:9/hook", **wanted}
        made: dict[str, Any] = self.do(subscriptions.create, "6513270e-269e-4d37-b2a7-4de452e6b438", self.workspace, body)
        return made

    def told(self) -> list[Delivery]:
        """What was queued for subscribers, in its order, each with the payload that it tells of."""
        found: list[Delivery] = self.do(lambda tx: outbox.page(tx, {}, -1)[0])
        return [{**delivery, "payload": orjson.loads(delivery["body"])["payload"]} for delivery in found]

    def pass_time(self, seconds: float = 0) -> int:
        """Let the clock go on with all that happens in it; gives how much that was."""
        return asyncio.run(Agenda(self.sandbox, lambda _api: JOBS, LazyCourier()).advance(timedelta(seconds=seconds)))

    def count(self, kind: str, workspace: str | None = None) -> int:
        """How many records of a kind the owner's workspace has."""
        found: int = self.do(lambda tx: tx.count(kind, workspace or self.workspace))
        return found


@pytest.fixture
def house(sandbox_of: Callable[..., Sandbox]) -> House:
    """The default world at noon."""
    return House(sandbox_of("bird"))


@pytest.fixture
def house_in(sandbox_of: Callable[..., Sandbox]) -> Callable[[str], House]:
    """Opens another world, with the same places, at noon."""
    return lambda world: House(sandbox_of("bird", world))


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

    def read(self, message_id: str, kind: str = "sms") -> dict[str, Any]:
        """One of the actor's messages as it is now."""
        read: dict[str, Any] = self.client.get(f"{self.channel(kind)}/messages/{message_id}").raise_for_status().json()
        return read

    def count(self) -> tuple[int, int]:
        """How many messages and contacts the actor's workspace has."""
        lists = (f"{self.home}/channels/messages?limit=1000", f"{self.home}/contacts?limit=100")
        messages, contacts = (self.client.get(path).raise_for_status().json()["results"] for path in lists)
        return len(messages), len(contacts)

    def subscribe(self, event: str, url: str, **wanted: Any) -> dict[str, Any]:
        """Have an event told to an address."""
        body = {"service": "channels", "event": event, "url": url, **wanted}
        made = self.client.post(f"{self.organization}{self.home}/webhook-subscriptions", json=body)
        subscription: dict[str, Any] = made.raise_for_status().json()
        return subscription


@dataclass(frozen=True)
class Wire:
    """The mock's bird in its opening state."""

    owner: Caller
    stranger: Caller
    anyone: httpx.Client
    control: httpx.Client

    def freeze(self, moment: str = "2026-02-13T12:00:00Z") -> None:
        """Let the clock stand still."""
        self.control.put("/clock", json={"mode": "frozen", "now": moment}).raise_for_status()

    def advance(self, seconds: float) -> None:
        """Let time pass with all that happens in it."""
        self.control.post("/clock/advance", json={"seconds": seconds}).raise_for_status()

    def write(self, kind: str = "sms", **changes: Any) -> httpx.Response:
        """Somebody outside writes to one of the owner's channels."""
        letter = {"from": EMAIL if kind == "email" else PHONE, "body": {"type": "text", "text": {"text": "hello"}}, **changes}
        return self.control.post(f"/bird{self.owner.channel(kind)}/inbound", json=letter)


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


@pytest.fixture
def frozen(wire: Wire, mock: Any) -> Iterator[Wire]:
    """The same at noon of a day, until it is told to go on."""
    wire.freeze()
    yield wire
    mock.reset()
