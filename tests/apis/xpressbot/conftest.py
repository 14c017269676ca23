"""What xpressbot's wire tests share: a client without a credential, and the cast's keys."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest


@dataclass(frozen=True)
class Wire:
    """The API as a client sees it, and everybody's credentials."""

    client: httpx.Client
    cast: dict[str, dict[str, Any]]

    def key(self, actor: str = "owner") -> str:
        """An actor's API key."""
        key: str = self.cast[actor]["api_key"]
        return key

    def get(self, path: str, query: str = "") -> httpx.Response:
        """A GET by the owner."""
        return self.client.get(f"{path}{query}", headers={"X-API-Key": self.key()})

    def post(self, path: str, **options: Any) -> httpx.Response:
        """A POST by the owner."""
        return self.client.post(path, **{**options, "headers": {"X-API-Key": self.key(), **options.get("headers", {})}})


@pytest.fixture
def wire(mock: Any) -> Iterator[Wire]:
    """The mock's xpressbot in its opening state."""
    mock.reset()
    with httpx.Client(base_url=mock.base("xpressbot")) as client:
        yield Wire(client, mock.cast("xpressbot"))
