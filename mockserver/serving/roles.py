"""Roles: which actor of the world's cast a caller is."""

from __future__ import annotations

from mockserver.serving.passage import Passage, Rooms


def plays(passage: Passage, api: str, rooms: Rooms, role: str) -> bool:
    """Whether the caller is the actor of this name."""
    part = passage.cast(api).get(role)
    return part is not None and passage.actor is not None and rooms.plays(part, passage.actor)


def role_of(passage: Passage, api: str, rooms: Rooms) -> str | None:
    """The name of the first actor that the caller is; None for a stranger to the cast, and for who was not identified."""
    if passage.actor is None:
        return None
    return next((name for name, part in passage.cast(api).items() if rooms.plays(part, passage.actor)), None)
