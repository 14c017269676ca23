"""Routes: which operation of a contract a request is for, by method and path alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import unquote

from contract_tests.contracts import Operation, Place, Spec, operations

_PARAMETER = re.compile(r"\{([^}]+)\}")


class Found(NamedTuple):
    """The operation, and its path parameters as text."""

    place: Place
    operation: Operation
    values: dict[str, str]


class Routes:
    """The operations of one contract. What stands in the path literally is preferred to a parameter, as OpenAPI demands."""

    def __init__(self, spec: Spec) -> None:
        ordered = sorted(operations(spec), key=lambda each: [part.startswith("{") for part in each[0].path.split("/")])
        self._known = [(_pattern(place.path), place, operation) for place, operation in ordered]

    def find(self, method: str, path: str) -> Found | None:
        """The operation that the request is for; HEAD is asked like GET."""
        wanted = "get" if method.upper() == "HEAD" else method.lower()
        return next((found for found in self.matching(path) if found.place.method == wanted), None)

    def matching(self, path: str) -> Iterator[Found]:
        """Every operation at the path, by whatever method."""
        for pattern, place, operation in self._known:
            matched = pattern.fullmatch(path)
            if matched is not None:
                names = _PARAMETER.findall(place.path)
                yield Found(place, operation, dict(zip(names, map(unquote, matched.groups()), strict=True)))


def _pattern(template: str) -> re.Pattern[str]:
    parts = _PARAMETER.split(template)
    return re.compile("".join("([^/]+)" if place % 2 else re.escape(part) for place, part in enumerate(parts)))
