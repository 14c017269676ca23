"""The search: which entries fit what was asked for, judged by what may be shown of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from fnmatch import translate
from typing import Any

import orjson

from mockserver.journal.entry import Entry, Kept
from mockserver.journal.shown import Shown
from mockserver.journal.verdicts import verdict
from mockserver.serving.pointers import steps_of

_Test = Callable[[Entry], bool]


class Search:
    """Entries of one journal. ``wishes``: by name, as the contract of the control plane describes them; None is no wish.

    What costs little is judged first; only what is left is read whole.
    """

    def __init__(self, shown: Shown, wishes: Mapping[str, Any]) -> None:
        given = {name: value for name, value in wishes.items() if value is not None and name in CONDITIONS}
        self._quick = [_QUICK[name](shown, value) for name, value in given.items() if name in _QUICK]
        self._slow = [_SLOW[name](shown, value) for name, value in given.items() if name in _SLOW]
        self._needle = _needle(given.get("text"))

    def fits(self, entry: Entry) -> bool:
        """Whether all wishes are met."""
        if not all(test(entry) for test in self._quick):
            return False
        if self._needle is not None and not _may_hold(entry, self._needle):
            return False
        return all(test(entry) for test in self._slow)


def _text(read: Callable[[Shown, Entry], str | None]) -> Callable[[Shown, Any], _Test]:
    return lambda shown, wanted: lambda entry: read(shown, entry) == wanted


def _status(_shown: Shown, wanted: str) -> _Test:
    """``404``, or ``4xx`` for all of a hundred."""
    pattern = re.compile(wanted.lower().replace("x", "[0-9]"))
    return lambda entry: entry.status is not None and pattern.fullmatch(str(entry.status)) is not None


def _path(_shown: Shown, wanted: str) -> _Test:
    """A glob; ``*`` goes beyond slashes, too."""
    pattern = re.compile(translate(wanted))
    return lambda entry: pattern.match(entry.path) is not None


def _fault(_shown: Shown, wanted: str) -> _Test:
    """A rule by its id, ``*`` for any."""
    return lambda entry: bool(entry.faults) and (wanted == "*" or wanted in entry.faults)


_QUICK: Mapping[str, Callable[[Shown, Any], _Test]] = {
    "since": lambda _, wanted: lambda entry: entry.number > wanted,
    "until": lambda _, wanted: lambda entry: entry.number <= wanted,
    "api": _text(lambda _, entry: entry.contract.name if entry.contract else None),
    "operation": _text(lambda _, entry: entry.operation.id if entry.operation else None),
    "method": lambda _, wanted: lambda entry: entry.method == wanted.upper(),
    "path": _path,
    "status": _status,
    "verdict": _text(lambda _, entry: verdict(entry)),
    "fault": _fault,
    "actor": _text(lambda shown, entry: shown.actor(entry)),
}


def _body(shown: Shown, wanted: str) -> _Test:
    """``/to/0=+1415``: the value at a JSON Pointer or dotted path of the request's body, as JSON or text; without ``=``, any."""
    pointer, equals, value = wanted.partition("=")
    if pointer and not pointer.startswith("/"):
        pointer = f"/{pointer.replace('.', '/')}"
    steps = steps_of(f"#{pointer}" if pointer else "")

    def fits(entry: Entry) -> bool:
        body = shown.body(entry)
        found = list(_at(body.get("value", body.get("fields")), steps))
        return bool(found) if not equals else any(_is(one, value) for one in found)

    return fits


def _at(value: Any, steps: tuple[str | int, ...]) -> Iterator[Any]:
    for step in steps:
        if isinstance(value, Mapping) and step in value:
            value = value[step]
        elif isinstance(value, list) and str(step).isdigit() and int(step) < len(value):
            value = value[int(step)]
        else:
            return
    if value is not None or steps:
        yield value


def _is(found: Any, wanted: str) -> bool:
    if isinstance(found, str):
        return found == wanted
    try:
        # True is 1 to Python, not to JSON.
        return bool(
            orjson.dumps(orjson.loads(wanted), option=orjson.OPT_SORT_KEYS) == orjson.dumps(found, option=orjson.OPT_SORT_KEYS)
        )
    except orjson.JSONDecodeError:
        return False


def _header(shown: Shown, wanted: str) -> _Test:
    """``content-type: application/json``: a header of the request; without a value, that there is one."""
    name, separator, value = re.fullmatch(r"(?s)([^:=]*)([:=]?)(.*)", wanted).groups()  # type: ignore[union-attr]

    def fits(entry: Entry) -> bool:
        there = shown.headers(entry).get(name.strip().lower())
        return there is not None and (not separator or there == value.strip())

    return fits


def _anywhere(shown: Shown, wanted: str) -> _Test:
    """Text in path, query, headers and bodies of request and reply."""

    def fits(entry: Entry) -> bool:
        told = shown.entry(entry)
        messages = [told["request"], told["reply"] or {}]
        bodies = [message.get("body") or {} for message in messages]
        parts = [message.get(name) for message in messages for name in ("path", "query", "headers")]
        parts += [body.get(name) for body in bodies for name in ("value", "fields", "files", "text")]
        return any(wanted in text for part in parts for text in _texts(part))

    return fits


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for name, child in value.items():
            yield name
            yield from _texts(child)
    elif isinstance(value, list):
        for child in value:
            yield from _texts(child)
    elif value is not None:
        yield orjson.dumps(value).decode()


_SLOW: Mapping[str, Callable[[Shown, Any], _Test]] = {
    "body": _body,
    "header": _header,
    "text": _anywhere,
}
CONDITIONS = (*_QUICK, *_SLOW)


def _needle(text: str | None) -> bytes | None:
    """What must be among the bytes of an entry that shows this text; None where that cannot be said."""
    # Hashes stand where something else stood, and numbers can be written in many ways.
    plain = text is not None and text.isascii() and text.isalnum() and not re.search("[0-9]|^[a-f]{1,8}$|sha", text)
    return text.lower().encode() if text is not None and plain else None


def _may_hold(entry: Entry, needle: bytes) -> bool:
    parts = [part for headers in (entry.headers, entry.reply_headers) for header in headers for part in header]
    parts += [body.data for body in (entry.body, entry.reply) if isinstance(body, Kept)]
    parts += [entry.path.encode("utf-8", "replace"), entry.query]
    spelled_otherwise = not isinstance(entry.body, Kept | None) or any(b"\\" in part or b"%" in part for part in parts)
    return spelled_otherwise or any(needle in part.lower() for part in parts)
