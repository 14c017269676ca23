"""Laws: the documented statements as tests, one module for each API."""

from __future__ import annotations

import pytest


def law(*ids: str) -> pytest.MarkDecorator:
    """Mark a test as a proof of the statements with these ids (``statements.yaml``)."""
    return pytest.mark.law(*ids)
