"""Mutation: a sequence that brought something new, changed a little."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from random import Random
from typing import Any

from contract_tests.fuzz.composing import Composer
from contract_tests.fuzz.people import STRANGER, People
from contract_tests.fuzz.sequence import CONTAINERS, Sequence, Step, is_mark, own, taken
from contract_tests.fuzz.surface import Surface, scalars

#: No sequence grows beyond it.
LONGEST = 16
#: Values at which programs stumble, whatever the contract says.
STUMBLING: tuple[Any, ...] = (
    *(None, True, False, 0, 1, -1, 2**31 - 1, 2**31, 2**53, 2**63, 10**30, 0.5, -0.0, 1e308),
    *("", " ", "0", "null", "a" * 256, "a" * 5000, "\u00e9\u4e2d\U0001f600", "\u202e", "\0", "\ud800", "e\u0301", "%00", "../x"),
    *("' OR '1'='1", "<b>&amp;", "{{1}}", "1970-01-01", "2026-02-30T25:61:61Z", [], {}, [None], {"": ""}),
)
_NAMING = re.compile(r"name|external|slug|reference", re.IGNORECASE)


class Mutator:
    """Changes sequences by chance."""

    def __init__(self, surface: Surface, people: People, composer: Composer, random: Random) -> None:
        self._surface, self._people, self._composer, self._random = surface, people, composer, random
        self._ways: tuple[Callable[[Sequence], Sequence], ...] = (
            *(self.insert, self.insert, self.remove, self.duplicate, self.swap, self.twin),
            *(self.another_actor, self.another_actor, self.follow, self.follow, self.value, self.value, self.value),
        )

    def mutate(self, sequence: Sequence, others: list[Sequence]) -> Sequence:
        """One to three changes; now and then the rest of another sequence behind it."""
        if others and self._random.random() < 0.1:
            sequence = self.join(sequence, self._random.choice(others))
        for _ in range(self._random.choice((1, 1, 2, 3))):
            changed = self._random.choice(self._ways)(sequence)
            sequence = changed if 0 < len(changed.steps) <= LONGEST else sequence
        return sequence

    def insert(self, sequence: Sequence) -> Sequence:
        """A request out of order."""
        place = self._random.randint(0, len(sequence.steps))
        return sequence.inserting(place, self._composer.unrelated())

    def remove(self, sequence: Sequence) -> Sequence:
        """One step less, with all that needs its reply."""
        gone = self._random.randrange(len(sequence.steps))
        return sequence.keeping(lambda place: place != gone)

    def duplicate(self, sequence: Sequence) -> Sequence:
        """The same request again, at once or at the end."""
        step = self._random.choice(sequence.steps)
        place = max(step.sources(), default=-1) + 1
        return sequence.inserting(self._random.choice((len(sequence.steps), max(place, sequence.steps.index(step) + 1))), step)

    def swap(self, sequence: Sequence) -> Sequence:
        """Two neighbours in the wrong order, unless one needs the other."""
        if len(sequence.steps) < 2:
            return sequence
        place = self._random.randrange(len(sequence.steps) - 1)
        first, second = sequence.steps[place : place + 2]
        if place in second.sources():
            return sequence
        moved = {place: place + 1, place + 1: place}
        steps = list(sequence.steps)
        steps[place : place + 2] = [second, first]
        renumber = lambda mark: {**mark, "from": moved.get(mark["from"], mark["from"])} if "from" in mark else mark  # noqa: E731
        return replace(sequence, steps=(*steps[: place + 2], *(step.changed(renumber) for step in steps[place + 2 :])))

    def twin(self, sequence: Sequence) -> Sequence:
        """One request sent twice at the same moment."""
        place = self._random.randrange(len(sequence.steps))
        step = sequence.steps[place]
        return sequence.with_step(place, replace(step, twice=not step.twice))

    def another_actor(self, sequence: Sequence) -> Sequence:
        """Somebody else sends it, about the owner's things or about one's own; or nobody does."""
        place = self._random.randrange(len(sequence.steps))
        step = sequence.steps[place]
        if self._random.random() < 0.2:
            return sequence.with_step(place, replace(step, actor=None, scheme=None))
        others = [actor for actor in self._people.having(step.scheme) if actor != step.actor]
        if not others:
            return sequence
        actor = STRANGER if STRANGER in others and self._random.random() < 0.7 else self._random.choice(others)
        step = replace(step, actor=actor)
        if self._random.random() < 0.4:
            step = step.changed(lambda mark: own(actor, mark["id"], mark["at"], text="text" in mark) if mark.get("of") else mark)
        return sequence.with_step(place, step)

    def follow(self, sequence: Sequence) -> Sequence:
        """What one of its replies leads to, or a value of such a reply in the place of another one."""
        place = self._random.randrange(len(sequence.steps))
        leads = self._surface.leads_from(sequence.steps[place].operation)
        if leads and self._random.random() < 0.7:
            step = self._composer.following(self._random.choice(leads), sequence.steps[place], place)
            return sequence.inserting(len(sequence.steps), step)
        return self._borrow(sequence, place)

    def _borrow(self, sequence: Sequence, source: int) -> Sequence:
        pointers = list(scalars(self._surface.spec, self._surface.success(sequence.steps[source].operation)))
        later = [place for place in range(source + 1, len(sequence.steps)) if list(_places(sequence.steps[place]))]
        if not pointers or not later:
            return sequence
        place = self._random.choice(later)
        where = self._random.choice(list(_places(sequence.steps[place])))
        return sequence.with_step(place, put(sequence.steps[place], where, taken(source, self._random.choice(pointers))))

    def value(self, sequence: Sequence) -> Sequence:
        """Another value somewhere in a request: at an edge, of another type, missing, or one too many."""
        place = self._random.randrange(len(sequence.steps))
        step = sequence.steps[place]
        places = list(_places(step))
        if not places or self._random.random() < 0.15:
            fresh = self._composer.step(step.operation, self._random.choice(("right", "edge", "wrong")))
            return sequence.with_step(place, replace(step, query=fresh.query, body=fresh.body, media=fresh.media))
        where = self._random.choice(places)
        if self._random.random() < 0.25:
            return sequence.with_step(place, put(step, where, _GONE))
        if self._random.random() < 0.1 and isinstance(step.body, Mapping) and not is_mark(step.body):
            return sequence.with_step(place, put(step, ("body", "unheardOf"), self._random.choice(STUMBLING)))
        return sequence.with_step(place, put(step, where, self._stumbling(got(step, where))))

    def _stumbling(self, value: Any) -> Any:
        near: list[Any] = []
        if isinstance(value, int) and not isinstance(value, bool):
            near = [value + 1, value - 1, -value, str(value), float(value)]
        elif isinstance(value, str):
            near = [value + value, value[:-1], value.upper(), f" {value}", value + "\n", [value], len(value)]
        elif isinstance(value, list):
            near = [value + value, value[:1], value[::-1], {"0": value}]
        elif isinstance(value, Mapping) and not is_mark(value):
            near = [[value], dict(list(value.items())[:1])]
        return copy.deepcopy(self._random.choice(near if near and self._random.random() < 0.4 else STUMBLING))

    def join(self, sequence: Sequence, other: Sequence) -> Sequence:
        """Another program after this one, as far as there is room."""
        moved = len(sequence.steps)
        behind = [
            step.changed(lambda mark: {**mark, "from": mark["from"] + moved} if "from" in mark else mark)
            for step in other.steps[: max(0, LONGEST - moved)]
        ]
        return replace(sequence, steps=(*sequence.steps, *behind))


_GONE = object()
Where = tuple[str | int, ...]


def _places(step: Step) -> Iterator[Where]:
    """Every value of the request: parameters, and all parts of a JSON body."""
    for container in CONTAINERS:
        yield from ((container, name) for name in step.parts()[container])
    if step.media is not None:
        yield from _inside(step.body, ("body",))


def _inside(value: Any, where: Where) -> Iterator[Where]:
    if len(where) > 1:
        yield where
    if is_mark(value):
        return
    if isinstance(value, Mapping):
        for name, part in value.items():
            yield from _inside(part, (*where, name))
    elif isinstance(value, list):
        for place, part in enumerate(value):
            yield from _inside(part, (*where, place))


def got(step: Step, where: Where) -> Any:
    """The value at this place."""
    value: Any = step.parts()[str(where[0])]
    for name in where[1:]:
        value = value[name]
    return value


def put(step: Step, where: Where, value: Any) -> Step:
    """The step with another value at this place; without it if the value is ``gone()``."""
    return step.having({str(where[0]): _put(step.parts()[str(where[0])], where[1:], value)})


def gone() -> Any:
    """In the place of a value: that it is left out."""
    return _GONE


def _put(container: Any, where: Where, value: Any) -> Any:
    name, rest = where[0], where[1:]
    if isinstance(container, list):
        inner = _put(container[int(name)], rest, value) if rest else value
        return [inner if place == name else part for place, part in enumerate(container) if place != name or inner is not _GONE]
    inner = _put(container[name], rest, value) if rest else value
    changed = {**container, name: inner}
    return {key: part for key, part in changed.items() if part is not _GONE}


def places(step: Step) -> list[Where]:
    """Every place of the request that holds a value, what holds others before them."""
    return list(_places(step))


def freshened(sequence: Sequence, number: int) -> Sequence:
    """The same program with other names: where nothing can be put back, the first run took the names that this one gives."""
    return replace(sequence, steps=tuple(_freshened(step, number) for step in sequence.steps))


def _freshened(step: Step, number: int) -> Step:
    for where in _places(step):
        value = got(step, where)
        if where[0] == "body" and isinstance(where[-1], str) and _NAMING.search(where[-1]) and isinstance(value, str):
            mark = f"{number:x}"
            step = put(step, where, _renamed(value, mark))
    return step


def _renamed(value: str, mark: str) -> str:
    """As long as before: the contract may bound it."""
    local, at, domain = value.partition("@")
    if len(local) <= len(mark):
        return value
    return local[: -len(mark)] + mark + at + domain
