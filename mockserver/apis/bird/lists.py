"""Lists: one page of an owner's records, and the token that leads to the next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mockserver.engine.paging import cursor, read_cursor
from mockserver.engine.sandbox import Transaction
from mockserver.engine.store import Where

Entity = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Paging:
    """What a client wants of a list: up to ``limit`` entries, beyond the page that gave ``token``."""

    limit: int
    token: str | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Some entries, and how to go on; None where there is no more."""

    entries: list[Entity]
    next_token: str | None


def page(
    tx: Transaction, kind: str, owner: str, paging: Paging, where: Where | None = None, *, newest_first: bool = False
) -> Page:
    """CursorInvalid for a token of another list, or of this one with other filters."""
    listing = f"{kind} {owner} {sorted((where or {}).items(), key=lambda item: item[0])} {newest_first}"
    after = None if paging.token is None else read_cursor(paging.token, listing)
    records = tx.find(kind, owner, where, after=after, newest_first=newest_first, limit=paging.limit + 1)
    shown = records[: paging.limit]
    more = len(records) > len(shown)
    return Page([record.body for record in shown], cursor(shown[-1].seq, listing) if more else None)
