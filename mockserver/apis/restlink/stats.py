"""Statistics: what a workspace sent in a span of days, counted, and what it cost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mockserver.apis.restlink.state import Entity

#: Which statuses each figure counts; a message is in one of them, or (UNKNOWN) in none.
FIGURES: Mapping[str, tuple[str, ...]] = {
    "sent": ("sent", "ENROUTE", "ACCEPTD"),
    "delivered": ("DELIVRD",),
    "undelivered": ("UNDELIV", "REJECTD", "DELETED"),
    "pending": ("pending",),
    "expired": ("EXPIRED",),
    "failed": ("failed",),
}


@dataclass(frozen=True, slots=True)
class Stats:
    """``figures``: messages by figure; ``cost`` in millionths."""

    total: int
    figures: Mapping[str, int]
    not_billed: int
    cost: int

    def percentage(self, count: int) -> float:
        """A share of all messages, to two places."""
        return round(100 * count / self.total, 2) if self.total else 0.0


def summarize(messages: Sequence[Entity]) -> Stats:
    """Count and add up."""
    statuses = Counter(message["status"] for message in messages)
    figures = {figure: sum(statuses[status] for status in counted) for figure, counted in FIGURES.items()}
    costs = [message["cost"] for message in messages]
    return Stats(len(messages), figures, costs.count(0), sum(costs))
