"""Cases: for each stated limit three requests, or the reason why there are none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from contract_tests import credentials
from contract_tests.edges.requests import Documented, Request, standing
from contract_tests.edges.samples import NoSample, Samples, text_for
from contract_tests.edges.stated import ANY, EACH, SIZE, Limit
from contract_tests.edges.values import NoRoom, pair, rule

#: Larger bodies are not sent: they would prove a limit of the network as well as one of the API.
LARGEST = 8 * 1024 * 1024
#: API and limit → why a value that keeps the schema is no right value there.
BESIDE: Mapping[tuple[str, str], str] = {
    (
        "xpressbot",
        "query.customFieldsData maxLength 5000",
    ): "every pair has a limit of its own, and names a field that must exist",
    (
        "xpressbot",
        "body.customFieldsData(2) maxLength 5000",
    ): "every pair has a limit of its own, and names a field that must exist",
    ("xpressbot", "query.options minLength 1"): "one character is no list of options",
}


@dataclass(frozen=True)
class Case:
    """``controls``: the documented requests, which keep the contract; ``at`` and ``beyond``: for each of them the same with a
    value at the limit and with one beyond it. ``reason``: why there is none of this.
    """

    limit: Limit
    controls: tuple[Request, ...] = ()
    at: tuple[Request, ...] = ()
    beyond: tuple[Request, ...] = ()
    reason: str | None = None


def cases(spec: Mapping[str, Any], api: str, limits: list[Limit], documented: Documented) -> Iterator[Case]:
    """One for each limit, in their order."""
    samples = Samples(dict(spec))
    for limit in limits:
        try:
            reason = _why_not(api, limit)
            yield Case(limit, reason=reason) if reason else _case(limit, documented, samples)
        except (NoRoom, NoSample) as problem:
            yield Case(limit, reason=str(problem))


def _why_not(api: str, limit: Limit) -> str | None:
    if limit.keyword == SIZE and limit.bound > LARGEST:
        return f"more than {LARGEST // 1024 // 1024} MiB are not sent"
    if limit.where == "form":
        return "a form that was not handed out is refused, whatever is in it"
    if repeats(limit):
        return "what holds its like is tried one level deep"
    if limit.way and limit.way[0] in credentials.CALLER_IDS.get(api, {}):
        return "it names the caller: any other value is a wrong credential"
    return BESIDE.get((api, limit.name))


def repeats(limit: Limit) -> bool:
    """Whether the way leads through the same two names twice."""
    names = [step for step in limit.way if isinstance(step, str) and step not in (EACH, ANY)]
    pairs = list(pairwise(names))
    return len(pairs) != len(set(pairs))


def _case(limit: Limit, documented: Documented, samples: Samples) -> Case:
    controls = tuple(documented.asking(limit))
    if limit.keyword == SIZE:
        values: tuple[Any, Any] = (limit.bound, limit.bound + 1)
    else:
        values = pair(limit, _sample(limit, controls, samples))
    if limit.where == "path" and "" in values:
        raise NoRoom("a path without the value is another path")
    at, beyond = (tuple(documented.with_value(limit, each, value) for each in controls) for value in values)
    return Case(limit, controls, at, beyond)


def _sample(limit: Limit, controls: tuple[Request, ...], samples: Samples) -> Any:
    """What the documented request has there, if it is of the limit's own kind; another right value otherwise."""
    for request in controls:
        found = standing(request, limit)
        if _of_kind(limit.schema, found):
            return found
    if limit.schema.get("type") == "string":
        return text_for(limit.schema)
    return samples.of(limit.schema)


def _of_kind(schema: Mapping[str, Any], value: Any) -> bool:
    kinds = {"string": str, "array": list, "object": dict}
    kind = kinds.get(schema.get("type", "object"))
    if kind is str and isinstance(value, str):
        return rule(schema)(value)
    return kind is not None and isinstance(value, kind)
