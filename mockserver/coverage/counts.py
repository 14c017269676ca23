"""Counts: how often each part of each contract was exercised, for as long as the process lives."""

from __future__ import annotations

from collections import Counter


class Counts:
    """What was exercised in one sandbox. All of it counts in ``run``, too, and stays counted there when the sandbox is gone."""

    def __init__(self, run: Counts | None = None) -> None:
        #: By API, operationId and status.
        self.answers: Counter[tuple[str, str, int]] = Counter()
        #: Webhooks that a receiver took, by API and name.
        self.webhooks: Counter[tuple[str, str]] = Counter()
        #: Frames that were sent to a client, by API and type.
        self.frames: Counter[tuple[str, str]] = Counter()
        self._run = run

    def answered(self, api: str, operation: str, status: int) -> None:
        """A request got its reply."""
        self.answers[api, operation, status] += 1
        if self._run is not None:
            self._run.answered(api, operation, status)

    def delivered(self, api: str, webhook: str) -> None:
        """A receiver took a webhook."""
        self.webhooks[api, webhook] += 1
        if self._run is not None:
            self._run.delivered(api, webhook)

    def told(self, api: str, frame: str) -> None:
        """A frame was sent to a client."""
        self.frames[api, frame] += 1
        if self._run is not None:
            self._run.told(api, frame)
