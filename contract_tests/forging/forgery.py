"""Forgery: one way to pretend, and what a request with it carries."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

Headers = tuple[tuple[str, str | bytes], ...]


@dataclass(frozen=True)
class Good:
    """What a forger holds: a good credential, and what else the cast tells of its owner and of a stranger. ``random``: seeded."""

    secret: str
    owner: Mapping[str, Any]
    stranger: Mapping[str, Any]
    random: Random


@dataclass(frozen=True)
class Shown:
    """What a request shows in place of a credential. ``body``: a JSON value."""

    headers: Headers = ()
    query: tuple[tuple[str, str], ...] = ()
    cookies: Mapping[str, str] = field(default_factory=dict)
    body: Any = None


@dataclass(frozen=True)
class Forgery:
    """``refusals``: names in the contract, one of which must come; none: any refusal of a credential."""

    name: str
    show: Callable[[Good], Shown]
    refusals: tuple[str, ...] = ()


def header(name: str, *values: str | bytes) -> Shown:
    """One header field, as often as there are values."""
    return Shown(tuple((name, value) for value in values))


def bearer(token: str | bytes) -> Shown:
    """A token where bearer tokens stand."""
    word = b"Bearer " if isinstance(token, bytes) else "Bearer "
    return header("Authorization", word + token)  # type: ignore[operator]
