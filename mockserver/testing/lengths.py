"""Lengths of time, as tests like to say them."""

from __future__ import annotations

import re
from datetime import timedelta

#: A traceback of pytest ends where a test calls this, not in here.
__tracebackhide__ = True

_SECONDS = {"d": 86400, "h": 3600, "m": 60, "s": 1}
_PART = r"[0-9]+(?:\.[0-9]+)?"


def seconds_of(length: float | timedelta | str) -> float:
    """Seconds of a number, of a timedelta, or of a text such as ``90s``, ``2h30m`` or ``1d``. ValueError for anything else."""
    if isinstance(length, timedelta):
        return length.total_seconds()
    if isinstance(length, str):
        text = length.replace(" ", "")
        if not re.fullmatch(rf"(?:{_PART}[dhms])+", text):
            raise ValueError(f"{length!r} is no length of time such as '90s', '2h30m' or '1d'.")
        return sum(float(amount) * _SECONDS[unit] for amount, unit in re.findall(rf"({_PART})([dhms])", text))
    return float(length)
