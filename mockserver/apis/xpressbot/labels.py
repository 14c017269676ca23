"""Labels: the marks of a channel, known by their names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from mockserver.apis.xpressbot.state import Entity, new_id
from mockserver.engine.sandbox import Transaction


def listed(tx: Transaction, channel_id: str) -> list[Entity]:
    """The channel's labels by display order, then by age."""
    return sorted((record.body for record in tx.find("label", channel_id)), key=lambda label: int(label["displayOrder"]))


def store(tx: Transaction, label: Entity) -> None:
    """Keep a label, new or changed."""
    tx.put("label", label["channelId"], label["name"], label)


def manage(tx: Transaction, channel_id: str, name: str, changes: Mapping[str, Any]) -> tuple[Entity, bool]:
    """Change the label of this name in what is named, or make it; whether it is new. ``displayOrder`` may be its digits."""
    known = tx.get("label", channel_id, name)
    changed = {field: changes[field] for field in ("description", "color") if field in changes}
    if "displayOrder" in changes:
        changed["displayOrder"] = int(changes["displayOrder"])
    label = {**(known or _new(tx, channel_id, name)), **changed}
    store(tx, label)
    return label, known is None


def ensure(tx: Transaction, channel_id: str, names: Iterable[str]) -> None:
    """Make the labels that are not there."""
    for name in names:
        if tx.get("label", channel_id, name) is None:
            store(tx, _new(tx, channel_id, name))


def _new(tx: Transaction, channel_id: str, name: str) -> Entity:
    nothing = {"description": None, "color": None, "displayOrder": 0}
    return {"id": new_id(tx, "label"), "channelId": channel_id, "name": name, **nothing}
