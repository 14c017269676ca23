"""Values: what stands exactly at a limit and one beyond it, and keeps every other rule of its schema."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import jsonschema_rs

from contract_tests.edges.stated import SIZE, Limit

#: The pieces by which a text may grow; a host's or a mailbox's parts may not grow for ever.
PIECES = ("", "a.", f"{'b' * 60}.", f"{'c' * 48},")
#: What of a schema is about one text.
RULES = ("type", "pattern", "format", "minLength", "maxLength", "anyOf")
#: Texts of the usual kinds.
TEXTS = (
    "a",
    "law",
    "https://law.example/a.png",
    "+31612345678",
    "law@law.example",
    "image/png",
    "EUR",
    "US",
    "en",
    "2030-01-02",
    "2030-01-02T03:04:05Z",
    "2030-01-02T03:04:05.678Z",
    "6513270e-269e-4d37-b2a7-4de452e6b438",
    "#FF5733",
    "1",
    f"AC{'0a' * 16}",
)
#: So much longer than needed a text may become on the way.
FURTHEST = 8200
#: Bounds of numbers in a pattern are small, or full of nines up to so many figures.
SMALL, SUFFICIENT = 2000, 16


class NoRoom(Exception):
    """No value stands there and keeps the schema's other rules; the message is the reason."""


def pair(limit: Limit, sample: Any) -> tuple[Any, Any]:
    """A value at the limit and one beyond it, made from a right one. NoRoom if there are none."""
    if limit.keyword in ("minimum", "maximum"):
        return _numbers(limit)
    if limit.keyword in ("minItems", "maxItems"):
        return _lists(limit, sample)
    if limit.keyword in ("minProperties", "maxProperties"):
        return _objects(limit, sample)
    if limit.keyword == "pattern":
        return _counted(limit, sample)
    return _texts(limit, sample)


def _numbers(limit: Limit) -> tuple[Any, Any]:
    """OpenAPI 3.0 says by a flag beside the bound whether the bound itself is excluded."""
    step = limit.schema.get("multipleOf", 1)
    outwards = -step if limit.low else step
    excluded = limit.schema.get("exclusiveMinimum" if limit.low else "exclusiveMaximum") is True
    return (limit.bound - outwards, limit.bound) if excluded else (limit.bound, limit.bound + outwards)


def _lists(limit: Limit, sample: list[Any]) -> tuple[Any, Any]:
    beyond = limit.bound - 1 if limit.low else limit.bound + 1
    if not sample:
        raise NoRoom("no example of an item")
    return _of(sample, limit.bound, limit), _of(sample, beyond, limit)


def _of(items: list[Any], count: int, limit: Limit) -> list[Any]:
    """So many items; each different where they must be and can be."""
    known = limit.schema.get("items", {})
    apart = list(known["enum"]) if "enum" in known else [_varied(items[0], number) for number in range(count - len(items))]
    found = [*items, *(each for each in apart if each not in items)]
    return (found + [items[0]] * count)[:count]


def _varied(item: Any, number: int) -> Any:
    """Another item like this one: its last digits, or its end, tell which."""
    if isinstance(item, str) and re.search(r"\d{4}$", item):
        return f"{item[:-4]}{(int(item[-4:]) + number + 1) % 10_000:04}"
    return f"{item}{number}" if isinstance(item, str) and item.isalnum() else item


def _objects(limit: Limit, sample: dict[str, Any]) -> tuple[Any, Any]:
    free = limit.schema.get("additionalProperties", True)
    if free is False:
        raise NoRoom("its properties are named")
    value = next(iter(sample.values()), "a" if free in (True, {}) else _least(free))
    beyond = limit.bound - 1 if limit.low else limit.bound + 1
    return tuple({f"key{number}": value for number in range(count)} for count in (limit.bound, beyond))  # type: ignore[return-value]


def _least(schema: Mapping[str, Any]) -> Any:
    return {"string": "a", "integer": 1, "number": 1, "boolean": True, "object": {}, "array": []}[schema.get("type", "string")]


def _texts(limit: Limit, sample: str) -> tuple[str, str]:
    others = {key: value for key, value in limit.schema.items() if key not in (limit.keyword, SIZE)}
    if "enum" in others:
        raise NoRoom("its values are listed")
    for like in (sample, *filter(rule(limit.schema), TEXTS)):
        edge = next(filter(rule(limit.schema), _of_length(like, limit.bound)), None)
        if edge is not None:
            beyond = list(_of_length(like, limit.bound + (-1 if limit.low else 1)))
            # Where a pattern sets the same limit once more, both are broken at once.
            return edge, next(filter(rule(others), beyond), beyond[0])
    raise NoRoom("another rule of the same value leaves no room")


def _of_length(sample: str, length: int) -> Iterator[str]:
    """Texts of so many characters that are like the sample, the likest first."""
    if len(sample) == length:
        yield sample
    elif len(sample) > length:
        for start in range(length, -1, -1):
            yield sample[:start] + sample[len(sample) - (length - start) :]
    else:
        for piece in PIECES:
            yield from _grown(sample, length, piece)


def _grown(sample: str, length: int, piece: str) -> Iterator[str]:
    """The sample with one of its characters again and again, after so many of the pieces as fit."""
    missing = length - len(sample)
    for place in range(len(sample), 0, -1):
        whole = missing // len(piece) if piece else 0
        for pieces in (whole, max(0, whole - 1)):
            more = sample[place - 1] * (missing - pieces * len(piece))
            yield sample[:place] + more + piece * pieces + sample[place:]
            yield sample[:place] + piece * pieces + more + sample[place:]


def rule(schema: Mapping[str, Any]) -> Callable[[str], bool]:
    """Whether a text keeps the schema."""
    plain = {key: value for key, value in schema.items() if key in RULES}
    right: Callable[[str], bool] = jsonschema_rs.validator_for(plain, validate_formats=True).is_valid
    return right


def _counted(limit: Limit, sample: str) -> tuple[str, str]:
    """The shortest, or the longest, text that the pattern lets the sample become, and one character less or more."""
    right = rule(limit.schema)
    if sample.lstrip("-").isdecimal() and not right("a"):
        return _figures(limit, right)
    edges = [_last(sample, place, limit.low, right) for place in range(len(sample))]
    edge = min(edges, key=len) if limit.low else max(edges, key=len)
    for place in range(len(edge), 0, -1):
        beyond = edge[: place - 1] + edge[place:] if limit.low else edge[:place] + edge[place - 1 :]
        if not right(beyond):
            return edge, beyond
    raise NoRoom("the pattern bounds no length")


def _last(sample: str, place: int, low: bool, right: Callable[[str], bool]) -> str:
    """As many characters less, or more, at this place as the pattern bears."""

    def changed(count: int) -> str:
        return sample[:place] + sample[place + count :] if low else sample[:place] + sample[place] * count + sample[place:]

    most = len(sample) - place if low else FURTHEST
    if not low and right(changed(most)):
        return sample
    return changed(next((count - 1 for count in range(1, most + 1) if not right(changed(count))), most))


def _figures(limit: Limit, right: Callable[[str], bool]) -> tuple[str, str]:
    """A pattern that takes nothing but whole numbers bounds their value."""
    outwards = -1 if limit.low else 1
    known = [*range(SMALL), *(10**size - 1 for size in range(5, SUFFICIENT))]
    for number in sorted({*known, *(-each for each in known)}, reverse=not limit.low):
        if right(str(number)) and not right(str(number + outwards)):
            return str(number), str(number + outwards)
    raise NoRoom("the pattern bounds no number")
