"""Scrubber: puts names in place of secrets, and tells whose is left."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from contract_tests.secrets.layers import layers
from contract_tests.secrets.search import Search
from contract_tests.secrets.spellings import SHORT, folded, short, spellings

_BASE64 = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_")
#: In characters.
_CREDIBLE = 12
_SECRET = re.compile(r"(?:^|_)(?:JWT|KEYS?|TOKENS?|SECRETS?|PASSWORDS?|CREDENTIALS?)(?:_|$)")


def _credible(value: str) -> bool:
    return len(value) >= _CREDIBLE and len(set(value)) >= _CREDIBLE // 2 and any(map(str.isdigit, value)) and " " not in value


def variable(*path: str) -> str:
    """The name of what stands there in a cast, as ``understudy credentials --format env`` gives it."""
    return re.sub(r"[^A-Z0-9]+", "_", "_".join(path).upper())


def configured(casts: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """Name → value of all that lets somebody in. ``casts``: API → actor → credentials and ids."""
    return {
        variable(*path): value
        for path, value in _leaves(casts, ())
        if value and len(path) > 2 and _SECRET.search(variable(*path[2:]))
    }


def _leaves(node: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    if isinstance(node, Mapping):
        for key, child in node.items():
            yield from _leaves(child, (*path, str(key)))
    elif isinstance(node, list | tuple):
        for place, child in enumerate(node):
            yield from _leaves(child, (*path, str(place)))
    else:
        yield path, str(node)


class Scrubber:
    """``secrets``: name → value; ``observed``: values that the run came upon, named ``secret-1`` and so on.

    Found plain, in any case, percent-encoded, JSON-, HTML- or shell-escaped, folded, in hexadecimal, in base64 of either alphabet
    and any alignment (so also in ``user:secret`` and in the parts of a token), and of long ones two thirds, or backwards; each
    under four layers of escapes. Not found: compressed, encrypted or hashed, base32, base64 of base64.
    One shorter than six characters is found plain, as a whole value; one shorter than four where a credential is named.
    """

    def __init__(self, secrets: Mapping[str, str], observed: Iterable[str] = ()) -> None:
        self._names: dict[str, str] = {}
        for name, value in secrets.items():
            if value:
                self._names.setdefault(value, name)
        self._observed = 0
        self.learn(observed)

    def learn(self, observed: Iterable[str]) -> None:
        """Take these for secrets too; those that are known already keep their names. A run also makes credentials up, so one that
        is short or a plain word, or only has a known one in it, is left alone.
        """
        for value in sorted(set(observed)):
            if _credible(value) and not any(known in value for known in self._names):
                self._observed += 1
                self._names[value] = f"secret-{self._observed}"
        self._known: dict[str, tuple[str, bool]] = {}
        for value, name in self._names.items():
            for spelling in spellings(value) if len(value) >= SHORT else ():
                self._known.setdefault(spelling.text, (name, spelling.frayed))
        self._search = Search(self._known)
        self._short = [(name, re.compile(short(value))) for value, name in self._names.items() if len(value) < SHORT]

    def clean(self, text: str, after: int = 0) -> str:
        """The text from ``after`` on, with ``$NAME`` in place of each secret, also of one that begins before."""
        parts: list[str] = []
        last = after
        for start, end, name in self._found(text):
            if end > last:
                parts += (text[last : max(start, last)], f"${name}")
                last = end
        return "".join([*parts, text[last:]])

    def leaks(self, text: str | bytes) -> list[str]:
        """The names of the secrets in it, sorted."""
        said = text if isinstance(text, str) else text.decode("utf-8", "surrogateescape")
        return sorted({name for _, _, name in self._found(said)})

    def split(self, text: str) -> Iterator[tuple[str, str | None]]:
        """The text in pieces, each with the name of the secret that it plainly is, or None."""
        values = sorted((value for value in self._names if len(value) >= SHORT), key=len, reverse=True)
        if not values:
            yield text, None
            return
        for piece in re.split("(" + "|".join(map(re.escape, values)) + ")", text):
            if piece:
                yield piece, self._names.get(piece) if len(piece) >= SHORT else None

    def begun(self, text: str) -> int:
        """Where a secret may begin whose end is not in the text yet; its length if nowhere."""
        around = text[-_HORIZON:]
        ends = []
        for layer in layers(around, unfinished=True):
            start = self._search.begun(folded(layer.text))
            ends.append(layer.origin(start, start + 1)[0])
        return len(text) - len(around) + min(ends)

    def _found(self, text: str) -> list[tuple[int, int, str]]:
        """Stretches of the text in order, the longer of two that begin together first."""
        hits = [(*each.span("value"), name) for name, pattern in self._short for each in pattern.finditer(text)]
        if self._known:
            for layer in layers(text):
                for start, known in self._search.found(folded(layer.text)):
                    name, frayed = self._known[known]
                    hits.append((*layer.origin(*_whole(layer.text, start, start + len(known), frayed)), name))
        return sorted(hits, key=lambda hit: (hit[0], -hit[1], hit[2]))


#: More than a folded and twice escaped token takes.
_HORIZON = 8192


def _whole(text: str, start: int, end: int, frayed: bool) -> tuple[int, int]:
    """With the character at either end that holds some bits of the secret still."""
    if not frayed:
        return start, end
    return start - (start > 0 and text[start - 1] in _BASE64), end + (end < len(text) and text[end] in _BASE64)
