"""Composing: new sequences along the ways that a contract shows: make, read, change, list, remove, read again."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from random import Random
from typing import Any

from contract_tests.fuzz.people import OWNER, People
from contract_tests.fuzz.sequence import Sequence, Step, marks, taken
from contract_tests.fuzz.supply import EDGE, RIGHT, WRONG, Supply
from contract_tests.fuzz.surface import Lead, Surface

#: Steps of a new sequence, at most.
LONGEST = 8
#: How often steps of each kind are made where nothing depends on them.
_KINDS = (RIGHT, RIGHT, RIGHT, EDGE, WRONG)


class Composer:
    """Makes sequences by chance, operations that came up least first."""

    def __init__(self, surface: Surface, people: People, supply: Supply, random: Random) -> None:
        self._surface, self._people, self._supply, self._random = surface, people, supply, random
        self._used: Counter[str] = Counter()

    def single(self) -> Sequence:
        """One request, often a wrong one."""
        name = self._rarest()
        return Sequence(self._people.api, self._reached(self.step(name, self._random.choice(_KINDS))))

    def unrelated(self) -> Step:
        """One request that needs no reply."""
        return self.step(self._rarest(), self._random.choice(_KINDS))

    def walk(self) -> Sequence:
        """From one operation along what its replies lead to, with a step out of order now and then."""
        steps = list(self._reached(self.step(self._rarest())))
        while len(steps) < self._random.randint(2, LONGEST):
            place = self._random.randrange(len(steps))
            leads = self._surface.leads_from(steps[place].operation)
            if leads and self._random.random() < 0.85:
                lead = self._least(leads)
                steps.append(self.following(lead, steps[place], place))
            else:
                steps.append(self.step(self._rarest()))
        return Sequence(self._people.api, tuple(steps))

    def life(self) -> Sequence:
        """Something is made, then everything that its id leads to is done in a random order, the first of it again at the end."""
        makers = [name for name in self._surface.places if self._makes(name)]
        if not makers:
            return self.walk()
        first = min(makers, key=lambda name: (self._used[name], self._random.random()))
        steps = list(self._reached(self.step(first)))
        place = len(steps) - 1
        leads = self._surface.leads_from(first)
        self._random.shuffle(leads := list(leads))
        # What removes comes late, but not always last.
        leads.sort(key=lambda lead: self._removes(lead.target) and self._random.random() < 0.8)
        chosen = leads[: LONGEST - 2]
        again = [lead for lead in chosen if not self._removes(lead.target)][:1]
        steps += self._more(first, steps[place])
        steps += [self.following(lead, steps[place], place) for lead in (*chosen, *again)]
        return Sequence(self._people.api, tuple(steps))

    def _more(self, name: str, step: Step) -> list[Step]:
        """Nothing, the same again, or several of its kind: some mistakes show only once there are many."""
        choice = self._random.random()
        if choice < 0.4:
            return []
        if choice < 0.6:
            return [step]
        return [replace(step, **_content(self.step(name))) for _ in range(self._random.randint(2, 4))]

    def step(self, name: str, kind: str = RIGHT) -> Step:
        """A request by the owner, with one of the credentials that open the operation."""
        self._used[name] += 1
        schemes = [scheme for scheme in self._surface.schemes(name) if OWNER in self._people.having(scheme)]
        scheme = self._random.choice(schemes) if schemes else None
        return replace(self._supply.take(name, kind), actor=OWNER, scheme=scheme)

    def following(self, lead: Lead, source: Step, place: int) -> Step:
        """A request for what the reply to ``source`` (at this place) leads to, by the same caller where it may."""
        step = self.step(lead.target)
        if source.scheme in self._surface.schemes(lead.target):
            step = replace(step, scheme=source.scheme)
        parts = {name: dict(part) for name, part in step.parts().items() if name != "body"}
        for container, name, pointer in lead.given:
            parts[container][name] = taken(place, pointer)
        for container, name, where, which in lead.shared:
            if where in parts and which in source.parts()[where]:
                parts[container][name] = source.parts()[where][which]
        return step.having(parts)

    def _reached(self, step: Step) -> tuple[Step, ...]:
        """The step after one whose reply leads to it, if there is one: what nobody made cannot be found."""
        leads = self._surface.leads_to(step.operation)
        unknown = {lead for lead in leads if not all(_known(step, name, container) for container, name, _ in lead.given)}
        if not unknown or self._random.random() < 0.15:
            return (step,)
        lead = self._least(sorted(unknown), backwards=True)
        source = self.step(lead.source)
        target = self.following(lead, source, 0)
        if step.media is not None:
            target = replace(target, body=step.body, media=step.media)
        return source, target

    def _makes(self, name: str) -> bool:
        return self._surface.places[name].method in ("post", "put") and bool(self._surface.leads_from(name))

    def _removes(self, name: str) -> bool:
        return self._surface.places[name].method == "delete"

    def _rarest(self) -> str:
        return min(self._surface.places, key=lambda name: (self._used[name], self._random.random()))

    def _least(self, leads: list[Lead], *, backwards: bool = False) -> Lead:
        """One of the leads, rather to (or from) an operation that came up little."""
        return min(leads, key=lambda lead: self._used[lead.source if backwards else lead.target] * self._random.uniform(0.5, 1.5))


def _content(step: Step) -> dict[str, Any]:
    """What is sent, apart from whom it concerns."""
    return {"body": step.body, "media": step.media}


def _known(step: Step, name: str, container: str) -> bool:
    """Whether the value is an actor's own id, which needs nobody to make it."""
    return any("of" in mark for mark in marks(step.parts()[container].get(name)))
