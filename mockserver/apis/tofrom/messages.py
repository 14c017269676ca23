"""Messages: what a workspace sent and received, kept and listed by filters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mockserver.apis.tofrom import lists, periods, state
from mockserver.apis.tofrom.lists import Entity, Page, Slice
from mockserver.engine.sandbox import Transaction
from mockserver.engine.store import Span

# The vendor's guide: so many characters fit into a single part, and into each part of several.
_ALONE, _IN_SERIES = 160, 153
_FACETS = ("direction", "status", "from", "to", "created_at")


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list is narrowed down to; None narrows nothing. ``start`` and ``end`` are days or moments, both included."""

    direction: str | None = None
    status: str | None = None
    sender: str | None = None
    to: str | None = None
    start: str | None = None
    end: str | None = None

    def where(self) -> dict[str, str | Span]:
        """The same as conditions on the facets that ``store`` sets."""
        wanted = {"direction": self.direction, "status": self.status, "from": self.sender, "to": self.to}
        exact: dict[str, str | Span] = {facet: value for facet, value in wanted.items() if value is not None}
        if self.start or self.end:
            first, last = self.start and periods.start(self.start), self.end and periods.end(self.end)
            exact["created_at"] = Span(first or None, last or None)
        return exact


def parts_of(text: str) -> int:
    """How many parts carry a text; an empty one takes one as well."""
    return 1 if len(text) <= _ALONE else -(-len(text) // _IN_SERIES)


def new_ids(tx: Transaction, media: Sequence[str]) -> Entity:
    """The ids of a message: the list's own, and the provider's, which tells a text from a picture message."""
    return {"id": state.new_id(tx, "msg"), "provider_sid": f"{'MM' if media else 'SM'}{tx.chance.hex(32)}"}


def read(tx: Transaction, workspace_id: str, message_id: str) -> Entity:
    """A message that is known to be there."""
    found = tx.get("message", workspace_id, message_id)
    assert found is not None, "messages are never deleted"
    return found


def page(tx: Transaction, workspace_id: str, filters: Filters, wanted: Slice) -> Page:
    """The messages that fit, newest first."""
    return lists.page(tx, "message", workspace_id, wanted, filters.where(), newest_first=True)


def store(tx: Transaction, workspace_id: str, message: Entity) -> None:
    """Keep a message, new or changed."""
    tx.put("message", workspace_id, message["id"], message, facets(message))


def facets(message: Entity) -> dict[str, str]:
    """What lists find a message by."""
    return {name: message[name] for name in _FACETS}
