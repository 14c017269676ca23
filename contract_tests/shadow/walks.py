"""Walks: the pages of one list, read one after the other while nothing changed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from contract_tests.shadow import terms
from contract_tests.shadow.memory import Region

if TYPE_CHECKING:
    from contract_tests.shadow.lists import Page

#: Walks that a region remembers.
MOST = 16


@dataclass
class Walk:
    """``pages``: number → ids; ``found``: id → page; ``tokens``: token → the page that it leads to; ``end``: the last page's
    number, once it was read.
    """

    pages: dict[int, list[str]] = field(default_factory=dict)
    found: dict[str, int] = field(default_factory=dict)
    tokens: dict[str, int] = field(default_factory=dict)
    end: int | None = None


def walked(page: Page, region: Region) -> None:
    """Take one more page, and judge what all of them show together."""
    if (page.first and page.last) or any(page.role.filters[name].moves for name, _ in page.filters):
        return
    asked = page.look.asked
    scope = tuple(sorted((name, tuple(values)) for name, values in page.filters)), page.newest
    key = (page.look.exchange.operation_id, tuple(asked.values.items()), scope, page.limit)
    walk = region.walks.get(key)
    if walk is None:
        walk = region.walks[key] = Walk()
        if len(region.walks) > MOST:
            region.walks.popitem(last=False)
    number = page.number
    if page.role.token:
        after = asked.query.get(page.role.after)
        if after is not None and after not in walk.tokens:
            return
        number = 1 if after is None else walk.tokens[after]
        if page.token is not None:
            walk.tokens[page.token] = number + 1
    _take(page, region, walk, number)


def _take(page: Page, region: Region, walk: Walk, number: int) -> None:
    for id in page.ids:
        if walk.found.setdefault(id, number) != number:
            page.against(terms.REUSED, f"{id} stands on page {walk.found[id]} and on page {number}")
            walk.found[id] = number
    walk.pages[number] = page.ids
    if page.last and page.ids:
        walk.end = number
    if walk.end is not None and page.known and all(each in walk.pages for each in range(1, walk.end + 1)):
        _judge_all(page, region, walk)


def _judge_all(page: Page, region: Region, walk: Walk) -> None:
    if page.total is not None and page.look.known.exact and len(walk.found) != page.total:
        page.against(terms.COUNT, f"all pages together hold {len(walk.found)}, and the total is {page.total},")
    if page.role.spanned:
        return
    for id in [id for id in region.things if id not in walk.found]:
        thing = region.find(id)
        if thing is None or not (page.look.known.exact or thing.made is not None):
            continue
        if not page.narrowed or page.admits(thing.facts):
            page.against(terms.MISSING, f"{id} is missing{page.look.suspects(region)}")
            region.lose(id)
