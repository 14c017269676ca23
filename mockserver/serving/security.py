"""Security: which credential a request presents, and who that makes the caller."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl

import orjson

from mockserver.engine.refusals import CredentialMalformed, CredentialMissing, Refusal
from mockserver.exchange import Call, Request
from mockserver.serving.contract import Operation, Scheme
from mockserver.serving.passage import Passage, Rooms, Scope, passage_of


class Security:
    """The first scheme of the operation's list that is present decides alone: a wrong winner is not rescued by a later one."""

    def __init__(self, operation: Operation, rooms: Rooms, next_app: Any) -> None:
        self._operation = operation
        self._rules = rooms.schemes
        self._next_app = next_app

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        """Fill in scheme and actor, or refuse."""
        if self._operation.security:
            identify(self._operation, self._rules, scope)
        await self._next_app(scope, receive, send)


def identify(operation: Operation, rules: Mapping[str, Callable[[Call, str], Any]], scope: Scope) -> None:
    """Fill in scheme and actor of the scope's passage, by the rule of the scheme that decides; or refuse."""
    passage = passage_of(scope)
    if passage.credential is None:
        scheme, value = presented(operation.security, passage.request, scope)
        passage.credential = (scheme.key, value)
    key, value = passage.credential
    passage.scheme = key
    # Its own transaction: what a credential rule writes (a signature is used up) holds even if the request is refused later.
    with passage.sandbox.transaction(operation.contract.name) as tx:
        passage.actor = rules[key](passage.call(operation.raw, tx), value)


def recognized(operation: Operation, rules: Mapping[str, Callable[[Call, str], Any]], passage: Passage) -> Any:
    """Who the credential of a request would make the caller, asked without a trace; None for nobody."""
    if passage.credential is None:
        return None
    key, value = passage.credential
    found = []
    with suppress(Refusal, _Undone), passage.sandbox.transaction(operation.contract.name) as tx:
        found.append(rules[key](replace(passage.call(operation.raw, tx), scheme=key), value))
        raise _Undone
    return found[0] if found else None


class _Undone(Exception):
    """Takes back what a transaction wrote."""


def presented(schemes: tuple[Scheme, ...], request: Request, scope: Scope) -> tuple[Scheme, str]:
    """The first scheme whose place holds something, and what it holds. CredentialMissing, CredentialMalformed."""
    for scheme in schemes:
        value = _extract(scheme, request, scope)
        if value:
            return scheme, value
    raise CredentialMissing


def _extract(scheme: Scheme, request: Request, scope: Scope) -> str | None:
    if scheme.place == "header":
        return request.headers.get(scheme.name.lower())
    if scheme.place == "query":
        return _from_query(scope["query_string"], scheme.name)
    if scheme.place == "body" and request.method != "GET":
        return _from_body(request.body, scheme.name)
    return _bearer(request.headers.get("authorization")) if scheme.place == "bearer" else None


def _from_query(query_string: bytes, name: str) -> str | None:
    values = [value for key, value in parse_qsl(query_string.decode("latin-1")) if key == name]
    if len(values) > 1:
        # Which of two keys was meant is not ours to guess.
        raise CredentialMalformed
    return values[0] if values else None


def _bearer(header: str | None) -> str | None:
    if not header:
        return None
    word, _, token = header.partition(" ")
    if word.lower() != "bearer" or not token.strip():
        raise CredentialMalformed
    return token.strip()


def _from_body(body: bytes, name: str) -> str | None:
    try:
        value = orjson.loads(body).get(name) if body else None
    except (orjson.JSONDecodeError, AttributeError):
        return None
    return value if isinstance(value, str) else None
