"""Verdicts: what the contract says of an entry, and where it says so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mockserver.engine.refusals import (
    BodyInvalid,
    BodyMalformed,
    BodyMissing,
    BodyTooLarge,
    CredentialMalformed,
    CredentialMissing,
    Issue,
    MediaTypeUnsupported,
    MethodNotAllowed,
    ParameterInvalid,
    PathUnknown,
    RequestMalformed,
)
from mockserver.journal.entry import Entry, No
from mockserver.serving import pointers
from mockserver.serving.contract import Operation
from mockserver.serving.live import UpgradeRequired
from mockserver.serving.pointers import Steps
from mockserver.serving.preferences import APPLIED
from mockserver.serving.replies import BREACH_HEADER

ACCEPTED, BY_CONTRACT, BY_STATE = "accepted", "refused_by_contract", "refused_by_state"
BROKEN, FAULTED, PREFERRED, UNANSWERED = "broken", "faulted", "preferred", "unanswered"
VERDICTS = (ACCEPTED, BY_CONTRACT, BY_STATE, BROKEN, FAULTED, PREFERRED, UNANSWERED)

#: Raised by the stages that hold a request against its contract, before any rule of the API is asked.
_OF_CONTRACT = (
    BodyInvalid, BodyMalformed, BodyMissing, BodyTooLarge, CredentialMalformed, CredentialMissing, MediaTypeUnsupported,
    MethodNotAllowed, ParameterInvalid, PathUnknown, RequestMalformed,
    UpgradeRequired,
)  # fmt: skip
_IN_WORDS = {
    "RequestMalformed": "what came is no HTTP request",
    "PathUnknown": "the contract has no such path",
    "MethodNotAllowed": "the path has no such method",
    "UpgradeRequired": "only a WebSocket handshake is answered here",
    "CredentialMissing": "none of these places holds a credential",
    "CredentialMalformed": "the credential has not the form that its place wants",
    "MediaTypeUnsupported": "the media type is none of these",
    "BodyTooLarge": "the body is longer than the contract allows",
}


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that is said against a request. ``place``: of the request; ``steps``: into the contract, None for nowhere."""

    place: str
    reason: str
    keyword: str | None
    steps: Steps | None

    def told(self, raw: Mapping[str, Any]) -> dict[str, Any]:
        """As JSON, with the pointer and how well known it is what stands there."""
        steps = self.steps
        return {
            "place": self.place,
            "reason": self.reason,
            "keyword": self.keyword,
            "pointer": None if steps is None else pointers.pointer(steps),
            "provenance": None if steps is None else pointers.provenance(raw, steps),
        }


def verdict(entry: Entry) -> str:
    """One of VERDICTS: what decided the reply."""
    breached = entry.refused is not None and entry.refused.is_bug
    decided = [
        (FAULTED, entry.effect is not None),
        (PREFERRED, any(not one.startswith("wait") for one in preferences(entry))),
        (UNANSWERED, entry.status is None),
        (BROKEN, breached or bool(entry.header(BREACH_HEADER.lower().encode(), of_reply=True))),
        (BY_CONTRACT, entry.operation is None and entry.refused is None),
        (ACCEPTED, entry.refused is None),
        (BY_CONTRACT, entry.refused is not None and issubclass(entry.refused.kind, _OF_CONTRACT)),
    ]
    return next((name for name, holds in decided if holds), BY_STATE)


def preferences(entry: Entry) -> list[str]:
    """What ``Prefer`` brought about, as the reply says it; a wait alone leaves the answer as it is."""
    return [one.strip() for one in entry.header(APPLIED, of_reply=True).split(",") if one.strip()]


def reasons(entry: Entry) -> list[Reason]:
    """Why it was refused, the first reason first; empty for what was not."""
    refused = entry.refused
    if entry.contract is None:
        return [Reason("path", "no API of this run is served at this path", None, None)]
    if refused is None:
        return []
    if refused.is_bug:
        breach = entry.header(BREACH_HEADER.lower().encode(), of_reply=True)
        return [Reason("reply", breach or "a bug of the mock: its log has the story", None, None)]
    found = list(_issues(entry, refused)) if issubclass(refused.kind, _OF_CONTRACT) else []
    return found or [_fact(entry, refused)]


def words(entry: Entry) -> tuple[Steps, Mapping[str, Any]] | None:
    """Where the contract has the words of a refusal, and the Example Object that they are; None if it has none."""
    if entry.refused is None or entry.contract is None:
        return None
    name = entry.refused.name
    if entry.operation is not None:
        for steps, examples in _examples(entry.operation):
            if name in examples:
                return pointers.locate(entry.contract.raw, *steps, name)
    root = entry.contract.raw.get("x-refusals", {})
    return (("x-refusals", name), root[name]) if name in root else None


def _examples(operation: Operation) -> Iterator[tuple[Steps, Mapping[str, Any]]]:
    raw = operation.contract.raw
    for status in operation.raw["responses"]:
        place, response = pointers.locate(raw, *pointers.place_of(operation), "responses", status)
        for media_type, media in response.get("content", {}).items():
            if "examples" in media:
                yield (*place, "content", media_type, "examples"), media["examples"]


def _issues(entry: Entry, refused: No) -> Iterator[Reason]:
    operation = entry.operation
    if operation is None:
        return
    of_parameters = issubclass(refused.kind, ParameterInvalid)
    for issue in refused.issues:
        if of_parameters:
            steps = pointers.of_parameter(operation, issue)
            yield Reason(_parameter(operation, issue, steps), issue.reason, issue.keyword, steps)
        else:
            place = f"body {pointers.pointer(issue.path)}".strip()
            steps = pointers.of_body(operation, entry.header(b"content-type"), issue)
            yield Reason(place, issue.reason, issue.keyword, steps)


def _parameter(operation: Operation, issue: Issue, steps: Steps) -> str:
    """``query limit``, ``query ids/0``: where it stands and how it is called."""
    name = str(issue.path[0])
    place = next((one.place for one in operation.parameters if one.name == name), "query")
    return f"{place} {name}{pointers.pointer(issue.path[1:])}"


def _fact(entry: Entry, refused: No) -> Reason:
    """A refusal that is about no single value: to what in the contract it refers."""
    found = words(entry)
    reason = _IN_WORDS.get(refused.name) or (found[1].get("summary") if found else None) or refused.name
    place, steps = _about(entry, refused)
    return Reason(place, reason, None, steps or (found[0] if found else None))


def _about(entry: Entry, refused: No) -> tuple[str, Steps | None]:
    """The part of the request that it is about, and where the contract says what that part must be."""
    assert entry.contract is not None
    raw, operation = entry.contract.raw, entry.operation
    here = pointers.place_of(operation) if operation else ()
    # The most part of a request is bounded by the document, a file in a form by its property.
    bounded = ("x-max-bytes",) if "x-max-bytes" in raw else None
    parts: list[tuple[tuple[type[Exception], ...], str, Steps | None]] = [
        ((RequestMalformed,), "request", None),
        ((PathUnknown,), "path", ("paths",)),
        ((MethodNotAllowed,), "method", _template(entry)),
        ((UpgradeRequired,), "request", None),
        ((BodyTooLarge,), "body", bounded),
        (
            (CredentialMissing, CredentialMalformed),
            "credential",
            (*here, "security") if operation and "security" in operation.raw else ("security",),
        ),
        ((MediaTypeUnsupported,), "header content-type", _contents(operation)),
    ]
    return next(((place, steps) for kinds, place, steps in parts if issubclass(refused.kind, kinds)), ("state", None))


def _contents(operation: Operation | None) -> Steps | None:
    if operation is None or operation.request_body is None:
        return None
    return (*pointers.locate(operation.contract.raw, *pointers.place_of(operation), "requestBody")[0], "content")


def _template(entry: Entry) -> Steps:
    assert entry.contract is not None
    below = entry.path[len(entry.mount) :]
    fitting = next((path for path, pattern in entry.contract.patterns.items() if pattern.fullmatch(below)), None)
    return ("paths",) if fitting is None else ("paths", fitting)
