"""Secrecy: texts in which no known secret is left, in whatever spelling, each replaced by the same short hash everywhere."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import re
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import quote, quote_plus, unquote, unquote_plus

#: In characters. What is shorter hides in words that mean something else; it is masked in the places of secrets only.
_SHORTEST = 6
#: So many secrets that were seen are known, the latest of them; those that were told to be secret come on top.
_MOST = 2_000
_DIGITS = 8

_JWT = re.compile(r"eyJ[A-Za-z0-9_-]{4,}\.[A-Za-z0-9_-]{4,}\.[A-Za-z0-9_-]*")
_AUTHORIZATION = re.compile(r"(?i)\b(bearer|accesskey|basic)(\s+|%20|\+)([A-Za-z0-9._~+/=:-]{6,})")
_KINDS = ("bearer", "accesskey", "basic", "token", "apikey")
_MASKED = re.compile(r"sha256:[0-9a-f]{8}")


def hashed(secret: str) -> str:
    """``sha256:1a2b3c4d``: the same for the same secret, and no way back."""
    return f"sha256:{hashlib.sha256(secret.encode('utf-8', 'replace')).hexdigest()[:_DIGITS]}"


class Secrets:
    """Every secret that is known, and texts without them."""

    def __init__(self) -> None:
        self._told: set[str] = set()
        self._seen: OrderedDict[str, None] = OrderedDict()
        #: By their first characters: the spellings of secrets, each with the secret.
        self._spellings: dict[str, dict[str, str]] = {}

    def tell(self, secrets: Iterable[str]) -> None:
        """Have these kept secret for good."""
        for secret in secrets:
            if secret not in self._told and len(secret) >= _SHORTEST:
                self._told.add(secret)
                self._seen.pop(secret, None)
                self._spell(secret)

    def see(self, secret: str) -> None:
        """Keep a secret that passed by, until there are too many."""
        if secret in self._told or secret in self._seen or len(secret) < _SHORTEST or _MASKED.fullmatch(secret):
            return
        self._seen[secret] = None
        self._spell(secret)
        if len(self._seen) > _MOST:
            self._unspell(self._seen.popitem(last=False)[0])

    def _spell(self, secret: str) -> None:
        for spelling in spellings(secret):
            self._spellings.setdefault(spelling[:_SHORTEST], {})[spelling] = secret

    def _unspell(self, secret: str) -> None:
        for spelling in spellings(secret):
            known = self._spellings.get(spelling[:_SHORTEST], {})
            known.pop(spelling, None)
            if not known:
                self._spellings.pop(spelling[:_SHORTEST], None)

    def without(self, text: str, *, cut: bool = False) -> str:
        """The text with hashes for all secrets and tokens in it. ``cut``: what it ends with may be the beginning of one."""
        masked = _JWT.sub(lambda found: hashed(found[0]), self._replaced(text))
        if self._hides_one(masked):
            # Spelled in a way that cannot be cut out: the whole text is as secret as what is in it.
            return hashed(text)
        return self._without_beginning(masked) if cut else masked

    def from_all(self, value: Any) -> Any:
        """The JSON value without secrets in its texts and its names."""
        if isinstance(value, str):
            return self.without(value)
        if isinstance(value, dict):
            return {self.without(name): self.from_all(child) for name, child in value.items()}
        return [self.from_all(child) for child in value] if isinstance(value, list) else value

    def _replaced(self, text: str) -> str:
        known = self._spellings
        if not known:
            return text
        begun, out = 0, []
        for place in [one for one in range(len(text) - _SHORTEST + 1) if text[one : one + _SHORTEST] in known]:
            candidates = known[text[place : place + _SHORTEST]]
            fitting = [spelling for spelling in candidates if text.startswith(spelling, place)]
            if fitting and place >= begun:
                longest = max(fitting, key=len)
                out += [text[begun:place], hashed(candidates[longest])]
                begun = place + len(longest)
        return "".join([*out, text[begun:]]) if out else text

    def _hides_one(self, text: str) -> bool:
        """Whether it reads as a secret once its escapes are undone, however often they were made."""
        if "%" not in text and "\\" not in text and "+" not in text:
            return False
        for undo in (unquote, unquote_plus, _unescaped):
            undone = undo(text)
            for _ in range(2):
                if undone != text and self._replaced(undone) != undone:
                    return True
                undone = undo(undone)
        return False

    def _without_beginning(self, text: str) -> str:
        for place in range(max(0, len(text) - 4096), len(text) - _SHORTEST + 1):
            for spelling in self._spellings.get(text[place : place + _SHORTEST], ()):
                if spelling.startswith(text[place:]):
                    return text[:place]
        return text


def spellings(secret: str) -> Iterator[str]:
    """The ways in which a text may stand in another: plain, in a URL, in JSON, and inside of any base64."""
    raw = secret.encode("utf-8", "replace")
    secret = raw.decode()
    yield from dict.fromkeys(
        [
            secret,
            *(spell(secret) for spell in (quote, quote_plus)),
            quote(secret, safe=""),
            quote(secret, safe="").replace("%", "%25"),
            re.sub("%[0-9A-F]{2}", lambda found: found[0].lower(), quote(secret, safe="")),
            json.dumps(secret)[1:-1],
            json.dumps(secret, ensure_ascii=False)[1:-1],
            json.dumps(secret)[1:-1].replace("/", "\\/"),
            raw.hex(),
            *_in_base64(raw),
        ]
    )


def _in_base64(secret: bytes) -> Iterator[str]:
    """What base64 makes of it after any number of bytes before it, without the characters that hang on its neighbours."""
    for before in range(3):
        encoded = base64.b64encode(b"\0" * before + secret).decode().rstrip("=")
        start = -(-before * 8 // 6)
        end = (before + len(secret)) * 8 // 6
        for core in dict.fromkeys((encoded[start:end], encoded[start:end].translate(_URL_SAFE))):
            if len(core) >= _SHORTEST:
                yield core


_URL_SAFE = str.maketrans("+/", "-_")


def _unescaped(text: str) -> str:
    """JSON's escapes undone."""
    return re.sub(r"\\u([0-9a-fA-F]{4})", lambda found: chr(int(found[1], 16)), text).replace("\\/", "/").replace('\\"', '"')


def without_authorization(text: str) -> str:
    """Text of which nothing is known, without what reads like the content of an Authorization header."""
    return _AUTHORIZATION.sub(lambda found: f"{found[1]}{found[2]}{hashed(found[3])}", text)


def authorization_secrets(text: str) -> Iterator[str]:
    """What reads like the content of an Authorization header in a text of which nothing is known."""
    for found in _AUTHORIZATION.finditer(text):
        yield found[3]


def credential_hashed(value: str) -> str:
    """The content of an Authorization header: the word that says its kind stays."""
    value = value.strip()
    bare = bare_credential(value)
    return f"{value[: len(value) - len(bare)].rstrip()} {hashed(bare)}".lstrip()


def bare_credential(value: str) -> str:
    """The same without the word that says its kind."""
    word, blank, rest = value.strip().partition(" ")
    return rest.strip() if blank and word.lower() in _KINDS else value.strip()


def parts_of(value: str) -> Iterator[str]:
    """All that is secret of an Authorization header's content: the whole, what follows its first word, what Basic hides."""
    yield value
    word, _, rest = value.partition(" ")
    rest = rest.strip()
    if rest:
        yield rest
    if word.lower() == "basic":
        with contextlib.suppress(ValueError):
            decoded = base64.b64decode(rest, validate=True).decode("utf-8", "replace")
            yield decoded
            yield decoded.partition(":")[2]
