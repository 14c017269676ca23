"""Budget: the rule of the gate that keeps a run within its requests and its time, exactly."""

from __future__ import annotations

import time
from collections.abc import Sequence

from contract_tests.gate.exchange import Exchange
from contract_tests.gate.rule import Rule

SPENT = "The budget of this run is spent"
#: By this header a worker says which one it is; it never leaves the gate.
WORKER = "X-Understudy-Worker"


class Budget(Rule):
    """The last rule of all, so that only what leaves is counted. ``shares``: requests for each worker, None for no bound;
    ``until``: by the monotonic clock, None for no end.
    """

    def __init__(self, shares: Sequence[int | None], until: float | None = None) -> None:
        self._left = list(shares)
        self.until = until
        self.sent = 0
        self._of: dict[int, int] = {}
        self.operations: set[tuple[str, str]] = set()

    def ask(self, exchange: Exchange) -> str | None:
        if exchange.closing:
            return None
        worker = int(exchange.header(WORKER.lower()) or 0)
        exchange.headers = [(name, value) for name, value in exchange.headers if name.lower() != WORKER.lower()]
        left = self._left[worker]
        if (self.until is not None and time.monotonic() >= self.until) or left == 0:
            return SPENT
        if left is not None:
            self._left[worker] = left - 1
        self._of[exchange.number] = worker
        self.sent += 1
        return None

    def undo(self, exchange: Exchange) -> None:
        worker = self._of.pop(exchange.number, None)
        if worker is None:
            return
        left = self._left[worker]
        if left is not None:
            self._left[worker] = left + 1
        self.sent -= 1

    def saw(self, exchange: Exchange) -> None:
        self._of.pop(exchange.number, None)
        if exchange.api is not None and exchange.place is not None:
            self.operations.add((exchange.api, exchange.place))

    def left(self, worker: int) -> int | None:
        """How many requests this worker may still send."""
        return self._left[worker]

    def close(self) -> None:
        """From now on nothing leaves."""
        self.until = time.monotonic()


def shared(requests: int | None, workers: int) -> list[int | None]:
    """The requests split fairly: no worker has two more than another."""
    if requests is None:
        return [None] * workers
    each, over = divmod(requests, workers)
    return [each + (worker < over) for worker in range(workers)]
