"""Shapes: what every error of an API is, whoever caused it: JSON of the one shape, and nothing given away."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import httpx

from contract_tests.checks import ECHO_FROM, TRACES, Judged


def problem(judged: Judged, response: httpx.Response, said: Iterable[str] = ()) -> str | None:
    """What is wrong with this error, in words; ``said``: texts that were sent and must not come back. None: nothing."""
    media_type = response.headers.get("content-type", "none").partition(";")[0].strip()
    if media_type != "application/json":
        return f"an error must be JSON in the API's own shape, but came as {media_type}"
    try:
        body = response.json()
    except ValueError:
        return "an error must be JSON, but its body is none"
    wrong = next(judged.error.iter_errors(body), None)
    if wrong is not None:
        return f"its body is not the contract's Error: {wrong.message[:200]}"
    shown = next((trace for trace in TRACES if trace in response.text), None)
    if shown is not None:
        return f"it shows the server's insides: {shown!r}"
    told = list(texts(body))
    echo = next((each for each in said if _long(judged, each) and any(each in text for text in told)), None)
    return f"it repeats what was sent: {echo[:60]!r}" if echo is not None else None


def _long(judged: Judged, text: str) -> bool:
    """Whether a text would not stand in an error by chance, nor because the contract itself says it."""
    return len(text) >= ECHO_FROM and text not in judged.words


def texts(value: Any) -> Iterator[str]:
    """Every text within a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from texts(part)
    elif isinstance(value, list):
        for part in value:
            yield from texts(part)
