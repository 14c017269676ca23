"""The state of channels: which of them a key opens, and which one a request is about."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mockserver.engine.refusals import Refusal
from mockserver.engine.sandbox import Transaction

Entity = dict[str, Any]


class ChannelAmbiguous(Refusal):
    """The key opens several channels, and the request names none."""


class ChannelForbidden(Refusal):
    """The channel exists, and the key does not open it."""


class ChannelUnknown(Refusal):
    """There is no such channel."""


def channels(tx: Transaction, opened: Sequence[str]) -> list[Entity]:
    """The channels that a key opens."""
    found = (tx.get("channel", "", channel_id) for channel_id in opened)
    return [channel for channel in found if channel is not None]


def choose_channel(tx: Transaction, opened: Sequence[str], wanted: str | None) -> str:
    """The channel that a request is about: the one it names, or else the only one that its key opens."""
    if wanted is None:
        if len(opened) != 1:
            raise ChannelAmbiguous
        return opened[0]
    if wanted in opened:
        return wanted
    raise ChannelForbidden if tx.get("channel", "", wanted) else ChannelUnknown


def new_id(tx: Transaction, kind: str) -> str:
    """``contact_Zt5Hq8Lw2N``: what it is, and ten characters by chance."""
    return f"{kind}_{tx.chance.token(10)}"
