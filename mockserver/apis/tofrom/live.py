"""Live: what happens to a workspace's messages, numbered from 1 on and remembered for a while."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mockserver.apis.tofrom.lists import Entity
from mockserver.engine import paging
from mockserver.engine.clock import rfc3339
from mockserver.engine.refusals import Refusal
from mockserver.engine.sandbox import Transaction

#: So many events of a workspace are remembered.
REMEMBERED = 10_000


class CursorExpired(Refusal):
    """What came after the cursor is forgotten."""


@dataclass(frozen=True, slots=True)
class Event:
    """What happened: its number in the workspace, when (RFC 3339), what kind of frame tells it, the message as it was then."""

    number: int
    at: str
    kind: str
    message: Entity


def announce(tx: Transaction, workspace_id: str, event: str, message: Entity) -> None:
    """Let the workspace's watchers know, once this is committed: ``event`` is the kind of frame, ``message`` as it is now."""
    number = tx.increment(f"event {workspace_id}")
    tx.put("event", workspace_id, number, {"at": rfc3339(tx.now), "kind": event, "message": message})
    tx.delete("event", workspace_id, number - REMEMBERED)
    tx.stir()


def events_after(tx: Transaction, workspace_id: str, number: int, limit: int) -> Sequence[Event] | None:
    """The events that follow; None if the first of them is forgotten."""
    found: list[Event] = []
    for following in range(number + 1, number + 1 + limit):
        event = tx.get("event", workspace_id, following)
        if event is None:
            break
        found.append(Event(following, **event))
    return found if found or latest(tx, workspace_id) <= number else None


def remembered(tx: Transaction, workspace_id: str) -> Sequence[Event]:
    """All events that are not forgotten."""
    return [Event(int(record.id), **record.body) for record in tx.find("event", workspace_id)]


def remember(tx: Transaction, workspace_id: str, events: Sequence[Event]) -> None:
    """Take over what happened elsewhere, to a workspace of which nothing has been announced yet."""
    for event in events:
        tx.put("event", workspace_id, event.number, {"at": event.at, "kind": event.kind, "message": event.message})
    tx.increment(f"event {workspace_id}", events[-1].number if events else 0)


def latest(tx: Transaction, workspace_id: str) -> int:
    """The number of the newest event, 0 if there is none."""
    newest = tx.find("event", workspace_id, newest_first=True, limit=1)
    return int(newest[0].id) if newest else 0


def cursor(workspace_id: str, number: int) -> str:
    """What a client calls the place after an event."""
    return paging.cursor(number, _listing(workspace_id))


def number(tx: Transaction, workspace_id: str, cursor: str) -> int:
    """The event before a client's place. CursorInvalid, CursorExpired."""
    found, newest = paging.read_cursor(cursor, _listing(workspace_id)), latest(tx, workspace_id)
    if found > newest:
        raise paging.CursorInvalid
    if found < newest - REMEMBERED:
        raise CursorExpired
    return found


def _listing(workspace_id: str) -> str:
    return f"live {workspace_id}"
