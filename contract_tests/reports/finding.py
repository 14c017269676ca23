"""Finding: one thing that is wrong with a deployment, with all that is known of it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from contract_tests import statements
from contract_tests.contracts import Spec, operations
from contract_tests.events import Caught, Event
from contract_tests.gate.exchange import Exchange
from contract_tests.gate.recorder import Recorder
from contract_tests.reports import grounds, links
from contract_tests.reports.grounds import ASSUMED, DOCUMENTED, Grounds
from mockserver.data import MOUNTS

ERROR, REMARK = "error", "remark"
#: These look at one reply alone, whatever was asked before it.
ALONE = frozenset(
    {
        "response_schema_conformance",
        "status_code_conformance",
        "content_type_conformance",
        "response_headers_conformance",
        "negative_data_rejection",
        "missing_required_header",
        "unsupported_method",
        "ignored_auth",
        "valid_requests_are_accepted",
        "errors_keep_their_shape",
        "errors_give_nothing_away",
    }
)
#: The gate stands on another port in each run.
_GATE = re.compile(r"http://127\.0\.0\.1:\d+(?P<mount>" + "|".join(map(re.escape, MOUNTS.values())) + r")(?=[/?\s'\"]|$)")
#: What Schemathesis says before the words of a check, and after them.
_NAMED = re.compile(r"^Custom check failed: `\w+`\. ")
_SHOWN = re.compile(r" Validated against the response schema | Schema(?: at \S+)?: \{")
_LABEL = re.compile(r"[A-Z]+ /[^\s:,]*")
_MOUNTED = {mount: api for api, mount in MOUNTS.items()}


@dataclass(frozen=True)
class Finding:
    """``check``: what noticed it; ``message``: in words; ``operation``: label (``GET /path``); ``pointer``: JSON pointer into the
    contract; ``statements``: ids of the documented statements that it breaks; ``sequence``: what must be sent to see it, the
    failing exchange last; ``detail``: the whole story for people; ``grounds``: what in the contract it rests on; ``severity``: an
    error, or a remark where only something assumed is broken.
    """

    api: str
    part: str
    test: str
    check: str
    message: str
    operation: str | None = None
    pointer: str | None = None
    statements: tuple[str, ...] = ()
    sequence: tuple[Exchange, ...] = ()
    detail: str = ""
    grounds: Grounds | None = None
    severity: str = ERROR

    @cached_property
    def id(self) -> str:
        """The same in every run that finds it, whatever the seed made of the values."""
        about = (self.api, self.check, self.operation or "", self.pointer or "", *self.statements, self.test)
        return hashlib.sha256("\n".join(about).encode("utf-8", "replace")).hexdigest()[:10]

    @property
    def provenance(self) -> str | None:
        """How well what it breaks is known; None where it breaks no contract, but what holds everywhere."""
        if self.statements:
            return DOCUMENTED
        return self.grounds.provenance if self.grounds is not None else None

    @property
    def title(self) -> str:
        """What is wrong, in a line that begins with the statements it breaks."""
        return " ".join(filter(None, [*self.statements, self.operation and f"{self.operation}:", self.message]))


def finding_of(event: Event, caught: Caught, exchanges: Recorder, contracts: Mapping[str, Spec], profile: str) -> Finding:
    """What a test caught, held against the contract once more."""
    sequence = tuple(exchanges.of(event.exchanges))
    operation = caught.operation or _named_in(caught.message, contracts.get(event.api)) or _latest(sequence)
    said = tuple(dict.fromkeys((*event.statements, *caught.statements)))
    about = (
        event.api,
        event.part,
        event.test,
        grounds.check_of(caught.check),
        _brief(caught.message),
        operation,
        caught.pointer,
    )
    return grounded(Finding(*about, said, sequence, _steady(event.detail)), contracts, profile)


def _named_in(message: str, spec: Spec | None) -> str | None:
    """The operation with whose label the message begins; the requests after it may only have looked at what it did."""
    said = _LABEL.match(message)
    known = (str(place) for place, _ in operations(spec)) if spec is not None else ()
    return said[0] if said is not None and said[0] in known else None


def _latest(sequence: Sequence[Exchange]) -> str | None:
    return next((each.place for each in reversed(sequence) if each.place is not None), None)


def grounded(finding: Finding, contracts: Mapping[str, Spec], profile: str) -> Finding:
    """The finding with its grounds, the statements that it breaks if it names none, how bad it is, and no request too many."""
    spec, rests = contracts.get(finding.api), None
    if finding.operation is not None and spec is not None:
        rests = grounds.of(spec, finding.check, finding.message, finding.operation, finding.sequence, finding.pointer)
    broken = finding.statements or _named(finding.api, rests)
    pointer = rests.pointer if rests is not None else finding.pointer
    made = replace(finding, pointer=pointer, statements=broken, grounds=rests, sequence=_minimal(finding, rests))
    return replace(made, severity=REMARK if made.provenance == ASSUMED and profile != "mock" else ERROR)


def _named(api: str, rests: Grounds | None) -> tuple[str, ...]:
    return tuple(statements.named(api, rests.spot)) if rests is not None else ()


def _minimal(finding: Finding, rests: Grounds | None) -> tuple[Exchange, ...]:
    if not finding.sequence:
        return ()
    failing = rests.failing if rests is not None else -1
    return tuple(links.needed(finding.sequence, failing, alone=finding.check in ALONE))


def _brief(message: str) -> str:
    """What is wrong, without the schema and the value, which the contract and the exchange show as they are."""
    return _steady(_SHOWN.split(_NAMED.sub("", message, count=1), maxsplit=1)[0])


def _steady(text: str) -> str:
    """Without the gate's address."""
    return _GATE.sub(lambda found: base_url_of(_MOUNTED[found["mount"]]), text)


def base_url_of(api: str) -> str:
    """The variable that holds where the API stands, as ``understudy credentials --format env`` names it."""
    return f"${api.upper()}_BASE_URL"
