"""Filters: which things a list's parameters admit."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from contract_tests.shadow.values import COARSE, identity, instant

Item = Mapping[str, Any]


@dataclass(frozen=True)
class Filter:
    """``admits``: whether an item fits the values that the parameter was given, None if that cannot be told. ``moves``: whether
    an item may stop fitting by itself; ``unless``: a parameter beside which this one does not count.
    """

    admits: Callable[[Item, Sequence[str]], bool | None]
    moves: bool = False
    unless: str | None = None


def equal(name: str, *, moves: bool = False) -> Filter:
    """The property has the value (one of them, if there are several)."""
    return Filter(lambda item, values: _of(item, name, lambda value: identity(value) in values), moves)


def grouped(name: str, groups: Mapping[str, Sequence[str]]) -> Filter:
    """The property, which moves, has one of the values that the parameter's value stands for."""
    return Filter(lambda item, values: _of(item, name, lambda value: value in groups.get(values[-1], (value,))), moves=True)


def containing(*names: str) -> Filter:
    """One of the properties contains the text, whatever its case."""

    def admits(item: Item, values: Sequence[str]) -> bool | None:
        known = [item[name] for name in names if isinstance(item.get(name), str)]
        return any(values[-1].casefold() in text.casefold() for text in known) if all(name in item for name in names) else None

    return Filter(admits)


def any_of(name: str) -> Filter:
    """The property, an array, has one of the values, whatever their case."""

    def admits(item: Item, values: Sequence[str]) -> bool | None:
        found = item.get(name)
        return None if not isinstance(found, list) else bool({str(each).lower() for each in found} & {v.lower() for v in values})

    return Filter(admits)


def since(name: str, *, unless: str | None = None) -> Filter:
    """The moment is not before the one that is given: a moment, or a day, which begins at midnight UTC."""
    return Filter(lambda item, values: _beside(item, name, _bound(values[-1], 0.0), 1), unless=unless)


def until(name: str, *, unless: str | None = None) -> Filter:
    """The moment is not after the one that is given, or after the end of the day."""
    return Filter(lambda item, values: _beside(item, name, _bound(values[-1], 86_400.0), -1), unless=unless)


def untold() -> Filter:
    """What it admits only the deployment can tell."""
    return Filter(lambda _item, _values: None)


def _of(item: Item, name: str, fits: Callable[[Any], bool]) -> bool | None:
    return fits(item[name]) if item.get(name) is not None else None


def _beside(item: Item, name: str, bound: float | None, side: int) -> bool | None:
    """None as well where a rounded moment would decide."""
    moment = instant(item.get(name))
    if moment is None or bound is None or abs(moment - bound) <= COARSE:
        return None
    return (moment - bound) * side > 0


def _bound(text: str, day: float) -> float | None:
    if len(text) == len("2026-01-01"):
        midnight = instant(f"{text}T00:00:00Z")
        return None if midnight is None else midnight + day
    return instant(text)
