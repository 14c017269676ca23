"""Sending: a message of a workspace is queued and begins its way to the recipient."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mockserver.apis.tofrom import live, messages, numbers, provider
from mockserver.apis.tofrom.ladder import LADDER
from mockserver.apis.tofrom.lists import Entity
from mockserver.engine.clock import rfc3339
from mockserver.engine.outcomes import outcome_of
from mockserver.engine.refusals import Refusal
from mockserver.engine.sandbox import Transaction


class ProviderNotConfigured(Refusal):
    """Nobody carries the workspace's messages yet."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What a program wants to send; ``sender`` None leaves the choice to the workspace, ``media`` makes it an MMS."""

    to: str
    body: str
    sender: str | None = None
    media: Sequence[str] = ()


def send(tx: Transaction, workspace_id: str, draft: Draft) -> Entity:
    """Queue a message of the workspace."""
    if provider.settings(tx, workspace_id) is None:
        raise ProviderNotConfigured
    queued = {
        **messages.new_ids(tx, draft.media),
        "direction": "outbound",
        "to": draft.to,
        "from": numbers.sender(tx, workspace_id, draft.sender),
        "body": draft.body,
        "status": "queued",
        "created_at": rfc3339(tx.now),
        "mediaUrls": list(draft.media),
    }
    messages.store(tx, workspace_id, queued)
    LADDER.send_off(tx, workspace_id, queued, outcome_of(draft.to))
    live.announce(tx, workspace_id, "message.created", queued)
    return queued
