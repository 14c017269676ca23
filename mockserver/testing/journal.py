"""The journal of a sandbox as a test reads it: what its client sent, and what of that fits a wish."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypedDict, overload

#: A traceback of pytest ends where a test calls this, not in here.
__tracebackhide__ = True

#: Of what was sent but does not fit, so many are shown.
_NEAREST = 10
#: Of one body, in characters of a line.
_GLIMPSE = 160
_MISSING = object()


class Wanted(TypedDict, total=False):
    """What requests are to be like, by the attributes of ``Entry``."""

    api: str
    operation: str
    actor: str
    status: int
    method: str
    path: str
    body: Any
    query: Mapping[str, Sequence[str]]
    headers: Mapping[str, str]
    reply: Any
    fault: str
    verdict: str


@dataclass(frozen=True)
class Entry:
    """One request and its reply. ``raw``: all that the mock tells of them; secrets stand there as short hashes."""

    raw: Mapping[str, Any] = field(repr=False)

    @property
    def number(self) -> int:
        """Its place among the requests of the sandbox."""
        return int(self.raw["number"])

    @property
    def api(self) -> str | None:
        """The API that was meant, None for a path of none."""
        return self._text("api")

    @property
    def operation(self) -> str | None:
        """The operationId, None where the contract has none for method and path."""
        return self._text("operation")

    @property
    def actor(self) -> str | None:
        """Who of the cast sent it, None for somebody else."""
        return self._text("actor")

    @property
    def method(self) -> str:
        """The method."""
        return str(self.raw["request"]["method"])

    @property
    def path(self) -> str:
        """The path as it was sent."""
        return str(self.raw["request"]["path"])

    @property
    def query(self) -> Mapping[str, Sequence[str]]:
        """The query, every value of each name."""
        query: Mapping[str, Sequence[str]] = self.raw["request"]["query"]
        return query

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers of the request, their names in lower case."""
        headers: Mapping[str, str] = self.raw["request"]["headers"]
        return headers

    @property
    def body(self) -> Any:
        """The body of the request: JSON read, the fields of a form, a text, or None."""
        return _content(self.raw["request"])

    @property
    def status(self) -> int | None:
        """The status of the reply, None if there was none."""
        reply = self.raw["reply"]
        return None if reply is None else int(reply["status"])

    @property
    def reply(self) -> Any:
        """The body of the reply, read like that of the request."""
        return _content(self.raw["reply"] or {})

    @property
    def fault(self) -> str | None:
        """The fault that answered, or that changed the answer."""
        return self._text("fault")

    @property
    def verdict(self) -> str:
        """What the contract says of the request."""
        return str(self.raw["verdict"])

    def __repr__(self) -> str:
        who = f" by {self.actor}" if self.actor else ""
        body = "" if self.body is None else f" {_glimpse(self.body)}"
        return f"#{self.number} {self.method} {self.path} {self.operation or 'no operation'}{who} -> {self.status}{body}"

    def _text(self, name: str) -> str | None:
        value = self.raw[name]
        return None if value is None else str(value)


def _content(message: Mapping[str, Any]) -> Any:
    body = message.get("body")
    if body is None:
        return None
    return body.get("value", body.get("fields", body.get("text")))


def _glimpse(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=repr)
    return text if len(text) <= _GLIMPSE else f"{text[: _GLIMPSE - 1]}…"


class Sent(Sequence[Entry]):
    """The requests that fit a wish, in the order in which they came; true if there are any.

    Where none fits, its text tells what was sent instead, the nearest first.
    """

    def __init__(self, wish: Wanted, entries: Sequence[Entry]) -> None:
        """A body, a reply, a query and headers must contain what is wished, they may say more. TypeError for another word."""
        unknown = wish.keys() - Wanted.__annotations__.keys()
        if unknown:
            raise TypeError(f"requests have no {', '.join(sorted(unknown))}, only {', '.join(Wanted.__annotations__)}.")
        self._wish = wish
        judged = [(entry, list(_differences(wish, entry))) for entry in entries]
        self._fitting = [entry for entry, differences in judged if not differences]
        self._others = sorted((pair for pair in judged if pair[1]), key=lambda pair: (len(pair[1]), -pair[0].number))

    @overload
    def __getitem__(self, index: int) -> Entry: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[Entry]: ...

    def __getitem__(self, index: int | slice) -> Entry | Sequence[Entry]:
        return self._fitting[index]

    def __len__(self) -> int:
        return len(self._fitting)

    def __repr__(self) -> str:
        """Short, for pytest shows little of it; ``str`` has the whole story."""
        if self._fitting:
            return f"<{len(self)} sent: {'; '.join(map(repr, self._fitting))}>"
        if not self._others:
            return "<nothing was sent at all>"
        nearest, differences = self._others[0]
        asked = f"#{nearest.number} {nearest.operation or f'{nearest.method} {nearest.path}'} -> {nearest.status}"
        return f"<nothing fits; nearest of {len(self._others)} sent: {asked} ({', '.join(differences)})>"

    def __str__(self) -> str:
        wish = ", ".join(f"{name}={value!r}" for name, value in self._wish.items()) or "anything"
        lines = [f"{len(self)} sent that fit {wish}", *(f"  {entry!r}" for entry in self._fitting)]
        if not self._others:
            return "\n".join([*lines, *([] if self._fitting else [f"  {NOTHING}"])])
        lines.append("what was sent and does not fit, nearest first")
        for entry, differences in self._others[:_NEAREST]:
            lines += [f"  {entry!r}", *(f"      {difference}" for difference in differences)]
        more = len(self._others) - _NEAREST
        return "\n".join([*lines, *([f"  … and {more} more"] if more > 0 else [])])


#: What is told of a journal without entries.
NOTHING = (
    "nothing was sent to this sandbox: does the client under test use `.base_url`, or the credentials of an actor of this test?"
)


def _differences(wish: Wanted, entry: Entry) -> Iterator[str]:
    wanted: Mapping[str, Any] = wish
    for name, expected in wanted.items():
        if name == "path":
            found = [] if entry.path == expected or entry.path.endswith(f"/{str(expected).lstrip('/')}") else [entry.path]
            yield from (f"path: {path!r}, not {expected!r}" for path in found)
        elif name == "headers":
            yield from _unlike({key.lower(): value for key, value in expected.items()}, dict(entry.headers), name)
        else:
            yield from _unlike(expected, getattr(entry, name), name)


def _unlike(expected: Any, actual: Any, place: str) -> Iterator[str]:
    """Where what is there does not contain what is expected."""
    if isinstance(expected, Mapping) and isinstance(actual, Mapping):
        for key, value in expected.items():
            yield from _unlike(value, actual.get(key, _MISSING), f"{place}.{key}")
    elif isinstance(expected, list) and isinstance(actual, list) and len(expected) == len(actual):
        for index, (value, there) in enumerate(zip(expected, actual, strict=True)):
            yield from _unlike(value, there, f"{place}[{index}]")
    elif actual is _MISSING:
        yield f"{place}: not there, wanted {expected!r}"
    elif not expected == actual:  # noqa: SIM201  (what equals anything, as ANY of unittest.mock, says so by ==)
        yield f"{place}: {_glimpse(actual)}, not {expected!r}"


class Journal(Sequence[Entry]):
    """Every request of the sandbox and its reply, in their order; read anew each time that it is looked at."""

    def __init__(self, read: Callable[[], Sequence[Entry]]) -> None:
        self._read = read

    @overload
    def __getitem__(self, index: int) -> Entry: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[Entry]: ...

    def __getitem__(self, index: int | slice) -> Entry | Sequence[Entry]:
        return self._read()[index]

    def __len__(self) -> int:
        return len(self._read())

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._read())

    def __repr__(self) -> str:
        return "\n".join(map(repr, self._read())) or NOTHING
