"""What restlink's wire tests share: a client on a fresh world, and the cast's headers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

Headers = dict[str, str]


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
