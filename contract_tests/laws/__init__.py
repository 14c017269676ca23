"""Laws: the documented statements as tests, one module or a few for each API."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from contract_tests.deployment import Api

#: A law may wait so long where no clock can be moved.
PATIENCE = 70.0


def law(*ids: str) -> pytest.MarkDecorator:
    """Mark a test as a proof of the statements with these ids (``statements.yaml``)."""
    return pytest.mark.law(*ids)


@contextmanager
def later(api: Api, seconds: float) -> Iterator[None]:
    """The block happens ``seconds`` later: at once by the clock of a mock whose control plane is open, which is real again
    afterwards; elsewhere after waiting, and the law is skipped where that would take too long.
    """
    if api.control is None:
        _wait(max(0.0, seconds))
        yield
        return
    api.control.post("/clock/advance", json={"seconds": max(0.0, seconds)}).raise_for_status()
    try:
        yield
    finally:
        api.control.put("/clock", json={"mode": "running"}).raise_for_status()


@contextmanager
def stepping(api: Api) -> Iterator[Callable[[float], None]]:
    """A function that lets so many seconds pass. Where the control plane of a mock is open, its clock stands still but for that,
    and is real again afterwards; what fell due is done when the function returns. Elsewhere it waits, or skips the law.
    """
    if api.control is None:
        yield _wait
        return
    control = api.control

    def step(seconds: float) -> None:
        control.post("/clock/advance", json={"seconds": seconds}).raise_for_status()

    control.put("/clock", json={"mode": "frozen"}).raise_for_status()
    try:
        yield step
    finally:
        control.put("/clock", json={"mode": "running"}).raise_for_status()


def _wait(seconds: float) -> None:
    if seconds > PATIENCE:
        pytest.skip("needs the clock of a mock")
    time.sleep(seconds)
