"""Lengths of time as tests say them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from mockserver.testing.lengths import seconds_of


@pytest.mark.parametrize(
    ("said", "seconds"),
    [(90, 90), (0.5, 0.5), (timedelta(minutes=2), 120), ("90s", 90), ("2h 30m", 9000), ("1.5d", 129600), ("0s", 0)],
    ids=str,
)
def test_a_length_is_so_many_seconds(said: float | timedelta | str, seconds: float) -> None:
    assert seconds_of(said) == seconds


@pytest.mark.parametrize("said", ["", "90", "2 hours", "-1s", "h", "1h30"])
def test_anything_else_is_refused_with_an_example(said: str) -> None:
    with pytest.raises(ValueError, match="such as '90s'"):
        seconds_of(said)
