"""Places: where a contract says that secrets stand, and names that say so by themselves."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any
from weakref import WeakKeyDictionary

from mockserver.serving.contract import Contract, Operation

#: Names that no contract has to explain, in headers, queries, forms and JSON alike.
_TELLING = re.compile(
    r"(?i)pass(?:word|wd|phrase)|secret|signature|credential|authori[sz]ation|cookie|bearer|"
    r"(?:api|access|private|signing|secret)[-_]?keys?$|"
    r"(?:api|auth|access|session|refresh|id|security|csrf|xsrf|bearer|control)[-_]?token$|^(?:token|jwt)$"
)
_AUTHORIZATION = ("authorization", "proxy-authorization")
_COOKIES = ("cookie", "set-cookie")
#: So many names are remembered with what was found of them.
_MOST_JUDGED = 4096


def places_of(contract: Contract | None) -> Places:
    """The places of a contract, found once."""
    if contract is None:
        return _NOWHERE
    found = _KNOWN.get(contract)
    if found is None:
        found = _KNOWN[contract] = Places(contract)
    return found


class Places:
    """The names under which the secrets of one contract stand: those of its security schemes and those marked ``x-secret``."""

    def __init__(self, contract: Contract | None) -> None:
        # Not the contract itself, which would live as long as what is known of it.
        self._raw: Mapping[str, Any] = contract.raw if contract else {}
        self._judged: dict[str, bool] = {}
        self._telling: dict[str, bool] = {}

    @cached_property
    def names(self) -> frozenset[str]:
        """In lower case."""
        return frozenset(name.lower() for name in self._names())

    def _names(self) -> Iterator[str]:
        raw = self._raw
        for scheme in raw.get("components", {}).get("securitySchemes", {}).values():
            yield from scheme.get("x-secret-headers", ())
            # What stands under Authorization has a word before the secret.
            yield from [scheme["name"]] if "name" in scheme and scheme["name"].lower() not in _AUTHORIZATION else []
        yield from [raw["x-credential-in-body"]["name"]] if "x-credential-in-body" in raw else []
        # What a world holds has other names than what is sent.
        yield from marked({name: part for name, part in raw.items() if name != "x-world"})

    @cached_property
    def open_names(self) -> frozenset[str]:
        """In lower case: the properties that the contract describes and does not mark, whatever they sound like."""
        return frozenset(name.lower() for name in _properties(self._raw)) - self.names

    def is_secret(self, name: str) -> bool:
        """Whether what stands under this name is a secret."""
        judged = self._judged.get(name)
        if judged is None:
            low = name.lower()
            judged = low in self.names or (low not in self.open_names and _TELLING.search(low) is not None)
            if len(self._judged) < _MOST_JUDGED:
                self._judged[name] = judged
        return judged

    def tells(self, operation: Operation) -> bool:
        """Whether something is marked in what an operation takes or gives."""
        told = self._telling.get(operation.id)
        if told is None:
            bodies = [operation.request_body or {}, *operation.responses.values()]
            schemas = [media["schema"] for body in bodies for media in body.get("content", {}).values() if "schema" in media]
            told = self._telling[operation.id] = any(_is_telling(one, operation.contract, set()) for one in schemas)
        return told

    @staticmethod
    def is_authorization(header: str) -> bool:
        """Whether a header holds a word and a secret."""
        return header.lower() in _AUTHORIZATION

    @staticmethod
    def is_cookie(header: str) -> bool:
        """Whether a header holds pairs of a name and a secret."""
        return header.lower() in _COOKIES

    @cached_property
    def in_text(self) -> re.Pattern[str]:
        """Secrets with their names in text that cannot be read, as JSON writes them and as forms do: name, then secret."""
        known = "|".join(re.escape(name) for name in sorted(self.names, key=len, reverse=True))
        name = rf"(?:{known}|{_WORDS})" if known else rf"(?:{_WORDS})"
        quoted = rf"""(["']{name}["']\s*[:=]\s*)("(?:[^"\\]|\\.)*"?|'[^']*'?|[^,}}\]\s]+)"""
        plain = rf"((?:^|[&?;\s]){name}\s*[=:]\s*)([^&;\s]+)"
        return re.compile(f"(?i){quoted}|{plain}")


_WORDS = (
    r"[\w-]{0,40}(?:password|passwd|passphrase|secret|signature|credential|authorization|cookie)[\w-]{0,40}|"
    r"[\w-]{0,40}(?:api|access|private|signing|secret)[-_]?key|"
    r"[\w-]{0,40}(?:api|auth|access|session|refresh|id|security|csrf|xsrf|bearer|control)[-_]?token|token|jwt"
)


_KNOWN: WeakKeyDictionary[Contract, Places] = WeakKeyDictionary()
#: What belongs to no contract has only the names that say so by themselves.
_NOWHERE = Places(None)


def marked(node: Any) -> Iterator[str]:
    """The names of all properties, parameters and headers in a document that are marked ``x-secret``."""
    if isinstance(node, Mapping):
        if node.get("x-secret") is True and isinstance(node.get("name"), str):
            yield node["name"]
        for children in (node.get("properties"), node.get("headers")):
            if isinstance(children, Mapping):
                yield from (name for name, child in children.items() if _is_marked(child))
        for child in node.values():
            yield from marked(child)
    elif isinstance(node, list):
        for child in node:
            yield from marked(child)


def _is_marked(child: Any) -> bool:
    return isinstance(child, Mapping) and child.get("x-secret") is True


def _properties(node: Any) -> Iterator[str]:
    if isinstance(node, Mapping):
        properties = node.get("properties")
        if isinstance(properties, Mapping):
            yield from properties
        for name, child in node.items():
            if name not in ("example", "examples", "x-world"):
                yield from _properties(child)
    elif isinstance(node, list):
        for child in node:
            yield from _properties(child)


def _is_telling(node: Any, contract: Contract, seen: set[int]) -> bool:
    if isinstance(node, Mapping):
        node = contract.schemas.resolve(node)
        if id(node) in seen:
            return False
        seen.add(id(node))
        return _is_marked(node) or any(_is_telling(child, contract, seen) for child in node.values())
    return isinstance(node, list) and any(_is_telling(child, contract, seen) for child in node)


def secrets_of(schema: Mapping[str, Any], value: Any, contract: Contract) -> Iterator[str]:
    """The texts in a value that stand where its schema has a mark: ``x-secret`` or ``x-credential``."""
    for part in _parts(contract.schemas.resolve(schema), contract):
        if (part.get("x-secret") is True or part.get("x-credential") is True) and isinstance(value, str):
            yield value
        if isinstance(value, Mapping):
            for name, child in value.items():
                inner = part.get("properties", {}).get(name, part.get("additionalProperties"))
                if isinstance(inner, Mapping):
                    yield from secrets_of(inner, child, contract)
        elif isinstance(value, list) and isinstance(part.get("items"), Mapping):
            for child in value:
                yield from secrets_of(part["items"], child, contract)


def _parts(schema: Mapping[str, Any], contract: Contract) -> Iterator[Mapping[str, Any]]:
    yield schema
    for word in ("allOf", "oneOf", "anyOf"):
        for one in schema.get(word, ()):
            yield from _parts(contract.schemas.resolve(one), contract)
