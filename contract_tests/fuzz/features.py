"""Features: what a reply shows of an API. A sequence that shows what none showed before is worth keeping."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from contract_tests.contracts import Spec, resolve
from contract_tests.fuzz.playing import Played
from contract_tests.fuzz.surface import Surface
from contract_tests.refusals import CODES, Refusals

#: A code that may be told of, rather than a sentence with somebody's data in it.
_CODE = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,60}")
_DEPTH = 8


class Features:
    """Reads features by one contract."""

    def __init__(self, surface: Surface) -> None:
        self._surface = surface
        self._refusals = Refusals(surface.spec)

    def of(self, played: Sequence[Played]) -> list[list[str]]:
        """The features of each step, one list for each."""
        before = "-"
        found: list[list[str]] = []
        for one in played:
            reply = one.reply
            if reply is None or reply.refused is not None:
                found.append([])
                continue
            now = f"{one.step.operation} {reply.status}"
            found.append([*self._reply(one.step.operation, reply.status, reply.document), f"{before} > {now}"])
            before = now
        return found

    def _reply(self, name: str, status: int, document: Any) -> Iterator[str]:
        head = f"{name} {status}"
        yield head
        if status >= 400:
            named = self._refusals.named(self._surface.label(name), status, document) or _codes(document)
            yield from (f"{head} {each}" for each in sorted(named))
        elif document is not None:
            shape = dict.fromkeys(_shape(self._surface.spec, self._surface.success(name), document))
            yield from (f"{head} {each}" for each in shape)


def _codes(document: Any) -> set[str]:
    if not isinstance(document, Mapping):
        return set()
    values = {document[key] for key in CODES if isinstance(document.get(key), str)}
    return {value for value in values if _CODE.fullmatch(value)}


def _shape(spec: Spec, schema: Any, value: Any, where: str = "", depth: int = _DEPTH) -> Iterator[str]:
    """Which properties are there, and which of an enum's values; only names and values that the contract has itself."""
    schema = resolve(spec, schema)
    if not isinstance(schema, Mapping) or depth < 0:
        return
    if value is None:
        yield f"{where}=null"
    for part in (*schema.get("allOf", ()), *schema.get("anyOf", ()), *schema.get("oneOf", ())):
        yield from _shape(spec, part, value, where, depth - 1)
    if isinstance(value, str | int) and value in schema.get("enum", ()):
        yield f"{where}={value}"
    if isinstance(value, Mapping):
        for name in (each for each in schema.get("properties", {}) if each in value):
            yield f"{where}/{name}"
            yield from _shape(spec, schema["properties"][name], value[name], f"{where}/{name}", depth - 1)
    if isinstance(value, list) and "items" in schema:
        yield f"{where}#{'many' if len(value) > 1 else len(value)}"
        for part in value[:20]:
            yield from _shape(spec, schema["items"], part, f"{where}/*", depth - 1)
