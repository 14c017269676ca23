"""Minimising: the fewest and plainest requests that still show one failure.

Steps go by ddmin (Zeller and Hildebrandt, 2002), then parameters and parts of bodies, and what stays is made plain.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

from contract_tests.fuzz import sequence as programs
from contract_tests.fuzz.mutation import gone, got, places, put

#: Whether a sequence fails in the same way.
Fails = Callable[[programs.Sequence], bool]


class Exhausted(Exception):
    """No more attempts are to be made."""


@dataclass
class Attempts:
    """Asks ``fails`` about each sequence once, and no more often than ``most`` times."""

    fails: Fails
    most: int
    _known: dict[str, bool] = field(default_factory=dict)

    def __call__(self, candidate: programs.Sequence) -> bool:
        """Exhausted when there were enough."""
        text = candidate.text()
        if text not in self._known:
            if not candidate.steps:
                return False
            if len(self._known) >= self.most:
                raise Exhausted
            self._known[text] = self.fails(candidate)
        return self._known[text]


def minimised(failing: programs.Sequence, fails: Fails, most: int = 60) -> programs.Sequence:
    """The smallest that was found within ``most`` attempts; ``failing`` itself if nothing can go."""
    found = [failing]
    with suppress(Exhausted):
        found.extend(_smaller(failing, Attempts(fails, most)))
    return found[-1]


def _smaller(failing: programs.Sequence, fails: Attempts) -> Iterator[programs.Sequence]:
    """Ever smaller ones that fail."""
    best = failing
    for smaller in _fewer_steps(best, fails):
        yield (best := smaller)
    for smaller in _plainer(best, fails):
        yield (best := smaller)


def _fewer_steps(failing: programs.Sequence, fails: Attempts) -> Iterator[programs.Sequence]:
    """ddmin over the steps."""
    parts = 2
    while len(failing.steps) > 1:
        chunks = _chunks(range(len(failing.steps)), parts)
        smaller = next((candidate for chunk in chunks if fails(candidate := _without(failing, chunk))), None)
        if smaller is not None:
            yield (failing := smaller)
            parts = max(parts - 1, 2)
        elif parts >= len(failing.steps):
            return
        else:
            parts = min(parts * 2, len(failing.steps))


def _chunks(items: Sequence[int], parts: int) -> list[set[int]]:
    """The items in so many pieces, the last first: what comes after the failure goes at once."""
    bounds = [len(items) * part // parts for part in range(parts + 1)]
    return [set(items[start:end]) for start, end in pairwise(bounds) if start < end][::-1]


def _without(sequence: programs.Sequence, chunk: set[int]) -> programs.Sequence:
    return sequence.keeping(lambda place: place not in chunk)


def _plainer(failing: programs.Sequence, fails: Attempts) -> Iterator[programs.Sequence]:
    """One part of a request after the other is left out, else made plain."""
    for number in range(len(failing.steps)):
        step = failing.steps[number]
        if step.twice and fails(candidate := failing.with_step(number, replace(step, twice=False))):
            yield (failing := candidate)
        for container in ("query", "headers"):
            step = failing.steps[number]
            if step.parts()[container] and fails(candidate := failing.with_step(number, step.having({container: {}}))):
                yield (failing := candidate)
        for smaller in _plainer_values(failing, number, fails):
            yield (failing := smaller)


def _plainer_values(failing: programs.Sequence, number: int, fails: Attempts) -> Iterator[programs.Sequence]:
    place = 0
    while place < len(found := places(failing.steps[number])):
        where = found[place]
        step = failing.steps[number]
        smaller = next((made for made in _instead(step, where) if fails(failing.with_step(number, made))), None)
        if smaller is None:
            place += 1
            continue
        yield (failing := failing.with_step(number, smaller))


def _instead(step: programs.Step, where: tuple[str | int, ...]) -> Iterator[programs.Step]:
    value = got(step, where)
    if where[0] != "path":
        yield put(step, where, gone())
    for plain in _plain(value):
        yield put(step, where, plain)


def _plain(value: Any) -> Iterator[Any]:
    if isinstance(value, str):
        if len(value) > 1:
            yield "a"
            yield value[: len(value) // 2]
    elif isinstance(value, list) and len(value) > 1:
        yield value[:1]
    elif isinstance(value, float) or (isinstance(value, int) and not isinstance(value, bool) and abs(value) > 1):
        yield 1
    elif isinstance(value, Mapping) and not programs.is_mark(value) and value:
        yield {}
