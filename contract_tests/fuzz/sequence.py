"""Sequence: a short program of requests as data, in which later requests take values from the replies to earlier ones.

Any value of a request may be a mark in place of the value itself: ``{"from": 0, "pointer": "/id"}`` is taken from the reply to
step 0; ``{"of": "owner", "id": "workspaceId", "at": 0}`` is an id of that actor (of whoever calls, if ``of`` is empty), as text
where ``"text": true`` stands beside it; ``{"base64": "…"}`` is bytes. So a sequence holds no secret and fits every deployment.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

CONTAINERS = ("path", "query", "headers")


class NoSuchValue(LookupError):
    """A mark leads to nothing: the reply is missing or has no such part, or the actor no such id."""


@dataclass(frozen=True)
class Step:
    """One request. ``operation``: operationId; ``actor``, ``scheme``: who calls by which kind of credential, None for nobody;
    ``media``: media type of the body, None for no body; ``twice``: sent two times at once. Its parts are never changed in place.
    """

    operation: str
    actor: str | None = None
    scheme: str | None = None
    path: Mapping[str, Any] = field(default_factory=dict)
    query: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, Any] = field(default_factory=dict)
    body: Any = None
    media: str | None = None
    twice: bool = False

    def parts(self) -> dict[str, Any]:
        """All that may hold marks, by its name."""
        return {"path": self.path, "query": self.query, "headers": self.headers, "body": self.body}

    def having(self, parts: Mapping[str, Any]) -> Step:
        """A copy with these parts in place of its own."""
        return Step(**{**vars(self), **parts})

    def changed(self, change: Callable[[Any], Any]) -> Step:
        """A copy with every mark put through ``change``."""
        return self.having({name: marks_changed(part, change) for name, part in self.parts().items()})

    def sources(self) -> set[int]:
        """The steps whose replies it needs."""
        return {mark["from"] for part in self.parts().values() for mark in marks(part) if "from" in mark}

    def document(self) -> dict[str, Any]:
        """As JSON, without what is empty."""
        said = {name: value for name, value in vars(self).items() if name != "body" and value not in ({}, None, False)}
        return said | ({"body": self.body} if self.media is not None else {})


@dataclass(frozen=True)
class Sequence:
    """The steps of one program for one API."""

    api: str
    steps: tuple[Step, ...]

    def text(self) -> str:
        """Canonical JSON: the same program is the same text."""
        return json.dumps(self.document(), sort_keys=True, ensure_ascii=True, separators=(",", ":"))

    def document(self) -> dict[str, Any]:
        """As JSON."""
        return {"api": self.api, "steps": [step.document() for step in self.steps]}

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Sequence:
        """The reverse of ``document``. ValueError if it is none."""
        try:
            return cls(str(document["api"]), tuple(Step(**step) for step in document["steps"]))
        except (TypeError, KeyError) as problem:
            raise ValueError(f"This is no sequence of requests: {problem}") from None

    def keeping(self, wanted: Callable[[int], bool]) -> Sequence:
        """The wanted steps alone, without those that need a reply to one that is gone."""
        kept: dict[int, int] = {}
        steps: list[Step] = []
        for place, step in enumerate(self.steps):
            if wanted(place) and step.sources() <= kept.keys():
                kept[place] = len(steps)
                steps.append(_renumbered(step, kept))
        return replace(self, steps=tuple(steps))

    def with_step(self, place: int, step: Step) -> Sequence:
        """A copy with another step at this place."""
        return replace(self, steps=(*self.steps[:place], step, *self.steps[place + 1 :]))

    def inserting(self, place: int, *steps: Step) -> Sequence:
        """A copy with more steps at this place; the marks of ``steps`` are for their new places already."""
        moved = {old: old + (len(steps) if old >= place else 0) for old in range(len(self.steps))}
        after = tuple(_renumbered(step, moved) for step in self.steps[place:])
        return replace(self, steps=(*self.steps[:place], *steps, *after))


def _renumbered(step: Step, places: Mapping[int, int]) -> Step:
    return step.changed(lambda mark: {**mark, "from": places[mark["from"]]} if "from" in mark else mark)


def taken(source: int, pointer: str) -> dict[str, Any]:
    """The mark for a value of an earlier reply."""
    return {"from": source, "pointer": pointer}


def own(of: str, name: str, at: int, *, text: bool = False) -> dict[str, Any]:
    """The mark for an actor's id."""
    return {"of": of, "id": name, "at": at} | ({"text": True} if text else {})


def raw(data: bytes) -> dict[str, Any]:
    """The mark for bytes."""
    return {"base64": base64.b64encode(data).decode()}


def is_mark(value: Any) -> bool:
    """Whether the value stands for another one."""
    if not isinstance(value, Mapping):
        return False
    named = set(value)
    if named == {"from", "pointer"}:
        return type(value["from"]) is int and isinstance(value["pointer"], str)
    return named in ({"base64"}, {"of", "id", "at"}, {"of", "id", "at", "text"})


def marks(value: Any) -> Iterator[Mapping[str, Any]]:
    """Every mark in the value."""
    if is_mark(value):
        yield value
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from marks(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from marks(part)


def marks_changed(value: Any, change: Callable[[Any], Any]) -> Any:
    """A copy of the value with every mark put through ``change``."""
    if is_mark(value):
        return change(value)
    if isinstance(value, Mapping):
        return {name: marks_changed(part, change) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [marks_changed(part, change) for part in value]
    return value


def at(document: Any, pointer: str) -> Any:
    """The part of a JSON document at this pointer (RFC 6901). NoSuchValue if there is none."""
    for part in pointer.split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~")
        if isinstance(document, Mapping) and name in document:
            document = document[name]
        elif isinstance(document, list) and name.isdecimal() and int(name) < len(document):
            document = document[int(name)]
        else:
            raise NoSuchValue(pointer)
    return document
