"""Lists: a page of things held against what must be on it, in which order, and how many there are in all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from contract_tests.shadow import terms
from contract_tests.shadow.look import Look, shown
from contract_tests.shadow.memory import Place, Region
from contract_tests.shadow.terms import Collection, Listing
from contract_tests.shadow.things import ONLY, id_of, meet, within
from contract_tests.shadow.values import COARSE, rank
from contract_tests.shadow.views import View, at
from contract_tests.shadow.walks import walked

Item = Mapping[str, Any]
#: Things known to stand between the ends of a filtered page that are held against the filter.
LOOKED_AT = 200


@dataclass
class Page:
    """``first``, ``last``: whether the list begins and ends with it; ``newest``: which way it is sorted; ``narrowed``: whether
    any parameter may leave things out; ``known``: whether the shadow knows what each of them means.
    """

    look: Look
    role: Listing
    collection: Collection
    ids: list[str]
    items: list[Item]
    number: int
    limit: int | None
    total: int | None
    token: str | None
    first: bool
    last: bool
    newest: bool
    filters: list[tuple[str, Sequence[str]]]
    known: bool

    @property
    def narrowed(self) -> bool:
        return bool(self.filters) or not self.known or bool(self.role.within)

    def admits(self, item: Item) -> bool | None:
        """Whether the list must show this thing."""
        verdicts = [self.role.filters[name].admits(item, values) for name, values in self.filters]
        verdicts += [item.get(name) == self.look.asked.given(by) for name, by in self.role.within.items() if name in item]
        return False if False in verdicts else None if None in verdicts or not self.known else True

    def against(self, check: str, message: str) -> None:
        self.look.against(check, self.collection, f"{message} in the list of {self.collection.name}s")


def listed(look: Look, role: Listing, view: View) -> None:
    """A reply that shows a list."""
    page = _page(look, role)
    if page is None:
        return
    region = look.region(page.collection)
    clean = region is not None and look.clean(region)
    _judge_alone(page)
    if region is None or not clean:
        return
    region.readers.add(look.asked.caller.credential)
    before = region.front
    strangers = [id for id in page.ids if id not in region.things]
    for id, item in zip(page.ids, page.items, strict=True):
        meet(look, role, view, region, id, item)
    _judge_members(page, region)
    if look.known.exact:
        _judge_newcomers(page, region, strangers, before)
        _judge_total(page, region)
    walked(page, region)


def _page(look: Look, role: Listing) -> Page | None:
    found = at(look.reply, role.at)
    collection = look.collection(role)
    if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
        return None
    ids = [id_of(collection, item) for item in found]
    if any(id is None or id == ONLY for id in ids):
        return None
    number, limit = _number(look.asked.given(role.page)) or 1, _number(look.asked.given(role.limit)) or role.usual
    token = at(look.reply, role.token) if role.token else None
    total = at(look.reply, role.total) if role.total else None
    total = total if isinstance(total, int) else None
    turned = role.reverse is not None and str(look.asked.given(role.reverse)).lower() == "true"
    paged = role.total is not None or role.token is not None
    after = look.asked.query.get(role.after) if role.token else None
    ended = token is None if role.token else total is not None and limit is not None and number * limit >= total
    filters, known = filters_of(look, role)
    return Page(
        look,
        role,
        collection,
        [id for id in ids if id is not None],
        found,
        number,
        limit if paged else None,
        total,
        token if isinstance(token, str) else None,
        not paged or (after is None and number == 1),
        not paged or ended,
        collection.order is not None and collection.order.newest != turned,
        filters,
        known,
    )


def _number(value: Any) -> int | None:
    try:
        return int(value)
    except (TypeError, ValueError):
        return None


def filters_of(look: Look, role: Listing) -> tuple[list[tuple[str, Sequence[str]]], bool]:
    """Those that the request uses, and whether it uses no other."""
    plain = {role.page, role.limit, role.after, role.reverse, *look.known.table.everywhere}
    given = {**look.asked.repeated, **{name: [str(value)] for name, value in look.asked.body.items()}}
    used = {name: values for name, values in given.items() if name not in plain}
    known = {name: values for name, values in used.items() if name in role.filters and role.filters[name].unless not in used}
    return list(known.items()), used.keys() <= role.filters.keys()


def _judge_alone(page: Page) -> None:
    """What a page must be, whatever else is known."""
    if len(set(page.ids)) < len(page.ids):
        twice = next(id for id in page.ids if page.ids.count(id) > 1)
        page.against(terms.REUSED, f"{twice} stands twice on one page")
    role = page.role
    for item in page.items if page.filters or role.within or role.belongs or role.among else ():
        within(page.look, role, item)
        for name, values in page.filters:
            if page.role.filters[name].admits(item, values) is False:
                id = id_of(page.collection, item)
                page.against(terms.FILTER, f"{id} does not fit {name}={','.join(values)}")
    _judge_order(page)
    _judge_figures(page)


def _judge_order(page: Page) -> None:
    order = page.collection.order
    if order is None or page.look.known.turned:
        return
    # Machines that share the work of a deployment do not have the very same clock.
    slack = 0.0 if page.look.known.exact else COARSE
    ranks = [rank(item.get(order.by)) for item in page.items]
    for at_, (one, other) in enumerate(pairwise(ranks)):
        if isinstance(one, float) and isinstance(other, float):
            wrong = other - one > slack if page.newest else one - other > slack
        else:
            wrong = isinstance(one, str) and isinstance(other, str) and ((one < other) if page.newest else (one > other))
        if wrong:
            words = "newest" if page.newest else "least"
            page.against(terms.ORDER, f"{page.ids[at_ + 1]} stands after {page.ids[at_]}, not the {words} {order.by} first,")
            return


def _judge_figures(page: Page) -> None:
    """Total, pages and what the page holds agree, with each other and with what was asked."""
    role, reply, limit, total = page.role, page.look.reply, page.limit, page.total
    for pointer, name in role.echoes.items():
        asked, said = (page.number if name == role.page else limit), at(reply, pointer)
        if said is not None and said != asked:
            page.against(terms.COUNT, f"{name} {asked} was asked for, and {shown(said)} is said")
    if limit is not None and len(page.ids) > limit:
        page.against(terms.COUNT, f"there are {len(page.ids)} on a page of {limit}")
    if limit is None or total is None:
        return
    pages = -(-total // limit)
    said = at(reply, role.pages) if role.pages else pages
    if said != pages:
        page.against(terms.COUNT, f"{total} make {pages} pages of {limit}, not {shown(said)},")
    more = at(reply, role.has_next) if role.has_next else page.number < pages
    if more is not (page.number < pages):
        page.against(terms.COUNT, f"page {page.number} of {pages} says {shown(more)} of a next one,")
    due = max(0, min(limit, total - (page.number - 1) * limit))
    if page.look.known.exact and len(page.ids) != due:
        page.against(terms.COUNT, f"page {page.number} holds {len(page.ids)}, and of {total} it should hold {due},")


def _judge_members(page: Page, region: Region) -> None:
    """What is known to be there is on the page where it belongs."""
    on_page = set(page.ids)
    for id in _due(page, region):
        thing = region.find(id) if id not in on_page else None
        if thing is None or not (page.look.known.exact or thing.made is not None):
            continue
        if not page.narrowed or page.admits(thing.facts):
            page.against(terms.MISSING, f"{id} is missing{page.look.suspects(region)}")
            region.lose(id)


def _due(page: Page, region: Region) -> list[str]:
    """Ids of known things that stand between the ends of the page, if they are in the list at all."""
    if page.first and page.last and not page.role.spanned:
        there = len(region.things)
        return list(region.things) if there > len(page.ids) and (there <= LOOKED_AT or not page.filters) else []
    due = list(_between(page, region)) if page.collection.order is not None and page.collection.order.firm else []
    if page.first and page.newest and not page.filters and page.known:
        due += _unplaced(page, region)
    return due if len(due) <= LOOKED_AT or not page.filters else []


def _unplaced(page: Page, region: Region) -> Iterator[str]:
    """Ids of things that were made so lately that they stand on the first page, though no reply has shown when that was."""
    for id in reversed(region.unplaced):
        if region.made - region.unplaced[id] >= len(page.ids) and not page.last:
            return
        yield id


def _between(page: Page, region: Region) -> Iterator[str]:
    order = page.collection.order
    assert order is not None, "asked for a sorted list alone"
    if not page.items:
        return
    ends: list[Place | None] = [rank(page.items[0].get(order.by)), rank(page.items[-1].get(order.by))]
    if None in ends:
        return
    first = None if page.first else ends[0]
    last = None if page.last and not page.role.spanned else ends[1]
    yield from region.between(last, first) if page.newest else region.between(first, last)


def _judge_newcomers(page: Page, region: Region, strangers: Sequence[str], front: Place | None) -> None:
    """Nothing appears that nobody made."""
    order = page.collection.order
    if page.narrowed or order is None or not order.firm or not page.first or not page.newest or not order.newest:
        return
    for id in strangers:
        place = region.things[id].place if id in region.things else None
        if front is not None and place is not None and type(place) is type(front) and place > front:  # type: ignore[operator]
            page.against(terms.MISSING, f"{id} appeared, though nobody made it{page.look.suspects(region)}")
    newest = [rank(item.get(order.by)) for item in page.items[:1]]
    region.front = newest[0] if newest else None


def _judge_total(page: Page, region: Region) -> None:
    """The total is what it was, and what was made and removed since."""
    if page.narrowed:
        return
    total = page.total if page.role.total else len(page.ids) if page.first and page.last else None
    if total is None:
        return
    if region.tally is not None and total != region.tally:
        page.against(terms.COUNT, f"the total is {total}, and should be {region.tally}{page.look.suspects(region)},")
    region.tally = total
