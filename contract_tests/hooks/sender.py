"""Sender: what each API's webhooks differ in: how they are asked for, brought about, signed and told apart."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import pytest

from contract_tests.deployment import Api
from contract_tests.hooks.judged import Judged
from contract_tests.receiver import Received, Receiver

#: A signature is fresh for so many seconds, more or less.
FRESH = 300.0


class Sender(ABC):
    """One API's webhooks. ``key``: what they are signed with."""

    #: Whether every attempt is signed anew.
    signs_anew = True
    #: The signature covers the body.
    covers_the_body = True
    #: Longest until everything that one message brings about has been told, in seconds.
    at_last = 10.0

    def __init__(self, api: Api, judged: Judged) -> None:
        self.api, self.judged = api, judged
        self.key = f"{api.random.getrandbits(128):032x}"

    @contextmanager
    @abstractmethod
    def listening(self, receiver: Receiver) -> Iterator[None]:
        """For the length of the block the API sends to the receiver."""
        yield

    @abstractmethod
    def cause(self) -> str:
        """Make one thing happen that is told at once; by what its webhooks are known."""

    @abstractmethod
    def each_event(self) -> dict[str, Any]:
        """For each event of the contract a function that makes it happen."""

    @abstractmethod
    def event(self, received: Received) -> str:
        """Its name in the contract."""

    @abstractmethod
    def identity(self, received: Received) -> str:
        """The same for every attempt at one delivery, and another for every other delivery."""

    @abstractmethod
    def tells_of(self, received: Received, caused: str) -> bool:
        """Whether it is about what was made to happen."""

    @abstractmethod
    def proven(self, received: Received, body: bytes) -> bool:
        """Whether the signature is right for this body."""

    @abstractmethod
    def signed_at(self, received: Received) -> float:
        """When it says that it was signed, in Unix seconds."""

    @abstractmethod
    def happened_at(self, received: Received) -> datetime:
        """When what it tells of happened."""

    def now(self) -> float:
        """The time by the clock that the sender goes by, in Unix seconds."""
        if self.api.control is None:
            return time.time()
        return datetime.fromisoformat(self.api.control.get("/clock").raise_for_status().json()["now"]).timestamp()

    def control(self) -> Any:
        """The control plane of a mock, where what happens beside the API is made to happen."""
        if self.api.control is None:
            pytest.skip("needs the control plane of a mock")
        return self.api.control
