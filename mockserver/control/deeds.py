"""Deeds: what all parts of the control plane share, the mock that they act on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from mockserver import apis
from mockserver.engine.refusals import Refusal
from mockserver.engine.sandbox import Transaction
from mockserver.exchange import Call
from mockserver.playground import Playground
from mockserver.sandboxes import Sandboxes
from mockserver.serving.contract import Contract
from mockserver.serving.effects import FaultReach
from mockserver.settings import Settings


class ApiNotServed(Refusal):
    """The deed belongs to an API that is not part of this run."""


class Operated(Protocol):
    """What the control plane needs of the mock that it acts on."""

    @property
    def settings(self) -> Settings:
        """What the run was told."""

    @property
    def contracts(self) -> Mapping[str, Contract]:
        """The contracts that are served, by API."""

    @property
    def sandboxes(self) -> Sandboxes:
        """All sandboxes."""

    @property
    def reach(self) -> FaultReach:
        """Which operations a fault can act on."""


class Deeds:
    """A part of the control plane's operations, acting on one mock."""

    def __init__(self, mock: Operated) -> None:
        self._mock = mock

    def _here(self, call: Call) -> Playground:
        """The sandbox that the call is about, with all that lives in it."""
        return self._mock.sandboxes.known(call.tx.sandbox)

    def _room(self, call: Call, api: str, noun: str = "state") -> tuple[Any, Transaction]:
        """A room of an API and the transaction at its state. ApiNotServed."""
        if api not in self._mock.settings.apis:
            raise ApiNotServed
        return apis.room(api, noun), call.tx.within(api)
