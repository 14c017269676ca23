"""Links: which values of a request came from an earlier reply, and which requests a finding needs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple
from urllib.parse import quote

from contract_tests.gate.exchange import Exchange
from contract_tests.reports import bodies

Path = tuple[str | int, ...]
#: What only shows cannot be missing from a sequence, unless something was taken from it.
_READING = frozenset({"GET", "HEAD", "OPTIONS"})
#: From here on a text without a digit is no word of the contract's.
_LONG = 16


class Link(NamedTuple):
    """``value``: as text; ``source``: place of the exchange whose reply gave it, at ``path`` of its JSON."""

    value: str
    source: int
    path: Path


def links(sequence: Sequence[Exchange]) -> list[list[Link]]:
    """For each exchange the values that its request took from earlier replies, the longest first."""
    known: dict[str, Link] = {}
    taken: list[list[Link]] = []
    said = ""
    for place, exchange in enumerate(sequence):
        request = _request(exchange)
        taken.append(
            sorted((link for value, link in known.items() if _occurs(value, request)), key=lambda link: -len(link.value))
        )
        said += request
        for path, value in _leaves(bodies.document(exchange), ()):
            if value not in known and not _occurs(value, said):
                known[value] = Link(value, place, path)
    return taken


def needed(sequence: Sequence[Exchange], failing: int, *, alone: bool) -> list[Exchange]:
    """The exchanges up to the failing one without which it would not be the same. ``alone``: it is wrong by itself, so that only
    what its values came from matters; else whatever may have changed something stays.
    """
    upto = sequence[: failing + 1 or None]
    taken = links(upto)
    keep = {len(upto) - 1}
    if not alone:
        keep |= {place for place, each in enumerate(upto) if each.method not in _READING and each.refused is None}
    for place in range(len(upto) - 1, -1, -1):
        if place in keep:
            keep |= {link.source for link in taken[place]}
    return [each for place, each in enumerate(upto) if place in keep]


def _request(exchange: Exchange) -> str:
    headers = "\n".join(f"{name}: {value}" for name, value in exchange.headers)
    return f"{exchange.url}\n{headers}\n{bodies.sent(exchange).text.decode('utf-8', 'replace')}\n"


def _occurs(value: str, text: str) -> bool:
    return any(spelt in text and whole(spelt).search(text) for spelt in {value, quote(value, safe="")})


def whole(value: str) -> re.Pattern[str]:
    """The value where it is not a part of a longer word."""
    return re.compile(rf"(?<![\w-]){re.escape(value)}(?![\w-])")


def _leaves(node: Any, path: Path) -> Iterator[tuple[Path, str]]:
    """Values that hardly stand in two places by chance."""
    if isinstance(node, dict):
        for key, child in node.items():
            yield from _leaves(child, (*path, key))
    elif isinstance(node, list):
        for place, child in enumerate(node):
            yield from _leaves(child, (*path, place))
    elif isinstance(node, str) and (len(node) >= _LONG or (len(node) >= 4 and any(map(str.isdigit, node)))):
        yield path, node
    elif isinstance(node, int) and not isinstance(node, bool) and node >= 100:
        yield path, str(node)
