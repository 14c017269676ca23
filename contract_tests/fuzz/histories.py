"""Histories: what earlier steps of a sequence let one expect of a later reply.

What is gone stays gone, what was made can be read, and what is somebody's own is nobody else's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from contract_tests.fuzz.people import People
from contract_tests.fuzz.playing import Played
from contract_tests.fuzz.sequence import marks
from contract_tests.fuzz.surface import Surface

#: Shorter ids may be counted for each tenant, so that another one has the same.
UNIQUE_FROM = 8
_MISSING = (403, 404, 410)

Wrong = tuple[str, str]


def wrongs(
    surface: Surface, people: People, played: Sequence[Played], place: int, *, valid: bool | None, alone: bool
) -> Iterator[Wrong]:
    """Name and message of each expectation that the step at this place breaks. ``valid``: whether the request keeps the contract;
    ``alone``: nobody but this sequence changes anything meanwhile.
    """
    one = played[place]
    if one.reply is None or one.reply.refused is not None or one.reply.broken is not None or one.step.actor is None:
        return
    yield from _gone(surface, played, place)
    if valid and not one.step.twice:
        yield from _led_nowhere(surface, people, played, place, alone=alone)
    yield from _intruded(surface, people, played, place)


def _method(surface: Surface, one: Played) -> str:
    return surface.places[one.step.operation].method


def _gone(surface: Surface, played: Sequence[Played], place: int) -> Iterator[Wrong]:
    """What was deleted is not read afterwards, unless something was made or put back meanwhile."""
    one = played[place]
    assert one.reply is not None
    if _method(surface, one) != "get" or not one.reply.served:
        return
    for before in reversed(played[:place]):
        if before.reply is None or not before.reply.served:
            continue
        method = _method(surface, before)
        if method == "delete" and _same_thing(surface, before, one):
            yield "gone_stays_gone", f"{_told(surface, one)} was served with {one.reply.status} after it had been deleted"
        if method != "get":
            return


def _same_thing(surface: Surface, first: Played, second: Played) -> bool:
    paths = [surface.places[each.step.operation].path for each in (first, second)]
    values = [dict(each.request.path) for each in (first, second)]
    return paths[0] == paths[1] and values[0] == values[1] and first.step.actor == second.step.actor


def _led_nowhere(surface: Surface, people: People, played: Sequence[Played], place: int, *, alone: bool) -> Iterator[Wrong]:
    """What a reply led to by a link of the contract can be read by who got that reply, unless something was removed since."""
    one = played[place]
    assert one.reply is not None
    if one.reply.status not in _MISSING or _method(surface, one) != "get":
        return
    if any(_method(surface, before) == "delete" and before.replies for before in played[:place]):
        return
    for lead in surface.leads_to(one.step.operation):
        source = _followed(lead, one)
        if source is None or not _same_caller(played[source], one) or not _about_itself(people, one):
            continue
        if alone or _method(surface, played[source]) != "get":
            yield "links_lead_somewhere", f"{one.reply.status} for what the reply to {_told(surface, played[source])} led to"
            return


def _followed(lead: Any, one: Played) -> int | None:
    """The step whose reply led here, if the request follows this lead of the contract in all that it says."""
    if not lead.declared or not lead.given:
        return None
    sources: set[int] = set()
    for container, name, pointer in lead.given:
        mark = one.step.parts()[container].get(name)
        if not isinstance(mark, Mapping) or mark.get("pointer") != pointer:
            return None
        sources.add(mark["from"])
    return sources.pop() if len(sources) == 1 else None


def _same_caller(first: Played, second: Played) -> bool:
    """Whether both came from one actor by one kind of credential, about the same tenant."""
    about = [[mark for part in each.step.parts().values() for mark in marks(part) if "of" in mark] for each in (first, second)]
    return (
        first.reply is not None
        and first.reply.served
        and (first.step.actor, first.step.scheme) == (second.step.actor, second.step.scheme)
        and all(mark in about[0] for mark in about[1])
    )


def _about_itself(people: People, one: Played) -> bool:
    """Whether every tenant that the request names is the caller's own."""
    for name, known in people.ids(one.step.actor or "").items():
        named = [container[name] for container in (one.request.path, one.request.query, one.request.headers) if name in container]
        if not {str(value) for value in named} <= {str(value) for value in known}:
            return False
    return True


def _intruded(surface: Surface, people: People, played: Sequence[Played], place: int) -> Iterator[Wrong]:
    """Nobody is served what another tenant made, asked for by its id in the path."""
    one = played[place]
    assert one.reply is not None
    if not one.reply.served or not _opened(surface, people, one):
        return
    for name, mark in one.step.path.items():
        if not isinstance(mark, Mapping) or "from" not in mark or len(str(one.request.path[name])) < UNIQUE_FROM:
            continue
        maker = played[mark["from"]]
        if maker.step.actor in (None, one.step.actor) or not _made(surface, people, maker):
            continue
        if _tenants_differ(people, maker.step.actor, one.step.actor):
            yield (
                "strangers_are_kept_out",
                f"{one.step.actor} was served {_told(surface, one)} with {one.reply.status}, which {maker.step.actor} had made",
            )


def _made(surface: Surface, people: People, one: Played) -> bool:
    return (
        _method(surface, one) in ("post", "put") and one.reply is not None and one.reply.served and _opened(surface, people, one)
    )


def _opened(surface: Surface, people: People, one: Played) -> bool:
    """Whether the credential was asked for: what is open to all is nobody's own."""
    return one.step.scheme in surface.schemes(one.step.operation) and one.step.actor in people.having(one.step.scheme)


def _tenants_differ(people: People, first: str | None, second: str | None) -> bool:
    """Whether the two have no id in common: several actors may be people of one tenant."""
    held = [
        {(name, str(value)) for name, values in people.ids(each or "").items() for value in values} for each in (first, second)
    ]
    return bool(held[0]) and bool(held[1]) and not held[0] & held[1]


def _told(surface: Surface, one: Played) -> str:
    return surface.label(one.step.operation)
