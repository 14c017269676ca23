"""Expectation: what a replay of a finding asserts of the last reply, in lines of Python."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from contract_tests import places, violations
from contract_tests.contracts import Spec
from contract_tests.gate.exchange import Exchange
from contract_tests.places import Spot
from contract_tests.reports import bodies
from contract_tests.reports.finding import Finding

#: What a violated keyword asks of a value, as Python.
_RULES: Mapping[str, str] = {
    "enum": "value in {rule}",
    "minimum": "value >= {rule}",
    "maximum": "value <= {rule}",
    "minLength": "len(value) >= {rule}",
    "maxLength": "len(value) <= {rule}",
    "minItems": "len(value) >= {rule}",
    "maxItems": "len(value) <= {rule}",
    "pattern": "re.search({rule}, value)",
}
_TYPES = {
    "string": "str",
    "integer": "int",
    "number": "(int, float)",
    "boolean": "bool",
    "array": "list",
    "object": "dict",
}
_ACCEPTED = frozenset({"valid_requests_are_accepted"})
_REFUSED = frozenset({"negative_data_rejection", "missing_required_header", "ignored_auth"})


def lines(finding: Finding, spec: Spec | None) -> list[str]:
    """Statements about ``reply``, by means of TOOLS, which the file brings with it."""
    last = finding.sequence[-1]
    if finding.check == "status_code_conformance" and spec is not None:
        return list(_status(spec, finding))
    if finding.check in _ACCEPTED:
        return ["assert reply.status_code < 400, CAUGHT"]
    if finding.check == "not_a_server_error":
        return ["assert reply.status_code < 500, CAUGHT"]
    if finding.check in _REFUSED or (finding.grounds is not None and finding.grounds.spot.steps[-1:] == (places.OWNER,)):
        return ["assert 400 <= reply.status_code < 500, CAUGHT"]
    broken = _broken(spec, finding) if spec is not None else []
    if broken:
        return [f"assert reply.status_code != {last.status} or ({' and '.join(broken)}), CAUGHT"]
    # No rule that a line can say: at least the same wrong reply must not come again.
    return [f"assert (reply.status_code, outline(said(reply.content))) != ({last.status}, {_outline(last)}), CAUGHT"]


def _status(spec: Spec, finding: Finding) -> Iterator[str]:
    nodes = places.found(spec, Spot(finding.operation or "", ("responses",)))
    known = [str(status) for _, node in nodes for status in node]
    yield f"assert str(reply.status_code) in {known!r}, CAUGHT"


def _broken(spec: Spec, finding: Finding) -> list[str]:
    """What each violated keyword asks for, as Python; none if one of them cannot be said in a line."""
    wrong = violations.of_reply(spec, finding.sequence[-1], bodies.readable(finding.sequence[-1]).text)
    said = [_asked(spec, finding, each) for each in wrong]
    return [each for each in said if each] if all(said) else []


def _asked(spec: Spec, finding: Finding, wrong: violations.Violation) -> str:
    if wrong.keyword == "required":
        held = f"values(reply.json(), {list(wrong.steps[:-1])!r})"
        return f"all({wrong.steps[-1]!r} in value for value in {held} if isinstance(value, dict))"
    status = str(finding.sequence[-1].status)
    nodes = places.found(spec, Spot(finding.operation or "", ("responses", status, "body", *wrong.steps)))
    rules = [node for node in (places.followed(spec, each)[1] for each in nodes) if wrong.keyword in node]
    if len(rules) != 1:
        return ""
    asked = _rule(wrong.keyword, rules[0])
    return f"all({asked} for value in values(reply.json(), {list(wrong.steps)!r}))" if asked else ""


def _rule(keyword: str, schema: Mapping[str, Any]) -> str:
    rule, null = schema[keyword], "value is None or " if schema.get("nullable") else ""
    if keyword == "type" and rule in _TYPES:
        more = " and not isinstance(value, bool)" if rule in ("integer", "number") else ""
        return f"({null}isinstance(value, {_TYPES[rule]}){more})"
    return f"({null}{_RULES[keyword].format(rule=repr(rule))})" if keyword in _RULES else ""


def _outline(exchange: Exchange) -> str:
    return repr(outline(said(bodies.readable(exchange).text)))


def said(content: bytes) -> Any:
    """The JSON of a reply; of any other, whether there is something."""
    try:
        return json.loads(content)
    except ValueError:
        return len(content) > 0


def values(node: Any, steps: list[str]) -> list[Any]:
    """Every value that the steps lead to; lists on the way are gone into."""
    if isinstance(node, list) and steps:
        return [found for each in node for found in values(each, steps)]
    if not steps:
        return [node]
    return values(node[steps[0]], steps[1:]) if isinstance(node, dict) and steps[0] in node else []


def outline(node: Any) -> Any:
    """Names and fixed words; no ids, no moments."""
    if isinstance(node, dict):
        return {key: outline(value) for key, value in node.items()}
    if isinstance(node, list):
        return [outline(value) for value in node]
    if isinstance(node, str):
        return "…" if re.search(r"\d", node) else node
    return "…" if isinstance(node, float) or (isinstance(node, int) and node > 999_999) else node


#: Written out into every replay file.
TOOLS = (said, values, outline)
