"""The sender: one API's terms for its webhooks, as its contract and its rooms have them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from mockserver import apis
from mockserver.engine.outbox import DELIVERED, Delivery
from mockserver.engine.sandbox import Transaction
from mockserver.serving.contract import Contract
from mockserver.serving.webhooks import Webhooks


class ApiSender:
    """What an API says about its webhooks: its contract the terms, its room ``deliveries`` how they are signed.

    ``covered``: told the sandbox, the API and the webhook whenever a receiver took one.
    """

    def __init__(self, contract: Contract, covered: Callable[[str, str, str], None]) -> None:
        self._api = contract.name
        self._covered = covered
        self._webhooks = Webhooks(contract)
        self._room = apis.room(contract.name, "deliveries")
        self.timeout, self.retries = self._webhooks.timeout, self._webhooks.retries

    def breach(self, delivery: Delivery) -> str | None:
        """Where the body breaks the contract."""
        return self._webhooks.breach(delivery["webhook"], delivery["body"])

    def headers(self, delivery: Delivery, now: datetime) -> Mapping[str, str]:
        """The API's own headers."""
        headers: Mapping[str, str] = self._room.headers(delivery, now)
        return headers

    def tried(self, tx: Transaction, delivery: Delivery) -> None:
        """Let the API keep its own record, if it has one."""
        if delivery["status"] == DELIVERED:
            self._covered(tx.sandbox, self._api, delivery["webhook"])
        if hasattr(self._room, "tried"):
            self._room.tried(tx, delivery)
