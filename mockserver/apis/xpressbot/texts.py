"""Texts: numbers, flags, lists and objects that may come as such or as text, for a query string has nothing else."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, TypeVar

import orjson

from mockserver.engine.refusals import Refusal

_NAME = re.compile(r"[^\x00-\x20]")
_NUMBER = re.compile(r"-?[0-9]{1,16}(\.[0-9]{1,16})?([eE][+-]?[0-9]{1,2})?")
_BLANK = "".join(map(chr, range(0x21)))
#: The bounds of the contract, which a schema sees in a list or an object, but not in a text that stands for one.
LONGEST_NAME, LONGEST_VALUE, LARGEST_NUMBER, MOST_VALUES = 100, 1000, 10**15, 50

Value = str | int | float | bool | None
Json = TypeVar("Json", list[Any], dict[str, Any])


class CustomFieldsInvalid(Refusal):
    """What should hold values by name is neither an object nor pairs, or is beyond the bounds."""


def flag(value: bool | str) -> bool:
    """True for ``true`` and ``"true"``."""
    return value is True or value == "true"


def number(value: Value) -> int | float | None:
    """The number that the value is, or stands for in JSON's way; None if it is none, or out of bounds. 5.0 is 5."""
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        value = float(value) if re.search("[.eE]", value) else int(value)
    if isinstance(value, bool | str) or value is None or abs(value) > LARGEST_NUMBER:
        return None
    return int(value) if value == int(value) else value


def plain(value: Value) -> str:
    """The value as one would write it in a query string; nothing is an empty text."""
    if isinstance(value, bool):
        return str(value).lower()
    return value if isinstance(value, str) else "" if value is None else str(number(value))


def pieces(text: str) -> list[str]:
    """What stands between the commas, without the space around it."""
    return [piece.strip(_BLANK) for piece in text.split(",")]


def array(value: str | list[Any]) -> list[Any]:
    """The list, or the one that the text stands for: a JSON array, or else what stands between its commas."""
    found = _json(value, list) if isinstance(value, str) else value
    return pieces(str(value)) if found is None else found


def names(value: str | list[Any], at_most: int, otherwise: type[Refusal]) -> list[str]:
    """A list of names: as such, as a JSON array in text, or between commas, where blanks do not count. Space around a name goes.

    ``otherwise`` if one is no name, if too many are, or if a text begins like JSON and is no array.
    """
    found = _named(value) if isinstance(value, str) else value
    if found is None or len(found) > at_most or not all(map(_is_name, found)):
        raise otherwise
    return [name.strip(_BLANK) for name in found]


def _named(text: str) -> list[Any] | None:
    if text.lstrip(_BLANK).startswith(("[", "{")):
        return _json(text, list)
    return [piece for piece in pieces(text) if piece]


def _is_name(name: Any) -> bool:
    return isinstance(name, str) and len(name) <= LONGEST_NAME and _NAME.search(name) is not None


def values(given: str | Mapping[str, Value]) -> Mapping[str, Value]:
    """Values by name: an object, the text of one, or pairs like ``plan:pro,source:website``, each cut at its first colon."""
    found = _pairs(given) if isinstance(given, str) else given
    if len(found) > MOST_VALUES or not all(map(_is_value, found.values())):
        raise CustomFieldsInvalid
    return found


def _is_value(value: Any) -> bool:
    if isinstance(value, str):
        return len(value) <= LONGEST_VALUE
    return value is None or isinstance(value, bool) or (isinstance(value, int | float) and number(value) is not None)


def _pairs(text: str) -> Mapping[str, Value]:
    if text.lstrip(_BLANK).startswith("{"):
        found = _json(text, dict)
        if found is None:
            raise CustomFieldsInvalid
        return found
    pairs = [piece.partition(":") for piece in pieces(text) if piece]
    if not all(name.strip(_BLANK) and colon for name, colon, _ in pairs):
        raise CustomFieldsInvalid
    return {name.strip(_BLANK): value.strip(_BLANK) for name, _, value in pairs}


def _json(text: str, kind: type[Json]) -> Json | None:
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    return value if isinstance(value, kind) else None
