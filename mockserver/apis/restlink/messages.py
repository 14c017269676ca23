"""Messages: kept per workspace, found by id, listed by filters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mockserver.apis.restlink.periods import Days
from mockserver.apis.restlink.state import Entity, anybodys_workspaces
from mockserver.engine.refusals import Refusal
from mockserver.engine.sandbox import Transaction
from mockserver.engine.store import Contains, OneOf, Span

_ON_THE_WAY = ("pending", "sent", "ENROUTE", "ACCEPTD")
_NOT_DELIVERED = ("UNDELIV", "REJECTD", "DELETED", "failed")
#: In nanoseconds.
HOUR = 3600 * 1_000_000_000
#: The statuses that each value of the status filter stands for.
GROUPS: Mapping[str, tuple[str, ...]] = {
    "delivered": ("DELIVRD",),
    "undelivered": _NOT_DELIVERED,
    "failed": _NOT_DELIVERED,
    "pending": _ON_THE_WAY,
    "sent": _ON_THE_WAY,
    "expired": ("EXPIRED",),
    "unknown": ("UNKNOWN",),
}


class MessageNotFound(Refusal):
    """The workspace has no such message, whoever else may have it."""


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list is narrowed down to; None narrows nothing."""

    days: Days
    status: str | None = None
    phone: str | None = None
    country: str | None = None
    sender: str | None = None

    def where(self) -> dict[str, str | Contains | OneOf | Span]:
        """The same as conditions on the facets that ``store`` sets."""
        wanted: dict[str, str | Contains | OneOf | Span | None] = {
            "day": Span(self.days.first, self.days.last),
            "status": OneOf(GROUPS[self.status]) if self.status else None,
            "phone": Contains(self.phone) if self.phone else None,
            "country": self.country.upper() if self.country else None,
            "sender": self.sender,
        }
        return {facet: value for facet, value in wanted.items() if value is not None}


def new_id(tx: Transaction, user_id: int) -> str:
    """``api_{user_id}_{nanoseconds}_{16 hex}``.

    The nanoseconds are drawn from the hour before the current one, as tokens are issued at the full hour: the same requests give
    the same ids in two runs close together.
    """
    drawn = tx.chance.bytes(16)
    nanoseconds = (int(tx.now.timestamp()) // 3600 - 1) * HOUR + int.from_bytes(drawn[:8], "big") % HOUR
    return f"api_{user_id}_{nanoseconds}_{drawn[8:].hex()}"


def store(tx: Transaction, workspace_id: int, message: Entity) -> None:
    """Keep a message, new or changed."""
    tx.put("message", workspace_id, message["client_message_id"], message, facets(message))


def facets(message: Entity) -> dict[str, str]:
    """What lists find a message by."""
    return {
        "day": message["created_at"][:10],
        "status": message["status"],
        "phone": message["recipient"],
        "country": message["country"],
        "sender": message["sender_id"],
    }


def read(tx: Transaction, workspace_id: int, message_id: str) -> Entity:
    """One message of the workspace."""
    found = tx.get("message", workspace_id, message_id)
    if found is None:
        raise MessageNotFound
    return found


def anybodys(tx: Transaction, message_id: str) -> tuple[int, Entity]:
    """A message of whichever live workspace, and the workspace: for the administrator."""
    for workspace_id in anybodys_workspaces(tx):
        if found := tx.get("message", workspace_id, message_id):
            return workspace_id, found
    raise MessageNotFound


def page(tx: Transaction, workspace_id: int, filters: Filters, number: int, limit: int) -> tuple[list[Entity], int]:
    """The ``number``-th page of ``limit`` messages, newest first, and how many messages fit in all."""
    where = filters.where()
    records = tx.find("message", workspace_id, where, newest_first=True, limit=limit, offset=(number - 1) * limit)
    return [record.body for record in records], tx.count("message", workspace_id, where)


def sent_within(tx: Transaction, workspace_id: int, days: Days) -> list[Entity]:
    """All messages of a span of days, oldest first."""
    return [record.body for record in tx.find("message", workspace_id, Filters(days).where())]
