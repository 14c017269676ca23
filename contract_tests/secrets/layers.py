"""Layers: a text as it is, and what it says once escapes and folds are taken off, each place with its way back.

Percent-encoding, escapes of JSON and of shells, references of HTML, colours and broken lines of terminals.
"""

from __future__ import annotations

import html
import re
from array import array
from bisect import bisect_right
from collections.abc import Iterator

#: How many encodings may lie over each other; percent-encoding twice in JSON inside a folded page is four.
DEPTH = 5
#: What the next line begins with where a terminal, a mail or pytest broke one; and what may stand before the break.
_MARGIN, _EDGE = r"[ \t│┃|>\#]{0,80}(?:E[ \t]{1,8})?", " \t│┃|="
_ESCAPE = re.compile(
    rf"""
    [%&'\\\x1b\r\n](?:
      (?<=%)(?: [0-7][0-9A-Fa-f] | [89A-Fa-f][0-9A-Fa-f](?:%[89A-Fa-f][0-9A-Fa-f])* )
    | (?<=\\)(?: u[dD][89abAB][0-9A-Fa-f]{{2}}\\u[dD][c-fC-F][0-9A-Fa-f]{{2}} | u[0-9A-Fa-f]{{4}} | x[0-9A-Fa-f]{{2}}
             | [bfnrt] | \r?\n{_MARGIN} | [^\w\s] )
    | (?<=&)(?: \#[0-9]{{1,7}} | \#[xX][0-9A-Fa-f]{{1,6}} | amp | lt | gt | quot | apos );
    | (?<=')(?: "'"' | \\'' )
    | (?<=\x1b)\[[0-9;]*[A-Za-z]
    | (?<=\n){_MARGIN}
    | (?<=\r)\n{_MARGIN} )
    """,
    re.VERBOSE,
)
_BEGUN = re.compile(
    r"""
    (?: (?:%[89A-Fa-f][0-9A-Fa-f]){1,3}(?:%[0-9A-Fa-f]?)? | %[0-9A-Fa-f]?
      | \\u[dD][89abAB][0-9A-Fa-f]{2}(?:\\(?:u[0-9A-Fa-f]{0,3})?)? | \\(?:u[0-9A-Fa-f]{0,3} | x[0-9A-Fa-f]?)?
      | &\#?[0-9A-Za-z]{0,7} | \x1b[\[0-9;]{0,12} )$
    """,
    re.VERBOSE,
)
_CONTROLS = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}


class Layer:
    """``text``: what it says; ``origin``: where a stretch of it stands in the text as it was."""

    def __init__(self, text: str, below: Layer | None = None) -> None:
        self.text, self._below = text, below
        #: Of each escape that was taken off: where it begins and ends in this text, and in the one below.
        self._here, self._gone = array("q"), array("q")
        self._from, self._to = array("q"), array("q")

    def origin(self, start: int, end: int) -> tuple[int, int]:
        """The stretch of the text as it was that became ``[start, end)``."""
        if self._below is None:
            return start, end
        first, last = self._down(start)[0], self._down(end - 1)[1]
        return self._below.origin(first, last)

    def _down(self, place: int) -> tuple[int, int]:
        at = bisect_right(self._here, place) - 1
        if at < 0:
            return place, place + 1
        if place < self._gone[at]:
            return self._from[at], self._to[at]
        below = self._to[at] + place - self._gone[at]
        return below, below + 1

    def opened(self) -> Layer | None:
        """The next layer, or None if nothing is to be taken off."""
        above, last, length = Layer("", self), 0, 0
        parts: list[str] = []
        for found in _ESCAPE.finditer(self.text):
            start, end = found.span()
            plain = _plain(found[0])
            if found[0][0] in "\r\n":
                start = _edge(self.text, last, start)
            length += start - last
            parts += (self.text[last:start], plain)
            above._here.append(length)
            length += len(plain)
            above._gone.append(length)
            above._from.append(start)
            above._to.append(end)
            last = end
        if not parts:
            return None
        above.text = "".join([*parts, self.text[last:]])
        return above


def layers(text: str, *, unfinished: bool = False) -> Iterator[Layer]:
    """The text as it is, then layer after layer. ``unfinished``: of each, what comes before an escape that has no end yet."""
    layer: Layer | None = Layer(text)
    for _ in range(DEPTH):
        if layer is None:
            return
        if unfinished and (cut := _BEGUN.search(layer.text, max(0, len(layer.text) - 16))) is not None:
            layer.text = layer.text[: cut.start()]
        yield layer
        layer = layer.opened()


def _edge(text: str, lowest: int, end: int) -> int:
    """Where the margin begins that ends there."""
    while end > lowest and text[end - 1] in _EDGE:
        end -= 1
    return end


def _plain(escape: str) -> str:
    if escape[0] == "%":
        return bytes.fromhex(escape.replace("%", "")).decode("utf-8", "replace")
    if escape[0] == "&":
        return html.unescape(escape)
    if escape[0] == "'":
        return "'"
    if escape[0] == "\x1b" or "\n" in escape:
        return ""
    return _backslashed(escape)


def _backslashed(escape: str) -> str:
    if escape[1:2] == "u":
        units = bytes.fromhex(escape.replace("\\u", ""))
        return units.decode("utf-16-be", "replace")
    if escape[1:2] == "x":
        return chr(int(escape[2:], 16))
    return _CONTROLS.get(escape[1], escape[1])
