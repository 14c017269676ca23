"""Draws: chance that hangs on the sandbox's seed, the rule and the number of the call, so that a run can be repeated."""

from __future__ import annotations

import math
from collections.abc import Mapping
from statistics import NormalDist
from typing import Any

import orjson

from mockserver.engine.chance import Chance
from mockserver.engine.faults.conditions import Rule

#: In seconds: no draw waits longer, however long its tail is.
LONGEST = 600.0
_STEPS = 2**53


def fraction(seed: int | str, rule: Rule, purpose: str, number: int) -> float:
    """At least 0, below 1: the same for the same seed, rule (in any order of its words), purpose and number of the call."""
    words = orjson.dumps(rule, option=orjson.OPT_SORT_KEYS).decode()
    return Chance(f"{seed}/fault {purpose}/{words}", lambda: number).below(_STEPS) / _STEPS


def seconds(seed: int | str, rule: Rule, latency: Mapping[str, Any], number: int) -> float:
    """How long a call waits: always ``seconds``, or ``uniform`` from lower to upper, or ``lognormal`` by median and sigma."""
    if "seconds" in latency:
        return float(latency["seconds"])
    drawn = fraction(seed, rule, "latency", number)
    if "uniform" in latency:
        lower, upper = latency["uniform"]["lower"], latency["uniform"]["upper"]
        return float(lower + (upper - lower) * drawn)
    return _lognormal(latency["lognormal"]["median"], latency["lognormal"]["sigma"], drawn)


def _lognormal(median: float, sigma: float, drawn: float) -> float:
    # The exponent is bounded before it is taken: e to the power of 800 is no number any more.
    exponent = sigma * NormalDist().inv_cdf(max(drawn, 1 / _STEPS))
    return min(LONGEST, median * math.exp(min(exponent, 700.0)))
