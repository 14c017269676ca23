"""Writes: what a request that leaves something behind teaches, and what its own reply must say of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from contract_tests.shadow import terms
from contract_tests.shadow.look import Look, shown
from contract_tests.shadow.memory import Region
from contract_tests.shadow.terms import Changing, Making, Removing, Writing
from contract_tests.shadow.things import id_of, meet, within
from contract_tests.shadow.values import identity, kept
from contract_tests.shadow.views import View, at

Item = Mapping[str, Any]


def touched(look: Look, role: Writing) -> Iterator[Region]:
    """The regions that a request may change, as far as it can be told from what was sent."""
    for name in {role.collection, *role.stirs, *role.grows} - {""}:
        collection = look.known.table.collections[name]
        region = look.region(collection)
        yield from [region] if region is not None else look.known.memory.of(name)


def refused(look: Look, role: Writing) -> None:
    """The request was refused, so nothing may have changed."""
    for region in touched(look, role):
        region.tried = look.exchange.number


def doubtful(look: Look, role: Writing) -> None:
    """Nobody knows what became of the request."""
    for region in touched(look, role):
        region.forget()
    look.known.purses.doubt()


def done(look: Look, role: Writing, view: View) -> None:
    """The request was successful."""
    for name in role.stirs:
        _beside(look, name, Region.forget)
    for name in role.grows:
        _beside(look, name, Region.grow)
    if isinstance(role, Making):
        _make(look, role, view)
    elif isinstance(role, Changing):
        _change(look, role, view)
    elif isinstance(role, Removing):
        _remove(look, role)


def _beside(look: Look, name: str, happens: Any) -> None:
    region = look.region(look.known.table.collections[name])
    for each in [region] if region is not None else look.known.memory.of(name):
        happens(each)


def _items(look: Look, role: Making | Changing) -> Sequence[Item]:
    if isinstance(role, Making) and role.made is not None:
        return role.made(look.reply)
    found = at(look.reply, role.at)
    return [item for item in (found if isinstance(found, list) else [found]) if isinstance(item, Mapping)]


def _make(look: Look, role: Making, view: View) -> None:
    collection = look.collection(role)
    region = look.region(collection)
    items = [(id_of(collection, item), item) for item in _items(look, role)]
    if region is None:
        _beside(look, collection.name, Region.stir if role.known else Region.grow)
        return
    if role.cost is not None:
        _pay(look, role, items)
    for id, item in items:
        if id is None:
            region.grow()
            continue
        within(look, role, item)
        if role.known:
            _settle(look, role, view, region, (id, item))
        elif _is_new(look, role, region, id):
            thing = region.add(id)
            region.count(id, thing)
            _learn(look, role, view, region, (id, item))


def _pay(look: Look, role: Making, items: Sequence[tuple[str | None, Item]]) -> None:
    assert role.cost is not None, "what costs nothing is not paid"
    purse = look.known.table.purse
    scope = purse.scope(look.asked) if purse is not None else None
    if scope is None:
        look.known.purses.doubt()
    else:
        look.known.purses.spend(scope, role.cost(look.reply), [id for id, _ in items if id is not None])


def _is_new(look: Look, role: Making, region: Region, id: str) -> bool:
    collection = look.collection(role)
    scope = look.scope(collection) or ""
    elsewhere = collection.global_ids and look.known.memory.home(collection.name, id, scope) != scope
    if not (elsewhere or id in region.things or id in region.gone):
        return True
    if look.alone(region) or elsewhere:
        look.against(terms.REUSED, collection, f"a new {collection.name} has the id {id} of another one")
    return False


def _settle(look: Look, role: Making | Changing, view: View, region: Region, what: tuple[str, Item]) -> None:
    """A thing that may have been there before: what was not said of it stays as it was."""
    id, _ = what
    thing = region.find(id)
    if not look.alone(region):
        if thing is not None:
            thing.doubt(region.epoch)
        region.grow()
        return
    if thing is None:
        # It may be new or not.
        region.tally = None
        thing = region.add(id)
        region.count(id, thing)
        region.tally = None
    thing.last = None
    region.walks.clear()
    if role.renews is None:
        thing.doubt(region.epoch)
    for name in [name for _, name, _ in _said(look, role)] + list(role.renews or ()):
        for known in (thing.said, thing.seen):
            known.pop(name, None)
    _learn(look, role, view, region, what)


def _learn(look: Look, role: Making | Changing, view: View, region: Region, what: tuple[str, Item]) -> None:
    id, item = what
    collection = look.collection(role)
    thing = region.find(id)
    assert thing is not None, "it was just added"
    for asked, name, value in _said(look, role):
        if name in item and name in view.names:
            if name not in collection.moves and not kept(value, item[name]):
                message = f"{asked} of {collection.name} {id} was {shown(value)}, and the reply says {shown(item[name])}"
                look.against(terms.VALUE, collection, message)
        elif name not in collection.moves:
            thing.said[name] = value
    # What the reply of a write leaves out of a thing is not null.
    names = frozenset(item) if isinstance(role, Making) and role.made else view.names & item.keys()
    thing.read = min(thing.read, look.asked.begun - 1)
    meet(look, role, View(view.number, names), region, id, item)


def _said(look: Look, role: Writing) -> list[tuple[str, str, Any]]:
    """What the request says of the thing: its own name for it, the thing's, and the value."""
    names = look.known.names[role.collection] - look.collection(role).apart
    found = []
    for asked, value in look.asked.parameters.items():
        name = role.said.get(asked, asked)
        if name is not None and name in names and name not in look.collection(role).identity:
            found.append((asked, name, value))
    return found


def _change(look: Look, role: Changing, view: View) -> None:
    collection = look.collection(role)
    region = look.region(collection)
    if region is None:
        _beside(look, collection.name, Region.stir)
        return
    items = _items(look, role)
    item: Item = items[0] if items else {}
    asked = identity(look.asked.given(role.by)) if role.by else id_of(collection, {})
    found = id_of(collection, item)
    if asked is None or (found is not None and found != asked):
        if found is not None:
            look.against(terms.VALUE, collection, f"{collection.name} {asked} was to be changed, and {found} is shown")
        region.forget()
        return
    _settle(look, role, view, region, (asked, item))


def _remove(look: Look, role: Removing) -> None:
    collection = look.collection(role)
    region, id = look.region(collection), identity(look.asked.given(role.by))
    if region is None or id is None:
        _beside(look, collection.name, Region.forget)
        return
    if not look.alone(region):
        region.grow()
    again = id in region.gone
    region.remove(id, look.tick)
    if again and region.tally is not None:
        region.tally += 1
