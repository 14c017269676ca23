"""Things: one thing of a reply held against what is known of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from contract_tests.shadow import sums, terms
from contract_tests.shadow.look import Look, shown
from contract_tests.shadow.memory import Region, Thing
from contract_tests.shadow.terms import Collection, Shows
from contract_tests.shadow.values import identity, kept, same
from contract_tests.shadow.views import View, at

Item = Mapping[str, Any]
#: The id of what exists once in its scope.
ONLY = ""
_UNHEARD = object()
_DELETED = ("deleted", "removed", "revoked", "released", "archived", "inactive", "expired", "ended")


def id_of(collection: Collection, item: Item) -> str | None:
    """The id that the item bears; None if it has none."""
    if not collection.identity:
        return ONLY
    for name in collection.identity:
        if name in item:
            return identity(item[name])
    return None


def meet(look: Look, role: Shows, view: View, region: Region, id: str, item: Item) -> None:
    """Judge the item and learn from it. Only for a look that is clean."""
    collection = look.collection(role)
    thing = region.find(id)
    if thing is None:
        if _is_foreign(look, collection, id):
            return
        if id in region.gone and not _marked(item):
            look.against(terms.GONE, collection, f"{collection.name} {id} was removed and is shown again")
        thing = region.add(id)
    if id in look.known.purses.watched:
        sums.settled(look, role, id, item)
    if thing.last == (view.number, item):
        thing.read = look.tick
        return
    thing.last = view.number, item
    more = role.more(item) if role.more else {}
    told = {**item, **more}
    for name in (view.names | more.keys()) - collection.apart:
        if name not in collection.identity:
            _property(look, collection, region, thing, (id, name), told.get(name))
    thing.read = look.tick
    if collection.order is not None and collection.order.firm and collection.order.by in item and not look.known.turned:
        region.put(id, thing, item[collection.order.by])


def _is_foreign(look: Look, collection: Collection, id: str) -> bool:
    scope = look.scope(collection)
    if not collection.global_ids or scope is None:
        return False
    home = look.known.memory.home(collection.name, id, scope)
    if home != scope:
        look.against(terms.FOREIGN, collection, f"{collection.name} {id} belongs to {home} and is shown to {scope}")
    return home != scope


def _property(look: Look, collection: Collection, region: Region, thing: Thing, what: tuple[str, str], value: Any) -> None:
    id, name = what
    move = collection.moves.get(name)
    if move is not None:
        if look.asked.begun > thing.read:
            before = thing.moved.get(name, _UNHEARD)
            firm = before is not _UNHEARD and not look.known.turned and _ours(look, collection, thing)
            if firm and move.back(before, value):
                message = f"{name} of {collection.name} {id} went back from {shown(before)} to {shown(value)}"
                look.against(terms.VALUE, collection, message)
            thing.moved[name] = value
        return
    if name in thing.seen:
        right, before = same(thing.seen[name], value), thing.seen[name]
    elif name in thing.said:
        right, before = kept(thing.said[name], value), thing.said.pop(name)
    else:
        right, before = True, None
    thing.seen[name] = value
    if not right and _ours(look, collection, thing):
        secret = name in look.known.secret
        words = f"was {shown(before, secret=secret)} and is {shown(value, secret=secret)}{look.suspects(region)}"
        look.against(terms.VALUE, collection, f"{name} of {collection.name} {id} {words}")


def _ours(look: Look, collection: Collection, thing: Thing) -> bool:
    """Whether nobody else may have changed it."""
    return look.known.exact or collection.fixed or thing.made is not None


def _marked(item: Item) -> bool:
    """Whether the item says itself that it is gone: soft deletion is permitted."""
    return any(
        (value in _DELETED if isinstance(value, str) else False)
        or (name.lower().startswith(_DELETED) and value not in (None, False))
        for name, value in item.items()
    )


def within(look: Look, role: Shows, item: Item) -> None:
    """Hold the item against the parameters that say whose it is."""
    for name, parameter in (*role.belongs.items(), *role.within.items()):
        asked, value = look.asked.given(parameter), item.get(name)
        if asked is not None and value is not None and identity(value) != identity(asked):
            message = f"{name} is {shown(value)}, though {parameter} {shown(asked)} was asked for"
            look.against(terms.FOREIGN, look.collection(role), message)
    for name, fact in role.among.items():
        known, value = look.asked.caller.facts.get(fact), item.get(name)
        right = value is None or known is None or identity(value) in ([known] if isinstance(known, str) else known)
        if look.known.exact and not right:
            look.against(terms.FOREIGN, look.collection(role), f"{name} is {shown(value)}, which is not the caller's {fact}")


def read(look: Look, role: terms.Reading, view: View) -> None:
    """A reply that shows one thing."""
    collection, item = look.collection(role), at(look.reply, role.at)
    region = look.region(collection)
    if not isinstance(item, Mapping):
        return
    id = id_of(collection, item)
    asked = identity(look.asked.given(role.by)) if role.by else id
    if id is not None and asked is not None and id != asked:
        look.against(terms.VALUE, collection, f"{collection.name} {asked} was asked for, and {id} is shown")
        return
    within(look, role, item)
    if region is None or id is None or not look.clean(region):
        return
    region.readers.add(look.asked.caller.credential)
    meet(look, role, view, region, id, item)


def missed(look: Look, role: terms.Reading) -> None:
    """A reply that says that there is no such thing."""
    collection = look.collection(role)
    region = look.region(collection)
    id = ONLY if role.by is None else identity(look.asked.given(role.by))
    if region is None or id is None or id not in region.things or not look.clean(region):
        return
    thing = region.find(id)
    if thing is None or look.asked.caller.credential not in region.readers or not _asked_right(look, role, thing):
        return
    if look.known.exact or thing.made is not None:
        message = f"{collection.name} {id} is not found, though nothing removed it{look.suspects(region)}"
        look.against(terms.MISSING, collection, message)
        region.lose(id)


def _asked_right(look: Look, role: terms.Reading, thing: Thing) -> bool:
    facts, parents = thing.facts, {**role.belongs, **role.within}
    return all(name in facts and identity(facts[name]) == identity(look.asked.given(by)) for name, by in parents.items())
