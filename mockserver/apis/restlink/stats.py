"""Statistics: what a workspace sent in a span of days, counted, and what it cost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mockserver.apis.restlink.links import count_of
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
    """``figures``: messages by figure; ``cost`` in millionths; ``clicked``: messages with a click."""

    total: int
    figures: Mapping[str, int]
    not_billed: int
    cost: int
    clicks: int
    clicked: int
    conversions: int

    def percentage(self, count: int) -> float:
        """A share of all messages, to two places."""
        return round(100 * count / self.total, 2) if self.total else 0.0


def summarize(messages: Sequence[Entity]) -> Stats:
    """Count and add up."""
    statuses = Counter(message["status"] for message in messages)
    figures = {figure: sum(statuses[status] for status in counted) for figure, counted in FIGURES.items()}
    costs = [message["cost"] for message in messages]
    clicks = [count_of(message, "click") for message in messages]
    return Stats(
        total=len(messages),
        figures=figures,
        not_billed=costs.count(0),
        cost=sum(costs),
        clicks=sum(clicks),
        clicked=len(clicks) - clicks.count(0),
        conversions=sum(count_of(message, "conversion") for message in messages),
    )
