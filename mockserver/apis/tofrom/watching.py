"""Watching: who may follow a workspace's live updates, from where on, and what is told."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from mockserver.apis.tofrom import credentials, live, state, wire
from mockserver.apis.tofrom.lists import Entity
from mockserver.engine.sandbox import Transaction
from mockserver.exchange import Call


@dataclass(frozen=True, slots=True)
class Channel:
    """A workspace's events. ``origin`` tells the workspace from one of the same id after the state was put back."""

    workspace_id: str
    origin: int


@dataclass(frozen=True, slots=True)
class Watcher:
    """Who holds a session, which goes on until ``until`` (RFC 3339)."""

    user_id: str
    session: str
    until: str


@dataclass(frozen=True, slots=True)
class Visit:
    """A watcher's place in a channel: after the event ``position``, where ``latest`` is the newest."""

    channel: Channel
    watcher: Watcher
    position: int
    latest: int

    @property
    def until(self) -> str:
        """When it ends at the latest."""
        return self.watcher.until


def known(call: Call, presented: str) -> Watcher:
    """The rule of both places of a session: as for requests, but counted against no limit."""
    session = credentials.session(call.tx, presented)
    return Watcher(session["user_id"], presented, session["expires_at"])


SCHEMES: dict[str, Callable[[Call, str], Watcher]] = {"Session": known, "SessionInQuery": known}


def watch_workspace(call: Call, *, workspace_id: str, cursor: str | None) -> Visit:
    """The caller's place: behind the cursor, or behind all that has happened. WorkspaceUnknown, CursorInvalid, CursorExpired."""
    state.membership(call.tx, call.actor.user_id, workspace_id)
    latest = live.latest(call.tx, workspace_id)
    position = latest if cursor is None else live.number(call.tx, workspace_id, cursor)
    return Visit(channel(call.tx, workspace_id), call.actor, position, latest)


def channel(tx: Transaction, workspace_id: str) -> Channel:
    """The workspace's events since the state was last put back."""
    return Channel(workspace_id, tx.openings)


def goes_on(tx: Transaction, watched: Channel) -> bool:
    """Whether a channel is still the one that it was."""
    return channel(tx, watched.workspace_id) == watched


def admits(tx: Transaction, watched: Channel, watcher: Watcher) -> bool:
    """Whether a watcher who was let in may stay, as far as it is not a question of time."""
    stays = tx.get("membership", watcher.user_id, watched.workspace_id) is not None
    return stays and tx.get("session", "", watcher.session) is not None


def ready(visit: Visit) -> Entity:
    """The first frame."""
    workspace_id = visit.channel.workspace_id
    return wire.live_frame("ready", workspace_id, live.cursor(workspace_id, visit.position))


def frames(tx: Transaction, watched: Channel, position: int, limit: int) -> Sequence[tuple[int, str, Entity]] | None:
    """The number, the instant and the frame of each event that follows; None if the first of them is forgotten."""
    events = live.events_after(tx, watched.workspace_id, position, limit)
    return None if events is None else [(event.number, event.at, _frame(watched.workspace_id, event)) for event in events]


def _frame(workspace_id: str, event: live.Event) -> Entity:
    return wire.live_frame(event.kind, workspace_id, live.cursor(workspace_id, event.number), event.message)
