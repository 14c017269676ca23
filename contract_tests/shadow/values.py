"""Values: when two spellings say the same, and when what a request said has been kept."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d")
_PHONE = re.compile(r"\+?[0-9 ().-]{7,24}")
_TAG = re.compile(r"<[^<>]*>")
_BLANK = re.compile(r"[\x00-\x20\x7f-\xa0]+")
_UUID = re.compile(r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_UUID_LENGTH = 36
#: Moments closer than this, in seconds, may be one: a deployment may know them to the second.
COARSE = 1.0


def instant(value: Any) -> float | None:
    """Seconds since the epoch of a date-time's text; None for anything else."""
    return _instant(value) if isinstance(value, str) else None


@lru_cache(4096)
def _instant(text: str) -> float | None:
    if not _MOMENT.match(text):
        return None
    try:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None


def rank(value: Any) -> float | str | None:
    """What a list can be sorted by: moments and numbers as numbers, other texts as they are."""
    if isinstance(value, str):
        moment = instant(value)
        return value if moment is None else moment
    return float(value) if isinstance(value, int | float) else None


def identity(value: Any) -> str | None:
    """An id as one text: a UUID means the same in either case, a number the same as its digits."""
    if isinstance(value, str):
        return value.lower() if len(value) == _UUID_LENGTH and _UUID.fullmatch(value) else value
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else None


def same(one: Any, other: Any) -> bool:
    """Whether two replies say the same of a property: moments may be spelled otherwise, the order of an array may differ, and
    what is null may be left out.
    """
    if one == other:
        return True
    if isinstance(one, str) and isinstance(other, str):
        return _one_moment(one, other)
    if isinstance(one, dict) and isinstance(other, dict):
        return all(same(one.get(name), other.get(name)) for name in one.keys() | other.keys())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and _each_in(one, other, same) and _each_in(other, one, same)
    return _one_number(one, other)


def kept(said: Any, shown: Any) -> bool:
    """Whether a reply shows what a request said, in whichever normal form: trimmed, in other letters where these mean nothing,
    without markup, a list from its text, what was left out filled in.
    """
    if said is None or said in ("", [], {}) or same(said, shown):
        return True
    if isinstance(said, dict):
        return not isinstance(shown, dict) or all(kept(said[name], shown[name]) for name in said.keys() & shown.keys())
    if isinstance(shown, dict):
        # A text that stands for an object has a grammar of its own.
        return isinstance(said, str)
    if isinstance(shown, list):
        return _kept_in_list(said, shown)
    if isinstance(said, str | int | float) and isinstance(shown, str | int | float):
        return _plain(said) == _plain(shown) or _one_number(said, shown)
    return False


def _kept_in_list(said: Any, shown: list[Any]) -> bool:
    wanted = _listed(said)
    if wanted and isinstance(wanted[0], dict):
        return len(wanted) == len(shown) and all(map(kept, wanted, shown))
    names = {_plain(each).casefold() for each in wanted} - {""}
    return names == {_plain(each).casefold() for each in shown} - {""}


def _listed(said: Any) -> Sequence[Any]:
    if isinstance(said, list):
        return said
    if isinstance(said, str) and said.startswith("["):
        try:
            parsed = json.loads(said)
        except ValueError:
            parsed = None
        if isinstance(parsed, list):
            return parsed
    return str(said).split(",")


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    text = _BLANK.sub("", _TAG.sub("", html.unescape(str(value))))
    if _PHONE.fullmatch(text):
        return re.sub(r"[^0-9]", "", text)
    # In addresses of mail and of pages, colours and UUIDs, upper and lower case may mean the same.
    return text.casefold() if "@" in text or "://" in text or text.startswith("#") or _UUID.fullmatch(text) else text


def _each_in(some: Sequence[Any], others: Sequence[Any], equal: Any) -> bool:
    return all(any(equal(each, other) for other in others) for each in some)


def _one_moment(one: str, other: str) -> bool:
    first, second = instant(one), instant(other)
    return first is not None and second is not None and abs(first - second) < COARSE


def _one_number(one: Any, other: Any) -> bool:
    try:
        return not isinstance(one, list | dict) and abs(float(one) - float(other)) < 1e-9
    except (TypeError, ValueError, OverflowError):
        return False
