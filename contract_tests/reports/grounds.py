"""Grounds: what in the contract a finding rests on: the place, what it says there, and how well that is known."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from contract_tests import places, violations
from contract_tests.contracts import Spec
from contract_tests.gate.exchange import Exchange
from contract_tests.places import OWNER, Spot
from contract_tests.reports.bodies import readable

DOCUMENTED, PUBLISHED, ASSUMED = "documented", "published", "assumed"
#: What holds for every API, whatever its contract says or assumes.
UNIVERSAL = frozenset({"not_a_server_error", "errors_give_nothing_away", "ignored_auth", "Broken"})
#: So much of a schema is quoted. In characters.
_QUOTED = 400


@dataclass(frozen=True)
class Grounds:
    """``pointer``: JSON pointer into the contract; ``says``: what stands there, for people; ``provenance``: None where the
    finding does not rest on the contract; ``failing``: the place of the exchange that shows it, in the sequence.
    """

    spot: Spot
    pointer: str | None = None
    says: str = ""
    provenance: str | None = None
    failing: int = -1


@dataclass(frozen=True)
class _Case:
    spec: Spec
    message: str
    operation: str
    sequence: Sequence[Exchange]

    def own(self) -> list[int]:
        """Places of the exchanges of the operation that is at fault."""
        return [at for at, each in enumerate(self.sequence) if each.place == self.operation] or [len(self.sequence) - 1]


def check_of(name: str) -> str:
    """The check's own name; Schemathesis hides that of a custom one in a title."""
    found = re.search(r"`(\w+)`", name)
    return found[1] if found else name


def of(spec: Spec, check: str, message: str, operation: str, sequence: Sequence[Exchange], pointer: str | None = None) -> Grounds:
    """What the finding rests on. ``pointer``: into the contract, if whoever found it knows one."""
    case = _Case(spec, message, operation, sequence)
    spot, failing = _READERS.get(check, _of_behaviour)(case)
    # Of a status that is not documented the contract says only which ones are.
    shown = Spot(operation, ("responses",)) if check == "status_code_conformance" else spot
    nodes = _known(spec, pointer) or places.found(spec, shown) or places.found(spec, Spot(operation))
    if not nodes:
        return Grounds(spot, failing=failing)
    at, node = nodes[0]
    provenance = None if check in UNIVERSAL else _provenance(spec, operation, at)
    return Grounds(spot, at, _said(at, places.followed(spec, (at, node))[1]), provenance, failing)


def _known(spec: Spec, pointer: str | None) -> list[places.Node]:
    if pointer is None or not pointer.startswith("/"):
        return []
    try:
        return [(pointer, places.at(spec, pointer))]
    except (LookupError, TypeError, ValueError):
        return []


def _of_behaviour(case: _Case) -> tuple[Spot, int]:
    """By what the project's own tests say: the refusal that was due, whose things they were, what was beyond a limit."""
    last, due = len(case.sequence) - 1, case.message.partition("but came")[0]
    for status, name in _refusals(case):
        if re.search(rf"\b{name}\b", due):
            return Spot(case.operation, ("responses", status, "refusals", name)), last
    if _STRANGERS.search(due):
        return Spot(case.operation, ("security", OWNER)), last
    if "forged" in due:
        return Spot(case.operation, ("security",)), last
    return _of_request(case) if "one beyond the limit is taken" in due else (Spot(case.operation), last)


#: How the tests say that something was another's.
_STRANGERS = re.compile(r"stranger's|the owner's|what does not exist|what the \w+ has")


def _refusals(case: _Case) -> list[tuple[str, str]]:
    """Status and name of each refusal that the operation documents."""
    return [
        (status, name)
        for status in _statuses(case)
        for _, node in places.found(case.spec, Spot(case.operation, ("responses", status, "refusals")))
        for name in node
        if status >= "4"
    ]


def _of_body(case: _Case) -> tuple[Spot, int]:
    """By holding the replies against the contract once more: whoever found it names its own rewriting of the schema."""
    for at in case.own():
        exchange = case.sequence[at] if case.sequence else None
        wrong = violations.of_reply(case.spec, exchange, readable(exchange).text) if exchange is not None else []
        told = [each for each in wrong if " ".join(each.message.split()) in case.message] or wrong
        if told and exchange is not None:
            return Spot(case.operation, ("responses", str(exchange.status), "body", *told[0].steps)), at
    return _of_status(case)


def _of_status(case: _Case) -> tuple[Spot, int]:
    """Of a status that is documented nowhere, the one in whose place it stands, or its class."""
    at = _named_by_status(case)
    status = case.sequence[at].status if case.sequence else 0
    documented = [step.rpartition("/")[2] for step, _ in places.found(case.spec, Spot(case.operation, ("responses", "*")))]
    known = _statuses(case)
    if str(status) in known or not known:
        return Spot(case.operation, ("responses", str(status))), at
    alike = [each for each in known if each[0] == str(status)[:1]]
    step = alike[0] if len(alike) == 1 and status < 300 else f"{status // 100}XX"
    return Spot(case.operation, ("responses", step) if documented else ("responses",)), at


def _statuses(case: _Case) -> list[str]:
    nodes = places.found(case.spec, Spot(case.operation, ("responses",)))
    return [str(status) for status in nodes[0][1]] if nodes else []


def _named_by_status(case: _Case) -> int:
    """The first exchange of the operation whose status the message names; the checks send more requests after it."""
    own = case.own()
    return next((at for at in own if case.sequence and re.search(rf"\b{case.sequence[at].status}\b", case.message)), own[0])


def _of_headers(case: _Case) -> tuple[Spot, int]:
    at = _named_by_status(case)
    status = str(case.sequence[at].status) if case.sequence else "*"
    known = [name for _, node in places.found(case.spec, Spot(case.operation, ("responses", status, "headers"))) for name in node]
    named = next((name for name in known if f"`{name.lower()}`" in case.message.lower()), None)
    return Spot(case.operation, ("responses", status, "headers", *([named] if named else []))), at


def _of_request(case: _Case) -> tuple[Spot, int]:
    """What of the request should have been refused."""
    at = _named_by_status(case)
    wrong = violations.of_request(case.spec, case.sequence[at]) if case.sequence else []
    told = re.search(r"parameters? `([^`]+)`", case.message)
    named = [each for each in wrong if told and each.steps[:2] == ("parameters", told[1])] or wrong
    if named:
        steps = named[0].steps[:2] if named[0].steps[0] == "parameters" else named[0].steps
        return Spot(case.operation, steps), at
    return Spot(case.operation, ("parameters", told[1]) if told else ("request",)), at


def _of_acceptance(case: _Case) -> tuple[Spot, int]:
    """A request that keeps the contract is owed the documented success."""
    own = case.own()
    at = next((each for each in own if case.sequence and case.sequence[each].status >= 400), own[0])
    success = next((status for status in _statuses(case) if status.startswith("2")), "2XX")
    return Spot(case.operation, ("responses", success)), at


def _of_security(case: _Case) -> tuple[Spot, int]:
    return Spot(case.operation, ("security",)), len(case.sequence) - 1


def _of_error(case: _Case) -> tuple[Spot, int]:
    spot, at = _of_body(case)
    return (spot if "body" in spot.steps else Spot(case.operation, (*spot.steps[:2], "body"))), at


_READERS: Mapping[str, Callable[[_Case], tuple[Spot, int]]] = {
    "response_schema_conformance": _of_body,
    "status_code_conformance": _of_status,
    "content_type_conformance": _of_status,
    "response_headers_conformance": _of_headers,
    "not_a_server_error": _of_status,
    "negative_data_rejection": _of_request,
    "missing_required_header": _of_request,
    "valid_requests_are_accepted": _of_acceptance,
    "ignored_auth": _of_security,
    "errors_keep_their_shape": _of_error,
    "errors_give_nothing_away": _of_error,
}


def provenance(spec: Spec, pointer: str) -> str | None:
    """How well it is known what stands there: it says so itself, or inherits it from what it stands in."""
    steps, node, known = pointer.split("/")[1:], spec, None
    for step in steps:
        node = node[int(step)] if isinstance(node, list) else node[step.replace("~1", "/").replace("~0", "~")]
        known = node.get("x-provenance", known) if isinstance(node, Mapping) else known
    return known


def _provenance(spec: Spec, operation: str, pointer: str) -> str | None:
    return provenance(spec, pointer) or next(
        (str(node["x-provenance"]) for _, node in places.found(spec, Spot(operation)) if "x-provenance" in node), None
    )


def _said(pointer: str, node: Any) -> str:
    """The rule in the contract's own words, as short as it can be."""
    if pointer.endswith("/responses"):
        return f"documented are {', '.join(map(str, node))}"
    if not isinstance(node, Mapping):
        return json.dumps(node, ensure_ascii=False)
    text = str(node.get("description") or node.get("summary") or "")
    rules = {key: node[key] for key in _RULES if key in node}
    said = " ".join(filter(None, [" ".join(text.split()), json.dumps(rules, ensure_ascii=False) if rules else ""]))
    return said if len(said) <= _QUOTED else said[: _QUOTED - 1] + "…"


_RULES = ("type", "format", "enum", "pattern", "minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems", "required")
