"""Receiving: a message from outside reaches a number of a workspace, now or when the clock gets there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mockserver.apis.tofrom import live, messages, numbers, state
from mockserver.apis.tofrom.lists import Entity
from mockserver.engine.clock import parse_rfc3339, rfc3339
from mockserver.engine.sandbox import Transaction

#: The kind of job that lets a message arrive.
RECEIVE = "receive"


@dataclass(frozen=True, slots=True)
class Letter:
    """What somebody outside wrote to a number; ``media`` makes it an MMS."""

    sender: str
    to: str
    body: str
    media: Sequence[str] = ()


def expect(tx: Transaction, workspace_id: str, letter: Letter, arrival: datetime) -> Entity:
    """The message as it is received: at once, or at a later instant. WorkspaceUnknown; PhoneNumberUnknown."""
    state.anybodys_workspace(tx, workspace_id)
    if not numbers.has(tx, workspace_id, letter.to):
        raise numbers.PhoneNumberUnknown
    expected = received(messages.new_ids(tx, letter.media), letter, arrival)
    if arrival <= tx.now:
        _arrive(tx, workspace_id, expected)
    else:
        plan(tx, workspace_id, expected)
    return expected


def received(ids: Entity, letter: Letter, arrival: datetime) -> Entity:
    """The message that a letter becomes."""
    return {
        **ids,
        "direction": "inbound",
        "to": letter.to,
        "from": letter.sender,
        "body": letter.body,
        "status": "delivered",
        "created_at": rfc3339(arrival),
        "mediaUrls": list(letter.media),
    }


def plan(tx: Transaction, workspace_id: str, message: Entity, chance: str | None = None) -> None:
    """Let a message arrive at its own instant. ``chance``: the key of the job's own chance, where it is known already."""
    arrival = parse_rfc3339(message["created_at"])
    tx.schedule(arrival, RECEIVE, {"workspace_id": workspace_id, "message": message}, chance)


def receive(tx: Transaction, body: Mapping[str, Any]) -> None:
    """The job: the message arrives, if the workspace still has the number that it was sent to."""
    if numbers.has(tx, body["workspace_id"], body["message"]["to"]):
        _arrive(tx, body["workspace_id"], body["message"])


def _arrive(tx: Transaction, workspace_id: str, message: Entity) -> None:
    messages.store(tx, workspace_id, message)
    live.announce(tx, workspace_id, "message.created", message)
