"""Deeds: what all parts of the control plane share, the mock that they act on."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Protocol

from mockserver import apis
from mockserver.engine.agenda import Agenda
from mockserver.engine.refusals import Refusal
from mockserver.engine.sandbox import Sandbox, Transaction
from mockserver.exchange import Call
from mockserver.settings import Settings


class ApiNotServed(Refusal):
    """The deed belongs to an API that is not part of this run."""


class Operated(Protocol):
    """What the control plane needs of the mock that it acts on."""

    @property
    def settings(self) -> Settings:
        """What the run was told."""

    @property
    def sandbox(self) -> Sandbox:
        """The state and the clock."""

    @property
    def agenda(self) -> Agenda:
        """What falls due."""

    @property
    def leaving(self) -> bool:
        """Whether the process is about to end: nobody is to wait any more."""

    def reset(self, tx: Transaction, at: datetime | None = None) -> None:
        """Put the sandbox back into its opening state, as of now or of another instant."""


class Deeds:
    """A part of the control plane's operations, acting on one mock."""

    def __init__(self, mock: Operated) -> None:
        self._mock = mock

    def _room(self, call: Call, api: str, noun: str = "state") -> tuple[Any, Transaction]:
        """A room of an API and the transaction at its state. ApiNotServed."""
        if api not in self._mock.settings.apis:
            raise ApiNotServed
        return apis.room(api, noun), call.tx.within(api)
