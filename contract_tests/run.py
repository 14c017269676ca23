"""Run: what this process was asked to test, for the modules that pytest collects."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from random import Random
from typing import Any

import pytest
import requests

from contract_tests import contracts, wire
from contract_tests.contracts import Spec
from contract_tests.deployment import Cast, Deployment


@dataclass(frozen=True)
class Run:
    """``apis``: in the order in which they are tested."""

    deployment: Deployment
    apis: tuple[str, ...]
    seed: int

    def random(self, name: str) -> Random:
        """A generator of its own for the test of this name, the same in every run of one seed from the opening state.

        Where earlier runs have left their things, other names are made, or a law would take those things for its own.
        """
        return Random(f"{self.seed}:{self.deployment.drawn}:{name}")  # noqa: S311  (reproducible, not secret)


_current: Run | None = None


def begin(run: Run) -> None:
    """From now on this is the run."""
    global _current  # noqa: PLW0603  (pytest collects modules, which take no arguments)
    _current = run


def current() -> Run:
    """The run of this process. Only within ``understudy test``."""
    assert _current is not None, "contract tests are collected by `understudy test`"
    return _current


@cache
def spec(api: str) -> Spec:
    """The API's contract, replies opened; shared, so copy before you change it."""
    return contracts.load(api)


@cache
def cast(api: str) -> Cast:
    """The API's cast on the target, made once so that all requests of a run carry the same tokens. An actor whom the target's
    profile does not name skips the test that asks for it.
    """
    return Cast(current().deployment.casts.get(api, {}))


def collected(make: Callable[[], Callable[..., Any]]) -> Callable[..., Any]:
    """A test as ``make`` makes it of the cast; where the target does not name what it takes, one that is skipped for that."""
    try:
        return make()
    except pytest.skip.Exception as missing:
        reason = str(missing)

    def test() -> None:
        pytest.skip(reason)

    return test


@cache
def connection() -> requests.Session:
    """One kept-alive session for all generated requests."""
    return wire.session()
