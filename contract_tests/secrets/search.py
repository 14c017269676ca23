"""Search: many texts sought in one pass that skips most of what it passes (Wu and Manber, 1994)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

#: Characters that are looked at together; the window in which a text is recognised; texts shorter than it are sought apart.
_BLOCK, _WINDOW = 3, 12


class Search:
    """``texts``: at least three characters long."""

    def __init__(self, texts: Iterable[str]) -> None:
        known = set(texts)
        groups = [{text for text in known if len(text) >= _WINDOW}, {text for text in known if len(text) < _WINDOW}]
        self._passes = [_Pass(group) for group in groups if group]
        self._heads: dict[str, list[str]] = {}
        for text in known:
            self._heads.setdefault(text[:HEAD], []).append(text)
        self._longest = max(map(len, known), default=0)

    def found(self, text: str) -> Iterator[tuple[int, str]]:
        """Where which of the texts stands, the longest at each place; none inside another of its pass."""
        for each in self._passes:
            yield from each.found(text)

    def begun(self, text: str) -> int:
        """Where one of the texts begins (by HEAD characters at least) that the text does not end; its length if nowhere."""
        for start in range(max(0, len(text) - self._longest), len(text) - HEAD + 1):
            tail = text[start:]
            if any(known.startswith(tail) for known in self._heads.get(tail[:HEAD], ())):
                return start
        return len(text)


HEAD = 4


class _Pass:
    def __init__(self, texts: set[str]) -> None:
        self._window = min(_WINDOW, *map(len, texts), _WINDOW)
        self._shifts: dict[str, int] = {}
        self._ends: dict[str, list[str]] = {}
        last = self._window - _BLOCK
        for text in sorted(texts, key=len, reverse=True):
            for place in range(last + 1):
                block = text[place : place + _BLOCK]
                self._shifts[block] = min(self._shifts.get(block, last + 1), last - place)
            self._ends.setdefault(text[last : self._window], []).append(text)

    def found(self, text: str) -> Iterator[tuple[int, str]]:
        shifts, far, last = self._shifts, self._window - _BLOCK + 1, self._window - _BLOCK
        at, end = last, len(text) - _BLOCK
        while at <= end:
            shift = shifts.get(text[at : at + _BLOCK], far)
            if shift:
                at += shift
                continue
            start = at - last
            known = next((each for each in self._ends[text[at : at + _BLOCK]] if text.startswith(each, start)), None)
            if known is None:
                at += 1
            else:
                yield start, known
                at += len(known)
