"""Memory: what the shadow knows of each thing, kept by collection and scope, the oldest forgotten first."""

from __future__ import annotations

import bisect
from collections import OrderedDict
from collections.abc import Iterator
from typing import Any

from contract_tests.shadow.values import rank

#: Things, and ids of things that are gone, that a region remembers; regions in all.
THINGS, GONE, REGIONS = 4000, 2000, 400
#: More than any page holds: whatever was made before may have been pushed off it.
UNKNOWN_MANY = 1_000_000
Place = float | str


class Thing:
    """``said``: by requests, not yet seen; ``seen``: in replies, not to change; ``moved``: in replies, may move on; ``last``:
    each reply's words; ``read``: the tick of the latest one; ``place``: in the order of its collection; ``made``: the count of
    things made in the region before it, None if this run did not make it.
    """

    __slots__ = ("epoch", "last", "made", "moved", "place", "read", "said", "seen")

    def __init__(self, epoch: int) -> None:
        self.epoch = epoch
        self.said: dict[str, Any] = {}
        self.seen: dict[str, Any] = {}
        self.moved: dict[str, Any] = {}
        self.last: tuple[int, Any] | None = None
        self.read = 0
        self.place: Place | None = None
        self.made: int | None = None

    def doubt(self, epoch: int) -> None:
        """Forget all but that it is there, and where it stands."""
        self.epoch, self.read = epoch, 0
        self.last = None
        for known in (self.said, self.seen, self.moved):
            known.clear()

    @property
    def facts(self) -> dict[str, Any]:
        return {**self.said, **self.seen, **self.moved}


class Region:
    """The things of one scope in one collection.

    ``epoch``: counts the moments at which anything may have changed; ``tally``: how many there are, if that is known;
    ``front``: the place after which every thing is known, if there is one; ``unplaced``: things made whose place no reply has
    shown; ``writing``: requests under way that change something here; ``written``: the tick at which the last of them ended;
    ``readers``: credentials that have read here; ``tried``: the number of the latest write that was refused.
    """

    def __init__(self) -> None:
        self.things: OrderedDict[str, Thing] = OrderedDict()
        self.gone: OrderedDict[str, int] = OrderedDict()
        self.places: list[tuple[Place, str]] = []
        self.unplaced: dict[str, int] = {}
        self.writing: set[int] = set()
        self.readers: set[str] = set()
        self.walks: OrderedDict[Any, Any] = OrderedDict()
        self.epoch = self.made = self.written = 0
        self.settled = 0.0
        self.tally: int | None = None
        self.front: Place | None = None
        self.tried: int | None = None

    def find(self, id: str) -> Thing | None:
        """The thing, as far as what is known of it still holds."""
        thing = self.things.get(id)
        if thing is not None and thing.epoch != self.epoch:
            thing.doubt(self.epoch)
        return thing

    def add(self, id: str) -> Thing:
        """A thing not heard of before."""
        thing = self.things[id] = Thing(self.epoch)
        self.gone.pop(id, None)
        if len(self.things) > THINGS:
            self._forget_one()
        return thing

    def _forget_one(self) -> None:
        id, thing = self.things.popitem(last=False)
        self._unplace(id, thing)
        self.grow()

    def lose(self, id: str) -> None:
        """Nothing more is known of it."""
        thing = self.things.pop(id, None)
        if thing is not None:
            self._unplace(id, thing)

    def remove(self, id: str, tick: int) -> None:
        """It is gone, whether it was known or not."""
        self.lose(id)
        self.gone[id] = tick
        if len(self.gone) > GONE:
            self.gone.popitem(last=False)
        self.walks.clear()
        if self.tally is not None:
            self.tally -= 1

    def _unplace(self, id: str, thing: Thing) -> None:
        self.unplaced.pop(id, None)
        if thing.place is not None:
            at = self._at((thing.place, id))
            if at < len(self.places) and self.places[at][1] == id:
                del self.places[at]

    def _at(self, entry: tuple[Place, str]) -> int:
        try:
            return bisect.bisect_left(self.places, entry)
        except TypeError:
            # Numbers and texts in one property: nothing is known of their order.
            self.places.clear()
            return 0

    def put(self, id: str, thing: Thing, value: Any) -> None:
        """Note where it stands in the order of its collection."""
        place = rank(value)
        if place is not None and thing.place is None:
            self.unplaced.pop(id, None)
            thing.place = place
            self.places.insert(self._at((place, id)), (place, id))

    def between(self, low: Place | None, high: Place | None) -> Iterator[str]:
        """Ids of the things that stand strictly between two places, None: from the beginning, to the end."""
        try:
            first = 0 if low is None else bisect.bisect_right(self.places, low, key=_place)
            last = len(self.places) if high is None else bisect.bisect_left(self.places, high, key=_place)
        except TypeError:
            return
        for at in range(first, last):
            yield self.places[at][1]

    def count(self, id: str, thing: Thing) -> None:
        """This run made it."""
        self.made += 1
        thing.made = self.made
        self.unplaced[id] = self.made
        self.walks.clear()
        if self.tally is not None:
            self.tally += 1

    def grow(self) -> None:
        """Things may have appeared that nobody knows."""
        self.tally = self.front = None
        self.made += UNKNOWN_MANY
        self.walks.clear()

    def stir(self) -> None:
        """Anything may have changed, though what is there stays there."""
        self.epoch += 1
        self.grow()

    def forget(self) -> None:
        """Anything may have changed, appeared or gone."""
        for known in (self.things, self.gone, self.places, self.unplaced):
            known.clear()
        self.stir()

    def loosen(self) -> None:
        """The clock jumped: where things stand in lists that show a span of time is not known any more."""
        self.grow()
        self.unplaced.clear()
        self.places.clear()
        for thing in self.things.values():
            thing.place = None


def _place(entry: tuple[Place, str]) -> Any:
    return entry[0]


class Memory:
    """The regions of one API. ``homes``: where each global id was seen."""

    def __init__(self) -> None:
        self.regions: OrderedDict[tuple[str, str], Region] = OrderedDict()
        self.homes: OrderedDict[tuple[str, str], str] = OrderedDict()

    def region(self, collection: str, scope: str) -> Region:
        """The region, made if nothing is known of it."""
        key = (collection, scope)
        found = self.regions.get(key)
        if found is None:
            found = self.regions[key] = Region()
            if len(self.regions) > REGIONS:
                old = next((each for each, region in self.regions.items() if not region.writing and each != key), None)
                if old is not None:
                    del self.regions[old]
        return found

    def of(self, collection: str) -> list[Region]:
        """All regions of a collection."""
        return [region for (name, _), region in self.regions.items() if name == collection]

    def home(self, collection: str, id: str, scope: str) -> str:
        """The scope in which this id was first seen."""
        key = (collection, id)
        found = self.homes.setdefault(key, scope)
        if len(self.homes) > REGIONS * 100:
            self.homes.popitem(last=False)
        return found

    def forget(self) -> None:
        """Everything but which requests are under way."""
        self.homes.clear()
        for key, region in list(self.regions.items()):
            if region.writing:
                region.forget()
            else:
                del self.regions[key]
