"""Laws: the documented statements as tests, one module or a few for each API."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from contract_tests.target import Api

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
        if seconds > PATIENCE:
            pytest.skip("needs the clock of a mock")
        time.sleep(max(0.0, seconds))
        yield
        return
    api.control.post("/clock/advance", json={"seconds": max(0.0, seconds)}).raise_for_status()
    try:
        yield
    finally:
        api.control.put("/clock", json={"mode": "running"}).raise_for_status()
