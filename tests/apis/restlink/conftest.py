"""What restlink's tests share: time that passes without HTTP, a client on a fresh world, and a desk that hears webhooks."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
import pytest

from contract_tests.receiver import Receiver, receiving
from mockserver.apis.restlink.agenda import JOBS
from mockserver.engine.agenda import Agenda
from mockserver.engine.sandbox import Sandbox
from mockserver.engine.store import Job

Headers = dict[str, str]
#: The days at which the clock of the wire tests stands, long before the world's own messages.
THEN = {"from": "2020-02-01", "to": "2020-02-29"}
NOON = "2020-02-13T12:00:00Z"


class Shelf:
    """Takes what would leave the house, and leaves it there."""

    def take(self, sandbox: Sandbox, job: Job) -> None:
        sandbox.drop(job)

    async def idle(self, sandbox: Sandbox) -> None:
        """Nothing is on its way."""


@pytest.fixture
def pass_time() -> Callable[[Sandbox, float], int]:
    """Lets a sandbox's clock go on by so many seconds; gives how much happened."""

    def advance(sandbox: Sandbox, seconds: float) -> int:
        return asyncio.run(Agenda(sandbox, lambda _api: JOBS, Shelf()).advance(timedelta(seconds=seconds)))

    return advance


@dataclass(frozen=True)
class Wire:
    """The API as a client sees it, and everybody's credentials."""

    client: httpx.Client
    control: httpx.Client
    cast: dict[str, dict[str, Any]]

    def jwt(self, actor: str = "owner", workspace: int | str | None = None) -> Headers:
        """Headers of a person's request."""
        chosen = {} if workspace is None else {"X-Workspace-ID": str(workspace)}
        return {"Authorization": f"Bearer {self.cast[actor]['jwt']}", **chosen}

    def key(self, name: str | int = 16) -> Headers:
        """Headers of a request by the owner's key: of a workspace, or a special one."""
        owner = self.cast["owner"]
        return {"X-API-Key": owner["api_keys"].get(str(name)) or owner["keys"][name]}

    def send(self, headers: Headers, **changes: Any) -> httpx.Response:
        """The documented example, changed."""
        body = {"to": ["+14155551234"], "message": "hi", "sender_id": "MyApp", **changes}
        return self.client.post("/sms/send", json=body, headers=headers)


@pytest.fixture
def wire(mock: Any) -> Iterator[Wire]:
    """The mock's restlink in its opening state."""
    mock.reset()
    with httpx.Client(base_url=mock.base("restlink")) as client:
        yield Wire(client, mock.control, mock.cast("restlink"))


@dataclass(frozen=True)
class Desk:
    """The API on a clock that stands at noon until it is moved, and a receiver for its webhooks."""

    wire: Wire
    receiver: Receiver

    def listen(self, workspace: int = 16, **settings: Any) -> None:
        """Set a workspace's webhooks; deliveries go to a path of its own."""
        changes = {"delivery_url": f"{self.receiver.url}/{workspace}", **settings}
        changed = self.wire.client.put("/user/webhooks", json=changes, headers=self.wire.key(workspace))
        assert changed.status_code == 200, changed.text

    def send(self, workspace: int = 16, **changes: Any) -> str:
        """Send one message; its id."""
        sent = self.wire.send(self.wire.key(workspace), **changes)
        return str(sent.raise_for_status().json()["messages"][0]["message_id"])

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.control("POST", "/clock/advance", {"seconds": seconds})

    def control(self, method: str, path: str, body: Any = None) -> Any:
        """A deed of the control plane that succeeds."""
        done = self.wire.control.request(method, path, json=body)
        assert done.is_success, done.text
        return done.json() if done.content else None

    def read(self, path: str, workspace: int = 16, **params: Any) -> Any:
        """What a workspace is shown."""
        shown = self.wire.client.get(path, params=params, headers=self.wire.key(workspace))
        assert shown.status_code == 200, shown.text
        return shown.json()

    def message(self, message_id: str) -> Any:
        """A message of the main workspace."""
        return self.read(f"/sms/status/{message_id}")["message"]

    def log(self) -> Any:
        """The latest entry of the main workspace's log."""
        return self.read("/user/webhooks/logs", limit=1)["logs"][0]


@pytest.fixture
def desk(wire: Wire) -> Iterator[Desk]:
    """The mock at noon of 13 February 2020."""
    wire.control.put("/clock", json={"mode": "frozen", "now": NOON}).raise_for_status()
    with receiving() as receiver:
        yield Desk(wire, receiver)
    wire.control.post("/reset").raise_for_status()
