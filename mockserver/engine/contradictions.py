"""Contradictions: what is wrong with a world although each of its parts is right."""

from __future__ import annotations

from collections.abc import Iterable


def refuse(mistakes: Iterable[str]) -> None:
    """ValueError with every mistake, each in a line of its own; nothing if there is none.

    What one mistake leads to can keep the search from going on: the rest is told when that one is mended.
    """
    found = []
    try:
        for mistake in mistakes:
            found.append(mistake)
    except LookupError:
        if not found:
            raise
    if found:
        raise ValueError("\n".join(found))
