"""What tofrom's tests share: its world without HTTP, and a client on a fresh world with the cast's headers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
import pytest

from mockserver.apis.tofrom.agenda import JOBS
from mockserver.engine.agenda import Agenda
from mockserver.engine.sandbox import Sandbox
from mockserver.engine.store import Job

Headers = dict[str, str]


@pytest.fixture
def sandbox(sandbox_of: Callable[..., Sandbox]) -> Sandbox:
    """The default world at noon."""
    return sandbox_of("tofrom")


class NoCourier:
    """tofrom sends nothing out of the house."""

    def take(self, sandbox: Sandbox, job: Job) -> None:
        raise AssertionError("a webhook of tofrom")

    async def idle(self, sandbox: Sandbox) -> None:
        """Nothing is on its way."""


@pytest.fixture
def pass_time() -> Callable[[Sandbox, float], int]:
    """Lets a sandbox's clock go on by so many seconds; gives how much happened."""

    def advance(sandbox: Sandbox, seconds: float) -> int:
        return asyncio.run(Agenda(sandbox, lambda _api: JOBS, NoCourier()).advance(timedelta(seconds=seconds)))

    return advance


def bearer(token: str) -> Headers:
    return {"Authorization": f"Bearer {token}"}


@dataclass(frozen=True)
class Wire:
    """The API as a client sees it, and everybody's credentials."""

    client: httpx.Client
    cast: dict[str, dict[str, Any]]

    def person(self, actor: str = "owner") -> Headers:
        """Headers of a person's request."""
        return bearer(self.cast[actor]["session_token"])

    def program(self, actor: str = "owner") -> Headers:
        """Headers of a program's request."""
        return bearer(self.cast[actor]["api_key"])

    def at(self, path: str = "", actor: str = "owner") -> str:
        """A path in the actor's workspace."""
        return f"/api/ui/workspaces/{self.cast[actor]['workspace_id']}{path}"

    def get(self, path: str = "", actor: str = "owner", **params: Any) -> Any:
        """What the actor's workspace shows to the actor."""
        reply = self.client.get(self.at(path, actor), headers=self.person(actor), params=params)
        assert reply.status_code == 200, reply.text
        return reply.json()

    def post(self, path: str, actor: str = "owner", **body: Any) -> httpx.Response:
        """Something new in the actor's workspace."""
        return self.client.post(self.at(path, actor), headers=self.person(actor), json=body)

    def send(self, headers: Headers | None = None, **changes: Any) -> httpx.Response:
        """A message by the owner's key if by no other."""
        body = {"to": "+13129450127", "body": "Hello", **changes}
        return self.client.post("/api/messages", headers=headers or self.program(), json=body)

    def log_in(self, actor: str = "owner", **changes: str) -> httpx.Response:
        """Open a session of the actor."""
        login = {"email": self.cast[actor]["email"], "password": self.cast[actor]["password"], **changes}
        return self.client.post("/api/auth/login", json=login)

    @staticmethod
    def told(reply: httpx.Response) -> tuple[int, str, str]:
        """Status and words of a refusal, which has nothing else."""
        body = reply.json()
        assert set(body) == {"error", "detail"}
        return reply.status_code, body["error"], body["detail"]


@pytest.fixture
def wire(mock: Any) -> Iterator[Wire]:
    """The mock's tofrom in its opening state."""
    mock.reset()
    with httpx.Client(base_url=mock.base("tofrom")) as client:
        yield Wire(client, mock.cast("tofrom"))
