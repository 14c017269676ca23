"""Records: the journals and the coverage of all sandboxes of a run."""

from __future__ import annotations

from mockserver.coverage.counts import Counts
from mockserver.journal.journal import Journal, Shelf


class Records:
    """What a run remembers; ``coverage`` counts what happened in any sandbox, also in those that are gone."""

    def __init__(self) -> None:
        self.coverage = Counts()
        self._shelf = Shelf()

    def journal(self) -> Journal:
        """For one more sandbox."""
        return Journal(self._shelf)

    def counts(self) -> Counts:
        """For one more sandbox."""
        return Counts(self.coverage)
